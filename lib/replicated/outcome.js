/** Whether an operation that was rejected may have taken effect: `error.outcome`. */

const check = require('./check.js');

/** Marks an error; one that takes no mark, or is none, becomes the cause of one that does. */
function withOutcome(error, value) {
  const it = check.isObject(error) ? error : new Error(String(error), { cause: error });
  try {
    it.outcome = value;
    return it;
  } catch {
    return Object.assign(new Error(it.message, { cause: it }), { outcome: value });
  }
}

/** Calls `begin` and returns its promise, which rejects with the signal's reason if that aborts first. */
async function outcome(signal, begin) {
  check.signal(signal);
  if (signal === undefined) {
    return begin();
  }
  if (signal.aborted) {
    throw withOutcome(signal.reason, 'not-applied');
  }
  let abort;
  const aborted = new Promise((_, reject) => {
    abort = () => reject(withOutcome(signal.reason, 'unknown'));
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([begin(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

module.exports = { outcome, withOutcome };
