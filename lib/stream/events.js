/** Gives deliveries, in Spread's order, to iterators (lib/stream/takers.js) and to listeners, of both interfaces. */

const { names, records } = require('../native/batch.js');
const deliveries = require('./deliveries.js');
const { endTakers: ended, offer, offerMessage } = require('./takers.js');
const { countBack } = require('./window.js');

function message(session, state, at) {
  const item = state.takers.length > 0 ? offerMessage(state, at) : undefined;
  const isBack = state.underWay > 0 && names[records[at + 3]] === state.privateGroup;
  try {
    // The listener is not looked up again for each message: that costs as much as calling it.
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

/** Gives a delivery to iterators first: a listener's exception ends the call. */
function deliver(session, state, item, bytes) {
  offer(state, item, bytes);
  session.emit(item.kind, item);
}

function membership(session, state, { view, before, cause, member, bytes }) {
  const { group } = view;
  const [joined, left] = cause === 'network' ? changes(view, before) : changed(cause, member);
  deliver(session, state, deliveries.membership(group, view, cause, member, joined, left), bytes);
}

/** Reports the session's own leave: it has no view, since the session is not in the group. */
function selfLeave(session, state, group, bytes) {
  const own = state.privateGroup;
  deliver(session, state, deliveries.membership(group, null, 'leave', own, [], [own]), bytes);
}

function changed(cause, member) {
  return cause === 'join' ? [[member], []] : [[], [member]];
}

/** Returns the members that a change of the network removed and added: those that did not come with this one. */
function changes(view, before) {
  if (before === undefined) {
    // Before the session's own first view there was no group: this member joined.
    return [view.index < 0 ? [] : [view.members[view.index]], []];
  }
  const own = new Set(view.ownSet);
  return [view.members.filter((member) => !own.has(member)), before.members.filter((member) => !own.has(member))];
}

module.exports = { ended, kept, membership, message, other: deliver, selfLeave };
