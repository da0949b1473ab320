/** Loads the package when a command needs it: help and doctor work without its native code. */

const { Failed } = require('./failures.js');

function library() {
  try {
    return require('..');
  } catch (error) {
    throw new Failed(error.message);
  }
}

module.exports = { library };
