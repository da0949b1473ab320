/** Formats a chat's deliveries as lines: aligned on a terminal, plain on a pipe. */

const { textOf } = require('../contents.js');
const { columnsOf, hanging, plural, wrap } = require('../layout.js');
const { shortName } = require('../names.js');
const { dim, harmless, hue, width, yellow } = require('../terminal.js');

/** Most columns of a private name. */
const NAME = 10;

/** A narrower terminal has no room for a column of names. */
const NARROW = 60;

const VERBS = { join: 'joined', leave: 'left', disconnect: 'is gone', network: 'left or came back (network change)' };

/** Most names listed; the others are counted. */
const MOST_NAMES = 12;

function listed(members) {
  const more = members.length - MOST_NAMES;
  const names = members.slice(0, MOST_NAMES).map(shortName).join(', ');
  return more > 0 ? `${names} and ${more} more` : names;
}

function news({ cause, member, joined, left, view }) {
  const moved = member ? [member] : [...joined, ...left];
  return `${listed(moved)} ${VERBS[cause]}${view ? ` (${view.members.length})` : ''}`;
}

/** Lists the other members, when this session has just joined. */
function whoElse({ cause, member, view }, self) {
  const others = cause === 'join' && member === self ? view.members.filter((one) => one !== self) : [];
  return others.length > 0 ? `: ${listed(others)}` : '';
}

/** Most characters of a message that are shown to people. */
const MOST_CHARACTERS = 4000;

/** Returns a message's text for people, cut if it is very long. */
function readable(data) {
  const text = textOf(data);
  if (text === undefined) {
    return dim(plural(data.length, 'byte'));
  }
  const more = text.length - MOST_CHARACTERS;
  const shown = harmless(text.slice(0, MOST_CHARACTERS)).replaceAll('\t', '  ').trimEnd();
  return more > 0 ? `${shown}${dim(`… and ${plural(more, 'character')} more`)}` : shown;
}

/** Formats a delivery for a pipe: the group always comes first. */
function plain(delivery) {
  const { kind, group } = delivery;
  switch (kind) {
    case 'message': {
      const { sender, data, service } = delivery;
      const how = service === 'agreed' ? '' : `${service} `;
      return `${group.startsWith('#') ? 'to you' : group} ${shortName(sender)} ${how}${hanging(harmless(data.toString()))}`;
    }
    case 'membership':
      return `${group} * ${news(delivery)}`;
    case 'reject':
      return `* the daemon rejected a message to ${group}`;
    default:
      return `${group} * the network changes`;
  }
}

/** Formats a text after a name or a mark, its further lines below its first. */
function line(left, text) {
  const room = width() < NARROW ? 0 : NAME;
  const first = `${' '.repeat(Math.max(0, room - columnsOf(left)))}${left} `;
  return text
    .split('\n')
    .map((part, index) => wrap(part, index === 0 ? first : ' '.repeat(room + 1), ' '.repeat(room + 1)))
    .join('\n');
}

/** Formats a delivery for a terminal: it names the group only if that is not the current target. */
function aligned(delivery, { target, session }) {
  const { kind, group } = delivery;
  const where = group === target ? '' : group.startsWith('#') ? 'to you' : group;
  switch (kind) {
    case 'message': {
      const { sender, data, service } = delivery;
      const about = [where, service === 'agreed' ? '' : service].filter(Boolean).join(' ');
      return line(hue(sender)(shortName(sender)), about ? `${dim(about)} ${readable(data)}` : readable(data));
    }
    case 'membership': {
      const what = `${news(delivery)}${whoElse(delivery, session.privateGroup)}`;
      return dim(line('*', where ? `${where} ${what}` : what));
    }
    case 'reject':
      return yellow(line('*', `the daemon rejected a message to ${group}`));
    default:
      return dim(line('*', `${where} the network changes`.trim()));
  }
}

module.exports = { aligned, plain };
