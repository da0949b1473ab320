/** A daemon that breaks the protocol, or is none: a typed error, once; nothing hangs, nothing stays. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { bitsToFlip } = require('./helpers/counts.js');
const { descriptors, noFootprint, threads } = require('./helpers/footprint.js');
const { record } = require('./helpers/log.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { message, scripted } = require('./helpers/scripted-session.js');
const { begin, closed } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');
const wire = require('./helpers/wire.js');

/** Connects to a daemon that says this much and hangs up; resolves with the error. */
async function handshake(daemon, chunks) {
  const { session, opened } = begin(daemon.address, 'me');
  const log = record(session);
  const failed = opened.then(
    () => assert.fail('it connected'),
    (error) => error,
  );
  const connection = await daemon.connection();
  await connection.request();
  const [first, ...rest] = chunks;
  connection.socket.write(first);
  for (const chunk of rest) {
    await connection.read(90);
    connection.socket.write(chunk);
  }
  connection.socket.end();
  const error = await failed;
  await closed(session);
  assert.deepEqual(
    log.entries.map(([what]) => what),
    ['onFailedToConnect', 'close'],
  );
  return error;
}

test('a handshake that ends after any of its bytes', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const list = Buffer.from('\x05NULL ');
  const accept = Buffer.concat([Buffer.from([1, 5, 0, 1, 10]), Buffer.from('#me#script')]);
  for (let length = 0; length < list.length; length += 1) {
    const error = await handshake(daemon, [list.subarray(0, length)]);
    assert.equal(error.code, 'ERR_SPREAD_CONNECTION_CLOSED', `after ${length} bytes of the list`);
  }
  for (let length = 0; length < accept.length; length += 1) {
    const error = await handshake(daemon, [list, accept.subarray(0, length)]);
    assert.equal(error.code, 'ERR_SPREAD_CONNECTION_CLOSED', `after ${length} bytes of the verdict`);
  }
});

const LIST = '\x05NULL ';

/** What stands where a list or a verdict should → the code. */
const BROKEN_HANDSHAKES = {
  'an HTTP server': [['HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'], /REJECT_AUTH|PROTOCOL|CLOSED/],
  'an unknown refusal': [[Buffer.from([0x9c])], /CONNECTION_CLOSED/],
  'an empty list': [[Buffer.from([0])], /REJECT_AUTH|PROTOCOL|CLOSED/],
  'a list of bytes that are no text': [[Buffer.from([4, 0xff, 0xfe, 0, 0x80])], /PROTOCOL|REJECT_AUTH/],
  'a verdict of 0': [[LIST, Buffer.from([0])], /PROTOCOL|CLOSED/],
  'a verdict of 2': [[LIST, Buffer.from([2, 5, 0, 1, 3, 35, 97, 35])], /PROTOCOL|CLOSED/],
  'a private group of no bytes': [[LIST, Buffer.from([1, 5, 0, 1, 0])], /PROTOCOL/],
  'a private group of 32 bytes': [
    [LIST, Buffer.concat([Buffer.from([1, 5, 0, 1, 32]), Buffer.alloc(32, 'a')])],
    /PROTOCOL/,
  ],
  'a private group of -1 bytes': [[LIST, Buffer.from([1, 5, 0, 1, 255])], /PROTOCOL/],
  'a private group without its form': [
    [LIST, Buffer.concat([Buffer.from([1, 5, 0, 1, 3]), Buffer.from('abc')])],
    /PROTOCOL/,
  ],
  'a negative version': [
    [LIST, Buffer.concat([Buffer.from([1, 0x85, 0, 1, 4]), Buffer.from('#a#b')])],
    /PROTOCOL|VERSION|CLOSED/,
  ],
};

for (const [what, [chunks, code]] of Object.entries(BROKEN_HANDSHAKES)) {
  test(`a handshake with ${what}`, async (t) => {
    const daemon = await ScriptedDaemon.listen();
    t.after(() => daemon.close());
    const error = await handshake(daemon, chunks);
    assert.match(error.code, code);
    assert.equal(error.name, 'SpreadError');
  });
}

/** Returns the bytes of a message with a word of its header replaced. */
function withWord(at, value, rest = {}) {
  const bytes = wire.frame({ type: 0x10, sender: '#a#b', groups: ['room'], body: Buffer.from('x'), ...rest });
  bytes.writeInt32LE(value, at);
  return bytes;
}

/** Makes a membership message with a body of one's own. */
function membership(body, { members = ['#a#b'], type = 0x1100 } = {}) {
  return wire.frame({ type, sender: 'room', groups: members, body });
}

const [GROUPS_AT, LENGTH_AT] = [36, 44];
const ONE_SET = [wire.ints(1), wire.name('#a#b')];

