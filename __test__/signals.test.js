/** Signals: one for many calls, and those that are no AbortSignal of Node's. */

const assert = require('node:assert/strict');
const { EventEmitter, getEventListeners } = require('node:events');
const { test } = require('node:test');
const { connect } = require('..');
const { openModern, scriptedModern } = require('./helpers/modern.js');
const { daemonFor, unique } = require('./helpers/sessions.js');

/** More than Node lets listen to one signal without a warning. */
const MANY = 50;

const countOf = (signal) => getEventListeners(signal, 'abort').length;

test('one signal for a whole program: a single listener while anybody waits, then none, and no warning', async (t) => {
  const heard = [];
  const hear = (warning) => heard.push(warning);
  process.on('warning', hear);
  t.after(() => process.off('warning', hear));
  const { address } = await daemonFor(t);
  const { signal } = new AbortController();
  const each = (call) => Promise.all(Array.from({ length: MANY }, (_, index) => call(index)));
  const sessions = await each(() => openModern(t, address, { signal }));
  const [session] = sessions;
  assert.equal(countOf(signal), 0);
  const groups = Array.from({ length: MANY }, () => unique('g'));
  const joins = each((index) => session.join(groups[index], { signal }));
  const pings = each((index) => sessions[index].ping({ signal }));
  const iterators = sessions.map((one) => one.messages({ signal }));
  const consumed = each((index) => sessions[index].consume(() => {}, { signal }));
  assert.equal(countOf(signal), 1);
  await Promise.all([joins, pings]);
  await each(() => session.drained({ signal }));
  await each((index) => session.leave(groups[index], { signal }));
  assert.equal(countOf(signal), 1);
  await Promise.all(iterators.map((iterator) => iterator.return()));
  await each((index) => sessions[index].disconnect({ signal }));
  await consumed;
  assert.equal(countOf(signal), 0);
  for (let index = 0; index < MANY; index += 1) {
    await assert.rejects(session.ping({ signal }), { code: 'ERR_SPREAD_NOT_CONNECTED' });
    await assert.rejects(connect({ address: 'no address', signal }), { code: 'ERR_SPREAD_ILLEGAL_ADDRESS' });
  }
  assert.equal(countOf(signal), 0);
  // A warning would come in the next tick.
  await new Promise(setImmediate);
  assert.deepEqual(heard, []);
});

test('an abort ends everybody who waits, whichever has gone before', async (t) => {
  const { session } = await scriptedModern(t);
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error('the reason');
  const left = session.messages({ signal });
  const joins = Array.from({ length: MANY }, (_, index) => session.join(`g${index}`, { signal }));
  const taken = session.deliveries({ signal }).next();
  const other = new AbortController();
  const apart = session.join('apart', { signal: other.signal });
  await left.return();
  // Who hears of it may begin to wait for another signal, or for the same.
  const again = joins[0].catch(() => session.ping({ signal }));
  controller.abort(reason);
  for (const promise of [...joins, taken, again]) {
    await assert.rejects(promise, (error) => error === reason);
  }
  assert.equal(countOf(signal), 0);
  assert.equal(countOf(other.signal), 1);
  other.abort(reason);
  await assert.rejects(apart, (error) => error === reason);
});

/** A signal of no realm's, as polyfills have it. */
class Polyfill extends EventTarget {
  aborted = false;
  abort(reason) {
    this.aborted = true;
    this.reason = reason;
    this.dispatchEvent(new Event('abort'));
  }
}

/** One that is no EventTarget either. */
class Handmade {
  aborted = false;
  #emitter = new EventEmitter();
  addEventListener(event, listener) {
    this.#emitter.on(event, listener);
  }
  removeEventListener(event, listener) {
    this.#emitter.off(event, listener);
  }
  get count() {
    return this.#emitter.listenerCount('abort');
  }
  abort(reason) {
    this.aborted = true;
    this.reason = reason;
    this.#emitter.emit('abort');
  }
}

for (const Signal of [Polyfill, Handmade]) {
  test(`a signal that is no AbortSignal of Node’s: ${Signal.name}`, async (t) => {
    const { address } = await daemonFor(t);
    const quiet = new Signal();
    const session = await openModern(t, address, { signal: quiet });
    const room = unique('r');
    await session.join(room, { signal: quiet });
    await session.ping({ signal: quiet });
    await session.drained({ signal: quiet });
    await session.messages({ signal: quiet }).return();
    assert.equal(quiet.count ?? getEventListeners(quiet, 'abort').length, 0);

    const reason = new Error('the reason');
    const signal = new Signal();
    const iterator = session.deliveries({ signal });
    const waiting = [iterator.next(), session.consume(() => {}, { signal })];
    signal.abort(reason);
    for (const promise of waiting) {
      await assert.rejects(promise, (error) => error === reason);
    }
    for (const call of [
      () => session.join(room, { signal }),
      () => session.ping({ signal }),
      () => session.messages({ signal }).next(),
      () => connect({ address, signal }),
    ]) {
      await assert.rejects(call(), (error) => error === reason);
    }
    const silent = new Signal();
    const unreasoned = session.messages({ signal: silent }).next();
    silent.abort();
    await assert.rejects(unreasoned, { name: 'AbortError', code: 'ABORT_ERR' });
  });
}

test('what has not what a signal has is refused', async (t) => {
  const { session } = await scriptedModern(t);
  const [aborted, addEventListener, removeEventListener] = [false, () => {}, () => {}];
  for (const signal of [
    null,
    'signal',
    () => {},
    {},
    { aborted },
    { addEventListener, removeEventListener },
    { aborted, addEventListener },
    { aborted, addEventListener: 1, removeEventListener },
    new AbortController(),
  ]) {
    await assert.rejects(session.ping({ signal }), { code: 'ERR_INVALID_ARG_TYPE', message: /^signal must be / });
  }
});
