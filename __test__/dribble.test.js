/** How the bytes of a session are cut into writes makes no difference: byte by byte, or all at once. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { onLibspread } = require('./helpers/engine.js');
const { record } = require('./helpers/log.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { begin, closed } = require('./helpers/sessions.js');
const wire = require('./helpers/wire.js');

const ME = '#me#script';
const [BOB, EVE] = ['#bob#d2', '#eve#d3'];

const SESSION = Buffer.concat([
  joined('room', [BOB, ME], ME),
  message('room', 'one', { sender: BOB }),
  message(['room', 'other', ME], 'to three', { sender: BOB, type: 0x20, messType: -1 }),
  joined('room', [BOB, EVE, ME], EVE),
  message('room', '', { sender: EVE }),
  message('room', 'x'.repeat(700), { sender: EVE }),
  wire.transition('room'),
  wire.view({ group: 'room', cause: 'network', members: [BOB, ME], sets: [[BOB, ME]] }),
  wire.view({ group: 'room', cause: 'disconnect', members: [ME], changed: BOB }),
  wire.selfLeave('room'),
  message(ME, 'end'),
]);

const EVENTS = [
  ['memberJoinedGroup', 'room', ME],
  ['data', 'room', BOB, 'one'],
  ['data', 'room', BOB, 'to three'],
  ['memberJoinedGroup', 'room', EVE],
  ['data', 'room', EVE, ''],
  ['data', 'room', EVE, 'x'.repeat(700)],
  ['leaveCausedByNetwork', 'room', EVE],
  ['leaveCausedByDisconnect', 'room', BOB],
  ['memberLeftGroup', 'room', ME],
  ['data', ME, '#peer#script', 'end'],
  ['close'],
];

const HANDSHAKE = Buffer.from('\x05NULL ', 'latin1');
const VERDICT = Buffer.concat([Buffer.from([1, 5, 0, 1, ME.length]), Buffer.from(ME)]);

/** Plays the session in writes of this many bytes; returns the reports, and the figures. */
async function play(t, length) {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const { session, opened } = begin(daemon.address, 'me');
  opened.then(() => session.join('room'));
  const log = record(session);
  const connection = await daemon.connection();
  await connection.request();
  await dribble(connection, HANDSHAKE, length);
  await connection.read(90);
  await dribble(connection, Buffer.concat([VERDICT, SESSION]), length);
  await log.find(([, , , data]) => data === 'end');
  const over = session.disconnect();
  connection.socket.end();
  await Promise.all([over, closed(session)]);
  return { events: log.entries, stats: session.stats() };
}

/** Quicker than this and it would be a stream, of which several writes are read together. */
const APART_MS = 0.08;

async function dribble(connection, bytes, length) {
  for (let at = 0; at < bytes.length; at += length) {
    const next = performance.now() + APART_MS;
    await new Promise((resolve) => connection.socket.write(bytes.subarray(at, at + length), resolve));
    // Turns between the writes, so that they are read one by one.
    do {
      await new Promise(setImmediate);
    } while (performance.now() < next);
  }
}

for (const length of [1, 2, 7, 31, 32, 33, 47, 48, 49, 1000, Number.MAX_SAFE_INTEGER]) {
  test(`a session in writes of ${length} bytes`, async (t) => {
    const { events, stats } = await play(t, length);
    assert.deepEqual(events, EVENTS);
    assert.equal(stats.messagesReceived, 11, 'messages, the transitional one included');
    // The C library counts nothing but messages.
    if (length === 1 && !onLibspread) {
      assert.ok(stats.reads > SESSION.length / 4, `${stats.reads} reads: the bytes did come one by one`);
    }
  });
}
