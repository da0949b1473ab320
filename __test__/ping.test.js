/** ping(), and sessions that ping themselves: what is measured, what is seen of it, and what is found dead. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { isPending, openModern, recordEvents, scriptedModern, settled } = require('./helpers/modern.js');
const { message } = require('./helpers/scripted-session.js');
const { daemonFor } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');

const FIFO = 4;

/** Sends a session's ping back to it. */
function pong({ connection, me }, { body }) {
  connection.send(message(me, body, { sender: me, type: FIFO }));
}

test('a round trip in ms, of which nobody sees anything', async (t) => {
  const { address } = await daemonFor(t);
  const session = await openModern(t, address);
  const log = recordEvents(session);
  const iterator = session.deliveries();
  const trips = await Promise.all(Array.from({ length: 50 }, () => session.ping()));
  for (const trip of trips) {
    assert.ok(trip >= 0 && trip < 60_000, `${trip} ms`);
  }
  session.send(session.privateGroup, 'seen');
  assert.equal(String((await iterator.next()).value.data), 'seen');
  assert.deepEqual(
    log.entries.map(([, { data }]) => String(data)),
    ['seen'],
  );
  const { messagesReceived, messagesSent } = session.stats();
  assert.deepEqual([messagesReceived, messagesSent], [1, 1]);
});

test('more pongs at once than a batch has room for', async (t) => {
  const both = await scriptedModern(t);
  const pings = Array.from({ length: 2 * 2048 + 1 }, () => both.session.ping());
  const requests = [];
  while (requests.length < pings.length) {
    requests.push(await both.connection.next());
  }
  both.connection.send(
    ...requests.map(({ body }) => message(both.me, body, { sender: both.me, type: FIFO })),
    message(both.me, 'behind'),
  );
  const [behind] = await Promise.all([once(both.session, 'message'), ...pings]);
  assert.equal(String(behind[0].data), 'behind');
});

test('a ping is a private message to oneself, and waits for its own pong', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  const pings = [session.ping(), session.ping()];
  const requests = [await connection.next(), await connection.next()];
  for (const { groups, type, sender } of requests) {
    assert.deepEqual([groups, type, sender], [[me], FIFO, me]);
  }
  // What another one sends is none, and is seen.
  const heard = once(session, 'message');
  connection.send(message(me, requests[0].body, { sender: '#forger#script', type: FIFO }));
  assert.equal((await heard)[0].sender, '#forger#script');
  assert.ok(await isPending(pings[0]));
  pong(both, requests[0]);
  await pings[0];
  assert.ok(await isPending(pings[1]));
  pong(both, requests[1]);
  await pings[1];
});

test('a pong that comes twice, or late, is still not seen', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection } = both;
  const log = recordEvents(session);
  const ping = session.ping();
  const request = await connection.next();
  pong(both, request);
  await ping;
  pong(both, request);
  await settled(both);
  assert.deepEqual(
    log.entries.map(([, { data }]) => String(data)),
    ['settled'],
  );
});

test('ping() rejects when the connection is lost', async (t) => {
  const { session, connection } = await scriptedModern(t);
  session.on('disconnect', () => {});
  const ping = session.ping();
  await connection.next();
  connection.socket.end();
  await assert.rejects(ping, { code: 'ERR_SPREAD_CONNECTION_CLOSED' });
  await assert.rejects(session.ping({ signals: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('a daemon that falls silent is found out', async (t) => {
  const both = await scriptedModern(t, { pingInterval: 20, pingTimeout: 50 });
  const { session, connection } = both;
  const heard = once(session, 'disconnect');
  // As long as pongs come the session lives; then they do not.
  for (let count = 0; count < 5; count += 1) {
    const request = await connection.next();
    assert.equal(request.type, FIFO);
    pong(both, request);
  }
  assert.equal(session.state, 'connected');
  await connection.next();
  const [{ error, reason, willReconnect }] = await heard;
  assert.deepEqual([error.code, reason, willReconnect], ['ERR_SPREAD_PING_TIMEOUT', 'unreachable', false]);
  assert.match(error.message, /50 ms/);
});

test('whatever comes shows that the daemon is there', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { pingInterval: 10, pingTimeout: 100 });
  let alive = true;
  session.on('disconnect', () => {
    alive = false;
  });
  const request = await connection.next();
  assert.equal(request.type, FIFO);
  // No pong, for longer than the timeout; other messages instead.
  const end = Date.now() + 400;
  for (let count = 0; Date.now() < end; count += 1) {
    const heard = once(session, 'message');
    connection.send(message(me, `${count}`));
    await heard;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(alive);
});

test('a busy JavaScript thread does not make the link look dead', async (t) => {
  const { address } = await daemonFor(t, {});
  const session = await openModern(t, address, { pingInterval: 20, pingTimeout: 100 });
  let lost = false;
  session.on('disconnect', () => {
    lost = true;
  });
  await until(() => session.stats().bytesReceived > 0, 'a first pong');
  const before = session.stats().bytesReceived;
  const end = performance.now() + 500;
  while (performance.now() < end);
  // Read meanwhile, by the guard.
  assert.ok(session.stats().bytesReceived > before);
  assert.ok((await session.ping()) >= 0);
  assert.equal(lost, false);
});

test('nor does a paused session, or one whose queue is full', async (t) => {
  const both = await scriptedModern(t, {
    pingInterval: 50,
    // Long enough for what is sent below to come on a busy machine.
    pingTimeout: 1000,
    maxReceiveQueueBytes: 1024 * 1024,
    overflow: 'pause',
  });
  const { session, connection, me } = both;
  let lost = false;
  session.on('disconnect', () => {
    lost = true;
  });
  session.pause();
  const { body } = await connection.next();
  for (let index = 0; index < 3000; index += 1) {
    connection.send(message(me, Buffer.alloc(1000)));
  }
  await until(() => session.stats().receiveQueueBytes > 1024 * 1024);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.equal(lost, false);
  pong(both, { body });
  session.resume();
  (async () => {
    for (let request = await connection.next(); request !== undefined; request = await connection.next()) {
      if (request.type === FIFO) {
        pong(both, request);
      }
    }
  })();
  assert.ok((await session.ping()) >= 0);
  assert.equal(lost, false);
});

test('pings that are due do not cut short what disconnect() still sends', async (t) => {
  const { session, connection } = await scriptedModern(t, { pingInterval: 5, pingTimeout: 10_000 });
  connection.socket.pause();
  const data = Buffer.alloc(100_000);
  let sent = 0;
  for (; session.stats().sendQueueBytes < 2_000_000; sent += 1) {
    session.send('room', data, { type: sent });
  }
  const done = session.disconnect();
  await new Promise((resolve) => setTimeout(resolve, 100));
  connection.socket.resume();
  for (let count = 0; count < sent; ) {
    const { type, messType, body } = await connection.next();
    if (type !== FIFO) {
      assert.deepEqual([messType, body.length], [count, data.length]);
      count += 1;
    }
  }
  await connection.untilKill();
  await done;
});

test('without pingInterval nothing is sent', async (t) => {
  const { session, connection } = await scriptedModern(t);
  const next = connection.next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  session.send('room', 'the first');
  assert.equal(String((await next).body), 'the first');
});
