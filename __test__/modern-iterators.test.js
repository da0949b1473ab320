/**
 * messages(), deliveries(), consume(), pause() and resume(): everybody gets everything, in order, and nothing piles up.
 */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { setTimeout: later } = require('node:timers/promises');
const { isPending, openModern, recordEvents, scriptedModern, settled } = require('./helpers/modern.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { daemonFor } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');
const wire = require('./helpers/wire.js');

const MB = 1024 * 1024;

/** Returns everything that the iterator yields until it is done. */
async function all(iterator, of = (it) => String(it.data)) {
  const items = [];
  for await (const item of iterator) {
    items.push(of(item));
  }
  return items;
}

/** Returns the data of the next `count` messages. */
async function some(iterator, count) {
  const texts = [];
  while (texts.length < count) {
    texts.push(String((await iterator.next()).value.data));
  }
  return texts;
}

test('listeners and every iterator get each message, from when they are made', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  const heard = [];
  session.on('message', ({ data }) => heard.push(String(data)));
  const first = session.messages();
  connection.send(message(me, '1'), message(me, '2'));
  assert.deepEqual(await some(first, 2), ['1', '2']);
  const second = session.messages();
  connection.send(message(me, '3'));
  const third = (await first.next()).value;
  assert.equal((await second.next()).value, third, 'the same object');
  assert.deepEqual(heard, ['1', '2', '3']);
});

test('by group: messages that are sent to it among others, and what else concerns it', async (t) => {
  const both = await scriptedModern(t, { groups: ['a', 'b'] });
  const { session, connection, me } = both;
  const texts = all(session.messages({ group: 'b' }));
  const kinds = all(session.deliveries({ group: 'b' }), ({ kind, group }) => `${kind} ${group}`);
  connection.send(
    joined('a', [me], me),
    joined('b', [me], me),
    message('a', 'not'),
    message(['a', 'b'], 'one'),
    message('b', 'two'),
    message(['c', 'd'], 'not'),
    wire.transition('a'),
    wire.transition('b'),
    wire.selfLeave('b'),
  );
  await settled(both);
  const ended = session.disconnect();
  await connection.untilKill();
  await ended;
  assert.deepEqual(await texts, ['one', 'two']);
  assert.deepEqual(await kinds, ['membership b', 'message a', 'message b', 'transition b', 'membership b']);
});

test('deliveries() has everything in Spread’s order', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { groups: ['room'] });
  const iterator = session.deliveries();
  connection.send(
    message(me, '1'),
    joined('room', [me], me),
    message('room', '2'),
    wire.transition('room'),
    wire.view({ group: 'room', cause: 'network', members: [me], sets: [[me]] }),
    message('room', '3'),
    wire.selfLeave('room'),
  );
  const kinds = [];
  for await (const { kind, view } of iterator) {
    kinds.push(kind);
    if (view === null) {
      break;
    }
  }
  assert.deepEqual(kinds, ['message', 'membership', 'message', 'transition', 'membership', 'message', 'membership']);
});

test('disconnect() ends iterators, after what had come; also from inside of their loops', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  const idle = session.messages();
  const heard = [];
  const loop = (async () => {
    for await (const { data } of session.messages()) {
      heard.push(String(data));
      if (heard.length === 1) {
        // It would wait for ever if it waited for its own loop.
        await session.disconnect();
      }
    }
  })();
  connection.send(message(me, '1'), message(me, '2'), message(me, '3'));
  await connection.untilKill();
  await loop;
  assert.deepEqual(heard, ['1', '2', '3']);
  assert.deepEqual(await all(idle), ['1', '2', '3']);
  assert.deepEqual(await idle.next(), { value: undefined, done: true });
  assert.deepEqual(await all(session.messages()), [], 'one that is made later is done at once');
});

test('a loss is thrown, once, after what had come', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const [taken, waiting] = [session.messages(), session.messages()];
  const pending = [waiting.next(), waiting.next(), waiting.next()];
  connection.send(message(me, '1'));
  connection.socket.end();
  assert.equal(String((await pending[0]).value.data), '1');
  // It waits for those who have not taken what came before.
  assert.deepEqual(await some(taken, 1), ['1']);
  await assert.rejects(pending[1], { code: 'ERR_SPREAD_CONNECTION_CLOSED' });
  assert.deepEqual(await pending[2], { value: undefined, done: true });
  await assert.rejects(taken.next(), { code: 'ERR_SPREAD_CONNECTION_CLOSED' });
  assert.deepEqual(await taken.next(), { value: undefined, done: true });
});

