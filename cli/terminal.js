/** What is written to, and how: colours only on a terminal, complaints to stderr, Ctrl-C. */

/** What begins and what ends it. (util.styleText() asks stdout about colours, whatever is written to.) */
const STYLES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
};

/** NO_COLOR and FORCE_COLOR as everywhere; without either, a terminal that is not dumb. */
function hasColors(stream) {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) {
    return false;
  }
  return FORCE_COLOR ? FORCE_COLOR !== '0' : Boolean(stream.isTTY) && TERM !== 'dumb';
}

function styled(stream, name, text) {
  const [begin, end] = STYLES[name];
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

function width() {
  return process.stdout.columns ?? 80;
}

function height() {
  return process.stdout.rows ?? 24;
}

function complain(text) {
  process.stderr.write(`${styled(process.stderr, 'red', 'cspread:')} ${text}\n`);
}

/** Says how something stands, on stderr, so that stdout has only what was asked for. */
function note(text) {
  process.stderr.write(`${styled(process.stderr, 'dim', text)}\n`);
}

/** Resolves on Ctrl-C or SIGTERM; a second one ends the process at once. */
function interrupted() {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) {
      process.once(signal, () => {
        process.once('SIGINT', () => process.exit(130));
        resolve(signal);
      });
    }
  });
}

/** What others have put into a text is shown without what would steer a terminal. */
function harmless(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�');
}

module.exports = {
  bold,
  complain,
  cyan,
  dim,
  green,
  harmless,
  height,
  hue,
  interrupted,
  note,
  red,
  width,
  yellow,
};
