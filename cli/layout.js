/** Text in columns: wrapping, tables, bars, sparklines, numbers for people. */

const { stripVTControlCharacters } = require('node:util');
const bundled = require('./bundled.js');
const { width } = require('./terminal.js');

/** Returns the columns that a text takes: wide characters take two, colours none. */
function columnsOf(text) {
  const plain = stripVTControlCharacters(text);
  return /^[ -~]*$/.test(plain) ? plain.length : bundled.stringWidth(plain);
}

/**
 * Joins parts into lines as wide as the terminal, and breaks none; `first` begins the first line, `rest` the others.
 */
function flow(parts, first, rest, between = '  ', columns = width()) {
  const most = Math.max(20, Math.min(columns, 110));
  const lines = [];
  let line = first;
  let taken = columnsOf(line.slice(line.lastIndexOf('\n') + 1));
  let isEmpty = true;
  for (const part of parts) {
    const needed = columnsOf(part);
    if (!isEmpty && taken + between.length + columnsOf(part.trimEnd()) > most) {
      lines.push(line.trimEnd());
      line = rest;
      taken = columnsOf(rest);
      isEmpty = true;
    }
    line += isEmpty ? part : between + part;
    taken += isEmpty ? needed : between.length + needed;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}

/** Where a line may end: after blanks, and before each character of a script written without blanks. */
const BREAK = /(?<= )(?! )|(?=[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}])/u;

/** Wraps a text at its words. */
function wrap(text, first, rest, columns) {
  return flow(text.split(BREAK), first, rest, '', columns);
}

/** Indents a line and its continuations alike. */
function indented(line, by, columns) {
  const [, own, rest] = /^(\s*)(.*)$/.exec(line);
  return wrap(rest, by + own, by + own, columns);
}

/** Indents the further lines of a message, so that none looks like another message. */
function hanging(text) {
  return text.replace(/\n$/, '').replaceAll('\n', '\n  ');
}

/** Returns a text of exactly so many columns, cut with … or padded. */
function fit(text, columns, right = false) {
  const cut = columnsOf(text) > columns ? bundled.cliTruncate(text, Math.max(0, columns)) : text;
  const blanks = ' '.repeat(Math.max(0, columns - columnsOf(cut)));
  return right ? blanks + cut : cut + blanks;
}

/** Puts two texts at the left and right end of so many columns; cuts the left one if there is too little room. */
function between(left, right, columns) {
  const room = columns - columnsOf(right) - 2;
  return room < 4 ? fit(`${left}  ${right}`, columns) : `${fit(left, room)}  ${right}`;
}

function plural(count, what) {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}

const LEVELS = ' ▁▂▃▄▅▆▇█';

/** Draws values as a line of small bars, relative to the largest or to `top`. */
function sparkline(values, top = Math.max(...values, 0)) {
  const step = LEVELS.length - 1;
  return values
    .map((value) => (value <= 0 ? LEVELS[0] : LEVELS[Math.max(1, Math.min(step, Math.round((value / top) * step)))]))
    .join('');
}

const PARTS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Draws a bar of up to so many columns. */
function bar(share, columns) {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * columns * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + PARTS[eighths % 8];
}

const UNITS = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** Formats 1,234,567 as 1.23 M. */
function short(number) {
  for (const [size, unit] of UNITS) {
    if (number >= size * 0.9995) {
      return `${(number / size).toPrecision(3)} ${unit}`;
    }
  }
  return Number.isInteger(number) ? String(number) : number.toPrecision(3);
}

/** Formats 1,234,567 as 1.23 MB. */
function bytes(number) {
  const text = short(Math.round(number));
  return text.includes(' ') ? `${text}B` : `${text} B`;
}

/** Formats a time in µs, in the unit that suits it. */
function time(micros) {
  if (micros >= 1e6) {
    return `${(micros / 1e6).toPrecision(3)} s`;
  }
  return micros >= 1000 ? `${(micros / 1000).toPrecision(3)} ms` : `${micros.toFixed(micros < 10 ? 1 : 0)} µs`;
}

module.exports = { bar, between, bytes, columnsOf, fit, flow, hanging, indented, plural, short, sparkline, time, wrap };
