/** Draws watched groups in so many columns and rows. */

const { between, bytes, fit, plural, short, sparkline } = require('../layout.js');
const { shortName } = require('../names.js');
const { bold, dim, hue, yellow } = require('../terminal.js');
const { HISTORY } = require('./watched.js');

/** A narrower terminal has no room for bytes. */
const NARROW = 60;

/** A wider picture would only tear apart what belongs together. */
const WIDE = 120;

const rate = (value) => `${short(Math.round(value))}/s`;

const WORDS = { join: 'joined', leave: 'left', disconnect: 'is gone', network: 'network' };

function lastChange({ last }) {
  if (last === undefined) {
    return '';
  }
  const { cause, member, joined, left } = last;
  const moved = member
    ? shortName(member)
    : [...joined.map((one) => `+${shortName(one)}`), ...left.map((one) => `-${shortName(one)}`)].join(' ');
  return cause === 'network' ? `${WORDS.network}: ${moved}` : `${moved} ${WORDS[cause]}`;
}

/** Draws a sender's line: name, rates, and history. */
function senderLine({ sender, messages, bytes: size, history }, columns) {
  const room = Math.max(10, Math.min(24, Math.floor(columns / 4)));
  const sizes = columns < NARROW ? '' : fit(`${bytes(size)}/s`, 12, true);
  const figures = `${fit(rate(messages), 9, true)}${sizes}`;
  const left = Math.min(HISTORY, columns - room - figures.length - 2);
  const line = left > 0 ? `  ${sparkline(history.slice(-left)).padStart(left)}` : '';
  return `${hue(sender)(fit(shortName(sender), room))}${figures}${yellow(line)}`;
}

function groupLines(name, watched, columns) {
  const { members, views, rows } = watched;
  const total = rows.reduce((sum, { messages }) => sum + messages, 0);
  const figures = [plural(members.length, 'member'), plural(views, 'view'), rate(total)].join(dim(' · '));
  return [
    between(bold(name), figures, columns),
    dim(between(members.map(shortName).join(' '), lastChange(watched), columns)),
    ...rows.map((row) => senderLine(row, columns)),
    ...(rows.length === 0 ? [dim('nobody sends')] : []),
    '',
  ];
}

/** Returns the picture's lines; `foot` is the text of the last row. */
function picture(groups, width, rows, foot) {
  const columns = Math.min(width, WIDE);
  const lines = [...groups].flatMap(([name, watched]) => groupLines(name, watched, columns)).slice(0, -1);
  if (foot === undefined) {
    return lines;
  }
  const room = Math.max(1, rows - 1);
  const shown = lines.length > room ? lines.slice(0, room) : [...lines, ...Array(room - lines.length).fill('')];
  const cut = lines.length > room ? `${plural(lines.length - room, 'line')} more below · ` : '';
  return [...shown, dim(fit(cut + foot, columns))];
}

module.exports = { picture };
