/** A lost connection is reported once, after everything received before, and every pending call is settled. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { connect } = require('..');
const { run } = require('./helpers/child.js');
const counts = require('./helpers/counts.js');
const { flooded } = require('./helpers/flood.js');
const { record } = require('./helpers/log.js');
const { isPending } = require('./helpers/modern.js');
const { joined, message, scripted } = require('./helpers/scripted-session.js');
const { closed, daemonFor, open, unique } = require('./helpers/sessions.js');

const CLOSED = { code: 'ERR_SPREAD_CONNECTION_CLOSED', spreadCode: -8, spreadName: 'CONNECTION_CLOSED' };

function assertLost(entries, expected = CLOSED) {
  const ends = entries.filter(([what]) => what === 'onDisconnect');
  assert.equal(ends.length, 1, 'told once');
  const [[, text, error]] = ends;
  assert.equal(text, error.message);
  assert.deepEqual(
    { code: error.code, spreadCode: error.spreadCode, spreadName: error.spreadName },
    { spreadCode: undefined, spreadName: undefined, ...expected },
  );
  assert.deepEqual(
    entries.slice(-2).map(([what]) => what),
    ['onDisconnect', 'close'],
    'nothing comes after it',
  );
}

test(`${counts.kills} daemons that are killed in mid-stream`, async (t) => {
  for (let round = 1; round <= counts.kills; round += 1) {
    await t.test(`daemon ${round}`, killedInMidStream);
  }
});

async function killedInMidStream(t) {
  const { child, lines, exit } = run(t, 'daemon.js');
  const [address] = await lines.count(1);
  const group = unique('g');
  const sessions = [await open(address), await open(address), await open(address)];
  const logs = sessions.map((session) => record(session));
  await Promise.all(sessions.map((session) => session.join(group)));
  // A stream without an end, from every one of them to all.
  for (const session of sessions) {
    let number = 0;
    const send = () => {
      for (let count = 0; count < 20; count += 1) {
        number += 1;
        session.multicast(session.AGREED_MESS, group, `${number}`);
      }
      if (session.state === 'connected') {
        setImmediate(send);
      }
    };
    send();
  }
  await Promise.all(logs.map((log) => log.count(1000, ([what]) => what === 'data')));
  const pending = sessions.flatMap((session) => [
    session.join(unique('g')),
    session.leave(group),
    session.leave('none'),
  ]);
  child.kill('SIGKILL');
  await exit;
  await Promise.all(sessions.map(closed));
  await Promise.all(pending);
  for (const log of logs) {
    assertLost(log.entries.filter(([what]) => what !== 'onError'));
  }
  // What they received is the same, as far as each of them came.
  const streams = logs.map((log) => log.entries.filter(([what]) => what === 'data').map((entry) => entry.join(' ')));
  const shortest = Math.min(...streams.map((stream) => stream.length));
  for (const stream of streams) {
    assert.deepEqual(stream.slice(0, shortest), streams[0].slice(0, shortest));
  }
}

/** Records of a batch: src/js/batch.rs and lib/native/batch.js. */
const BATCH = 2048;

for (const count of [BATCH - 1, BATCH, BATCH + 1]) {
  test(`a loss after ${count} messages, where a batch has room for ${BATCH}`, async (t) => {
    const { session, connection } = await scripted(t);
    const log = record(session);
    session.pause();
    connection.send(...Array.from({ length: count }, (_, number) => message('room', `${number}`)));
    connection.socket.end();
    // The session hangs up too once it has read the end.
    assert.equal(await connection.next(), undefined);
    session.resume();
    await closed(session);
    assertLost(log.entries);
    assert.equal(log.entries.filter(([what]) => what === 'data').length, count);
  });
}

