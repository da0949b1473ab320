/** What the process holds of the system: threads, descriptors, memory. */

const fs = require('node:fs');

/** Why there is nothing to look at, if so. */
const noFootprint = fs.existsSync('/proc/self/fd') ? undefined : 'the system has no /proc to count threads in';

function threads() {
  return fs.readdirSync('/proc/self/task').length;
}

function descriptors() {
  return fs.readdirSync('/proc/self/fd').length;
}

/** Bytes, after a collection. */
function memory() {
  global.gc();
  return process.memoryUsage().rss;
}

module.exports = { descriptors, memory, noFootprint, threads };
