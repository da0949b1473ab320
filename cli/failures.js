/** Ways for a command to end that need no stack trace. */

/** It was called wrongly. */
class Usage extends Error {}

/** It could not do what it was asked to. */
class Failed extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

module.exports = { Failed, Usage };
