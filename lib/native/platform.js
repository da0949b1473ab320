/** This machine's name in native files and packages: `linux-x64-gnu`. */

const { Buffer } = require('node:buffer');
const fs = require('node:fs');
const process = require('node:process');

/** An executable names its loader near its beginning. */
const HEAD = 4096;

/** Returns musl or gnu, on Linux: the libc whose loader has started Node. */
function libc() {
  if (process.platform !== 'linux') {
    return '';
  }
  const loader = /\/ld-(musl|linux)/.exec(head(process.execPath));
  if (loader !== null) {
    return loader[1] === 'musl' ? '-musl' : '-gnu';
  }
  return isOnGlibc() ? '-gnu' : '-musl';
}

/** Asks Node's report, for an executable that is linked in another way or unreadable. Reliable, but takes 6 ms. */
function isOnGlibc() {
  try {
    return process.report.getReport().header.glibcVersionRuntime !== undefined;
  } catch {
    // Deno may deny the report. It is built for glibc.
    return true;
  }
}

/** Returns the beginning of a file as text; empty if it cannot be read. */
function head(file) {
  try {
    const descriptor = fs.openSync(file);
    try {
      const buffer = Buffer.alloc(HEAD);
      return buffer.latin1Slice(0, fs.readSync(descriptor, buffer));
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    return '';
  }
}

const abi = process.platform === 'win32' ? '-msvc' : libc();

module.exports = `${process.platform}-${process.arch}${abi}`;
