/** Losses: the flag of commands that come back after one, and what they print of it. */

/** The longest wait before an attempt, in ms: somebody looks on. */
const MOST_WAIT = 2000;

const RECONNECTING = {
  reconnect: { type: 'boolean', about: 'comes back after a lost connection; on a terminal it does so anyway' },
};

/** Returns the options of connect() for the flag: on a terminal somebody can end what goes on trying. */
function reconnecting({ reconnect }) {
  return reconnect || process.stdout.isTTY ? { reconnect: { maxDelay: MOST_WAIT } } : {};
}

/** Says of each loss that is not the last one, and of each return. */
function announce(session, say) {
  session.on('disconnect', ({ error, willReconnect }) => {
    if (willReconnect) {
      say(`${error.message}; trying to come back`);
    }
  });
  session.on('reconnect', ({ address, privateGroup }) => say(`back at ${address} as ${privateGroup}`));
}

/** Returns a promise that rejects when the session is lost for good, or a group after a return. */
function lostForGood(session) {
  const lost = new Promise((_, reject) => {
    session.on('disconnect', ({ error, willReconnect }) => willReconnect || reject(error));
    session.on('error', reject);
  });
  // It may reject while nothing awaits it.
  lost.catch(() => {});
  return lost;
}

module.exports = { RECONNECTING, announce, lostForGood, reconnecting };
