/**
 * Node's own clock and timers, taken when this package is loaded. A test framework replaces globals, and methods of
 * `performance`: a network client's clock and turns must go on, and a realm without these globals must load it.
 */

const { hrtime, nextTick } = require('node:process');
const { clearTimeout, setImmediate, setTimeout } = require('node:timers');

/** Milliseconds since some moment. To read `performance` would load node:perf_hooks, which takes 1 ms. */
function now() {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

/** The symbol of `await using`, or its stand-in in old versions. */
const asyncDispose = Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose');

module.exports = { asyncDispose, clearTimeout, nextTick, now, setImmediate, setTimeout };
