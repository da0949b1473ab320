/** What comes, in Spread's order: to iterators (lib/takers.js), and to listeners. Both interfaces have it. */

const { names, records } = require('./batch.js');
const deliveries = require('./deliveries.js');
const { countBack } = require('./sending.js');
const { endTakers: ended, offer, offerMessage } = require('./takers.js');

function message(session, state, at) {
  const item = state.takers.length > 0 ? offerMessage(state, at) : undefined;
  const isBack = state.underWay > 0 && names[records[at + 3]] === state.privateGroup;
  try {
    // While somebody listens he is not asked for again at each message, which costs as much as to tell him of it.
    if (state.heard || session.listenerCount('message') > 0) {
      state.heard = session.emit('message', item ?? deliveries.message(at));
    }
  } finally {
    if (isBack) {
      countBack(session, state, deliveries.serviceAt(at));
    }
  }
}

function kept(session, state, item, bytes) {
  try {
    deliver(session, state, item, bytes);
  } finally {
    if (item.sender === state.privateGroup) {
      countBack(session, state, item.service);
    }
  }
}

/** Iterators first: what a listener throws ends the call. */
function deliver(session, state, item, bytes) {
  offer(state, item, bytes);
  session.emit(item.kind, item);
}

function membership(session, state, { view, before, cause, member, bytes }) {
  const { group } = view;
  const [joined, left] = cause === 'network' ? changes(view, before) : changed(cause, member);
  deliver(session, state, deliveries.membership(group, view, cause, member, joined, left), bytes);
}

/** A leave of one's own: there is no view of a group that one is not in. */
function selfLeave(session, state, group, bytes) {
  const own = state.privateGroup;
  deliver(session, state, deliveries.membership(group, null, 'leave', own, [], [own]), bytes);
}

function changed(cause, member) {
  return cause === 'join' ? [[member], []] : [[], [member]];
}

/** A change of the network takes and brings several at once: those who did not come here with this one. */
function changes(view, before) {
  if (before === undefined) {
    // In one's own first view there was no group before: it is this member who joined.
    return [view.index < 0 ? [] : [view.members[view.index]], []];
  }
  const own = new Set(view.ownSet);
  return [view.members.filter((member) => !own.has(member)), before.members.filter((member) => !own.has(member))];
}

module.exports = { ended, kept, membership, message, other: deliver, selfLeave };
