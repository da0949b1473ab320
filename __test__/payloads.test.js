/** Payloads: every kind of data leaves as its bytes, and arrives as a string or as a Buffer that stays. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Log } = require('./helpers/log.js');
const { message, scripted } = require('./helpers/scripted-session.js');
const { daemonFor, open } = require('./helpers/sessions.js');

const TEXT = 'plain, übergroß, 漢字, \u{1f600}, \0 and so on';

/** Opens a session, with a function that sends a message to itself. */
async function echo(t) {
  const session = await open((await daemonFor(t)).address, { t });
  const log = new Log();
  session.dataHandler = (_group, _sender, data) => log.push(data);
  return {
    session,
    log,
    async echo(data) {
      const before = log.entries.length;
      assert.equal(session.multicast(session.AGREED_MESS, session.privateGroup, data), true);
      await log.count(before + 1);
      return log.entries[before];
    },
  };
}

const bytes = Uint8Array.from({ length: 64 }, (_, index) => index * 5);
const { buffer } = bytes;
const shared = new Uint8Array(new SharedArrayBuffer(16)).fill(9);

/** Kind → [data, its bytes]. */
const KINDS = {
  'a string': [TEXT, Buffer.from(TEXT)],
  'an empty string': ['', Buffer.alloc(0)],
  'a Buffer': [Buffer.from(TEXT), Buffer.from(TEXT)],
  'an empty Buffer': [Buffer.alloc(0), Buffer.alloc(0)],
  'a Buffer of the pool': [Buffer.from('pooled'), Buffer.from('pooled')],
  'a Uint8Array': [bytes, Buffer.from(bytes)],
  'a Uint8Array with an offset': [new Uint8Array(buffer, 3, 10), Buffer.from(bytes.slice(3, 13))],
  'a Uint8Array at the end': [new Uint8Array(buffer, 64), Buffer.alloc(0)],
  'a DataView': [new DataView(buffer, 5, 7), Buffer.from(bytes.slice(5, 12))],
  'an empty DataView': [new DataView(buffer, 64), Buffer.alloc(0)],
  'a Float64Array': [new Float64Array(buffer, 8, 2), Buffer.from(bytes.slice(8, 24))],
  'an Int16Array': [new Int16Array(buffer, 2, 3), Buffer.from(bytes.slice(2, 8))],
  'a BigUint64Array': [new BigUint64Array(buffer, 16, 1), Buffer.from(bytes.slice(16, 24))],
  'a view of shared memory': [shared, Buffer.alloc(16, 9)],
  'an object that extends Buffer': [Object.setPrototypeOf(new Uint8Array([1, 2]), null), Buffer.from([1, 2])],
};

test('every kind of data leaves as its bytes', async (t) => {
  const { session, echo: send } = await echo(t);
  session.setEncoding(null);
  for (const [kind, [data, expected]] of Object.entries(KINDS)) {
    const got = await send(data);
    assert.ok(Buffer.isBuffer(got), kind);
    assert.ok(got.equals(expected), `${kind}: ${got.toString('hex')} came`);
  }
});

test('the bytes are taken when the call returns', async (t) => {
  const { session, log } = await echo(t);
  session.setEncoding('latin1');
  const data = Buffer.from('first');
  session.multicast(session.AGREED_MESS, session.privateGroup, data);
  data.write('later');
  session.multicast(session.AGREED_MESS, session.privateGroup, data);
  await log.count(2);
  assert.deepEqual(log.entries, ['first', 'later']);
});

test('a string arrives in the session’s encoding, UTF-8 at first, and may change with every message', async (t) => {
  const { session, echo: send } = await echo(t);
  assert.equal(await send(TEXT), TEXT);
  const raw = Buffer.from([0, 127, 128, 200, 255]);
  for (const encoding of ['utf8', 'latin1', 'hex', 'base64', 'base64url', 'ascii', 'utf16le', 'UTF-8', 'ucs2']) {
    assert.equal(session.setEncoding(encoding), session);
    assert.equal(await send(raw), raw.toString(encoding), encoding);
  }
  session.setEncoding(null);
  assert.deepEqual(await send(raw), raw);
  assert.equal(await send(Buffer.alloc(50_000, 'é')).then(String), 'é'.repeat(25_000));
});

