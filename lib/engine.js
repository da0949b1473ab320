/** Who carries a session: the native engine, or the C library. */

const process = require('node:process');
const check = require('./check.js');
const { fromNative, wrongValue } = require('./errors.js');
const { native } = require('./pump.js');

const NATIVE = 'native';
const LIBSPREAD = 'libspread';

/** The engine asked for, or CSPREAD_ENGINE's. */
function chosen(engine) {
  const name = engine ?? (process.env.CSPREAD_ENGINE || NATIVE);
  if (name !== NATIVE && name !== LIBSPREAD) {
    throw wrongValue(engine === undefined ? 'CSPREAD_ENGINE' : 'engine', `'${NATIVE}' or '${LIBSPREAD}'`, name);
  }
  return name;
}

/** Where the C library is to be looked for: '' is where it is usually found. */
function libraryPath(path) {
  return path ?? process.env.CSPREAD_LIBSPREAD ?? '';
}

/** What native.connect() has to know: the library's path, or nothing for the native engine. */
function libraryFor(engine, path) {
  return engine === LIBSPREAD ? libraryPath(path) : undefined;
}

/** The C library's version. */
function libspreadVersion(path) {
  if (path !== undefined) {
    check.string('path', path);
  }
  const version = native.libraryVersion(libraryPath(path));
  if (version === undefined) {
    throw fromNative(native.lastFailure());
  }
  return version.join('.');
}

module.exports = { chosen, libraryFor, libspreadVersion };
