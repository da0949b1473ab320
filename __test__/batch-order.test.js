/**
 * The order of things inside one batch: a scripted daemon sends a view and messages in one write, and whatever the
 * program does in the middle, nothing is lost and nothing overtakes.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { run } = require('./helpers/child.js');
const { Log, record } = require('./helpers/log.js');
const { joined, message, scripted } = require('./helpers/scripted-session.js');
const { begin, closed, daemonFor } = require('./helpers/sessions.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { uncaught } = require('./helpers/uncaught.js');
const wire = require('./helpers/wire.js');

const MESSAGES = ['one', 'two', 'three'];

/** Has the session ask to join; the view that answers and the messages after it leave in one write. */
async function joinAndFlood({ session, connection, me }) {
  const promise = session.join('room');
  await connection.next();
  connection.send(joined('room', [me], me), ...MESSAGES.map((text) => message('room', text)));
  return promise;
}

function recordData(session, log = new Log()) {
  session.dataHandler = (_group, _sender, data) => log.push(data);
  return log;
}

test('a listener added right after join() resolves gets all that came after the view', async (t) => {
  const both = await scripted(t);
  const view = await joinAndFlood(both);
  const log = recordData(both.session);
  assert.deepEqual(view.members, [both.me]);
  await log.count(3);
  assert.deepEqual(log.entries, MESSAGES);
});

test('so it does when the handler of the view throws', async (t) => {
  const errors = uncaught(t);
  const both = await scripted(t);
  both.session.memberJoinedGroup = () => {
    throw new Error('in the handler');
  };
  await joinAndFlood(both);
  const log = recordData(both.session);
  await log.count(3);
  assert.deepEqual(log.entries, MESSAGES);
  assert.deepEqual(errors.entries.map(String), ['Error: in the handler']);
});

test('a listener added right after leave() resolves gets all that came after the confirmation', async (t) => {
  const both = await scripted(t);
  await joinAndFlood(both);
  for (const throws of [false, true]) {
    const errors = uncaught(t);
    const other = both.session.join('other');
    await both.connection.next();
    both.connection.send(joined('other', [both.me], both.me));
    await other;
    both.session.dataHandler = null;
    both.session.memberLeftGroup = throws
      ? () => {
          throw new Error('left');
        }
      : null;
    const promise = both.session.leave('other');
    await both.connection.next();
    both.connection.send(wire.selfLeave('other'), message('room', 'behind'));
    await promise;
    const log = recordData(both.session);
    await log.count(1);
    assert.deepEqual(log.entries, ['behind']);
    assert.equal(errors.entries.length, throws ? 1 : 0);
    process.setUncaughtExceptionCaptureCallback(null);
  }
});

test('what is attached after awaiting success gets what came with the handshake', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const { session, opened } = begin(daemon.address, 'me');
  const connection = await daemon.connection();
  await connection.accept({ rest: (me) => Buffer.concat(MESSAGES.map((text) => message(me, text))) });
  await opened;
  const log = recordData(session);
  await log.count(3);
  assert.deepEqual(log.entries, MESSAGES);
});

test('a handler that throws at each message loses none of them', async (t) => {
  const errors = uncaught(t);
  const both = await scripted(t);
  const log = new Log();
  both.session.dataHandler = (_group, _sender, data) => {
    log.push(data);
    throw new Error(data);
  };
  await joinAndFlood(both);
  await log.count(3);
  await errors.count(3);
  assert.deepEqual(log.entries, MESSAGES);
  assert.deepEqual(
    errors.entries.map((error) => error.message),
    MESSAGES,
  );
});

test('what throws is an uncaught exception before the next message comes', async (t) => {
  const log = new Log();
  process.setUncaughtExceptionCaptureCallback((error) => log.push(`uncaught ${error.message}`));
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  const both = await scripted(t);
  both.session.dataHandler = (_group, _sender, data) => {
    log.push(data);
    throw new Error(data);
  };
  await joinAndFlood(both);
  await log.count(6);
  assert.deepEqual(log.entries, ['one', 'uncaught one', 'two', 'uncaught two', 'three', 'uncaught three']);
});

