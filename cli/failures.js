/** Errors that end a command without a stack trace. */

/** The command was called wrongly. */
class Usage extends Error {}

/** The command failed. */
class Failed extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Returns whether a call failed because its session is lost: `'disconnect'`, a little later, reports why. */
function isLost(error) {
  return error.code === 'ERR_SPREAD_NOT_CONNECTED';
}

module.exports = { Failed, Usage, isLost };
