/** Snapshots of a daemon: who is there, as src/js/daemons.rs writes it. */

const { GroupId } = require('../stream/view.js');

/** Reads a notice: the request's number, and the snapshot. */
function read(text, name) {
  const [head, ...lines] = text.split('\n');
  const [number, truncated] = head.split('\t');
  const sessions = [];
  const groups = [];
  for (const line of lines) {
    const [kind, ...parts] = line.split('\t');
    if (kind === 's') {
      sessions.push(sessionOf(parts));
    } else {
      groups.push(groupOf(parts));
    }
  }
  groups.sort((a, b) => (a.name < b.name ? -1 : 1));
  return [Number(number), { name, view: null, sessions, groups, truncated: truncated === '1' }];
}

function sessionOf([privateGroup, peer, connectedMs, queuedBytes, messagesIn, messagesOut, ...groups]) {
  const [ms, bytes, sent, received] = [connectedMs, queuedBytes, messagesIn, messagesOut].map(Number);
  return { privateGroup, peer, connectedMs: ms, groups, queuedBytes: bytes, messagesIn: sent, messagesOut: received };
}

function groupOf([name, a, b, c, ...members]) {
  return { name, id: new GroupId([Number(a), Number(b), Number(c)]), members };
}

/** Returns the snapshot of a daemon that has stopped. */
const nobody = (name) => ({ name, view: null, sessions: [], groups: [], truncated: false });

module.exports = { nobody, read };