test('handlers replaced in the middle of a batch take over at the next message', async (t) => {
  const both = await scripted(t);
  const log = new Log();
  both.session.dataHandler = (_group, _sender, data) => {
    log.push(`first ${data}`);
    both.session.dataHandler = (_g, _s, later) => log.push(`second ${later}`);
  };
  await joinAndFlood(both);
  await log.count(3);
  assert.deepEqual(log.entries, ['first one', 'second two', 'second three']);
});

test('a handler unset in the middle of a batch hears no more, and set again it goes on', async (t) => {
  const both = await scripted(t);
  const log = new Log();
  const handler = (_group, _sender, data) => {
    log.push(data);
    both.session.dataHandler = undefined;
  };
  both.session.dataHandler = handler;
  await joinAndFlood(both);
  await log.count(1);
  const left = both.session.leave('room');
  await both.connection.next();
  both.connection.send(wire.selfLeave('room'));
  await left;
  both.session.dataHandler = handler;
  both.connection.send(message(both.me, 'last'));
  await log.count(2);
  assert.deepEqual(log.entries, ['one', 'last']);
});

test('a session that is disconnected in the middle of a batch gets the rest of it, then nothing', async (t) => {
  const both = await scripted(t);
  const log = record(both.session);
  let ended;
  both.session.dataHandler = (_group, _sender, data) => {
    log.push(['data', data]);
    ended ??= both.session.disconnect();
  };
  await joinAndFlood(both);
  const killed = both.connection.untilKill();
  await closed(both.session);
  await Promise.all([ended, killed]);
  assert.deepEqual(log.entries, [
    ['memberJoinedGroup', 'room', both.me],
    ...MESSAGES.map((text) => ['data', text]),
    ['close'],
  ]);
});

test('joins, messages and leaves in one write come in their order', async (t) => {
  const { session, connection, me } = await scripted(t, { groups: ['a'] });
  const log = record(session);
  const peer = '#peer#script';
  connection.send(
    joined('a', [me], me),
    message('a', '1'),
    joined('a', [me, peer], peer),
    message('a', '2', { sender: peer }),
    wire.view({ group: 'a', cause: 'leave', members: [me], changed: peer }),
    message(me, '3'),
    wire.selfLeave('a'),
    message(me, '4'),
  );
  await log.find(([, , , data]) => data === '4');
  assert.deepEqual(log.entries, [
    ['memberJoinedGroup', 'a', me],
    ['data', 'a', peer, '1'],
    ['memberJoinedGroup', 'a', peer],
    ['data', 'a', peer, '2'],
    ['memberLeftGroup', 'a', peer],
    ['data', me, peer, '3'],
    ['memberLeftGroup', 'a', me],
    ['data', me, peer, '4'],
  ]);
});

test('what came before the daemon hung up is delivered before the end is reported', async (t) => {
  const { session, connection, me } = await scripted(t);
  const log = record(session);
  connection.send(...MESSAGES.map((text) => message(me, text)));
  connection.socket.end();
  await closed(session);
  assert.deepEqual(
    log.entries.map(([what, , , data]) => data ?? what),
    [...MESSAGES, 'onDisconnect', 'close'],
  );
});

test('a program whose handlers all throw hears of each exception at once, and loses nothing', async (t) => {
  const daemon = await daemonFor(t);
  const { exit, lines } = run(t, 'throwing.js', [daemon.address]);
  assert.deepEqual(await exit, { code: 0, signal: null, errors: '' });
  const said = lines.entries.slice(0, -1);
  const heard = said.filter((_, index) => index % 2 === 0);
  assert.deepEqual(
    said,
    heard.flatMap((what) => [what, `uncaught: ${what}`]),
  );
  const isClassic = (what) => what.startsWith('classic');
  assert.deepEqual(
    heard.filter((what) => !isClassic(what)),
    ['join', ...MESSAGES, 'leave'],
  );
  assert.deepEqual(
    heard.filter(isClassic),
    MESSAGES.map((text) => `classic ${text}`),
  );
});
