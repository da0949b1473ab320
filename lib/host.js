/**
 * What Node has of its own, taken when this package is loaded. A test framework replaces globals, and methods of
 * `performance`: a network client's clock and turns go on, and a realm without these globals loads it all the same.
 */

const { nextTick } = require('node:process');
const { clearTimeout, setImmediate, setTimeout } = require('node:timers');

/** A realm may lack the global. Where it is, node:perf_hooks need not be loaded, which takes 1 ms. */
const clock = globalThis.performance ?? require('node:perf_hooks').performance;

/** Milliseconds since some moment. */
const now = clock.now.bind(clock);

module.exports = { clearTimeout, nextTick, now, setImmediate, setTimeout };
