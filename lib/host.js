/**
 * Node's own clock and timers, taken when this package is loaded. A test framework replaces globals, and methods of
 * `performance`: a network client's clock and turns must go on, and a realm without these globals must load it.
 */

const { performance } = require('node:perf_hooks');
const { nextTick } = require('node:process');
const { clearTimeout, setImmediate, setTimeout } = require('node:timers');

/** Milliseconds since some moment. */
const now = performance.now.bind(performance);

module.exports = { clearTimeout, nextTick, now, setImmediate, setTimeout };
