/**
 * Whatever a session answers may be awaited inside its own iterators and consume(), though more waits to be taken; and
 * a loss is never held back by an iterator that nobody takes from.
 */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { isPending, openModern, recordEvents, scriptedModern } = require('./helpers/modern.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { daemonFor } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');
const wire = require('./helpers/wire.js');

const MB = 1024 * 1024;

/** Ways to be inside a loop of a session's own: each calls `fn` once, with the first message. */
const LOOPS = {
  'messages()': (session, fn) => inLoop(session.messages(), fn),
  'messages({ group })': (session, fn) => inLoop(session.messages({ group: 'room' }), fn),
  'deliveries()': (session, fn) => inLoop(session.deliveries(), fn),
  async 'consume()'(session, fn) {
    const { signal, abort } = aborter();
    const consumed = session.consume(
      async ({ kind }) => {
        if (kind === 'message') {
          await fn();
          abort();
        }
      },
      { signal },
    );
    await assert.rejects(consumed, { name: 'AbortError' });
  },
};

function aborter() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

async function inLoop(iterator, fn) {
  for await (const { kind } of iterator) {
    if (kind === 'message') {
      await fn();
      return;
    }
  }
}

/** What may be awaited: (session, peer). */
const WAITS = {
  'join() and leave()': async (session) => {
    const view = await session.join('another');
    assert.equal(session.groups.get('another'), view);
    await session.leave('another');
    assert.equal(session.groups.has('another'), false);
  },
  'ping()': (session) => session.ping(),
  'drained() with a send window': async (session) => {
    while (session.send('room', 'own'));
    await session.drained();
    assert.ok(session.send('room', 'own'));
  },
  "once(session, 'drain') with a send window": async (session) => {
    while (session.send('room', 'own'));
    await once(session, 'drain');
  },
  "once(session, 'message')": async (session) => {
    const [{ data }] = await once(session, 'message');
    assert.equal(String(data), 'more');
  },
  "once(session, 'membership')": async (session, peer) => {
    const heard = once(session, 'membership');
    await peer.join('room');
    assert.deepEqual((await heard)[0].joined, [peer.privateGroup]);
  },
  "a listener put in front of others, for 'membership'": async (session, peer) => {
    const heard = new Promise((resolve) => session.prependOnceListener('membership', resolve));
    await peer.join('room');
    assert.deepEqual((await heard).joined, [peer.privateGroup]);
  },
  'a second iterator': async (session, peer) => {
    const iterator = session.messages({ group: session.privateGroup });
    const next = iterator.next();
    peer.send(session.privateGroup, 'private');
    assert.equal(String((await next).value.data), 'private');
    await iterator.return();
  },
  'a request and its reply': async (session, peer) => {
    const replies = session.messages({ group: session.privateGroup });
    peer.once('message', ({ sender, data }) => peer.send(sender, `reply to ${data}`));
    session.send(peer.privateGroup, 'request');
    assert.equal(String((await replies.next()).value.data), 'reply to request');
    await replies.return();
  },
};

for (const [loop, enter] of Object.entries(LOOPS)) {
  for (const [what, wait] of Object.entries(WAITS)) {
    test(`${what} inside ${loop}`, async (t) => {
      const { address } = await daemonFor(t, {});
      const session = await openModern(t, address, { sendWindow: 4 });
      const peer = await openModern(t, address);
      await session.join('room');
      const stopFlood = flooding(peer);
      try {
        await enter(session, async () => {
          await until(() => session.stats().receiveQueueBytes > 0, 'more waits to be taken');
          await wait(session, peer);
        });
      } finally {
        stopFlood();
      }
      assert.equal(session.state, 'connected');
    });
  }
}

/** Sends to the group in every turn of the loop. The function that ends that. */
function flooding(peer) {
  let on = true;
  const send = () => {
    if (on) {
      for (let count = 0; count < 5; count += 1) {
        peer.send('room', 'more');
      }
      setImmediate(send);
    }
  };
  send();
  return () => {
    on = false;
  };
}

