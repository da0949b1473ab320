/** Messages of the protocol, made by hand: the tests' own second opinion on what stands on the wire. */

const HEADER = 48;
const NAME = 32;

function name(text) {
  const field = Buffer.alloc(NAME);
  field.latin1Write(text, 0, NAME - 1);
  return field;
}

/** Makes a whole message, little-endian. */
function frame({ type, sender, groups = [], messType = 0, body = Buffer.alloc(0) }) {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE((type | 0x80000080) >>> 0, 0);
  name(sender).copy(header, 4);
  header.writeInt32LE(groups.length, 36);
  header.writeUInt32LE((((messType & 0xffff) << 8) | 0x80000080) >>> 0, 40);
  header.writeInt32LE(body.length, 44);
  return Buffer.concat([header, ...groups.map(name), Buffer.from(body)]);
}

function ints(...values) {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) {
    bytes.writeInt32LE(value, 4 * index);
  }
  return bytes;
}

/** Makes a regular membership. `sets` defaults to one with the changed member. */
function view({ group, cause, members, changed, id = [1, 2, 3], sets = [[changed]], own = 0 }) {
  const blocks = sets.map((set) => Buffer.concat([ints(set.length), ...set.map(name)]));
  const offset = blocks.slice(0, own).reduce((sum, block) => sum + block.length, 0);
  const body = Buffer.concat([ints(...id, sets.length, offset), ...blocks]);
  return frame({ type: 0x1000 | CAUSE[cause], sender: group, groups: members, body });
}

const CAUSE = { join: 0x100, leave: 0x200, disconnect: 0x400, network: 0x800 };

function selfLeave(group) {
  return frame({ type: 0x200, sender: group });
}

function transition(group, id = [1, 2, 3]) {
  return frame({ type: 0x2000, sender: group, body: ints(...id) });
}

/** Reads a message that a client sent. */
function parse(bytes) {
  const groups = bytes.readInt32LE(36);
  const text = (at) => bytes.latin1Slice(at, at + NAME).replace(/\0.*$/s, '');
  return {
    type: (bytes.readUInt32LE(0) & ~0x80000080) >>> 0,
    sender: text(4),
    groups: Array.from({ length: groups }, (_, index) => text(HEADER + NAME * index)),
    messType: bytes.readInt16LE(41),
    body: Buffer.from(bytes.subarray(HEADER + NAME * groups)),
  };
}

/** Length of the message at the front, if its header is there. */
function lengthOf(bytes) {
  return bytes.length < HEADER ? undefined : HEADER + NAME * bytes.readInt32LE(36) + bytes.readInt32LE(44);
}

module.exports = { frame, ints, lengthOf, name, parse, selfLeave, transition, view };
