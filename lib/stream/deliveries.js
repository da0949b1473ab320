/** The objects that handlers and iterators get: plain, always with the same properties in the same order. */

const constants = require('../shared/constants.js');
const batch = require('../native/batch.js');
const { GroupId, View } = require('./view.js');

const { KIND, names, records } = batch;

const ENDIAN_MISMATCH = 16;

/** A message's header, and each of its groups. */
const HEADER_BYTES = 48;
const NAME_BYTES = 32;

/** A service's name → its bit. */
const SERVICES = Object.freeze({
  unreliable: constants.UNRELIABLE_MESS,
  reliable: constants.RELIABLE_MESS,
  fifo: constants.FIFO_MESS,
  causal: constants.CAUSAL_MESS,
  agreed: constants.AGREED_MESS,
  safe: constants.SAFE_MESS,
});

/** The service bits of a type word → the service's name. Spread passes only messages with exactly one service. */
const SERVICE_NAMES = Array.from(
  { length: constants.REGULAR_MESS + 1 },
  (_, bits) => Object.keys(SERVICES).findLast((name) => bits & SERVICES[name]) ?? 'unreliable',
);

const CAUSES = [
  [constants.CAUSED_BY_JOIN, 'join'],
  [constants.CAUSED_BY_LEAVE, 'leave'],
  [constants.CAUSED_BY_DISCONNECT, 'disconnect'],
];

/** Makes the message of the record at this word. */
function message(at, kind = 'message') {
  return {
    kind,
    group: names[records[at + 2]],
    groups: batch.groups(at),
    sender: names[records[at + 3]],
    data: batch.buffer(at),
    type: records[at + 4],
    service: serviceAt(at),
    endianMismatch: (records[at] & ENDIAN_MISMATCH) !== 0,
  };
}

/** Returns the name of the service of the message at this word. */
function serviceAt(at) {
  return nameOf(records[at + 1]);
}

/** Returns the name of the service in a type word. */
function nameOf(word) {
  return SERVICE_NAMES[word & constants.REGULAR_MESS];
}

/** Makes the outline that channels publish of the message at this word: without its payload. */
function outline(session, at) {
  const service = serviceAt(at);
  const [groups, sender] = [batch.groups(at), names[records[at + 3]]];
  return { session, groups, sender, bytes: records[at + 6], type: records[at + 4], service };
}

/** Makes the object for a change of a group's members. */
function membership(group, view, cause, member, joined, left) {
  return { kind: 'membership', group, view, cause, member, joined, left };
}

/** Returns the cause of a membership, from its type word. */
function causeOf(word) {
  return CAUSES.find(([bit]) => word & bit)?.[1] ?? 'network';
}

/**
 * Returns how many bytes the record at this word counts against the receive queue's bound: about its size on the wire.
 */
function bytes(at) {
  return HEADER_BYTES + NAME_BYTES * (records[at + 7] & 0xff) + records[at + 6];
}

/** The id at the front of the data of the record at this word. */
function idAt(at) {
  return [batch.int(at, 0), batch.int(at, 1), batch.int(at, 2)];
}

/** Reads any record of the stream, so that it can be handled now or later. */
function read(at) {
  const group = names[records[at + 2]];
  switch (records[at] & 15) {
    case KIND.MESSAGE:
      return message(at);
    case KIND.REJECT:
      return message(at, 'reject');
    case KIND.MEMBERSHIP: {
      const view = new View(group, idAt(at), batch.bytes(at), records[at + 4]);
      return { kind: 'view', view, cause: causeOf(records[at + 1]), member: names[records[at + 3]] ?? null };
    }
    case KIND.TRANSITION:
      return { kind: 'transition', group, id: new GroupId(idAt(at)) };
    case KIND.SELF_LEAVE:
      return { kind: 'selfLeave', group };
    case KIND.PONG:
      return { kind: 'pong', number: records[at + 4], micros: records[at + 5] };
    default:
      return { kind: 'closed' };
  }
}

module.exports = { SERVICES, bytes, membership, message, nameOf, outline, read, serviceAt };
