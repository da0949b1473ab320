/** Promises of what Spread answers, and their signals. */

const check = require('./check.js');
const { ownError } = require('./errors.js');
const { settle } = require('./pump.js');
const signals = require('./signals.js');

/**
 * A promise. `start(done)` begins what it is about, and `done(error, value)` ends it. When the signal among the
 * options aborts, it rejects with the signal's reason; what was asked of Spread goes its way. `start` may return what
 * is to be done then, so that those who wait no more are not kept. Under a signal that has aborted nothing is begun,
 * unless it `beginsAnyway`.
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

/** The signal among a call's options. */
function signalOf(options) {
  return options === undefined ? undefined : signals.checked(check.known('options', options, ['signal']).signal);
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
