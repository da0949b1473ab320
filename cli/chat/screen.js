/** A chat's screen: the prompt below, everything else above. On a pipe just lines. */

const readline = require('node:readline');
const { canDraw } = require('../terminal.js');

function screen(completer) {
  const { stdin, stdout } = process;
  const isTerminal = Boolean(stdin.isTTY) && canDraw(stdout);
  const lines = readline.createInterface({ input: stdin, ...(isTerminal && { output: stdout, completer }) });
  // A terminal that is closed can no longer be read or set. SIGHUP or the end of what is read says so too.
  for (const source of [stdin, lines]) {
    source.on('error', () => {});
  }

  /** Shows the prompt, and what has been typed behind it. */
  const prompt = () => {
    if (isTerminal && !lines.closed) {
      lines.prompt(true);
    }
  };

  /** Shows a text above the prompt. */
  const say = (text) => {
    stdout.cork();
    if (isTerminal && !lines.closed) {
      readline.moveCursor(stdout, 0, -lines.getCursorPos().rows);
      readline.cursorTo(stdout, 0);
      readline.clearScreenDown(stdout);
      // What is typed begins in this row now; readline would go up to where it began.
      lines.prevRows = 0;
    }
    stdout.write(`${text}\n`);
    prompt();
    stdout.uncork();
  };

  /** Takes away the line that was typed just now: what is said shows again at its place among all that is said. */
  const takeBack = (line) => {
    if (isTerminal) {
      const promptThere = lines.getPrompt();
      // So readline says how many rows both took.
      lines.setPrompt(promptThere + line);
      readline.moveCursor(stdout, 0, -1 - lines.getCursorPos().rows);
      lines.setPrompt(promptThere);
      readline.clearScreenDown(stdout);
    }
  };

  return { lines, say, prompt, takeBack, isTerminal };
}

module.exports = { screen };
