/**
 * The answers to pings: messages that a session sends to itself and that nobody sees. Native code measures the round trip
 * when the answer is read; the promise resolves when it is delivered, in its place in the stream.
 */

const { answer } = require('./awaiting.js');

/** The answer to a ping is delivered. Nobody waits for those of the heartbeat. */
function pong(state, { number, micros }) {
  const waiter = state.pings.get(number);
  if (waiter !== undefined) {
    state.pings.delete(number);
    answer([waiter], micros / 1000);
  }
}

/** Those who wait; nobody will answer them. */
function takeAll(state) {
  const waiters = [...state.pings.values()];
  state.pings.clear();
  return waiters;
}

module.exports = { pong, takeAll };
