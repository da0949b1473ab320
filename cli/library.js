/** The package itself, loaded when a command needs it: help is there without its native code, and so is doctor. */

const { Failed } = require('./failures.js');

function library() {
  try {
    return require('..');
  } catch (error) {
    const [reason] = error.message.split('\nRequire stack:');
    const chosen = process.env.CSPREAD_NATIVE_PATH;
    throw new Failed(chosen ? `CSPREAD_NATIVE_PATH names ${chosen}, which cannot be loaded: ${reason}` : reason);
  }
}

module.exports = { library };
