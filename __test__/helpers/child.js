/** Node processes of a test's own. */

const { spawn } = require('node:child_process');
const path = require('node:path');
const { Log } = require('./log.js');

/**
 * Runs a fixture; by the command `through`, if there is one. `lines` is the log of its standard output, `exit` resolves
 * with { code, signal, errors }.
 */
function run(t, fixture, args, options) {
  return runFile(t, path.join(__dirname, '..', 'fixtures', fixture), args, options);
}

/** Runs any file in the same way. */
function runFile(t, file, args = [], { env, flags = [], through = [] } = {}) {
  const node = [process.execPath, '--unhandled-rejections=strict', ...flags, file, ...args.map(String)];
  const [command, ...all] = [...through, ...node];
  const child = spawn(command, all, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines = new Log();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop();
    for (const part of parts) {
      lines.push(part);
    }
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors += text;
  });
  const exit = new Promise((resolve) => {
    child.on('close', (code, signal) => {
      lines.push(undefined);
      resolve({ code, signal, errors });
    });
  });
  t.after(() => child.kill('SIGKILL'));
  return { child, exit, lines };
}

module.exports = { run, runFile };
