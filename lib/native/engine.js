/** The engines: the native one, or the C library. */

const process = require('node:process');
const check = require('../shared/check.js');
const { fromNative, wrongValue } = require('../shared/errors.js');
const { native } = require('./pump.js');

const NATIVE = 'native';
const LIBSPREAD = 'libspread';

/** Returns the engine asked for, or CSPREAD_ENGINE's. */
function chosen(engine) {
  const name = engine ?? (process.env.CSPREAD_ENGINE || NATIVE);
  if (name !== NATIVE && name !== LIBSPREAD) {
    throw wrongValue(engine === undefined ? 'CSPREAD_ENGINE' : 'engine', `'${NATIVE}' or '${LIBSPREAD}'`, name);
  }
  return name;
}

/** Returns the C library's path; '' stands for the usual places. */
function libraryPath(path) {
  return path ?? process.env.CSPREAD_LIBSPREAD ?? '';
}

/** Returns native.connect()'s argument: the library's path, or nothing for the native engine. */
function libraryFor(engine, path) {
  return engine === LIBSPREAD ? libraryPath(path) : undefined;
}

/** Returns the C library's version. */
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
