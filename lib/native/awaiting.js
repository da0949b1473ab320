/** Promises that Spread's answers settle, and their signals. */

const check = require('../shared/check.js');
const { ownError } = require('../shared/errors.js');
const signals = require('../shared/signals.js');
const { settle } = require('./pump.js');

/**
 * Returns a promise. `start(done)` begins its work, and `done(error, value)` settles it. When the signal among the
 * options aborts, it rejects with the signal's reason; requests to Spread continue. `start` may return a function that
 * is called then, to release the waiter. If the signal has aborted already, it begins nothing, unless it
 * `beginsAnyway`.
 */
async function awaiting(options, start, beginsAnyway = false) {
  let isLate = false;
  try {
    return await new Promise((resolve, reject) => {
      const signal = signalOf(options);
      if (signal?.aborted) {
        if (beginsAnyway) {
          start(() => {});
        }
        throw signals.reasonOf(signal);
      }
      let cancel;
      const forget = signals.onAbort(signal, () => {
        reject(signals.reasonOf(signal));
        cancel?.();
      });
      let hasBegun = false;
      cancel = start((error, value) => {
        forget?.();
        if (error === undefined) {
          resolve(value);
          return;
        }
        isLate = hasBegun;
        if (!isLate) {
          // The caller's frames, and few of this package's.
          Error.captureStackTrace(error, awaiting);
        }
        reject(error);
      });
      hasBegun = true;
    });
  } catch (error) {
    // What comes later has no caller in its stack. An error that is made here has, at no cost where all goes well.
    throw isLate ? ownError(error) : error;
  }
}

/** Returns the signal among a call's options. */
function signalOf(options) {
  return options === undefined ? undefined : signals.checked(check.known('options', options, ['signal']).signal);
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
