/**
 * Pings: messages that a session sends to itself and that nobody sees. Native code measures the round trip when the answer
 * is read; the promise resolves when the answer is delivered, in its place in the stream.
 */

const { answer, awaiting } = require('./awaiting.js');
const { fromNative } = require('./errors.js');
const { native, queued } = require('./pump.js');

/** The round trip to the daemon, in ms. */
function ping(state, options) {
  return awaiting(options, (done) => {
    const number = native.ping(state.openId);
    if (number < 0) {
      done(fromNative(native.lastFailure()));
      return undefined;
    }
    state.pings.set(number, done);
    queued();
    return () => state.pings.delete(number);
  });
}

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

module.exports = { ping, pong, takeAll };
