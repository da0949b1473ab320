/** Another process that opens many sessions. */

const assert = require('node:assert/strict');
const { fork } = require('node:child_process');
const path = require('node:path');
const { daemonFor } = require('./sessions.js');

/** Runs it in one of its ways (fixtures/dropping-sessions.js); resolves with the warnings that it emitted. */
async function runChild(t, how, count) {
  const { address } = await daemonFor(t);
  const file = path.join(__dirname, '..', 'fixtures', 'dropping-sessions.js');
  const child = fork(file, [address, how, String(count)], { execArgv: ['--expose-gc'] });
  let warnings;
  child.once('message', (message) => {
    warnings = message;
    child.disconnect();
  });
  const [code, signal] = await new Promise((resolve) => child.once('exit', (...args) => resolve(args)));
  assert.deepEqual([code, signal], [0, null]);
  return warnings;
}

module.exports = { runChild };