test('without anybody who waits, what an iterator does not take waits outside of JavaScript', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const iterator = session.messages();
  const more = [...Array(5000).keys()].map((index) => message(me, `${index} `.padEnd(1000, '.')));
  connection.send(...more);
  await until(() => session.stats().bytesReceived >= 5000 * 1080);
  const { messagesReceived } = session.stats();
  assert.ok(messagesReceived < 1000);
  // A listener changes that for as long as it listens.
  const listener = () => {};
  session.on('transition', listener);
  connection.send(wire.transition('room'));
  await until(() => session.stats().messagesReceived === 5001);
  session.off('transition', listener);
  connection.send(...more);
  await until(() => session.stats().bytesReceived >= 10_000 * 1080);
  assert.ok(session.stats().messagesReceived < 6000);
  for (let count = 0; count < 10_000; count += 1) {
    assert.equal(Number.parseInt(String((await iterator.next()).value.data), 10), count % 5000);
  }
});

/** Opens a session with an iterator that holds its deliveries back. */
async function heldBack(t, options) {
  const both = await scriptedModern(t, options);
  const iterator = both.session.deliveries();
  both.connection.send(message(both.me, 'first'));
  await until(() => both.session.stats().messagesReceived === 1);
  both.connection.send(message(both.me, 'second'));
  await until(() => both.session.stats().bytesReceived === 2 * 80 + 'firstsecond'.length);
  return { ...both, iterator };
}

const LOSSES = {
  'the daemon dies': [{}, ({ connection }) => connection.socket.destroy(), 'ERR_SPREAD_CONNECTION_CLOSED'],
  'a ping times out': [{ pingInterval: 10, pingTimeout: 20 }, () => {}, 'ERR_SPREAD_PING_TIMEOUT'],
  'the receive queue overflows': [
    { maxReceiveQueueBytes: MB },
    ({ connection, me }) => connection.send(...Array(20).fill(message(me, Buffer.alloc(100_000)))),
    'ERR_SPREAD_SLOW_CONSUMER',
  ],
  'the daemon sends what is no message': [
    {},
    ({ connection }) => connection.send(Buffer.alloc(100, 0xee)),
    'ERR_SPREAD_PROTOCOL',
  ],
};

for (const [what, [options, lose, code]] of Object.entries(LOSSES)) {
  test(`an iterator that nobody takes from does not delay a loss: ${what}`, async (t) => {
    const both = await heldBack(t, options);
    const heard = once(both.session, 'disconnect');
    const closed = once(both.session, 'close');
    lose(both);
    assert.equal((await heard)[0].error.code, code);
    await closed;
    assert.equal(both.session.state, 'closed');
    // What came before is still there to be taken, and then the loss.
    assert.equal(String((await both.iterator.next()).value.data), 'first');
    assert.equal(String((await both.iterator.next()).value.data), 'second');
    await assert.rejects(
      async () => {
        for await (const _ of both.iterator);
      },
      { code },
    );
  });
}

test('what is awaited inside a loop rejects when the daemon dies', async (t) => {
  for (const wait of ['join', 'leave', 'ping']) {
    const { session, connection, me } = await scriptedModern(t);
    const join = session.join('room');
    connection.send(joined('room', [me], me));
    await join;
    for (const _ of [0, 1, 2]) {
      connection.send(message(me, 'more'));
    }
    for await (const _ of session.messages()) {
      const waiting = wait === 'ping' ? session.ping() : session[wait](wait === 'join' ? 'another' : 'room');
      connection.socket.destroy();
      await assert.rejects(waiting, { code: 'ERR_SPREAD_CONNECTION_CLOSED' });
      break;
    }
  }
});

test('at the bound, with overflow: pause, what waits in stream order rejects and the session stays', async (t) => {
  const options = { maxReceiveQueueBytes: MB, overflow: 'pause', sendWindow: 1 };
  const { session, connection, me } = await scriptedModern(t, options);
  const first = session.join('room');
  connection.send(joined('room', [me], me));
  await first;
  const iterator = session.messages();
  assert.equal(session.send('room', 'own'), false);
  const waiting = [session.join('another'), session.leave('room'), session.ping(), session.drained()];
  const answers = waiting.map((promise) => assert.rejects(promise, { code: 'ERR_SPREAD_SLOW_CONSUMER' }));
  connection.send(...Array(30).fill(message(me, Buffer.alloc(100_000))));
  await Promise.all(answers);
  assert.equal(session.state, 'connected');
  // So does what is asked for while it is full.
  await assert.rejects(session.join('third'), { code: 'ERR_SPREAD_SLOW_CONSUMER' });
  await assert.rejects(session.ping(), { code: 'ERR_SPREAD_SLOW_CONSUMER' });
  await assert.rejects(session.drained(), { code: 'ERR_SPREAD_SLOW_CONSUMER' });
  // Nothing is lost, and it goes on once there is room. What was asked for comes about.
  connection.send(joined('another', [me], me), message(me, 'last'));
  const heard = once(session, 'membership');
  for await (const { data } of iterator) {
    if (data.length === 4) {
      break;
    }
  }
  assert.equal((await heard)[0].group, 'another');
  assert.ok(session.groups.has('another'));
  connection.send(message('room', 'own', { sender: me }));
  await session.drained();
});

