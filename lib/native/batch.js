/**
 * The memory that native code writes batches to, and how to read it. src/js/batch.rs has the layout in full.
 *
 * All of a batch belongs to the session whose id is records[0]. Record i (from 1) begins at word 8 × i:
 * 0 kind (+16: the sender's byte order differs) · 1 type word · 2 group · 3 sender or changed member ·
 * 4 message type or own index · 5 offset of the data (below 0: -1 - index in `large`) · 6 length ·
 * 7 number of groups + 256 × offset of their numbers. Names are numbers of `names`; -1 is none.
 */

const { Buffer } = require('node:buffer');

const WORDS = 8;
const MOST_RECORDS = 2048;
const SLAB_LENGTH = 256 * 1024;

/**
 * A payload up to this long is in V8's own heap, as typed arrays of such a length do: with no ArrayBuffer to allocate.
 */
const SMALL = 64;
/** A longer payload keeps at most this many times its own length alive. */
const MOST_SHARED = 8;

const KIND = Object.freeze({
  MESSAGE: 0,
  MEMBERSHIP: 1,
  TRANSITION: 2,
  SELF_LEAVE: 3,
  REJECT: 4,
  CONNECTED: 5,
  DRAIN: 6,
  CLOSED: 7,
  EMPTY: 8,
  ALARM: 9,
  PONG: 10,
  ENDING: 11,
});

const records = new Int32Array(WORDS * (MOST_RECORDS + 1));
const slab = Buffer.allocUnsafeSlow(SLAB_LENGTH);
const words = new Int32Array(slab.buffer);
/** Without a prototype, whose accessors native code would call in place of setting an element. */
const names = Object.setPrototypeOf([], null);
const large = Object.setPrototypeOf([], null);

const FastBuffer = Buffer.alloc(0).constructor[Symbol.species] ?? Buffer;

/** The source of small payloads: making a Buffer of a whole typed array is many times faster than of a part of one. */
const stage = new Int32Array(SMALL / 4);
const stages = Array.from({ length: SMALL + 1 }, (_, length) => new Uint8Array(stage.buffer, 0, length));

/**
 * A copy of some of the slab, for consecutive payloads of similar length to share; as Node's pool is, untransferable.
 */
let chunk = null;
let chunkStart = 0;
let chunkEnd = 0;
/** A shorter one needs an ArrayBuffer of its own. */
let chunkLeast = 0;
let markAsUntransferable;

/**
 * Views of the slab that were copied last, one for each 512 bytes: like messages ask for the same ones in every batch.
 */
const PART = 9;
const parts = new Array(SLAB_LENGTH >> PART).fill(stages[0]);

/** Forgets the slab's old contents: a new batch has arrived. */
function renew() {
  large.length = 0;
  chunk = null;
  chunkEnd = 0;
}

/** Copies a part of the slab, for a payload of this length there and those after it. */
function share(start, length) {
  // Payloads begin at multiples of 8 bytes.
  const end = Math.min(start + MOST_SHARED * ((length + 7) & ~7), SLAB_LENGTH);
  let part = parts[start >> PART];
  if (part.byteOffset !== start || part.length !== end - start) {
    part = new Uint8Array(slab.buffer, start, end - start);
    parts[start >> PART] = part;
  }
  // A part of a buffer costs more: V8 fills that with zeros first.
  chunk = new Uint8Array(part).buffer;
  chunkStart = start;
  chunkEnd = end;
  chunkLeast = ((length - 1) & ~7) + 1;
  // Loaded with the first one: it takes a good part of this package's loading time.
  markAsUntransferable ??= require('node:worker_threads').markAsUntransferable;
  markAsUntransferable(chunk);
}

/** Returns the data of the record at this word, as a Buffer that stays valid. */
function buffer(at) {
  const offset = records[at + 5];
  const length = records[at + 6];
  if (offset < 0) {
    return large[-1 - offset];
  }
  if (length <= SMALL) {
    // A payload begins at a word.
    for (let to = 0, from = offset >> 2; to * 4 < length; to += 1, from += 1) {
      stage[to] = words[from];
    }
    return new FastBuffer(stages[length]);
  }
  if (length < chunkLeast || offset < chunkStart || offset + length > chunkEnd) {
    share(offset, length);
  }
  return new FastBuffer(chunk, offset - chunkStart, length);
}

/** Returns the data of the record at this word, decoded. */
function text(at, encoding) {
  const offset = records[at + 5];
  const length = records[at + 6];
  if (offset < 0) {
    return large[-1 - offset].toString(encoding);
  }
  return slab.toString(encoding, offset, offset + length);
}

/**
 * Returns the data of the record at this word, for a view that may never be read: a Buffer, or its bytes as characters,
 * which cost least.
 */
function bytes(at) {
  const offset = records[at + 5];
  return offset < 0 ? large[-1 - offset] : slab.latin1Slice(offset, offset + records[at + 6]);
}

/** Returns one of the numbers at the front of the data of the record at this word. */
function int(at, index) {
  const offset = records[at + 5];
  if (offset < 0) {
    return large[-1 - offset].readInt32LE(4 * index);
  }
  return words[(offset >> 2) + index];
}

/** Returns the groups of the message at this word, as sent. */
function groups(at) {
  const count = records[at + 7] & 0xff;
  if (count <= 1) {
    return count === 0 ? [] : [names[records[at + 2]]];
  }
  const offset = records[at + 7] >>> 8;
  return Array.from({ length: count }, (_, index) => names[slab.readInt32LE(offset + 4 * index)]);
}

module.exports = { KIND, WORDS, buffer, bytes, groups, int, large, names, records, renew, slab, text };
