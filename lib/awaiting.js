/** Promises that Spread's answers settle, and their signals. */

const check = require('./check.js');
const { settle } = require('./pump.js');

/**
 * Returns a promise. `start(done)` begins its work, and `done(error, value)` settles it. When the signal among the
 * options aborts, it rejects with the signal's reason; requests to Spread continue. `start` may return a function that
 * is called then, to release the waiter. If the signal has aborted already, it begins nothing, unless it
 * `beginsAnyway`.
 */
function awaiting(options, start, beginsAnyway = false) {
  return new Promise((resolve, reject) => {
    const signal = signalOf(options);
    if (signal?.aborted) {
      if (beginsAnyway) {
        start(() => {});
      }
      throw signal.reason;
    }
    let cancel;
    const abort = () => {
      reject(signal.reason);
      cancel?.();
    };
    signal?.addEventListener('abort', abort, { once: true });
    cancel = start((error, value) => {
      signal?.removeEventListener('abort', abort);
      if (error === undefined) {
        resolve(value);
      } else {
        reject(error);
      }
    });
  });
}

/** Returns the signal among a call's options. */
function signalOf(options) {
  const { signal } = check.known('options', options, ['signal']);
  return check.signal(signal);
}

/** Calls the waiters, and ends the batch after the record that they waited for. */
function answer(waiters, value) {
  for (const waiter of waiters) {
    waiter(undefined, value);
  }
  if (waiters.length > 0) {
    settle();
  }
}

/** Calls the waiters with the error. */
function fail(waiters, error) {
  for (const waiter of waiters) {
    waiter(error);
  }
  if (waiters.length > 0) {
    settle();
  }
}

module.exports = { answer, awaiting, fail };