test('a signal ends an iterator with its reason', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const reason = new Error('the reason');
  const controller = new AbortController();
  const iterator = session.messages({ signal: controller.signal });
  connection.send(message(me, '1'), message(me, '2'));
  assert.deepEqual(await some(iterator, 1), ['1']);
  controller.abort(reason);
  await assert.rejects(iterator.next(), reason);
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  await assert.rejects(session.messages({ signal: AbortSignal.abort(reason) }).next(), reason);
  const { getEventListeners } = require('node:events');
  const { signal } = new AbortController();
  await session.messages({ signal }).return();
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('wrong arguments', async (t) => {
  const { session } = await scriptedModern(t);
  for (const call of ['messages', 'deliveries']) {
    assert.throws(() => session[call]({ group: 5 }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => session[call]({ groups: 'room' }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => session[call]({ signal: {} }), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.throws(() => session[call]('room'), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  await assert.rejects(session.consume(), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(
    session.consume(() => {}, { group: 5 }),
    { code: 'ERR_INVALID_ARG_TYPE' },
  );
});

test('return() and throw() end an iterator, and let go of what it has', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  const [first, second] = [session.messages(), session.messages()];
  const waiting = first.next();
  assert.deepEqual(await first.return('value'), { value: 'value', done: true });
  assert.deepEqual(await waiting, { value: undefined, done: true });
  connection.send(message(me, '1'));
  await assert.rejects(second.throw(new Error('thrown')), { message: 'thrown' });
  await settled(both);
  assert.deepEqual(await second.next(), { value: undefined, done: true });
});

test('consume() is strictly one after the other', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { groups: ['room'] });
  const order = [];
  let running = 0;
  const done = session.consume(async (delivery) => {
    assert.equal(running, 0);
    running += 1;
    const text = delivery.kind === 'message' ? String(delivery.data) : delivery.kind;
    order.push(`${text} begins`);
    await new Promise(setImmediate);
    order.push(`${text} ends`);
    running -= 1;
  });
  connection.send(message(me, '1'), joined('room', [me], me), message(me, '2'));
  await until(() => order.length === 6);
  assert.deepEqual(order, ['1 begins', '1 ends', 'membership begins', 'membership ends', '2 begins', '2 ends']);
  const ended = session.disconnect();
  await connection.untilKill();
  await ended;
  assert.equal(await done, undefined);
});

test('consume() rejects with what its function throws, and takes no more', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  let calls = 0;
  const done = session.consume(() => {
    calls += 1;
    throw new Error('enough');
  });
  connection.send(message(me, '1'), message(me, '2'));
  await assert.rejects(done, { message: 'enough' });
  await settled(both);
  assert.equal(calls, 1);
});

/** Sends messages of 1,000 bytes each, numbered. */
function flood(connection, me, count, from = 0) {
  const frames = Array.from({ length: count }, (_, index) => message(me, `${from + index} `.padEnd(1000, '.')));
  connection.send(...frames);
}

const numberOf = ({ data }) => Number.parseInt(String(data), 10);

test('what an iterator has not taken waits in the receive queue and counts there', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const iterator = session.messages();
  flood(connection, me, 5000);
  const stats = await until(() => {
    const figures = session.stats();
    return figures.bytesReceived >= 5000 * 1080 && figures;
  });
  assert.ok(stats.receiveQueueBytes >= 5000 * 1080, `${stats.receiveQueueBytes} bytes count`);
  assert.ok(stats.messagesReceived < 1000, `${stats.messagesReceived} left the queue for an iterator that takes none`);
  for (let index = 0; index < 5000; index += 1) {
    assert.equal(numberOf((await iterator.next()).value), index);
  }
  assert.ok(await isPending(iterator.next()));
  assert.equal(session.stats().receiveQueueBytes, 0);
});

test('a slow iterator holds no other back, and what it has not taken counts', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const [slow, slower] = [session.messages(), session.messages()];
  flood(connection, me, 3000);
  const fast = session.messages();
  for (let count = 0; count < 3000; count += 1) {
    assert.equal(numberOf((await fast.next()).value), count);
  }
  await fast.return();
  const queued = () => session.stats().receiveQueueBytes;
  assert.equal(queued(), 3000 * 1080, 'what two have not taken counts once');
  for (let count = 0; count < 2000; count += 1) {
    assert.equal(numberOf((await slow.next()).value), count);
  }
  assert.equal(queued(), 3000 * 1080);
  await slower.return();
  await until(() => queued() <= 1000 * 1080 + 64 * 1024);
  assert.equal(numberOf((await slow.next()).value), 2000);
  await slow.return();
  assert.equal(queued(), 0);
});

test('alarms at half and at nine tenths, then the session ends with a typed error', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { maxReceiveQueueBytes: MB });
  const log = recordEvents(session);
  const iterator = session.messages();
  session.off('message', session.listeners('message')[0]);
  flood(connection, me, 700);
  const [, half] = await log.find(([event]) => event === 'slowConsumer');
  assert.equal(half.percent, 50);
  assert.equal(half.limit, MB);
  assert.ok(half.bytes >= MB / 2);
  flood(connection, me, 1000, 700);
  const [, , [, most]] = await log.count(2, ([event]) => event === 'slowConsumer').then((found) => [0, ...found]);
  assert.equal(most.percent, 90);
  // Taking them now would make room for what is still to come.
  await until(() => session.stats().receiveQueueHighWater > MB);
  // All that came before is delivered; then the loss is.
  const numbers = [];
  await assert.rejects(
    async () => {
      for await (const item of iterator) {
        numbers.push(numberOf(item));
      }
    },
    { code: 'ERR_SPREAD_SLOW_CONSUMER' },
  );
  assert.ok(numbers.length >= 700);
  assert.deepEqual(numbers, [...numbers.keys()]);
  const [, loss] = await log.find(([event]) => event === 'disconnect');
  assert.equal(loss.reason, 'overflow');
});

