/** What is heard in a chat, as lines: aligned on a terminal, plain on a pipe. */

const { visible, wrap } = require('../layout.js');
const { shortName } = require('../names.js');
const { dim, harmless, hue, width, yellow } = require('../terminal.js');

/** Columns of a private name, at most. */
const NAME = 10;

/** Less than this leaves no room for a column of names. */
const NARROW = 60;

const VERBS = { join: 'joined', leave: 'left', disconnect: 'is gone', network: 'parted or back: the network' };

function news({ cause, member, joined, left, view }) {
  const moved = member ? [member] : [...joined, ...left];
  return `${moved.map(shortName).join(', ')} ${VERBS[cause]}${view ? ` (${view.members.length})` : ''}`;
}

/** A line for a pipe: the group always comes first. */
function plain(delivery) {
  const { kind, group } = delivery;
  switch (kind) {
    case 'message': {
      const { sender, data, service } = delivery;
      const how = service === 'agreed' ? '' : `${service} `;
      return `${group.startsWith('#') ? 'to you' : group} ${shortName(sender)} ${how}${harmless(data.toString())}`;
    }
    case 'membership':
      return `${group} * ${news(delivery)}`;
    case 'reject':
      return `* the daemon rejected a message to ${group}`;
    default:
      return `${group} * the network changes`;
  }
}

/** A text behind a name or a mark, its further lines below its first. */
function line(left, text) {
  const room = width() < NARROW ? 0 : NAME;
  const first = `${' '.repeat(Math.max(0, room - visible(left).length))}${left} `;
  return text
    .split('\n')
    .map((part, index) => wrap(part, index === 0 ? first : ' '.repeat(room + 1), ' '.repeat(room + 1)))
    .join('\n');
}

/** Lines for a terminal: the group is said if it is not the one that is talked to. */
function aligned(delivery, target) {
  const { kind, group } = delivery;
  const where = group === target ? '' : group.startsWith('#') ? 'to you' : group;
  switch (kind) {
    case 'message': {
      const { sender, data, service } = delivery;
      const about = [where, service === 'agreed' ? '' : service].filter(Boolean).join(' ');
      const text = harmless(data.toString());
      return line(hue(sender)(shortName(sender)), about ? `${dim(about)} ${text}` : text);
    }
    case 'membership':
      return dim(line('*', where ? `${where} ${news(delivery)}` : news(delivery)));
    case 'reject':
      return yellow(line('*', `the daemon rejected a message to ${group}`));
    default:
      return dim(line('*', `${where} the network changes`.trim()));
  }
}

module.exports = { aligned, plain };