test('a session that was lost by its full queue reconnects once its iterators have made room', async (t) => {
  const { daemon, session, connection, me } = await scriptedModern(t, {
    maxReceiveQueueBytes: MB,
    reconnect: { minDelay: 1, maxDelay: 1 },
  });
  const iterator = session.messages();
  const log = recordEvents(session);
  session.removeAllListeners('message');
  connection.send(...Array(20).fill(message(me, Buffer.alloc(100_000))));
  const [, loss] = await log.find(([event]) => event === 'disconnect');
  assert.deepEqual([loss.error.code, loss.willReconnect], ['ERR_SPREAD_SLOW_CONSUMER', true]);
  const next = daemon.connection();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(await isPending(next), 'no attempt, while there is no room for what it would bring');
  const taking = (async () => {
    for await (const { data } of iterator) {
      if (data.length === 4) {
        return;
      }
    }
  })();
  const again = await next;
  await again.accept({});
  again.send(message(again.privateGroup, 'last'));
  await taking;
  assert.equal(session.state, 'connected');
});

test('answers to next() that was called ahead come in the order of the calls', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const iterator = session.messages();
  session.pause();
  connection.send(...[...Array(200).keys()].map((index) => message(me, `${index}`)));
  await until(() => session.stats().bytesReceived >= 200 * 81);
  session.resume();
  await until(() => session.stats().messagesReceived === 200);
  const order = [];
  const calls = [];
  for (let call = 0; call < 210; call += 1) {
    calls.push(iterator.next().then(({ value, done }) => order.push(done ? 'done' : Number(value.data))));
    if (call % 16 === 0) {
      // Time enough for the turn to be over: what follows waits for the next one.
      for (const end = performance.now() + 1; performance.now() < end; );
    }
  }
  const returned = iterator.return().then(() => order.push('returned'));
  await Promise.all([...calls, returned]);
  assert.deepEqual(order, [...Array(200).keys(), ...Array(10).fill('done'), 'returned']);
});

test('ping() resolves after all that came before its answer was delivered', async (t) => {
  const { address } = await daemonFor(t, {});
  for (let round = 0; round < 20; round += 1) {
    const session = await openModern(t, address);
    const heard = [];
    session.on('message', ({ data }) => heard.push(String(data)));
    const iterator = session.messages();
    await session.join('room');
    for (const text of ['1', '2', '3']) {
      session.send('room', text);
    }
    await session.ping();
    assert.deepEqual(heard, ['1', '2', '3']);
    const taken = [];
    for await (const { data } of iterator) {
      taken.push(String(data));
      if (taken.length === 3) {
        break;
      }
    }
    assert.deepEqual(taken, heard);
  }
});

test('a send window counts a reliable message only once the view of its group has come', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { sendWindow: 1 });
  const join = session.join('room');
  // It may overtake the join, and then never comes back.
  assert.equal(session.send('room', 'early', { service: 'reliable' }), true);
  connection.send(joined('room', [me], me));
  await join;
  assert.equal(session.send('room', 'counted', { service: 'reliable' }), false);
  const drained = session.drained();
  connection.send(message('room', 'counted', { sender: me, type: 0x02 }));
  await drained;
  // One that does come back though it was not counted changes nothing.
  connection.send(message('room', 'early', { sender: me, type: 0x02 }));
  await once(session, 'message');
  assert.equal(session.send('room', 'fifo', { service: 'fifo' }), false);
  const fifo = session.drained();
  connection.send(message('room', 'early again', { sender: me, type: 0x02 }));
  await once(session, 'message');
  assert.ok(await isPending(fifo));
  connection.send(message('room', 'fifo', { sender: me, type: 0x04 }));
  await fifo;
  // Once a leave is asked for, nothing is counted either.
  session.leave('room').catch(() => {});
  assert.equal(session.send('room', 'late', { service: 'reliable' }), true);
});
