/**
 * The memory of payloads: what native code reads of JavaScript's is read once and whole, whatever the caller's objects
 * do meanwhile; and what JavaScript gets can be transferred, laid over and kept as Node's own Buffers can.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { scriptedModern } = require('./helpers/modern.js');
const { Log } = require('./helpers/log.js');
const { message } = require('./helpers/scripted-session.js');
const batch = require('../lib/native/batch.js');

const AGREED = 16;

/** The two calls that send, by their names. */
const SENDERS = {
  send: (session, groups, data) => session.send(groups, data),
  multicast: (session, groups, data) => session.multicast(AGREED, groups, data),
};

/** Returns the message that this call sends: [groups, bytes as text]. */
async function sentBy({ connection }, act) {
  assert.equal(act(), true);
  const { groups, body } = await connection.next();
  return [groups, body.toString('latin1')];
}

const gone = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /^data is a view without memory/ };

/** Runs `act` while an accessor stands at these indexes of every array that has no element there. */
function withAccessors(indexes, accessor, act) {
  for (const index of indexes) {
    Object.defineProperty(Array.prototype, index, { configurable: true, ...accessor });
  }
  try {
    return act();
  } finally {
    for (const index of indexes) {
      delete Array.prototype[index];
    }
  }
}

test('an accessor on Array.prototype is never asked for a part or a group', async (t) => {
  const both = await scriptedModern(t);
  const { session } = both;
  const [first, second] = [Buffer.alloc(200, 'a'), new Uint8Array(200).fill(98)];
  const accessor = {
    get() {
      // A caller's code that takes a part away while another one is read, and frees it.
      structuredClone(first.buffer, { transfer: [first.buffer] });
      global.gc();
      return ['nested', second];
    },
    set() {},
  };
  const act = (data) => withAccessors([0, 1], accessor, () => session.send(['room', 'hall'], data));
  assert.deepEqual(await sentBy(both, () => act([first, second])), [
    ['room', 'hall'],
    'a'.repeat(200) + 'b'.repeat(200),
  ]);
  const classic = () => withAccessors([0, 1], accessor, () => session.multicast(AGREED, ['room', 'hall'], first));
  assert.deepEqual(await sentBy(both, classic), [['room', 'hall'], 'a'.repeat(200)]);
  // biome-ignore lint/suspicious/noSparseArray: that is what is tested.
  assert.throws(() => session.send('room', ['a', , 'b']), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('native code sets no element by an accessor of Array.prototype', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const log = new Log();
  const called = new Set();
  // What the accessors stand in the way of: the first large payload of a batch, and names that are new.
  const indexes = [0, ...Array.from({ length: 8 }, (_, index) => batch.names.length + index)];
  const accessor = (index) => ({
    configurable: true,
    get() {},
    // For all others of the process an array stays what it is.
    set(value) {
      called.add(this);
      Object.defineProperty(this, index, { value, configurable: true, enumerable: true, writable: true });
    },
  });
  session.on('message', ({ sender, data }) => log.push([sender, data.length]));
  for (const index of indexes) {
    Object.defineProperty(Array.prototype, index, accessor(index));
  }
  try {
    const large = message(me, Buffer.alloc(5000), { sender: '#new#large' });
    connection.send(large, message(me, 'x', { sender: '#new#small' }));
    await log.count(2);
  } finally {
    for (const index of indexes) {
      delete Array.prototype[index];
    }
  }
  assert.deepEqual(log.entries, [
    ['#new#large', 5000],
    ['#new#small', 1],
  ]);
  assert.ok(!called.has(batch.names) && !called.has(batch.large));
});

test('all elements are read, once, before any is looked at', async (t) => {
  const both = await scriptedModern(t);
  const { session } = both;
  const reads = [];
  const counting = (items) =>
    new Proxy(items, {
      get(target, name) {
        reads.push(name);
        return Reflect.get(target, name);
      },
    });
  assert.deepEqual(await sentBy(both, () => session.send(counting(['room', 'hall']), counting(['a', 'b']))), [
    ['room', 'hall'],
    'ab',
  ]);
  assert.deepEqual(
    reads.filter((name) => name === '0' || name === '1'),
    ['0', '1', '0', '1'],
  );

  // An element whose getter takes away, shrinks or replaces those before it.
  const shrinking = new ArrayBuffer(8, { maxByteLength: 16 });
  const transferred = new Uint8Array(100);
  for (const [view, takeAway] of [
    [new Uint8Array(shrinking, 0, 8), () => shrinking.resize(4)],
    [transferred, () => structuredClone(transferred.buffer, { transfer: [transferred.buffer] })],
  ]) {
    const parts = Object.defineProperty([view, 'x'], 1, {
      get() {
        takeAway();
        return 'y';
      },
    });
    assert.throws(() => session.send('room', parts), gone);
  }
  const ending = Object.defineProperty(['a', 'b', 'c'], 0, {
    get() {
      this.length = 1;
      return 'a';
    },
  });
  assert.deepEqual(await sentBy(both, () => session.send('room', ending)), [['room'], 'a']);
  const growing = Object.defineProperty(['a', 'b'], 0, {
    get() {
      this.push('c');
      return 'a';
    },
  });
  assert.deepEqual(await sentBy(both, () => session.send('room', growing)), [['room'], 'abc']);
});

test('an array within an array is no payload', async (t) => {
  const { session } = await scriptedModern(t);
  for (const data of [[['a']], ['a', ['b']], [[]], [new Proxy([], {})], [[Buffer.from('a')], 'b']]) {
    assert.throws(() => session.send('room', data), { code: 'ERR_INVALID_ARG_TYPE' });
  }
});

/** Kind → a view of a resizable buffer of 64 bytes that is out of its bounds once that has 7. */
const RESIZABLE = {
  'a Uint8Array': (memory) => new Uint8Array(memory, 8, 40),
  'a Uint8Array from the front': (memory) => new Uint8Array(memory, 0, 40),
  'a Uint8Array that tracks the length': (memory) => new Uint8Array(memory, 40),
  'a Float64Array': (memory) => new Float64Array(memory, 8, 2),
  'a Buffer': (memory) => Buffer.from(memory, 0, 40),
  'a DataView': (memory) => new DataView(memory, 0, 40),
  'a DataView that tracks the length': (memory) => new DataView(memory, 40),
};

for (const [name, send] of Object.entries(SENDERS)) {
  test(`a view out of its resizable buffer’s bounds is refused, and taken once it is back: ${name}`, async (t) => {
    const both = await scriptedModern(t);
    const { session } = both;
    for (const [kind, make] of Object.entries(RESIZABLE)) {
      const memory = new ArrayBuffer(64, { maxByteLength: 128 });
      const view = make(memory);
      memory.resize(7);
      assert.throws(() => send(session, 'room', view), gone, kind);
      // The same group again takes another way into native code.
      assert.throws(() => send(session, 'room', view), gone, kind);
      memory.resize(64);
      const [, text] = await sentBy(both, () => send(session, 'room', view));
      assert.equal(text.length, view.byteLength, kind);
      assert.ok(text.length > 0, kind);
    }
  });

  test(`a view without bytes is an empty message, wherever it begins: ${name}`, async (t) => {
    const both = await scriptedModern(t);
    const resizable = new ArrayBuffer(64, { maxByteLength: 128 });
    for (const view of [
      new Uint8Array(0),
      Buffer.alloc(0),
      new DataView(new ArrayBuffer(8), 8),
      new Uint8Array(resizable, 64),
      new Uint8Array(resizable, 8, 0),
      new Uint8Array(new SharedArrayBuffer(0)),
    ]) {
      assert.deepEqual(await sentBy(both, () => send(both.session, 'room', view)), [['room'], '']);
      assert.deepEqual(await sentBy(both, () => send(both.session, 'room', view)), [['room'], '']);
    }
  });
}

test('parts that are out of bounds, transferred or empty, among others', async (t) => {
  const both = await scriptedModern(t);
  const { session } = both;
  const memory = new ArrayBuffer(8, { maxByteLength: 8 });
  const view = new Uint8Array(memory, 4);
  const parts = ['a', view, new Uint8Array(0), 'b'];
  assert.deepEqual(await sentBy(both, () => session.send('room', parts)), [['room'], 'a\0\0\0\0b']);
  memory.resize(4);
  assert.deepEqual(await sentBy(both, () => session.send('room', parts)), [['room'], 'ab']);
  memory.resize(3);
  assert.throws(() => session.send('room', parts), gone);
  structuredClone(memory, { transfer: [memory] });
  assert.throws(() => session.send('room', parts), gone);
});

test('a view is its bytes, whatever its class says of it', async (t) => {
  const both = await scriptedModern(t);
  class Lying extends Uint8Array {
    get byteLength() {
      throw new Error('the getter');
    }
    get length() {
      return 5000;
    }
    get byteOffset() {
      return 1_000_000;
    }
    get buffer() {
      throw new Error('the getter');
    }
    toString() {
      throw new Error('it was converted');
    }
  }
  const lying = Lying.from([97, 98, 99]);
  const empty = new Lying(0);
  for (const send of Object.values(SENDERS)) {
    assert.deepEqual(await sentBy(both, () => send(both.session, 'room', lying)), [['room'], 'abc']);
    assert.deepEqual(await sentBy(both, () => send(both.session, 'room', empty)), [['room'], '']);
  }
  assert.deepEqual(await sentBy(both, () => both.session.send('room', [lying, empty, lying])), [['room'], 'abcabc']);
});

test('views of shared memory are sent as it is: fixed and growing', async (t) => {
  const both = await scriptedModern(t);
  const shared = new SharedArrayBuffer(4, { maxByteLength: 8 });
  const tracking = new Uint8Array(shared);
  tracking.fill(97);
  for (const [view, expected] of [
    [new Uint8Array(new SharedArrayBuffer(3)).fill(98), 'bbb'],
    [new DataView(shared, 1), 'aaa'],
    [tracking, 'aaaa'],
  ]) {
    for (const send of Object.values(SENDERS)) {
      assert.deepEqual(await sentBy(both, () => send(both.session, 'room', view)), [['room'], expected]);
    }
  }
  shared.grow(8);
  assert.deepEqual(await sentBy(both, () => both.session.send('room', [tracking])), [['room'], 'aaaa\0\0\0\0']);
});

/** Messages of these lengths, as they arrive: Buffers. */
async function received(t, lengths) {
  const { session, connection, me } = await scriptedModern(t);
  const log = new Log();
  session.on('message', ({ data }) => log.push(data));
  connection.send(...lengths.map((length, index) => message(me, Buffer.alloc(length, index + 1))));
  return log.count(lengths.length);
}

test('transferring one message’s memory leaves all others alone', async (t) => {
  const lengths = [1, 64, 65, 100, 100, 100, 4096, 4096, 4097, 20_000, 200, 200, 200, 200];
  for (const chosen of lengths.keys()) {
    const got = await received(t, lengths);
    const { buffer } = got[chosen];
    try {
      structuredClone(buffer, { transfer: [buffer] });
    } catch (error) {
      // Deno refuses it by a TypeError.
      assert.match(error.name, /^(DataCloneError|TypeError)$/);
    }
    for (const [index, data] of got.entries()) {
      const isGone = index === chosen && data.length === 0;
      assert.ok(
        isGone || data.equals(Buffer.alloc(lengths[index], index + 1)),
        `${index} after ${chosen} was transferred`,
      );
    }
  }
});

test('a kept message keeps at most eight of its own length alive, whatever comes before it', async (t) => {
  const lengths = Array.from({ length: 300 }, (_, index) => 65 + ((index * 77) % 301));
  for (const data of await received(t, [...lengths, ...lengths.toSorted((a, b) => b - a)])) {
    assert.ok(
      data.buffer.byteLength <= 8 * 8 * Math.ceil(data.length / 8),
      `${data.buffer.byteLength} for ${data.length}`,
    );
  }
});

test('any typed array can be laid over a message’s memory', async (t) => {
  const got = await received(t, [1, 8, 61, 67, 100, 101, 102, 103, 128, 1000, 1001, 999, 4096, 4097, 8, 72]);
  for (const data of got) {
    assert.equal(data.byteOffset % 8, 0, `one of ${data.length} bytes begins at ${data.byteOffset}`);
    const values = new BigUint64Array(data.buffer, data.byteOffset, data.length >> 3);
    assert.ok(values.every((value, index) => value === data.readBigUInt64LE(8 * index)));
  }
});