test('pending joins, leaves and disconnects resolve when the daemon hangs up', async (t) => {
  const { session, connection, me } = await scripted(t);
  const log = record(session);
  const joining = session.join('room');
  await connection.next();
  connection.send(joined('room', [me], me));
  await joining;
  const pending = [session.join('other'), session.join('other'), session.leave('room'), session.join('room')];
  for (let count = 0; count < 3; count += 1) {
    await connection.next();
  }
  connection.send(message(me, 'last words'));
  connection.socket.end();
  assert.deepEqual(await Promise.all(pending), [undefined, undefined, undefined, undefined]);
  await closed(session);
  assertLost(log.entries);
  assert.deepEqual(
    log.entries.map(([what]) => what),
    ['memberJoinedGroup', 'data', 'onDisconnect', 'close'],
  );
  assert.equal(session.state, 'closed');
  await session.disconnect();
});

test('a connection that is reset', async (t) => {
  const { session, connection, me } = await scripted(t);
  const log = record(session);
  connection.send(message(me, 'hello'));
  await log.count(1);
  connection.socket.resetAndDestroy();
  await closed(session);
  assertLost(log.entries);
});

test('a message that came in half is not delivered', async (t) => {
  const { session, connection, me } = await scripted(t);
  const log = record(session);
  const bytes = message(me, 'a whole one');
  connection.send(bytes, bytes.subarray(0, bytes.length - 1));
  connection.socket.end();
  await closed(session);
  assert.deepEqual(
    log.entries.map(([what]) => what),
    ['data', 'onDisconnect', 'close'],
  );
});

test('a disconnect that the loss overtakes resolves, and no loss is reported', async (t) => {
  const { session, connection } = await scripted(t);
  const log = record(session);
  const over = session.disconnect();
  connection.socket.resetAndDestroy();
  await over;
  assert.deepEqual(log.entries, [['close']]);
});

test('calls after the end are refused, each once', async (t) => {
  const { session, connection } = await scripted(t);
  const log = record(session);
  connection.socket.end();
  await closed(session);
  const before = log.entries.length;
  assert.equal(session.multicast(session.SAFE_MESS, 'room', 'x'), undefined);
  assert.equal(await session.join('room'), undefined);
  assert.equal(await session.leave('room'), undefined);
  await log.count(before + 3);
  for (const [what, text, error] of log.entries.slice(before)) {
    assert.equal(what, 'onError');
    assert.equal(text, error.message);
    assert.equal(error.code, 'ERR_SPREAD_NOT_CONNECTED');
  }
});

test('stopping the daemon ends its sessions, and its port is free at once', async (t) => {
  const daemon = await daemonFor(t, {});
  const session = await open(daemon.address);
  const log = record(session);
  await session.join('room');
  await daemon.stop();
  await log.find(([what]) => what === 'close');
  assertLost(log.entries);
  const again = await daemonFor(t, { port: daemon.port });
  assert.equal(again.port, daemon.port);
  await open(again.address, { t });
});

test('a program that takes less than comes is cut off at 64 MiB, told why, and gets what came before', async (t) => {
  const total = 1000;
  const { sessions, start } = await flooded(t, total, { length: 100_000 });
  const log = record(sessions[0]);
  sessions[0].dataHandler = (_group, _sender, data) => log.push(['data', data.length]);
  start();
  await log.find(([what]) => what === 'close');
  assertLost(log.entries, { ...CLOSED, code: 'ERR_SPREAD_SLOW_CONSUMER' });
  const delivered = log.entries.filter(([, length]) => length === 100_000).length;
  assert.ok(delivered >= 600 && delivered < 700, `${delivered} messages were delivered`);
});

test('what a process has started holds neither its session nor its daemon open', async (t) => {
  const { address } = await daemonFor(t);
  const group = unique('g');
  const session = await connect(address);
  await session.join(group);
  const { child, exit, lines } = run(t, 'parent.js', [address, group]);
  const parent = JSON.parse((await lines.count(1))[0]);
  t.after(() => process.kill(parent.helper, 'SIGKILL'));
  const client = await connect(parent.address);
  const [left, lost] = [once(session, 'membership'), once(client, 'disconnect')];
  child.kill('SIGKILL');
  const [[{ cause }]] = await Promise.all([left, lost]);
  assert.equal(cause, 'disconnect');
  assert.ok(await isPending(exit), 'the helper lives');
  await session.disconnect();
});
