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

/** Bytes in use, after a collection. V8 keeps some of its heap for later, more of it the busier it was: not counted. */
function memory() {
  global.gc();
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return rss - heapTotal + heapUsed;
}

module.exports = { descriptors, memory, noFootprint, threads };
