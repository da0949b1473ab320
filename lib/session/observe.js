/**
 * The observers of a session: one hook for all that it sends and is delivered, in the order in which that happens to it.
 *
 * | what | about | when |
 * |---|---|---|
 * | connected | { privateGroup, address } | after each connection, the first one and later ones |
 * | asked | { join, group } | a request to join, or to leave if `join` is false, was accepted to be sent |
 * | sent | { groups, bits, type, data } | a message was accepted; `data` as given, and only now certainly unchanged |
 * | delivered | a delivery as lib/stream/deliveries.js reads it: of the kind message, view, selfLeave, transition, reject | before listeners and iterators get it |
 * | lost | { error, reason, unsentMessages, unsentBytes } | the connection was lost |
 * | closed | nothing | the session is over |
 *
 * A session without observers pays one comparison a message. An observer that throws disturbs nothing.
 */

const { native } = require('../native/pump.js');
const { kState } = require('./state.js');
const { stats } = require('./stats.js');

/** Calls `observer(what, about)` from now on. Returns a function that ends that. */
function observe(session, observer) {
  const state = session[kState];
  state.observers = [...(state.observers ?? []), observer];
  return () => {
    const others = state.observers?.filter((each) => each !== observer) ?? [];
    state.observers = others.length > 0 ? others : undefined;
  };
}

/**
 * Returns whether an observer that begins now misses nothing: the session has sent nothing, is in no group, and waits for
 * none.
 */
function isFresh(session) {
  const state = session[kState];
  return state.memberships.isIdle && stats(state).messagesSent === 0;
}

/** Calls the observers. Callers look first whether there are any, so that nothing is made for nobody. */
function observed({ observers }, what, about) {
  for (const observer of observers) {
    try {
      observer(what, about);
    } catch (error) {
      native.raise(error);
    }
  }
}

module.exports = { isFresh, observe, observed };
