/**
 * The send window: own messages that are under way, until they come back in the stream, and the 'drain' of which that is
 * one reason.
 */

const { RELIABLE_MESS, SELF_DISCARD, UNRELIABLE_MESS } = require('../shared/constants.js');
const { answer } = require('../native/awaiting.js');
const flow = require('./flow.js');

/**
 * Returns whether an own message certainly comes back. An unreliable one may be lost. A reliable one may overtake the
 * join of its group, and reach the group before this member does.
 */
function comesBack({ privateGroup, memberships }, bits, groups) {
  if (bits & (SELF_DISCARD | UNRELIABLE_MESS)) {
    return false;
  }
  const isIn = (group) => memberships.willBeIn(group) && (!(bits & RELIABLE_MESS) || memberships.views.has(group));
  const isOwn = (group) => group === privateGroup || isIn(group);
  return typeof groups === 'string' ? isOwn(groups) : groups.some(isOwn);
}

function countOut(state, bits, groups) {
  if (comesBack(state, bits, groups)) {
    state.underWay += 1;
    state.reliableUnderWay += bits & RELIABLE_MESS ? 1 : 0;
    if (!state.windowFull && state.underWay >= state.options.sendWindow) {
      state.windowFull = true;
      flow.update(state);
    }
  }
}

/** Returns whether an own message that came back was counted. Some reliable ones were not. */
function wasCounted(state, service) {
  if (service !== 'reliable') {
    return service !== 'unreliable';
  }
  const counted = state.reliableUnderWay > 0;
  state.reliableUnderWay -= counted ? 1 : 0;
  return counted;
}

/** Counts an own message that came back. */
function countBack(session, state, service) {
  if (state.underWay > 0 && wasCounted(state, service)) {
    state.underWay -= 1;
    if (state.windowFull && state.underWay <= state.options.sendWindow / 2) {
      state.windowFull = false;
      drained(session, state);
    }
  }
}

/** Emits 'drain' if no reason to wait is left. */
function drained(session, state) {
  if (!state.aboveHighWater && !state.windowFull) {
    try {
      session.emit('drain');
    } finally {
      answer(state.onDrain.splice(0));
    }
  }
}

module.exports = { countBack, countOut, drained };
