/** Sending: what a turn sends leaves together and in order, and what nobody takes is bounded. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { record } = require('./helpers/log.js');
const { message, scripted } = require('./helpers/scripted-session.js');

const HIGH_WATER = 1024 * 1024;
const QUEUE = 16 * 1024 * 1024;
const PAYLOAD = Buffer.alloc(100_000, 5);

/** Opens a session whose daemon does not read; what it sends fills the kernel’s buffers, then its own. */
async function stuffed(t) {
  const both = await scripted(t);
  both.connection.socket.pause();
  const log = record(both.session);
  let sent = 0;
  while (both.session.multicast(both.session.SAFE_MESS, 'room', PAYLOAD)) {
    sent += 1;
  }
  return { ...both, log, sent: sent + 1 };
}

test('calls of one turn leave in their order, together', async (t) => {
  const { session, connection } = await scripted(t);
  for (let index = 0; index < 200; index += 1) {
    assert.equal(session.multicast(session.FIFO_MESS, index % 2 ? 'room' : ['a', 'b'], `${index}`), true);
    if (index === 100) {
      session.join('room');
    }
  }
  for (let index = 0; index < 200; index += 1) {
    const { body, groups, sender, type } = await connection.next();
    assert.equal(String(body), `${index}`);
    assert.deepEqual(groups, index % 2 ? ['room'] : ['a', 'b']);
    assert.equal(sender, session.privateGroup);
    assert.equal(type, session.FIFO_MESS);
    if (index === 100) {
      assert.equal((await connection.next()).type, 0x10000);
    }
  }
  assert.equal(session.stats().messagesSent, 200);
  assert.ok(session.stats().writes < 20, `${session.stats().writes} writes`);
});

test('above the high-water mark multicast() says false, and drain follows once', async (t) => {
  const { session, connection, log, sent } = await stuffed(t);
  assert.ok(session.stats().sendQueueBytes > HIGH_WATER);
  assert.equal(session.multicast(session.SAFE_MESS, 'room', 'one more'), false, 'it was taken all the same');
  connection.socket.resume();
  for (let index = 0; index < sent; index += 1) {
    assert.ok((await connection.next()).body.equals(PAYLOAD));
  }
  assert.equal(String((await connection.next()).body), 'one more');
  await log.find(([what]) => what === 'drain');
  assert.equal(session.multicast(session.SAFE_MESS, 'room', 'again'), true);
  assert.equal(String((await connection.next()).body), 'again');
  assert.deepEqual(log.entries, [['drain']]);
});

for (const [what, payload] of [
  ['payloads', PAYLOAD],
  ['messages without any payload', ''],
]) {
  test(`above 16 MiB a message is refused, and those before it arrive: ${what}`, async (t) => {
    const { session, connection, log, sent } = await stuffed(t);
    let taken = 0;
    while (session.multicast(session.SAFE_MESS, 'room', payload) !== undefined) {
      taken += 1;
      assert.ok(taken < 1e6, 'it takes without end');
    }
    assert.ok(session.stats().sendQueueBytes <= QUEUE + PAYLOAD.length);
    const [[, text, error]] = await log.count(1, ([handler]) => handler === 'onError');
    assert.equal(error.code, 'ERR_SPREAD_QUEUE_FULL');
    assert.equal(error.spreadCode, undefined);
    assert.match(text, /drain/);
    connection.socket.resume();
    for (let index = 0; index < sent + taken; index += 1) {
      const { body } = await connection.next();
      assert.equal(body.length, index < sent ? PAYLOAD.length : payload.length);
    }
    await log.find(([handler]) => handler === 'drain');
    assert.equal(session.multicast(session.SAFE_MESS, 'room', 'again'), true);
    assert.equal(String((await connection.next()).body), 'again');
  });
}

test('what cannot be sent keeps nothing from coming', async (t) => {
  const { session, connection, log } = await stuffed(t);
  for (let index = 0; index < 1000; index += 1) {
    connection.send(message(connection.privateGroup, `${index}`));
  }
  await log.count(1000, ([what]) => what === 'data');
  assert.deepEqual(
    log.entries.map(([, , , data]) => data),
    Array.from({ length: 1000 }, (_, index) => `${index}`),
  );
  assert.ok(session.stats().sendQueueBytes > 0, 'it still cannot be sent');
});

test('drain is emitted only after a call has returned false', async (t) => {
  const { session, connection } = await scripted(t, { membership: false });
  const log = record(session);
  session.multicast(session.SAFE_MESS, 'room', PAYLOAD);
  await session.join('room');
  await connection.next();
  await connection.next();
  await session.leave('room');
  await connection.next();
  assert.deepEqual(log.entries, []);
});

test('a session that has much to send disconnects within its time, though nobody reads', async (t) => {
  const { session, log } = await stuffed(t);
  // More than all buffers of the kernel's take.
  while (session.multicast(session.SAFE_MESS, 'room', PAYLOAD) !== undefined);
  await session.disconnect();
  assert.deepEqual(
    log.entries.map(([what]) => what),
    ['onError', 'close'],
  );
});
