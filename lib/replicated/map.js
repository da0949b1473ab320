/**
 * A map that every member has: a Map to read, and operations to change it. Its state is a Map of key → entry, `{ value, version,
 * bytes }`, where a version is the index of the operation that wrote it.
 *
 * An operation is a letter, the key with its length, and for some the expected version and the encoded value.
 */

const { EventEmitter } = require('node:events');
const { Buffer } = require('node:buffer');
const { SpreadError } = require('../index.js');
const check = require('./check.js');
const { codecOf } = require('./codec.js');
const { Core } = require('./core.js');
const { outcome, withOutcome } = require('./outcome.js');
const { asyncDispose } = require('./replica.js');

const [SET, DELETE, COMPARE] = [1, 2, 3];
/** Kind, length of the key, expected version. */
const HEAD = 13;
/** Entries of a snapshot's chunk. */
const CHUNK_BYTES = 64 * 1024;

class Entry {
  constructor(value, version, bytes) {
    this.value = value;
    this.version = version;
    this.bytes = bytes;
  }
}

class ReplicatedMap extends EventEmitter {
  #core;
  #codec;
  #isJson;
  #maxBytes;
  #entries = new Map();
  /** Bytes of all keys and encoded values: what the user gave. */
  #bytes = 0;
  /** Iterations under way see the map as of their beginning: the map is copied when it changes meanwhile. */
  #readers = 0;

  constructor(session, group, options) {
    super();
    const given = check.block(
      session,
      group,
      options,
      ['partition', 'first', 'verify', 'codec', 'maxBytes', 'merge'],
      'map',
    );
    const { policy, first } = check.partition(given);
    this.#codec = codecOf(given.codec);
    this.#isJson = (given.codec ?? 'json') === 'json';
    this.#maxBytes =
      given.maxBytes === undefined ? Number.POSITIVE_INFINITY : check.integer('maxBytes', given.maxBytes, 1);
    const merge = policy === 'merge' ? check.fn('merge', given.merge) : undefined;
    const verify = given.verify === undefined ? undefined : check.integer('verify', given.verify, 1);
    const machine = {
      run: (bytes, from, to, sender, index) => this.#run(bytes, from, to, sender, index),
      snapshot: () => snapshotOf(this.#entries, this.#codec),
      restore: (chunks) => restored(chunks, this.#codec),
      install: (entries) => this.#install(entries),
      merge: (sides) => merged(sides, merge),
      state: () => this.#entries,
    };
    const { name, clock } = given;
    this.#core = new Core(session, group, this, { name, what: 'map', policy, first, clock, verify, machine });
    this.ready = this.#core.ready;
  }

  // Reading: as of `index`.

  get size() {
    return this.#entries.size;
  }

  get index() {
    return this.#core.index;
  }

  get isPrimary() {
    return this.#core.isPrimary;
  }

  get(key) {
    return this.#entries.get(key)?.value;
  }

  has(key) {
    return this.#entries.has(key);
  }

  /** Returns the version of a key, 0 if it is absent. */
  version(key) {
    return this.#entries.get(key)?.version ?? 0;
  }

  *entries() {
    const picture = this.#entries;
    this.#readers += 1;
    try {
      for (const [key, { value }] of picture) {
        yield [key, value];
      }
    } finally {
      this.#readers -= picture === this.#entries ? 1 : 0;
    }
  }

  *keys() {
    for (const [key] of this.entries()) {
      yield key;
    }
  }

  *values() {
    for (const [, value] of this.entries()) {
      yield value;
    }
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  forEach(fn, self) {
    for (const [key, value] of this.entries()) {
      fn.call(self, value, key, this);
    }
  }

  // Changing: each resolves once it was applied here.

  /** Sets a value. Resolves with its version. */
  set(key, value) {
    return this.#write(SET, key, 0, value);
  }

  /** Removes a key. Resolves with whether it was there. */
  delete(key) {
    return this.#write(DELETE, key, 0, null);
  }

  /** Sets a value if the key still has this version: 0 is that of an absent one. */
  compareAndSet(key, version, value) {
    return this.#write(COMPARE, key, version, value);
  }

  /** Sets what `fn` makes of the value, as often as another member was faster. */
  async update(key, fn) {
    check.fn('fn', fn);
    for (;;) {
      const version = this.version(key);
      const value = await fn(this.get(key));
      try {
        return await this.compareAndSet(key, version, value);
      } catch (error) {
        if (error.code !== 'ERR_SPREAD_VERSION') {
          throw error;
        }
      }
    }
  }

  /** Resolves once everything that was sent before by anybody is applied here. */
  async sync(options) {
    const { signal } = check.known(options, ['signal']);
    return outcome(signal, () => this.#core.sync());
  }

  forcePrimary() {
    this.#core.force();
  }

  stats() {
    return { ...this.#core.stats(), entries: this.size, bytes: this.#bytes };
  }

  close() {
    return this.#core.close();
  }

  [asyncDispose]() {
    return this.close();
  }

  /** Encodes a value: JSON stays text until it is written. */
  #encode(value) {
    if (!this.#isJson) {
      return this.#codec.encode(value);
    }
    const text = JSON.stringify(value);
    if (text === undefined) {
      throw check.wrongValue('value', 'a value that JSON has', value);
    }
    return text;
  }

  #write(kind, key, version, given) {
    let value;
    try {
      check.text('key', key);
      check.integer('version', version, 0);
      value = kind === DELETE ? '' : this.#encode(given);
    } catch (error) {
      return Promise.reject(withOutcome(error, 'not-applied'));
    }
    const size = HEAD + 3 * key.length + (typeof value === 'string' ? 3 * value.length : value.length);
    return this.#core.do(size, (buffer, at) => {
      buffer[at] = kind;
      const length = buffer.write(key, at + HEAD);
      buffer.writeUInt32BE(length, at + 1);
      buffer.writeDoubleBE(version, at + 5);
      const from = at + HEAD + length;
      return from + (typeof value === 'string' ? buffer.write(value, from) : value.copy(buffer, from));
    });
  }

  #run(bytes, from, to, by, index) {
    const kind = bytes[from];
    const end = from + HEAD + bytes.readUInt32BE(from + 1);
    const key = bytes.toString('utf8', from + HEAD, end);
    const old = this.#entries.get(key);
    if (kind === DELETE) {
      return this.#delete(key, old, by, index);
    }
    if (kind === COMPARE) {
      const expected = bytes.readDoubleBE(from + 5);
      const current = old?.version ?? 0;
      if (expected !== current) {
        throw Object.assign(new SpreadError('ERR_SPREAD_VERSION', `the key has version ${current}, not ${expected}`), {
          current,
        });
      }
    }
    const size = to - from - HEAD;
    const total = this.#bytes + size - (old?.bytes ?? 0);
    if (total > this.#maxBytes && size > (old?.bytes ?? 0)) {
      throw new SpreadError('ERR_SPREAD_LIMIT', `the map would have ${total} bytes: maxBytes is ${this.#maxBytes}`);
    }
    const value = this.#isJson
      ? JSON.parse(bytes.toString('utf8', end, to))
      : this.#codec.decode(bytes.subarray(end, to));
    this.#toChange();
    this.#bytes = total;
    this.#entries.set(key, new Entry(value, index, size));
    this.#changed(key, value, old?.value, by, index, index);
    return { version: index };
  }