test('a change of encoding within a batch holds from the next message on', async (t) => {
  const { session, connection, me } = await scripted(t);
  const log = new Log();
  session.dataHandler = (_group, _sender, data) => {
    log.push(data);
    session.setEncoding(log.entries.length === 1 ? null : 'hex');
  };
  connection.send(message(me, 'ab'), message(me, 'ab'), message(me, 'ab'));
  await log.count(3);
  assert.deepEqual(log.entries, ['ab', Buffer.from('ab'), '6162']);
});

test('Buffers stay as they are, whatever comes after them', async (t) => {
  const { session, connection, me } = await scripted(t);
  session.setEncoding(null);
  const kept = [];
  const log = new Log();
  session.dataHandler = (_group, _sender, data) => {
    kept.push(data);
    if (data.length === 0) {
      log.push('end');
    }
  };
  const lengths = [1, 3, 8, 100, 4096, 4097, 20_000, 5, 2, 1000];
  const rounds = 100;
  for (let round = 0; round < rounds; round += 1) {
    const frames = lengths.map((length, index) => message(me, Buffer.alloc(length, round + index)));
    connection.send(...frames, ...(round % 10 === 9 ? [message(me, '')] : []));
    if (round % 10 === 9) {
      // A batch of its own: it reuses the memory of the one before.
      await log.count((round + 1) / 10);
    }
  }
  const all = kept.filter((data) => data.length > 0);
  assert.equal(all.length, rounds * lengths.length);
  for (const [at, data] of all.entries()) {
    const [round, index] = [Math.floor(at / lengths.length), at % lengths.length];
    assert.ok(data.equals(Buffer.alloc(lengths[index], round + index)), `message ${index} of round ${round}`);
  }
});

test('Buffers of every small length hold little memory, and can be sent on', async (t) => {
  const { session, log } = await echo(t);
  session.setEncoding(null);
  // Their memory is V8's own, or shared by neighbours, by their lengths.
  const sent = Array.from({ length: 200 }, (_, length) => Buffer.from({ length }, (_, index) => length + index));
  const count = sent.length;
  for (const data of sent) {
    session.multicast(session.AGREED_MESS, session.privateGroup, data);
  }
  await log.count(count);
  const first = log.entries.slice();
  for (const data of first) {
    session.multicast(session.AGREED_MESS, session.privateGroup, data);
  }
  await log.count(2 * count);
  for (const [length, data] of sent.entries()) {
    assert.deepEqual([first[length], log.entries[count + length]], [data, data]);
    const most = 8 * (length <= 64 ? length : 8 * Math.ceil(length / 8));
    assert.ok(first[length].buffer.byteLength <= most, `${first[length].buffer.byteLength} for ${length}`);
  }
});

test('what is written into one kept Buffer shows in no other', async (t) => {
  const { session, connection, me } = await scripted(t);
  session.setEncoding(null);
  const log = new Log();
  session.dataHandler = (_group, _sender, data) => log.push(data.fill(1));
  connection.send(...Array.from({ length: 100 }, (_, index) => message(me, Buffer.alloc(index, 2))));
  await log.count(100);
  for (const [index, data] of log.entries.entries()) {
    assert.ok(data.equals(Buffer.alloc(index, 1)));
  }
});

test('small messages that are kept do not keep large memory alive', async (t) => {
  const { session, connection, me } = await scripted(t);
  session.setEncoding(null);
  const log = new Log();
  const kept = [];
  session.dataHandler = (_group, _sender, data) => {
    if (data.length === 20) {
      kept.push(data);
      log.push('kept');
    }
  };
  // One small one among large ones, again and again.
  const frames = Buffer.concat([message(me, Buffer.alloc(20)), ...Array(20).fill(message(me, Buffer.alloc(4000)))]);
  for (let round = 1; round <= 200; round += 1) {
    connection.send(frames);
    await log.count(round);
  }
  const pinned = new Set(kept.map(({ buffer: memory }) => memory));
  const bytesPinned = [...pinned].reduce((sum, memory) => sum + memory.byteLength, 0);
  assert.ok(bytesPinned <= 8 * 20 * kept.length, `${bytesPinned} bytes for ${20 * kept.length}`);
});
