/** The command line on a terminal: python3 makes it, and @xterm/headless is what shows it. */

const { execFileSync, spawn } = require('node:child_process');
const path = require('node:path');
const { stripVTControlCharacters } = require('node:util');
const { Terminal } = require('@xterm/headless');
const { CLI } = require('./command.js');
const { until } = require('./until.js');

/** What runs a file. Deno asks on a terminal what it is to allow. */
const RUN = process.versions.deno ? [process.execPath, 'run', '-A'] : [process.execPath];

function noTerminal() {
  try {
    execFileSync('python3', ['-c', 'import pty, sys; sys.exit(sys.version_info < (3, 9))'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'it takes python3, 3.9 or newer, to make a terminal';
  }
}

/** A reason not to run a test that needs a terminal; false if there is none. */
const skip = noTerminal();

const ESCAPE = '\u001b';

/** Returns a pattern for terminal control sequences that end in this way. */
const steering = (what, flags) => new RegExp(`${ESCAPE}\\[${what}`, flags);

/** Columns of the longest line; a picture begins at the top again. */
function longest(text) {
  const lines = text.replace(steering('H', 'g'), '\n').split(/\r?\n/);
  return Math.max(...lines.map((line) => [...stripVTControlCharacters(line)].length));
}

/**
 * Runs the command line on a terminal. `shows(pattern)` resolves once it has written that, `until(pattern)` once that
 * is on its screen, `type(text)` types.
 */
function onTerminal(t, args, { columns = 80, rows = 24, env } = {}) {
  const file = path.join(__dirname, '..', 'fixtures', 'terminal.py');
  const all = [file, columns, rows, ...RUN, CLI, ...args].map(String);
  const child = spawn('python3', all, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm-256color', ...env },
  });
  t.after(() => child.kill('SIGKILL'));
  child.stdin.on('error', () => {});
  const screen = new Terminal({ cols: columns || 80, rows, allowProposedApi: true });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    shown += text;
    screen.write(text);
  });
  /** Returns the lines on the screen, and those that have left it at the top. */
  const lines = () => {
    const { active } = screen.buffer;
    return Array.from({ length: active.length }, (_, row) => active.getLine(row).translateToString(true));
  };
  return {
    child,
    screen,
    exit: new Promise((resolve) => child.on('close', resolve)),
    /** Returns everything written, with control sequences. */
    get shown() {
      return shown;
    },
    /** Returns everything written, without control sequences. */
    get text() {
      return stripVTControlCharacters(shown.replace(steering('H', 'g'), '\n'));
    },
    /** Returns the screen's lines. */
    get lines() {
      return lines();
    },
    type: (text) => child.stdin.write(text),
    resize: (columns, rows) => {
      screen.resize(columns, rows);
      child.stdin.write(`${ESCAPE}[8;${rows};${columns}t`);
    },
    shows: (pattern) => until(() => pattern.exec(shown)),
    until: (pattern) => until(() => pattern.exec(lines().join('\n'))),
  };
}

module.exports = { ESCAPE, longest, onTerminal, skip, steering };
