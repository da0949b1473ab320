/** Sessions from connect(), and what they hear. */

const { connect } = require('../..');
const { Log } = require('./log.js');
const { askFor, message } = require('./scripted-session.js');
const { ScriptedDaemon } = require('./scripted-daemon.js');
const { unique } = require('./sessions.js');

/**
 * Opens a session on a scripted daemon, joining `groups`; `rest` leaves the daemon in one write with the end of the
 * handshake.
 */
async function scriptedModern(t, { rest, groups = [], ...options } = {}) {
  const daemon = await ScriptedDaemon.listen();
  const opened = connect({ name: 'me', ...options, address: daemon.address });
  const connection = await daemon.connection();
  await connection.accept({ rest });
  const session = await opened;
  await askFor(session, connection, groups);
  t.after(async () => {
    // Hanging up is what the daemon does at the end; the session need not wait for an answer.
    const done = session.disconnect();
    await daemon.close();
    await done;
  });
  return { daemon, session, connection, me: connection.privateGroup };
}

/** Opens a session, ended after the test. */
async function openModern(t, address, options = {}) {
  const session = await connect({ name: unique(), ...options, address });
  t.after(() => session.disconnect());
  return session;
}

const EVENTS = [
  'message',
  'membership',
  'transition',
  'reject',
  'drain',
  'slowConsumer',
  'disconnect',
  'reconnecting',
  'reconnect',
  'error',
  'close',
];

/** Returns a log of all events: [event, value]. */
function recordEvents(session, log = new Log()) {
  for (const event of EVENTS) {
    session.on(event, (value) => log.push([event, value]));
  }
  return log;
}

/** Resolves once everything that the scripted daemon has sent so far is delivered. */
async function settled({ session, connection, me }) {
  const log = new Log();
  const listen = (it) => log.push(String(it.data));
  session.on('message', listen);
  connection.send(message(me, 'settled'));
  await log.find((data) => data === 'settled');
  session.off('message', listen);
}

/** Returns whether a promise is still unsettled, after everything that is due now has happened. */
async function isPending(promise) {
  const waiting = Symbol('waiting');
  const turn = new Promise((resolve) => setImmediate(resolve, waiting));
  return (await Promise.race([promise.catch(() => {}), turn])) === waiting;
}

module.exports = { isPending, openModern, recordEvents, scriptedModern, settled };
