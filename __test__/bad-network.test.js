/** A bad network between session and daemon: reset at every byte of the handshake, dribble, silence, delay. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { SpreadDaemon, connect } = require('..');
const { receivers } = require('../lib/native/pump.js');
const { recordEvents } = require('./helpers/modern.js');
const { BadNetwork } = require('./helpers/bad-network.js');

const FAST = { minDelay: 1, maxDelay: 4 };

/** What the daemon says in a handshake with `me`: the methods, then the accept. */
const HANDSHAKE = 1 + 'NULL '.length + 5 + '#me#localhost'.length;

async function behindProxy(t) {
  const daemon = await SpreadDaemon.start({ port: 0, host: '127.0.0.1' });
  t.after(() => daemon.stop());
  return BadNetwork.before(t, daemon.port);
}

test('reset at every byte of the handshake: connect() rejects, and leaves nothing', async (t) => {
  const proxy = await behindProxy(t);
  for (let byte = 0; byte < HANDSHAKE; byte += 1) {
    proxy.plan({ reset: byte });
    await assert.rejects(
      connect({ address: proxy.address, name: 'me' }),
      (error) => ['ERR_SPREAD_CONNECTION_CLOSED', 'ERR_SPREAD_COULD_NOT_CONNECT'].includes(error.code),
      `at ${byte}`,
    );
  }
  assert.equal(receivers.size, 0);
  // One byte later it stands, and is lost.
  proxy.plan({ reset: HANDSHAKE });
  const session = await connect({ address: proxy.address, name: 'me' });
  const [{ error }] = await once(session, 'disconnect');
  assert.equal(error.code, 'ERR_SPREAD_CONNECTION_CLOSED');
});

test('reset at every byte of the handshake: reconnecting tries again', async (t) => {
  const proxy = await behindProxy(t);
  proxy.plan({ reset: HANDSHAKE }, ...Array.from({ length: HANDSHAKE }, (_, byte) => ({ reset: byte })), {});
  const session = await connect({ address: proxy.address, name: 'me', reconnect: FAST });
  t.after(() => session.disconnect());
  const log = recordEvents(session);
  const [, { attempts }] = await log.find(([event]) => event === 'reconnect');
  // One for each byte, and more where the daemon had not noticed yet that the name is free again.
  assert.ok(attempts >= HANDSHAKE + 1, `${attempts}`);
  assert.equal(log.entries.filter(([event]) => event === 'disconnect').length, 1);
  assert.deepEqual((await session.join('room')).members, ['#me#localhost']);
});

test('silence at every byte of the handshake: the deadline', async (t) => {
  const proxy = await behindProxy(t);
  const attempts = Array.from({ length: HANDSHAKE }, (_, byte) => {
    proxy.plan({ silence: byte });
    // All have the same name: they meet silence, before or after a refusal.
    return assert.rejects(connect({ address: proxy.address, timeout: 300 }), { code: 'ERR_SPREAD_TIMEOUT' });
  });
  await Promise.all(attempts);
  assert.equal(receivers.size, 0);
});

test('silence in the handshake: a signal does not wait for the deadline', async (t) => {
  const proxy = await behindProxy(t);
  for (const byte of [0, 1, 6, 7, HANDSHAKE - 1]) {
    proxy.plan({ silence: byte });
    const controller = new AbortController();
    const reason = new Error('the reason');
    const rejected = assert.rejects(
      connect({ address: proxy.address, timeout: 2 ** 31 - 1, signal: controller.signal }),
      reason,
    );
    setImmediate(() => controller.abort(reason));
    await rejected;
  }
});

test('a first daemon that falls silent does not keep the second from being tried', async (t) => {
  const [silent, going] = [await behindProxy(t), await behindProxy(t)];
  silent.plan({ silence: 3 });
  const session = await connect({ address: [silent.address, going.address], timeout: 1000 });
  t.after(() => session.disconnect());
  assert.equal(silent.connections, 1);
  assert.equal(session.address.split(':')[1], going.address.split('@')[0]);
});

test('byte by byte: everything arrives, in order', async (t) => {
  const proxy = await behindProxy(t);
  proxy.plan({ dribble: true });
  const session = await connect({ address: proxy.address, name: 'me' });
  t.after(() => session.disconnect());
  const view = await session.join('room');
  assert.deepEqual(view.members, ['#me#localhost']);
  const iterator = session.messages({ group: 'room' });
  for (let index = 0; index < 50; index += 1) {
    session.send('room', `${index}`, { type: index });
  }
  for (let index = 0; index < 50; index += 1) {
    const { value } = await iterator.next();
    assert.deepEqual([String(value.data), value.type], [`${index}`, index]);
  }
});

test('a slow network: everything takes longer, and pings say so', async (t) => {
  const proxy = await behindProxy(t);
  proxy.plan({ delay: 20 });
  const session = await connect({ address: proxy.address, pingInterval: 10, pingTimeout: 10_000 });
  t.after(() => session.disconnect());
  // Node's timers count whole milliseconds, and may be early by one.
  assert.ok((await session.ping()) >= 38);
  await session.join('room');
  assert.equal(session.state, 'connected');
});

test('a network that falls silent is found out by a ping, and come back from', async (t) => {
  const proxy = await behindProxy(t);
  const session = await connect({
    address: proxy.address,
    reconnect: FAST,
    timeout: 200,
    pingInterval: 20,
    pingTimeout: 60,
  });
  t.after(() => session.disconnect());
  await session.join('room');
  const log = recordEvents(session);
  proxy.plan({ silence: 0 }, { silence: 8 }, {});
  proxy.silence();
  const [, { reason, error }] = await log.find(([event]) => event === 'disconnect');
  assert.deepEqual([reason, error.code], ['unreachable', 'ERR_SPREAD_PING_TIMEOUT']);
  const [, { attempts, views }] = await log.find(([event]) => event === 'reconnect');
  assert.equal(attempts, 3);
  assert.deepEqual(
    views.map(({ group }) => group),
    ['room'],
  );
});
