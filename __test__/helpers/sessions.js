/** Sessions and daemons for tests, and what they leave is cleared away. */

const { threadId } = require('node:worker_threads');
const SpreadSession = require('../..');

let count = 0;

/** Returns an unused name or group, of at most 10 characters: processes and workers may share a daemon. */
function unique(letter = 'n') {
  count += 1;
  const number = (process.pid % 1e5) * 1e9 + (threadId % 1e4) * 1e5 + count;
  return `${letter}${number.toString(36)}`;
}

/**
 * Begins a session. `opened` resolves with it once it is connected, and rejects if connecting fails. Handlers
 * and `membership` may be given.
 */
function begin(address, name = unique(), { membership = true, ...handlers } = {}) {
  let session;
  const opened = new Promise((resolve, reject) => {
    session = new SpreadSession(address, name, membership, resolve, (_, error) => reject(error));
    Object.assign(session, handlers);
  });
  return { session, opened };
}

/** Opens a session; ended after the test `t` if it is given one. */
async function open(address, { t, name, ...options } = {}) {
  const session = await begin(address, name, options).opened;
  t?.after(() => session.disconnect());
  return session;
}

/** Returns a daemon for this test: an embedded one of its own, or the one that SPREAD_DAEMON names if any suffices. */
async function daemonFor(t, options) {
  if (process.env.SPREAD_DAEMON && options === undefined) {
    return { address: process.env.SPREAD_DAEMON };
  }
  const daemon = await SpreadSession.SpreadDaemon.start({ port: 0, ...options });
  t.after(() => daemon.stop());
  return daemon;
}

/** Resolves once the session is over. */
function closed(session) {
  return session.state === 'closed' ? Promise.resolve() : new Promise((resolve) => session.once('close', resolve));
}

module.exports = { begin, closed, daemonFor, open, unique };