const BROKEN_MESSAGES = {
  text: Buffer.alloc(4096, 'garbage '),
  zeros: Buffer.alloc(48),
  ones: Buffer.alloc(4096, 0xff),
  'a type without meaning': withWord(0, 0x80000080 | 0),
  'two services': withWord(0, 0x80000080 | 0x30),
  'a request': withWord(0, 0x80000080 | 0x10000),
  '-1 groups': withWord(GROUPS_AT, -1),
  'the least number of groups': withWord(GROUPS_AT, -(2 ** 31)),
  'as many groups as there are numbers': withWord(GROUPS_AT, 2 ** 31 - 1),
  '101 groups': withWord(GROUPS_AT, 101),
  'a length of -1': withWord(LENGTH_AT, -1),
  'the least length': withWord(LENGTH_AT, -(2 ** 31)),
  'the greatest length': withWord(LENGTH_AT, 2 ** 31 - 1),
  'one byte more than a message has': withWord(LENGTH_AT, 144_000 - 48 - 32 + 1),
  'a membership without a body': membership(Buffer.alloc(0)),
  'a membership that ends in its id': membership(wire.ints(1, 2)),
  'a membership that ends before its sets': membership(wire.ints(1, 2, 3, 1)),
  'a membership of -1 sets': membership(Buffer.concat([wire.ints(1, 2, 3, -1, 0), ...ONE_SET])),
  'a membership of more sets than it has': membership(Buffer.concat([wire.ints(1, 2, 3, 2, 0), ...ONE_SET])),
  'a membership of very many sets': membership(Buffer.concat([wire.ints(1, 2, 3, 2 ** 31 - 1, 0), ...ONE_SET])),
  'an own set at -1': membership(Buffer.concat([wire.ints(1, 2, 3, 1, -1), ...ONE_SET])),
  'an own set within another': membership(Buffer.concat([wire.ints(1, 2, 3, 1, 4), ...ONE_SET])),
  'an own set after the end': membership(Buffer.concat([wire.ints(1, 2, 3, 1, 1000), ...ONE_SET])),
  'a set of -1 members': membership(Buffer.concat([wire.ints(1, 2, 3, 1, 0), wire.ints(-1), wire.name('#a#b')])),
  'a set of more members than there are': membership(
    Buffer.concat([wire.ints(1, 2, 3, 1, 0), wire.ints(2), wire.name('#a#b')]),
  ),
  'a set of very many members': membership(
    Buffer.concat([wire.ints(1, 2, 3, 1, 0), wire.ints(2 ** 31 - 1), wire.name('#a#b')]),
  ),
  'a transition without an id': wire.frame({ type: 0x2000, sender: 'room' }),
};

for (const [what, bytes] of Object.entries(BROKEN_MESSAGES)) {
  test(`an open session that gets ${what}`, async (t) => {
    const { session, connection, me } = await scripted(t);
    const log = record(session);
    const pending = session.join('room');
    connection.socket.on('error', () => {});
    connection.send(message(me, 'before'), bytes, message(me, 'behind'));
    await closed(session);
    assert.equal(await pending, undefined);
    assert.deepEqual(
      log.entries.map(([handler, , third, data]) => (handler === 'data' ? data : (third?.code ?? handler))),
      ['before', 'ERR_SPREAD_PROTOCOL', 'close'],
    );
    const [, [handler, text, error]] = log.entries;
    assert.equal(handler, 'onDisconnect');
    assert.equal(text, error.message);
    assert.deepEqual([error.spreadCode, error.spreadName], [-13, 'ILLEGAL_MESSAGE']);
  });
}

test('a daemon that announces much and sends nothing takes no memory', async (t) => {
  const { session, connection } = await scripted(t);
  const header = membership(Buffer.alloc(0)).subarray(0, 48);
  // As many members as the largest network has: 27 MB. Not one of them comes.
  header.writeInt32LE(3122 * 128, GROUPS_AT);
  header.writeInt32LE(24 + 32, LENGTH_AT);
  const before = process.memoryUsage().rss;
  connection.send(header);
  await until(() => session.stats().bytesReceived >= 48, 'the header');
  assert.ok(process.memoryUsage().rss - before < 10e6);
  connection.socket.end();
  await closed(session);
});

test('clients of hostile daemons leave no thread and no descriptor', { skip: noFootprint }, async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const one = async () => {
    const { session, opened } = begin(daemon.address);
    const connection = await daemon.connection();
    connection.socket.on('error', () => {});
    await connection.accept({ rest: Buffer.alloc(4096, 0xff) });
    await opened;
    await closed(session);
    connection.socket.destroy();
  };
  for (let count = 0; count < 5; count += 1) {
    await one();
  }
  const before = { descriptors: descriptors(), threads: threads() };
  for (let count = 0; count < 100; count += 1) {
    await one();
  }
  await until(() => descriptors() <= before.descriptors, `${before.descriptors} descriptors, as before`);
  await until(() => threads() <= before.threads, `${before.threads} threads, as before`);
});

