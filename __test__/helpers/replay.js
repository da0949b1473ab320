/** Hands what a recording's sessions did and were delivered to watches of an order checker. */

const { Buffer } = require('node:buffer');
const { Watch } = require('../../lib/testing/order-checker.js');

const CAUSES = { 256: 'join', 512: 'leave', 1024: 'disconnect', 2048: 'network' };
const SERVICES = { 1: 'unreliable', 2: 'reliable', 4: 'fifo', 8: 'causal', 16: 'agreed', 32: 'safe' };
const MEMBERSHIP = 0x3f00;

/** What the C library's SP_receive returned, as cspread reads it. */
function deliveryOf({ service_type: word, sender, groups, mess_type: type, data_hex: hex, data_gen: gen, membership }) {
  if (word & 0x2000) {
    return { kind: 'transition', group: sender, id: { ints: intsOf(hex) } };
  }
  if (word & MEMBERSHIP) {
    if (!(word & 0x1000)) {
      return { kind: 'selfLeave', group: sender };
    }
    const cause = CAUSES[word & 0xf00];
    const ownSet = membership.vs_sets[membership.my_vs_set_index];
    const view = { group: sender, id: { ints: membership.group_id }, members: groups, index: type, ownSet };
    return { kind: 'view', view, cause, member: membership.changed_member || null };
  }
  const data = Buffer.from(hex ?? JSON.stringify(gen), hex === undefined ? 'utf8' : 'hex');
  return { kind: 'message', group: groups[0], groups, sender, service: SERVICES[word & 63], type, data };
}

function intsOf(hex) {
  const bytes = Buffer.from(hex, 'hex');
  return [0, 4, 8].map((at) => bytes.readInt32LE(at));
}

const TAKES = {
  SP_connect: (_, event) => ['connected', { privateGroup: event.private_group }],
  SP_join: ({ group }) => ['asked', { join: true, group }],
  SP_leave: ({ group }) => ['asked', { join: false, group }],
  SP_multicast: (args) => ['sent', sent(args)],
  SP_multigroup_multicast: (args) => ['sent', sent(args)],
  SP_receive: (_, event) => ['delivered', deliveryOf(event)],
  SP_disconnect: () => ['closed'],
};

function sent({ service_type: bits, groups, mess_type: type, data_hex: hex, data_gen: gen }) {
  return { groups, bits, type, data: Buffer.from(hex ?? JSON.stringify(gen), hex === undefined ? 'utf8' : 'hex') };
}

/** `change(events)` may change the list of what the watches take: [connection, what, about]. */
function replay(history, { events }, change = (list) => list) {
  const watches = new Map();
  const list = events.flatMap((event) => {
    const takes = event.ret < 0 ? undefined : TAKES[event.call];
    return takes === undefined ? [] : [[event.conn, ...takes(event.args ?? {}, event)]];
  });
  for (const [conn, what, about] of change(list)) {
    if (!watches.has(conn)) {
      watches.set(conn, new Watch(history, conn));
    }
    watches.get(conn).take(what, about);
  }
}

module.exports = { replay };
