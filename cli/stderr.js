/** Writes to stderr, so that stdout has the results alone: wrapped, if stderr is a terminal. */

const { indented } = require('./layout.js');
const { styled, width } = require('./terminal.js');

function say(text) {
  const { stderr } = process;
  const lines = stderr.isTTY ? text.split('\n').map((line) => indented(line, '', width(stderr))) : [text];
  stderr.write(`${lines.join('\n')}\n`);
}

function complain(text) {
  say(`${styled(process.stderr, 'red', 'cspread:')} ${text}`);
}

/** Prints a remark. */
function note(text) {
  say(styled(process.stderr, 'dim', text));
}

module.exports = { complain, note };
