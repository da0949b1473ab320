/** Exceptions that a handler of the user's throws, caught as the process would get them. */

const { Log } = require('./log.js');

/** Returns a log of uncaught exceptions, until the test is over. The test runner does not see them meanwhile. */
function uncaught(t) {
  const log = new Log();
  process.setUncaughtExceptionCaptureCallback((error) => log.push(error));
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  return log;
}

module.exports = { uncaught };
