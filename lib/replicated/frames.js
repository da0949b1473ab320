/**
 * The messages of replicated state, as bytes:
 *
 * ```text
 * 0xC5 0x52  version  kind  length of the name  name (of the block; in private messages after the group's)  body
 * ```
 *
 * A body is JSON, or for kinds that carry the user's bytes a fixed head and the bytes. Whatever is none of this is somebody
 * else's message, and of no interest.
 */

const { Buffer } = require('node:buffer');

const MAGIC = 0xc552;
const VERSION = 1;
const HEAD = 5;
/** Spread's own number for a message, by which most foreign ones are told apart without a look at their bytes. */
const TYPE = 0x5243;
/** The most bytes of a message's body: with its head and groups within what every daemon takes. */
const MOST = 128 * 1024;
const OPS_HEAD = 20;

/** Returns the head of a block's messages of one kind. */
function headOf(kind, name) {
  const length = Buffer.byteLength(name);
  const head = Buffer.alloc(HEAD + length);
  head.writeUInt16BE(MAGIC, 0);
  head[2] = VERSION;
  head[3] = kind;
  head[4] = length;
  head.write(name, HEAD);
  return head;
}

/** Reads a head: `{ version, kind, name, at }`, where the body begins; nothing if it is none. */
function readHead(bytes) {
  if (bytes.length < HEAD || bytes.readUInt16BE(0) !== MAGIC || bytes.length < HEAD + bytes[4]) {
    return undefined;
  }
  const at = HEAD + bytes[4];
  return { version: bytes[2], kind: bytes[3], name: bytes.toString('utf8', HEAD, at), at };
}

/** Returns the head of a batch of operations. */
function opsHead(life, seq, count) {
  const head = Buffer.allocUnsafe(OPS_HEAD);
  head.writeDoubleBE(life, 0);
  head.writeDoubleBE(seq, 8);
  head.writeUInt32BE(count, 16);
  return head;
}

/** Reads a batch of operations: each has its length before it. Nothing if it is malformed. */
function readOps(sender, bytes) {
  if (bytes.length < OPS_HEAD) {
    return undefined;
  }
  const [life, seq, count] = [bytes.readDoubleBE(0), bytes.readDoubleBE(8), bytes.readUInt32BE(16)];
  let at = OPS_HEAD;
  for (let op = 0; op < count; op += 1) {
    at = at + 4 <= bytes.length ? at + 4 + bytes.readUInt32BE(at) : Number.POSITIVE_INFINITY;
  }
  const isWhole = at === bytes.length && count > 0 && isLife(life) && Number.isSafeInteger(seq);
  return isWhole ? { type: 'ops', sender, life, seq, count, body: bytes } : undefined;
}

const isObject = (value) => typeof value === 'object' && value !== null;
const isLife = (value) => Number.isSafeInteger(value) && value > 0;
const isNumber = (value) => Number.isSafeInteger(value) && value >= 0;
const isArray = (value, each) => Array.isArray(value) && value.every(each);
const isRecord = (value) => isObject(value) && isNumber(value.number) && isArray(value.members, isLife);
const isPosition = (value) =>
  isObject(value) && [value.base, value.index, value.n].every(isNumber) && Number.isInteger(value.a + value.b);
const isKnowledge = (value) =>
  isObject(value) &&
  isNumber(value.promised) &&
  (value.primary === null || isRecord(value.primary)) &&
  isArray(value.attempts, isRecord) &&
  isArray(value.resigned, isLife);

/** Returns whether a member's State is one. */
function isState(value) {
  return (
    isLife(value.life) &&
    typeof value.what === 'string' &&
    (value.position === null || isPosition(value.position)) &&
    isPosition(value.back) &&
    (value.pending === null || isArray(value.pending, isLife)) &&
    isKnowledge(value.knows)
  );
}

/** Parses a body in JSON: an object; nothing if it is none. */
function readJson(bytes) {
  try {
    const value = JSON.parse(bytes.toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Cuts chunks of any size into pieces of at most `most` bytes: `{ bytes, last }`. */
async function* piecesOf(chunks, most) {
  let held;
  for await (const chunk of chunks) {
    const bytes =
      typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    for (let at = 0; at < bytes.length; at += most) {
      if (held !== undefined) {
        yield { bytes: held, last: false };
      }
      held = bytes.subarray(at, at + most);
    }
  }
  yield { bytes: held ?? Buffer.alloc(0), last: true };
}

/** Returns the front of a body that has JSON before its bytes. */
function headed(fields) {
  const json = Buffer.from(JSON.stringify(fields));
  const head = Buffer.alloc(4 + json.length);
  head.writeUInt32BE(json.length, 0);
  json.copy(head, 4);
  return head;
}

/** Reads such a body: the fields, and `bytes`; nothing if it is malformed. */
function readHeaded(body) {
  const end = body.length >= 4 ? 4 + body.readUInt32BE(0) : Number.POSITIVE_INFINITY;
  const fields = end <= body.length ? readJson(body.subarray(4, end)) : undefined;
  return fields === undefined ? undefined : { ...fields, bytes: body.subarray(end) };
}

module.exports = {
  MOST,
  OPS_HEAD,
  TYPE,
  VERSION,
  headOf,
  headed,
  isLife,
  isNumber,
  isPosition,
  isState,
  opsHead,
  piecesOf,
  readHead,
  readHeaded,
  readJson,
  readOps,
};
