/** A session on a scripted daemon: both ends in the test's hands. */

const { ScriptedDaemon } = require('./scripted-daemon.js');
const { begin } = require('./sessions.js');
const wire = require('./wire.js');

/** The session connected; `rest` leaves the daemon in one write with the end of the handshake. */
async function scripted(t, { name = 'me', rest, ...options } = {}) {
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
  return { daemon, session, connection, me: connection.privateGroup };
}

/** The bytes of a message to a group. */
function message(group, body, { sender = '#peer#script', type = 0x10, messType = 0 } = {}) {
  return wire.frame({ type, sender, groups: [].concat(group), messType, body: Buffer.from(body) });
}

/** The bytes of the view in which `member` joins. */
function joined(group, members, changed) {
  return wire.view({ group, cause: 'join', members, changed });
}

module.exports = { joined, message, scripted };
