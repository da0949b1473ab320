/**
 * Loads the native addon for this machine. It tries, in this order: the file that CSPREAD_NATIVE_PATH names, and then
 * nothing else; a build of this clone (native/); the platform's package. It never searches the working directory.
 * The addon must have this package's version.
 */

const { createRequire } = require('node:module');
const path = require('node:path');
const process = require('node:process');
const { version } = require('../../package.json');
const { builds } = require('./builds.js');
const { examine, whyAbsent } = require('./file.js');
const { ofAnotherVersion, unloadable } = require('./load-errors.js');
const platform = require('./platform.js');

function load() {
  const chosen = chosenFile();
  if (chosen !== undefined) {
    return first([chosen], chosen, true);
  }
  // A bundle may have no place to look from.
  if (typeof __filename === 'undefined') {
    throw unloadable([], false);
  }
  return first([...builds(), `cspread-${platform}`], __filename, false);
}

/** Returns the file that CSPREAD_NATIVE_PATH names, if any. */
function chosenFile() {
  try {
    return process.env.CSPREAD_NATIVE_PATH ? path.resolve(process.env.CSPREAD_NATIVE_PATH) : undefined;
  } catch (error) {
    // Deno may deny access to the environment.
    throw unloadable([{ name: 'CSPREAD_NATIVE_PATH', error }], false);
  }
}

/**
 * Returns the first of these that loads, looked up from the file `from`; by Node's own `require`, if a bundler has
 * another.
 */
function first(names, from, chosen) {
  const require = createRequire(from);
  const attempts = [];
  for (const name of names) {
    let file;
    let addon;
    try {
      file = require.resolve(name);
      examine(file);
      addon = require(file);
    } catch (error) {
      attempts.push({ name, file, error: whyAbsent(error, name, require) });
      continue;
    }
    const its = addon?.version?.();
    if (its !== version) {
      throw ofAnotherVersion(its, file, chosen);
    }
    return addon;
  }
  throw unloadable(attempts, chosen);
}

module.exports = load();
