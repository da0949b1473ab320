/**
 * Looks at a file of native code for faults that the system and Node do not report clearly: loading a truncated ELF
 * file kills the process, a file for another machine is "no such file", and an unreadable file is "not found".
 */

const { Buffer } = require('node:buffer');
const fs = require('node:fs');
const path = require('node:path');
const process = require('node:process');
const platform = require('./platform.js');

const MAGIC = 0x7f454c46;
const HEADER_BYTES = 64;

/** The numbers of machines in ELF headers. */
const MACHINES = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64' };

/** Throws if this file is damaged, or made for another machine. */
function examine(file) {
  if (process.platform !== 'linux' || !file.endsWith('.node')) {
    return;
  }
  const { header, size } = read(file);
  if (header.length < HEADER_BYTES || header.readUInt32BE(0) !== MAGIC) {
    throw fault('ERR_NATIVE_DAMAGED', `${size} bytes, which are no ELF file`);
  }
  const machine = MACHINES[header.readUInt16LE(18)];
  if (machine !== undefined && machine !== process.arch) {
    throw fault('ERR_NATIVE_MACHINE', `made for ${machine}, and this process runs on ${process.arch}`);
  }
  const whole = end(header);
  if (size < whole) {
    throw fault('ERR_NATIVE_DAMAGED', `${size} bytes of ${whole}`);
  }
}

function read(file) {
  const descriptor = fs.openSync(file);
  try {
    const buffer = Buffer.alloc(HEADER_BYTES);
    const header = buffer.subarray(0, fs.readSync(descriptor, buffer));
    return { header, size: fs.fstatSync(descriptor).size };
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Returns the end of a 64-bit file's section table, which linkers put last. */
function end(header) {
  const [bits, order] = [header[4], header[5]];
  if (bits !== 2 || order !== 1) {
    return 0;
  }
  return Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
}

function fault(code, text) {
  return Object.assign(new Error(text), { code });
}

/** Returns whether a file that did not load is made for musl while this process runs on glibc, or the reverse. */
function isOfOtherLibc(file) {
  if (process.platform !== 'linux' || file === undefined) {
    return false;
  }
  // A file that is linked to glibc names the versions of its functions.
  return fs.readFileSync(file).includes('GLIBC_') !== platform.endsWith('-gnu');
}

/** Returns the error of a missing file, or the obstacle that hides it. */
function whyAbsent(error, name, require) {
  if (error.code !== 'MODULE_NOT_FOUND') {
    return error;
  }
  return places(name, require).map(whyHidden).find(Boolean) ?? error;
}

function places(name, require) {
  if (path.isAbsolute(name)) {
    return [name];
  }
  const folders = require.resolve.paths(name).filter((folder) => path.basename(folder) === 'node_modules');
  return folders.map((folder) => path.join(folder, name));
}

function whyHidden(place) {
  try {
    fs.readdirSync(place);
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(error.code) ? undefined : error;
  }
}

module.exports = { examine, isOfOtherLibc, whyAbsent };
