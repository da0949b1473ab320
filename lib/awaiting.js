/** Promises of what Spread answers, and their signals. */

const check = require('./check.js');
const { settle } = require('./pump.js');

/**
 * A promise. `start(done)` begins what it is about, and `done(error, value)` ends it. When the signal among the
 * options aborts, it rejects with the signal's reason; what was asked of Spread goes its way. `start` may return what
 * is to be done then, so that those who wait no more are not kept. Under a signal that has aborted nothing is begun,
 * unless it `beginsAnyway`.
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

/** The signal among a call's options. */
function signalOf(options) {
  const { signal } = check.known('options', options, ['signal']);
  return check.signal(signal);
}

/** Calls those who wait, and ends the batch behind what they waited for. */
function answer(waiters, value) {
  for (const waiter of waiters) {
    waiter(undefined, value);
  }
  if (waiters.length > 0) {
    settle();
  }
}

/** Tells those who wait that it will not be. */
function fail(waiters, error) {
  for (const waiter of waiters) {
    waiter(error);
  }
  if (waiters.length > 0) {
    settle();
  }
}

module.exports = { answer, awaiting, fail };
