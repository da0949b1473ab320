/** The package itself, loaded when a command needs it: help is there without its native code, and so is doctor. */

const { Failed } = require('./failures.js');

function library() {
  try {
    return require('..');
  } catch (error) {
    throw new Failed(error.message);
  }
}

module.exports = { library };