test('overflow: pause stops reading at the bound, loses nothing, and goes on', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { maxReceiveQueueBytes: MB, overflow: 'pause' });
  const iterator = session.messages();
  const count = 8000;
  flood(connection, me, count);
  // The kernel and the daemon hold what this session does not read.
  const { receiveQueueBytes } = await until(() => {
    const figures = session.stats();
    return figures.receiveQueueBytes > MB && figures;
  });
  assert.ok(receiveQueueBytes < 2 * MB, `${receiveQueueBytes}`);
  assert.ok(session.stats().bytesReceived < count * 1080);
  for (let index = 0; index < count; index += 1) {
    assert.equal(numberOf((await iterator.next()).value), index);
  }
  assert.ok(session.stats().receiveQueueHighWater < 2 * MB);
});

test('alarms come again once the queue was low', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { maxReceiveQueueBytes: MB, overflow: 'pause' });
  const alarms = [];
  session.on('slowConsumer', ({ percent }) => alarms.push(percent));
  for (let round = 1; round <= 2; round += 1) {
    session.pause();
    flood(connection, me, 700);
    await until(() => alarms.length === round);
    session.resume();
    await until(() => session.stats().receiveQueueBytes === 0);
  }
  assert.deepEqual(alarms, [50, 50]);
});

test('overflow: pause, and a message that is larger than the bound', async (t) => {
  const { session, connection, me } = await scriptedModern(t, {
    maxReceiveQueueBytes: MB,
    overflow: 'pause',
    groups: ['room'],
  });
  const members = Array.from({ length: 40_000 }, (_, index) => `#m${index}#script`);
  const views = session.deliveries();
  for (const before of [0, 2000]) {
    const part = message(me, Buffer.alloc(500));
    connection.send(...Array.from({ length: before }, () => part), joined('room', [...members, me], me));
    for (let count = 0; count < before; count += 1) {
      await views.next();
    }
    assert.equal((await views.next()).value.view.members.length, members.length + 1);
  }
});

test('a session whose receive queue is full sends on', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { maxReceiveQueueBytes: MB, overflow: 'pause' });
  session.pause();
  const part = message(me, Buffer.alloc(64 * 1024));
  connection.send(...Array.from({ length: 32 }, () => part));
  await until(() => session.stats().receiveQueueBytes > MB, 'the queue is full');
  connection.socket.pause();
  while (session.send('room', Buffer.alloc(64 * 1024)));
  connection.socket.resume();
  await session.drained();
});

test('pause() stops at once, in the middle of a batch; resume() goes on in order', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  const log = recordEvents(session);
  const text = ([event, value]) => (event === 'message' ? String(value.data) : event);
  session.once('message', () => assert.equal(session.pause(), session));
  const join = session.join('room');
  connection.send(
    message(me, '1'),
    message(me, '2'),
    joined('room', [me], me),
    message('room', '3'),
    wire.transition('room'),
    wire.selfLeave('room'),
    message(me, '4'),
  );
  await log.count(1);
  const ping = session.ping();
  await connection.next();
  const { body } = await connection.next();
  const { bytesReceived } = session.stats();
  connection.send(message(me, body, { sender: me, type: 4 }), message(me, '5'));
  await until(() => session.stats().bytesReceived > bytesReceived);
  assert.ok(await isPending(ping), 'a pong has its place in the stream');
  assert.deepEqual(log.entries.map(text), ['1']);
  assert.equal(session.groups.size, 0, 'a view that was not delivered');
  assert.ok(await isPending(join));
  session.resume();
  assert.deepEqual(log.entries.map(text), ['1'], 'not within the call');
  assert.ok((await ping) >= 0);
  assert.deepEqual(log.entries.slice(-1).map(text), ['4']);
  await log.find((entry) => text(entry) === '5');
  assert.deepEqual(log.entries.map(text), ['1', '2', 'membership', '3', 'transition', 'membership', '4', '5']);
  await join;
});

