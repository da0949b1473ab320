/** How the bytes of a session are cut into writes makes no difference: byte by byte, or all at once. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const counts = require('./helpers/counts.js');
const { onLibspread } = require('./helpers/engine.js');
const { record } = require('./helpers/log.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { random, seeds } = require('./helpers/seeds.js');
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

/** Plays a session in writes of `length()` bytes each; returns the reports, and the figures. */
async function play(t, bytes, length) {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const { session, opened } = begin(daemon.address, 'me');
  opened.then(() => session.join('room'));
  const log = record(session);
  const connection = await daemon.connection();
  await connection.request();
  await dribble(connection, HANDSHAKE, length);
  await connection.read(90);
  await dribble(connection, Buffer.concat([VERDICT, bytes]), length);
  await log.find(([, , , data]) => data === 'end');
  const over = session.disconnect();
  connection.socket.end();
  await Promise.all([over, closed(session)]);
  return { events: log.entries, stats: session.stats() };
}

/** Quicker than this and it would be a stream, of which several writes are read together. */
const APART_MS = 0.08;

async function dribble(connection, bytes, length) {
  for (let at = 0; at < bytes.length; ) {
    const next = performance.now() + APART_MS;
    const end = at + length();
    await new Promise((resolve) => connection.socket.write(bytes.subarray(at, end), resolve));
    at = end;
    // Turns between the writes, so that they are read one by one.
    do {
      await new Promise(setImmediate);
    } while (performance.now() < next);
  }
}

for (const length of [1, 2, 7, 31, 32, 33, 47, 48, 49, 1000, Number.MAX_SAFE_INTEGER]) {
  test(`a session in writes of ${length} bytes`, async (t) => {
    const { events, stats } = await play(t, SESSION, () => length);
    assert.deepEqual(events, EVENTS);
    assert.equal(stats.messagesReceived, 11, 'messages, the transitional one included');
    // The C library counts nothing but messages.
    if (length === 1 && !onLibspread) {
      assert.ok(stats.reads > SESSION.length / 4, `${stats.reads} reads: the bytes did come one by one`);
    }
  });
}

const NAMES = ['#bob#d2', '#eve#d3', '#kim#d2', '#lee#d3'];

/** Makes a random session: { bytes, events } */
function anySession(below) {
  const chosen = (list) => list[below(list.length)];
  const members = new Set([ME]);
  const frames = [joined('room', [ME], ME)];
  const events = [['memberJoinedGroup', 'room', ME]];
  const changes = {
    join: 'memberJoinedGroup',
    leave: 'memberLeftGroup',
    disconnect: 'leaveCausedByDisconnect',
  };
  const view = (cause, member) => {
    members[cause === 'join' ? 'add' : 'delete'](member);
    frames.push(wire.view({ group: 'room', cause, members: [...members].sort(), changed: member }));
    events.push([changes[cause], 'room', member]);
  };
  for (let count = 50 + below(100); count > 0; count -= 1) {
    const member = chosen(NAMES);
    if (below(4) > 0) {
      const [sender, length] = [chosen(NAMES), chosen([0, 1, below(50), below(500), below(5000)])];
      const groups = ['room', 'other', ME, '#bob#d2'].slice(below(3));
      const text = String.fromCharCode(97 + below(26)).repeat(length);
      frames.push(message(groups, text, { sender, type: 1 << below(6), messType: below(65_536) - 32_768 }));
      events.push(['data', groups[0], sender, text]);
    } else if (members.has(member)) {
      view(chosen(['leave', 'disconnect']), member);
    } else {
      view('join', member);
    }
  }
  frames.push(message(ME, 'end'));
  events.push(['data', ME, '#peer#script', 'end'], ['close']);
  return { bytes: Buffer.concat(frames), events };
}

for (const seed of seeds()) {
  test(`any session, cut at ${counts.cuts} places, of seed ${seed}`, async (t) => {
    const below = random(seed);
    for (let cuts = 0; cuts < counts.cuts; ) {
      const { bytes, events: expected } = anySession(below);
      // A few bytes at a time in some of them, most of it at once in others.
      const most = 2 * Math.ceil(bytes.length / (1 + below(counts.cuts - cuts)));
      const { events } = await play(t, bytes, () => {
        cuts += 1;
        return 1 + below(most);
      });
      assert.deepEqual(events, expected);
    }
  });
}
