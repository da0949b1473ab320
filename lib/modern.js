/** The modern interface's reporter: promises that reject, and errors as events. The rest is in lib/events.js. */

const { errorMonitor } = require('node:events');
const process = require('node:process');
const events = require('./events.js');

/** `resolve` and `reject` are those of connect()'s promise. */
function reporter(resolve, reject) {
  return {
    ...events,
    rejects: true,
    connected: resolve,
    failed: (_session, error) => reject(error),
    release,
    lost,
    gaveUp,
    refused,
  };
}

/** A promise holds what it resolved with, and its functions hold the promise. */
function release() {
  this.connected = this.failed = undefined;
}

/** Nothing was sent: the call itself says so. */
function refused(_session, error) {
  throw error;
}

/** The connection is lost, for good or for now. If nobody listens to that, and no iterator will say it: an error. */
function lost(session, state, { error, reason, unsentMessages, unsentBytes, willReconnect }) {
  const told = session.emit('disconnect', { error, reason, unsentMessages, unsentBytes, willReconnect });
  if (!told && !willReconnect) {
    gaveUp(session, state, error);
  }
}

/** It is not coming back. */
function gaveUp(session, state, error) {
  if (state.takers.length === 0 || session.listenerCount('error') > 0) {
    report(session, error);
  }
}

/** What no call asked for. It is never thrown for want of a listener. */
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
