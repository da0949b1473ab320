/**
 * The answers to pings: hidden messages that a session sends to itself. Native code measures the round trip
 * when the answer is read; the promise resolves when it is delivered, in its place in the stream.
 */

const { answer } = require('../native/awaiting.js');

/** Delivers the answer to a ping. The heartbeat's pings have no waiters. */
function pong(state, { number, micros }) {
  const waiter = state.pings.get(number);
  if (waiter !== undefined) {
    state.pings.delete(number);
    answer([waiter], micros / 1000);
  }
}

/** Returns the waiters, whose pings will have no answer. */
function takeAll(state) {
  const waiters = [...state.pings.values()];
  state.pings.clear();
  return waiters;
}

module.exports = { pong, takeAll };
