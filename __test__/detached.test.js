/** Methods work without their session: taken off it, handed on, mocked and replaced. */

const assert = require('node:assert/strict');
const { EventEmitter, once } = require('node:events');
const { inspect } = require('node:util');
const { test } = require('node:test');
const SpreadSession = require('..');
const { Log } = require('./helpers/log.js');
const { openModern } = require('./helpers/modern.js');
const { closed, daemonFor, open, unique } = require('./helpers/sessions.js');

const { SAFE_MESS } = SpreadSession;

const KINDS = {
  'of the constructor': (t, address) => open(address, { t }),
  'of connect()': (t, address) => openModern(t, address),
};

for (const [kind, opens] of Object.entries(KINDS)) {
  test(`every method works taken off its session: ${kind}`, async (t) => {
    const session = await opens(t, (await daemonFor(t)).address);
    const { join, leave, multicast, send, drained, messages, deliveries, consume, ping } = session;
    const { pause, resume, setEncoding, ref, unref, stats, disconnect } = session;
    const group = unique('g');
    assert.equal((await join(group)).members[0], session.privateGroup);
    const consumed = new Log();
    const end = consume((delivery) => consumed.push(delivery.kind));
    const iterators = [messages(), deliveries()];
    const first = iterators.map((iterator) => iterator.next());
    assert.equal(multicast(SAFE_MESS, group, 'by multicast'), true);
    for (const { value } of await Promise.all(first)) {
      assert.equal(String(value.data), 'by multicast');
    }
    await consumed.count(1);
    await Promise.all(iterators.map((iterator) => iterator.return()));
    assert.equal(send(group, 'by send', { selfDiscard: true }), true);
    await drained();
    assert.ok((await ping()) >= 0);
    for (const method of [pause, resume, ref, unref]) {
      assert.equal(method(), session);
    }
    assert.equal(ref(), session);
    assert.equal(setEncoding(null), session);
    assert.equal(stats().messagesSent, 2);
    assert.equal(await leave(group), undefined);
    await disconnect();
    assert.equal(session.state, 'closed');
    await end;
    // What is not here has to be added above.
    const all = Object.getOwnPropertyNames(SpreadSession.prototype).filter((name) => {
      const { value } = Object.getOwnPropertyDescriptor(SpreadSession.prototype, name);
      const isMethod = typeof value === 'function' && name !== 'constructor' && !(name in EventEmitter.prototype);
      return isMethod && !/^(on|member|leaveC|dataH)/.test(name);
    });
    assert.equal(all.length, 16, all.join());
    for (const name of all) {
      assert.notEqual(session[name], SpreadSession.prototype[name], name);
      assert.equal(session[name], session[name], name);
    }
  });

  test(`methods of sessions are not mixed up: ${kind}`, async (t) => {
    const { address } = await daemonFor(t);
    const [one, two] = [await opens(t, address), await opens(t, address)];
    const came = once(two, 'message');
    const borrowed = { send: one.send, name: 'none' };
    borrowed.send(two.privateGroup, 'text');
    assert.equal((await came)[0].sender, one.privateGroup);
    assert.deepEqual([one.stats().messagesSent, two.stats().messagesSent], [1, 0]);
    // The prototype's own are methods like any other.
    SpreadSession.prototype.send.call(two, one.privateGroup, 'text');
    assert.equal(two.stats().messagesSent, 1);
    await Promise.all([one.disconnect(), two.disconnect()]);
  });

  test(`methods can be mocked, replaced and put back: ${kind}`, async (t) => {
    const session = await opens(t, (await daemonFor(t)).address);
    const me = session.privateGroup;
    const spy = t.mock.method(session, 'send');
    assert.equal(session.send(me, 'through the spy'), true);
    assert.equal(spy.mock.callCount(), 1);
    assert.equal(session.stats().messagesSent, 1);
    const mock = t.mock.method(session, 'ping', () => 42);
    assert.equal(session.ping(), 42);
    assert.equal(mock.mock.calls[0].this, session);
    t.mock.restoreAll();
    assert.ok((await session.ping()) >= 0);
    const { join } = session;
    session.join = (group) => join(`${group}x`);
    const group = unique('g');
    assert.equal((await session.join(group)).group, `${group}x`);
    // What was put in its place is gone, and the class's own is there.
    delete session.join;
    assert.equal((await session.join(group)).group, group);
    await session.disconnect();
  });

  test(`a session shows and lists its methods no more than before: ${kind}`, async (t) => {
    const session = await opens(t, (await daemonFor(t)).address);
    const emitter = Object.keys(new EventEmitter());
    assert.deepEqual(Object.keys(session), emitter);
    const seen = [];
    for (const name in session) {
      seen.push(name);
    }
    // Of a class that inherits, as a session's does: a runtime may list EventEmitter's own constructor.
    const inherited = [];
    for (const name in new (class extends EventEmitter {})()) {
      inherited.push(name);
    }
    assert.deepEqual(seen.sort(), inherited.sort());
    assert.deepEqual(Object.keys({ ...session }), emitter);
    assert.doesNotMatch(inspect(session), /bound|multicast|dataHandler/);
    await session.disconnect();
  });
}

test('a mock of the prototype is what later sessions have, and no longer than it is there', async (t) => {
  const { address } = await daemonFor(t);
  const mock = t.mock.method(SpreadSession.prototype, 'send', () => 'mocked');
  const session = await openModern(t, address);
  assert.equal(session.send(session.privateGroup, 'text'), 'mocked');
  assert.equal(mock.mock.calls[0].this, session);
  t.mock.restoreAll();
  const later = await openModern(t, address);
  assert.equal(later.send(session.privateGroup, 'text'), true);
  await Promise.all([session.disconnect(), later.disconnect()]);
});

test('disconnect() as the listener of a signal or of anything else', async (t) => {
  const { address } = await daemonFor(t);
  const session = await open(address);
  const target = new EventEmitter();
  target.once('SIGTERM', session.disconnect);
  target.emit('SIGTERM', 'SIGTERM', 15);
  await closed(session);
  const modern = await openModern(t, address);
  target.once('close', modern.disconnect);
  target.emit('close');
  await closed(modern);
  // Arguments of connect()'s sessions stay strict: this is none.
  const strict = await openModern(t, address);
  await assert.rejects(strict.disconnect('SIGTERM', 15), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.equal(strict.state, 'connected');
  await strict.disconnect();
});

test('methods before the session is connected, and after its end', async (t) => {
  const { address } = await daemonFor(t);
  const log = new Log();
  let session;
  const opened = new Promise((resolve) => {
    session = SpreadSession(address, unique(), 1, resolve);
  });
  session.onError = (_text, error) => log.push(error.code);
  const { multicast, disconnect } = session;
  assert.equal(multicast(SAFE_MESS, 'room', 'early'), undefined);
  await log.count(1);
  await opened;
  await disconnect();
  assert.equal(multicast(SAFE_MESS, 'room', 'late'), undefined);
  await log.count(2);
  assert.deepEqual(log.entries, ['ERR_SPREAD_NOT_CONNECTED', 'ERR_SPREAD_NOT_CONNECTED']);
  await disconnect();
});
