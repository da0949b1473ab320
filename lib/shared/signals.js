/**
 * Signals, recognized by their properties: an AbortSignal of another realm, or of a library, is one.
 *
 * Each has one listener of this package, however many calls wait for it, and none once no call does.
 */

const { wrongType } = require('./errors.js');

/** Signal → { waiting, stop }: the functions to call, and a function that removes the listener. */
const listened = new WeakMap();

/** Checks a signal, or nothing. */
function checked(value) {
  if (value !== undefined && !isSignal(value)) {
    throw wrongType('signal', 'an AbortSignal', value);
  }
  return value;
}

function isSignal(value) {
  return (
    typeof value === 'object' &&
    value !== null &&
    'aborted' in value &&
    typeof value.addEventListener === 'function' &&
    typeof value.removeEventListener === 'function'
  );
}

/** Returns the reason of an aborted signal, by default Node's usual one. */
function reasonOf(signal) {
  const { reason } = signal;
  if (reason !== undefined) {
    return reason;
  }
  const error = new Error('The operation was aborted');
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}

/**
 * Calls `fn` when the signal aborts, unless the returned function is called before. Without a signal it does nothing,
 * and returns undefined.
 */
function onAbort(signal, fn) {
  if (signal === undefined) {
    return undefined;
  }
  const { waiting, stop } = listened.get(signal) ?? listen(signal);
  waiting.add(fn);
  return () => {
    if (waiting.delete(fn) && waiting.size === 0) {
      stop();
    }
  };
}

function listen(signal) {
  const waiting = new Set();
  const abort = () => {
    stop();
    for (const fn of waiting) {
      waiting.delete(fn);
      fn();
    }
  };
  const stop = () => {
    listened.delete(signal);
    signal.removeEventListener('abort', abort);
  };
  signal.addEventListener('abort', abort);
  const entry = { waiting, stop };
  listened.set(signal, entry);
  return entry;
}

module.exports = { checked, onAbort, reasonOf };