test('pausing again while what was kept is delivered', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const heard = [];
  session.on('message', ({ data }) => {
    heard.push(String(data));
    session.pause();
  });
  connection.send(...['1', '2', '3', '4'].map((text) => message(me, text)));
  for (let count = 1; count <= 4; count += 1) {
    await until(() => heard.length === count);
    await new Promise(setImmediate);
    assert.equal(heard.length, count);
    session.resume();
  }
  connection.send(message(me, '5'));
  await until(() => heard.length === 5);
  assert.deepEqual(heard, ['1', '2', '3', '4', '5']);
});

test('pausing and resuming at random loses nothing and changes no order', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const heard = [];
  let state = 7;
  const random = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  session.on('message', (item) => {
    heard.push(numberOf(item));
    if (random() < 0.1) {
      session.pause();
      if (random() < 0.3) {
        session.resume();
      } else {
        setImmediate(() => session.resume());
      }
    }
  });
  flood(connection, me, 5000);
  await until(() => heard.length === 5000);
  assert.deepEqual(heard, [...heard.keys()]);
});

test('resumed before the batch under way was walked to its end', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const heard = [];
  session.on('message', (item) => {
    heard.push(numberOf(item));
    if (heard.length === 5) {
      session.pause();
      // Before the walk goes on: it is to end here, its time being over.
      setImmediate(() => session.resume());
      for (const end = performance.now() + 5; performance.now() < end; );
    }
  });
  session.pause();
  connection.send(...Array.from({ length: 200 }, (_, index) => message(me, `${index}`)));
  await until(() => session.stats().bytesReceived >= 200 * 81);
  session.resume();
  await until(() => heard.length === 200);
  assert.deepEqual(heard, [...heard.keys()]);
});

test('disconnect() ends a pause: what had come is delivered', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  const log = recordEvents(session);
  session.pause();
  connection.send(message(me, '1'), message(me, '2'));
  await until(() => session.stats().receiveQueueBytes > 0);
  const ended = session.disconnect();
  session.pause();
  await connection.untilKill();
  await ended;
  assert.deepEqual(
    log.entries.map(([event, value]) => (event === 'message' ? String(value.data) : event)),
    ['1', '2', 'close'],
  );
});

test('a loss while paused is reported after what waits', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const log = recordEvents(session);
  session.pause();
  connection.send(message(me, '1'));
  connection.socket.end();
  await until(() => {
    try {
      session.send('room', 'x');
    } catch (error) {
      return error.code === 'ERR_SPREAD_NOT_CONNECTED';
    }
  });
  assert.deepEqual(log.entries, []);
  session.resume();
  await log.find(([event]) => event === 'close');
  assert.deepEqual(
    log.entries.map(([event]) => event),
    ['message', 'disconnect', 'close'],
  );
});

test('one session’s pause is not another’s', async (t) => {
  const { address } = await daemonFor(t, {});
  const [paused, going] = [await openModern(t, address), await openModern(t, address)];
  await Promise.all([paused.join('room'), going.join('room')]);
  paused.pause();
  const heard = [];
  paused.on('message', ({ data }) => heard.push(String(data)));
  const iterator = going.messages();
  for (let index = 0; index < 100; index += 1) {
    going.send('room', `${index}`);
  }
  assert.equal((await some(iterator, 100)).length, 100);
  assert.deepEqual(heard, []);
  paused.resume();
  await until(() => heard.length === 100);
});

test('a loop that never waits for anything else lets timers have their turn', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const iterator = session.messages();
  const count = 2000;
  // So small, and come before the first is taken: all are in one batch.
  session.pause();
  connection.send(...Array.from({ length: count }, (_, index) => message(me, `${index}`.padEnd(8))));
  await until(() => session.stats().bytesReceived >= count * 88);
  session.resume();
  let fired;
  const timer = later(1).then(() => {
    fired = true;
  });
  let taken = 0;
  for await (const item of iterator) {
    assert.equal(numberOf(item), taken);
    taken += 1;
    // Something to do, without an await that would reach the loop.
    for (const end = performance.now() + 0.05; performance.now() < end; );
    if (fired || taken === count) {
      break;
    }
  }
  assert.ok(fired, 'a timer that was due came only after everything');
  await timer;
});

test('slowConsumer is emitted for a session whose iterators nobody takes from', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { maxReceiveQueueBytes: MB });
  session.messages();
  flood(connection, me, 2000);
  const [{ percent }] = await once(session, 'slowConsumer');
  assert.equal(percent, 50);
});
