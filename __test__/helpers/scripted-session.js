/** A session on a scripted daemon: both ends in the test's hands. */

const { ScriptedDaemon } = require('./scripted-daemon.js');
const { begin } = require('./sessions.js');
const wire = require('./wire.js');

/** Has the session ask to join groups: views of others are none of its own. */
async function askFor(session, connection, groups) {
  for (const group of groups) {
    Promise.resolve(session.join(group)).catch(() => {});
    await connection.next();
  }
}

/**
 * Opens a session, joining `groups`; `rest` leaves the daemon in one write with the end of the handshake.
 */
async function scripted(t, { name = 'me', rest, groups = [], ...options } = {}) {
  const daemon = await ScriptedDaemon.listen();
  const { session, opened } = begin(daemon.address, name, options);
  t.after(async () => {
    // Hanging up is what the daemon does at the end; the session need not wait for an answer.
    const done = session.disconnect();
    await daemon.close();
    await done;
  });
  const connection = await daemon.connection();
  await connection.accept({ rest });
  await opened;
  await askFor(session, connection, groups);
  return { daemon, session, connection, me: connection.privateGroup };
}

/** Returns the bytes of a message to a group. */
function message(group, body, { sender = '#peer#script', type = 0x10, messType = 0 } = {}) {
  return wire.frame({ type, sender, groups: [].concat(group), messType, body: Buffer.from(body) });
}

/** Returns the bytes of the view in which `member` joins. */
function joined(group, members, changed) {
  return wire.view({ group, cause: 'join', members, changed });
}

module.exports = { askFor, joined, message, scripted };
