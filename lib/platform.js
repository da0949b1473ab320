/** What this machine is called in the names of native files and packages: `linux-x64-gnu`. */

const { Buffer } = require('node:buffer');
const fs = require('node:fs');
const process = require('node:process');

/** An executable names its loader near its beginning. */
const HEAD = 4096;

/** musl or gnu, on Linux: whose loader has started Node. */
function libc() {
  if (process.platform !== 'linux') {
    return '';
  }
  const loader = /\/ld-(musl|linux)/.exec(head(process.execPath));
  if (loader !== null) {
    return loader[1] === 'musl' ? '-musl' : '-gnu';
  }
  // Linked in another way. The report says it for sure, but takes 6 ms.
  const { header } = process.report.getReport();
  return header.glibcVersionRuntime ? '-gnu' : '-musl';
}

/** The beginning of a file, as text; nothing of one that cannot be read. */
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