test('bytes at random, after the handshake and instead of it', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  // A generator of our own, so that a failure can be had again.
  let seed = 12345;
  const random = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed >> 16;
  };
  for (let round = 0; round < 100; round += 1) {
    const { session, opened } = begin(daemon.address);
    const ended = opened.then(
      () => {},
      () => {},
    );
    const connection = await daemon.connection();
    connection.socket.on('error', () => {});
    const noise = Buffer.from(Array.from({ length: 1 + (random() % 400) }, () => random() & 0xff));
    if (round % 2) {
      await connection.accept({ rest: noise });
    } else {
      await connection.request();
      connection.socket.write(noise);
    }
    connection.socket.end();
    await Promise.all([ended, closed(session)]);
    connection.socket.destroy();
  }
});

test('views of groups that the session never asked for are dropped and counted', async (t) => {
  const { session, connection, me } = await scripted(t, { groups: ['room'] });
  const log = record(session);
  const stray = Array.from({ length: 1000 }, (_, index) =>
    wire.view({ group: `g${index}`, cause: 'join', members: [me], changed: me }),
  );
  connection.send(
    ...stray,
    wire.view({ group: 'room', cause: 'join', members: [me], changed: me }),
    message(me, 'end'),
  );
  await log.find(([, , , data]) => data === 'end');
  assert.deepEqual([...session.groups.keys()], ['room']);
  const { strayViews, viewChanges } = session.stats();
  assert.deepEqual([strayViews, viewChanges], [1000, 1]);
  assert.deepEqual(log.entries[0], ['memberJoinedGroup', 'room', me]);
  // A leave that is under way, and one that is over.
  session.leave('room');
  const left = wire.view({ group: 'room', cause: 'join', members: [me, '#b#script'], changed: '#b#script' });
  connection.send(left, wire.selfLeave('room'), left, message(me, 'end too'));
  await log.find(([, , , data]) => data === 'end too');
  assert.equal(session.groups.size, 0);
  assert.equal(session.stats().strayViews, 1001);
});

const VIEW = { group: 'room', members: ['#a#b', '#me#script'], changed: '#a#b' };

/** What daemons send: forty frames of every kind. */
const FRAMES = [
  ...[0x1, 0x2, 0x4, 0x8, 0x10, 0x20, 0x50].flatMap((type) => [
    wire.frame({ type, sender: '#a#b', groups: ['room'], body: Buffer.from('text') }),
    wire.frame({ type, sender: '#a#b', groups: ['room', 'hall', '#me#script'], messType: -type }),
  ]),
  ...['join', 'leave', 'disconnect', 'network'].flatMap((cause) => [
    wire.view({ ...VIEW, cause }),
    wire.view({ ...VIEW, cause, members: ['#me#script'] }),
    wire.view({ ...VIEW, cause, sets: [['#a#b'], ['#me#script']], own: 1 }),
  ]),
  ...['room', 'a', 'g'.repeat(31)].flatMap((group) => [
    wire.selfLeave(group),
    wire.transition(group),
    wire.frame({ type: 0x400010, sender: '#me#script', groups: [group], body: Buffer.from('refused') }),
    wire.frame({ type: 0x20, sender: group, groups: Array(10).fill(group), body: Buffer.alloc(30, 1) }),
  ]),
  wire.frame({ type: 0x10, sender: '#a#b', groups: [], body: Buffer.from('x') }),
  wire.frame({ type: 0x10, sender: '#a#b', groups: ['room'], body: Buffer.alloc(0) }),
];

/**
 * Returns how a session of this daemon ends that gets this frame between two others, and then the end of the stream.
 */
async function endBehind(daemon, frame) {
  const { session, opened } = begin(daemon.address, 'me');
  const log = record(session);
  const connection = await daemon.connection();
  connection.socket.on('error', () => {});
  await connection.accept();
  await opened;
  const me = connection.privateGroup;
  connection.send(message(me, 'before'), frame, message(me, 'behind'));
  connection.socket.end();
  await closed(session);
  connection.socket.destroy();
  return log.entries.map(([handler, , third, data]) => (handler === 'data' ? data : (third?.code ?? handler)));
}

test(`one bit in ${bitsToFlip} of ${FRAMES.length} frames, flipped: a session reads it, or ends with an error`, async (t) => {
  assert.equal(FRAMES.length, 40);
  const flips = FRAMES.flatMap((frame, index) => Array.from({ length: 8 * frame.length }, (_, bit) => [index, bit]));
  const waiting = flips.filter((_, number) => number % bitsToFlip === 0);
  const work = async () => {
    const daemon = await ScriptedDaemon.listen();
    t.after(() => daemon.close());
    for (let flip = waiting.pop(); flip !== undefined; flip = waiting.pop()) {
      const [index, bit] = flip;
      const frame = Buffer.from(FRAMES[index]);
      frame[bit >> 3] ^= 1 << (bit & 7);
      const heard = await endBehind(daemon, frame);
      const what = `bit ${bit} of frame ${index}: ${heard}`;
      assert.equal(heard[0], 'before', what);
      assert.ok(heard.length >= 3, what);
      assert.match(heard.at(-2), /^ERR_SPREAD_(PROTOCOL|CONNECTION_CLOSED)$/, what);
      assert.equal(heard.at(-1), 'close', what);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
});
