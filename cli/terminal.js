/** The terminal: colours only on one, its size, Ctrl-C, and what may be shown on it. */

const { inspect } = require('node:util');

/** It is a terminal, and can be drawn on. */
function canDraw(stream) {
  return Boolean(stream.isTTY) && process.env.TERM !== 'dumb';
}

/** NO_COLOR and FORCE_COLOR as everywhere; without either, what can be drawn on. */
function hasColors(stream) {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR) {
    return false;
  }
  return FORCE_COLOR ? FORCE_COLOR !== '0' : canDraw(stream);
}

/** (util.styleText() asks stdout about colours, whatever is written to, and in Node 20 nobody.) */
function styled(stream, name, text) {
  const [begin, end] = inspect.colors[name];
  return hasColors(stream) ? `\u001b[${begin}m${text}\u001b[${end}m` : text;
}

const style = (name) => (text) => styled(process.stdout, name, text);

const bold = style('bold');
const dim = style('dim');
const red = style('red');
const green = style('green');
const yellow = style('yellow');
const cyan = style('cyan');

const HUES = ['cyan', 'magenta', 'yellow', 'green', 'blue', 'red'].map(style);

/** The same colour for the same name. */
function hue(name) {
  let sum = 0;
  for (const letter of name) {
    sum = (sum * 31 + letter.codePointAt(0)) >>> 0;
  }
  return HUES[sum % HUES.length];
}

/** A terminal that does not know its size says 0. */
function width(stream = process.stdout) {
  return stream.columns || 80;
}

function height() {
  return process.stdout.rows || 24;
}

/** What asks a process to end: Ctrl-C, kill, and a terminal that is closed. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

let asked;

/** To be called when all is done: who ends by SIGHUP dies of it. */
function endAsAsked() {
  if (asked === 'SIGHUP') {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  }
}

/** Resolves when the process is asked to end; if it still runs, the next Ctrl-C ends it at once. */
function interrupted() {
  return new Promise((resolve) => {
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (asked && signal === 'SIGINT') {
          process.exit(130);
        }
        asked = signal;
        resolve(signal);
      });
    }
  });
}

/** Control characters, beside tabs and newlines; and those that turn the direction in which what follows is read. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** What others have put into a text is shown without what would steer a terminal. */
function harmless(text) {
  return text.replaceAll('\r\n', '\n').replace(STEERING, '�');
}

/** JSON that says the same, and would not steer a terminal either. */
function escaped(json) {
  return json.replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

module.exports = {
  bold,
  canDraw,
  cyan,
  dim,
  endAsAsked,
  escaped,
  green,
  harmless,
  height,
  hue,
  interrupted,
  red,
  styled,
  width,
  yellow,
};
