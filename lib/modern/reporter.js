/** The modern interface's reporter: promises that reject, and errors as events. The rest is in lib/stream/events.js. */

const { errorMonitor } = require('node:events');
const process = require('node:process');
const check = require('../shared/check.js');
const events = require('../stream/events.js');

/** `resolve` and `reject` are those of connect()'s promise. */
function reporter(resolve, reject) {
  return {
    ...events,
    rejects: true,
    checks: check,
    connected: resolve,
    failed: (_session, error) => reject(error),
    release,
    lost,
    gaveUp,
    refused,
  };
}

/** Drops the promise's functions: they hold the promise, and that holds the session. */
function release() {
  this.connected = this.failed = undefined;
}

/** Reports nothing: the call itself throws. */
function refused(_session, error) {
  throw error;
}

/** Emits a loss, whether or not the session reconnects; as an error, if it has no listener and no iterator will throw it. */
function lost(session, state, { error, reason, unsentMessages, unsentBytes, willReconnect }) {
  const isHeard = session.emit('disconnect', { error, reason, unsentMessages, unsentBytes, willReconnect });
  if (!isHeard && !willReconnect) {
    gaveUp(session, state, error);
  }
}

/** Reports that the session does not come back, unless an iterator will throw that. */
function gaveUp(session, state, error) {
  if (state.takers.length === 0 || session.listenerCount('error') > 0) {
    report(session, error);
  }
}

/** Reports an error that belongs to no call. Without a listener it is never thrown. */
function report(session, error) {
  if (session.listenerCount('error') > 0) {
    session.emit('error', error);
  } else {
    session.emit(errorMonitor, error);
    // In words: Node knows an error of another realm for none.
    process.emitWarning(error.message, { __proto__: null, type: error.name, code: error.code });
  }
}

module.exports = { report, reporter };
