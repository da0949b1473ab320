/** The terminal: colours, size, Ctrl-C, and texts that are safe to show. */

const { inspect } = require('node:util');

/** Returns whether the stream is a terminal that can be drawn on. */
function canDraw(stream) {
  return Boolean(stream.isTTY) && process.env.TERM !== 'dumb';
}

/** Returns whether to use colours: by NO_COLOR and FORCE_COLOR; without either, if the stream can be drawn on. */
function hasColors(stream) {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR) {
    return false;
  }
  return FORCE_COLOR ? FORCE_COLOR !== '0' : canDraw(stream);
}

/** Styles a text for a stream. (util.styleText() consults stdout, whichever stream is meant, and in Node 20 none.) */
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

/** Returns a name's style: the same colour for the same name. */
function hue(name) {
  let sum = 0;
  for (const letter of name) {
    sum = (sum * 31 + letter.codePointAt(0)) >>> 0;
  }
  return HUES[sum % HUES.length];
}

/** Returns the columns. A terminal that does not know its size reports 0. */
function width(stream = process.stdout) {
  return stream.columns || 80;
}

function height() {
  return process.stdout.rows || 24;
}

/** The signals that end a process: of Ctrl-C, kill, and a closed terminal. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

let asked;

/** Ends the process by SIGHUP if that was received, and returns whether it does; called when everything is done. */
function endAsAsked() {
  if (asked === 'SIGHUP') {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  }
  return asked === 'SIGHUP';
}

/** Resolves at the first signal to end; a second Ctrl-C ends the process at once. */
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

/** Control characters except tabs and newlines, and characters that change the reading direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it has to find them
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Replaces the characters of a text that would steer a terminal. */
function harmless(text) {
  return text.replaceAll('\r\n', '\n').replace(STEERING, '�');
}

/** Escapes the characters of JSON that would steer a terminal; its value stays the same. */
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
