/**
 * Loads the native addon for this machine. It tries, in this order: the file that CSPREAD_NATIVE_PATH names, and then
 * nothing else; a build of this clone (native/); the platform's package. It never searches the working directory.
 * The addon must have this package's version.
 */

const path = require('node:path');
const process = require('node:process');
const { version } = require('../../package.json');
const { builds } = require('./builds.js');
const { examine, whyAbsent } = require('./file.js');
const Module = require('./own-module.js');
const platform = require('./platform.js');

/** Loads the texts of errors, which are mostly not needed. */
const errors = () => require('./load-errors.js');

function load() {
  const chosen = chosenFile();
  if (chosen !== undefined) {
    return first([chosen], chosen, true);
  }
  // A bundle may have no place to look from.
  if (typeof __filename === 'undefined') {
    throw errors().unloadable([], false);
  }
  return first([...builds(), `cspread-${platform}`], __filename, false);
}

/** Returns the file that CSPREAD_NATIVE_PATH names, if any. */
function chosenFile() {
  try {
    return process.env.CSPREAD_NATIVE_PATH ? path.resolve(process.env.CSPREAD_NATIVE_PATH) : undefined;
  } catch (error) {
    // Deno may deny access to the environment.
    throw errors().unloadable([{ name: 'CSPREAD_NATIVE_PATH', error }], false);
  }
}

/**
 * Returns the first of these that loads, looked up from the file `from`; by Node's own `require`, if a bundler has
 * another.
 */
function first(names, from, chosen) {
  const { createRequire } = typeof Module?.createRequire === 'function' ? Module : require('node:module');
  const requireFrom = createRequire(from);
  const attempts = [];
  for (const name of names) {
    let file;
    let addon;
    try {
      file = requireFrom.resolve(name);
      examine(file);
      addon = requireFrom(file);
    } catch (error) {
      attempts.push({ name, file, error: whyAbsent(error, name, requireFrom) });
      continue;
    }
    const its = addon?.version?.();
    if (its !== version) {
      throw errors().ofAnotherVersion(its, file, chosen);
    }
    return addon;
  }
  throw errors().unloadable(attempts, chosen);
}

module.exports = load();
