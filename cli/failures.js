/** Ways for a command to end that need no stack trace, and what is told by another. */

/** It was called wrongly. */
class Usage extends Error {}

/** It could not do what it was asked to. */
class Failed extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** What a call says of a session that is lost, a little before `'disconnect'` tells why. */
function isLost(error) {
  return error.code === 'ERR_SPREAD_NOT_CONNECTED';
}

module.exports = { Failed, Usage, isLost };
