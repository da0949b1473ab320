/** The command line, run by pipes. */

const path = require('node:path');
const { runFile } = require('./child.js');

const CLI = path.join(__dirname, '..', '..', 'bin', 'cspread.js');

/** Runs it: `over` resolves with { code, out, errors }. `input` is its stdin, which stays open if it is null. */
function start(t, args, { env, input } = {}) {
  const { child, exit, lines } = runFile(t, CLI, args, { env });
  // It may be over before it has read anything.
  child.stdin.on('error', () => {});
  if (input !== null) {
    child.stdin.end(input);
  }
  let written = '';
  child.stdout.on('data', (text) => {
    written += text;
  });
  const over = exit.then(({ code, errors }) => ({ code, errors, out: lines.entries.slice(0, -1).join('\n') }));
  return { child, lines, over, written: () => written };
}

const cspread = (t, args, options) => start(t, args, options).over;

module.exports = { CLI, cspread, start };
