/** A chat's screen: the prompt at the bottom, everything else above it. On a pipe it reads and writes plain lines. */

const readline = require('node:readline');
const { canDraw } = require('../terminal.js');

function screen(completer) {
  const { stdin, stdout } = process;
  const isTerminal = Boolean(stdin.isTTY) && canDraw(stdout);
  const lines = readline.createInterface({ input: stdin, ...(isTerminal && { output: stdout, completer }) });
  // A closed terminal can no longer be read or set. SIGHUP or the end of the input reports that too.
  for (const source of [stdin, lines]) {
    source.on('error', () => {});
  }

  /** Shows the prompt and what has been typed after it. */
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
      // The typed text begins in this row now; readline would go up to its old row.
      lines.prevRows = 0;
    }
    stdout.write(`${text}\n`);
    prompt();
    stdout.uncork();
  };

  /** Erases the line that was just typed: its message is shown again, in its place among the deliveries. */
  const takeBack = (line) => {
    if (isTerminal) {
      const promptThere = lines.getPrompt();
      // With the prompt set so, readline computes how many rows both took.
      lines.setPrompt(promptThere + line);
      readline.moveCursor(stdout, 0, -1 - lines.getCursorPos().rows);
      lines.setPrompt(promptThere);
      readline.clearScreenDown(stdout);
    }
  };

  return { lines, say, prompt, takeBack, isTerminal };
}

module.exports = { screen };