  #delete(key, old, by, index) {
    if (old === undefined) {
      return false;
    }
    this.#toChange();
    this.#bytes -= old.bytes;
    this.#entries.delete(key);
    this.#changed(key, undefined, old.value, by, 0, index);
    return true;
  }

  /** Leaves the map to those that iterate over it, and goes on with a copy. */
  #toChange() {
    if (this.#readers > 0) {
      this.#entries = new Map(this.#entries);
      this.#readers = 0;
    }
  }

  #changed(key, value, previous, by, version, index) {
    if (this.listenerCount('change') > 0) {
      this.#core.emit('change', { key, value, previous, by, version, index });
    }
  }

  #install(entries) {
    this.#entries = entries;
    this.#readers = 0;
    this.#bytes = 0;
    for (const { bytes } of entries.values()) {
      this.#bytes += bytes;
    }
  }
}

/** Returns a snapshot: each entry is its version, the length of its key, that of its value, key and value. */
function snapshotOf(entries, codec) {
  // Entries are never changed, so a list of them is a picture.
  return chunksOf([...entries], codec);
}

function* chunksOf(picture, codec) {
  let parts = [];
  let length = 0;
  for (const [key, { value, version }] of picture) {
    const [name, bytes] = [Buffer.from(key), codec.encode(value)];
    const head = Buffer.allocUnsafe(16);
    head.writeDoubleBE(version, 0);
    head.writeUInt32BE(name.length, 8);
    head.writeUInt32BE(bytes.length, 12);
    parts.push(head, name, bytes);
    length += 16 + name.length + bytes.length;
    if (length >= CHUNK_BYTES) {
      yield Buffer.concat(parts, length);
      [parts, length] = [[], 0];
    }
  }
  yield Buffer.concat(parts, length);
}

/** Reads a snapshot, whose chunks may end anywhere. */
async function restored(chunks, codec) {
  const entries = new Map();
  let rest = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at + 16 <= bytes.length) {
      const keyEnd = at + 16 + bytes.readUInt32BE(at + 8);
      const end = keyEnd + bytes.readUInt32BE(at + 12);
      if (end > bytes.length) {
        break;
      }
      const value = codec.decode(bytes.subarray(keyEnd, end));
      const size = end - at - 16;
      entries.set(bytes.toString('utf8', at + 16, keyEnd), new Entry(value, bytes.readDoubleBE(at), size));
      at = end;
    }
    rest = bytes.subarray(at);
  }
  if (rest.length > 0) {
    throw new SpreadError('ERR_SPREAD_FORMAT', 'the snapshot of the map ends within an entry');
  }
  return entries;
}

/**
 * Merges the sides' maps: a key that several have differently gets what `merge(key, sides)` returns, in the order of the
 * sides; `undefined` removes it.
 */
function merged(sides, merge) {
  const entries = new Map();
  for (const key of new Set(sides.flatMap(({ state }) => [...state.keys()]))) {
    const found = sides.map(({ state, members }) => ({ entry: state.get(key), members }));
    const [{ entry }] = found;
    const isAlike = found.every(({ entry: other }) => other?.version === entry?.version && other !== undefined);
    if (isAlike) {
      entries.set(key, entry);
      continue;
    }
    const value = merge(
      key,
      found.map(({ entry: it, members }) => ({ value: it?.value, version: it?.version ?? 0, members })),
    );
    if (value !== undefined) {
      const version = Math.max(...found.map(({ entry: it }) => it?.version ?? 0));
      entries.set(key, new Entry(value, version, Math.max(...found.map(({ entry: it }) => it?.bytes ?? 0))));
    }
  }
  return entries;
}

module.exports = { ReplicatedMap };
