/** The classic interface: how a session is made, who is called when, and with what. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const SpreadSession = require('..');
const { Log, record } = require('./helpers/log.js');
const { refusing } = require('./helpers/nobody.js');
const { joined, message, scripted } = require('./helpers/scripted-session.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { begin, closed, daemonFor, open, unique } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');
const wire = require('./helpers/wire.js');

test('callbacks may be left out, and the address and the name', async (t) => {
  const daemon = await daemonFor(t);
  const silent = [new SpreadSession(await refusing()), new SpreadSession(await refusing(), null, null, null)];
  await Promise.all(silent.map(closed));
  const session = new SpreadSession(daemon.address, undefined, true);
  // Without `success` nobody announces it.
  await until(() => session.state !== 'connecting', 'connected');
  assert.equal(session.state, 'connected');
  assert.equal(session.name, session.privateGroup.split('#')[1], 'the daemon chose the name');
  await session.disconnect();
});

test('nothing is reported before the constructor has returned, not even an illegal address', async () => {
  const log = new Log();
  const session = new SpreadSession(
    'no address',
    'me',
    () => {},
    () => log.push('failure'),
  );
  session.onFailedToConnect = () => log.push('onFailedToConnect');
  session.on('close', () => log.push('close'));
  assert.deepEqual(log.entries, []);
  await log.count(3);
  assert.deepEqual(log.entries, ['failure', 'onFailedToConnect', 'close']);
});

test('calls made before success go to onError, later and once each', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const { session, opened } = begin(daemon.address, 'me');
  const log = record(session);
  assert.equal(session.multicast(session.SAFE_MESS, 'room', 'x'), undefined);
  const pending = [session.join('room'), session.leave('room')];
  assert.deepEqual(log.entries, [], 'not within the call');
  assert.deepEqual(await Promise.all(pending), [undefined, undefined]);
  await log.count(3);
  for (const [what, text, error] of log.entries) {
    assert.equal(what, 'onError');
    assert.equal(text, error.message);
    assert.deepEqual([error.code, error.spreadCode], ['ERR_SPREAD_NOT_CONNECTED', -11]);
  }
  const connection = await daemon.connection();
  await connection.accept();
  await opened;
  session.multicast(session.SAFE_MESS, 'room', 'first');
  const request = await connection.next();
  assert.equal(String(request.body), 'first', 'nothing of what was refused was sent');
  assert.equal(log.entries.length, 3);
});

test('that the connection stands already, unknown to JavaScript, makes no difference to calls before success', async (t) => {
  const { address } = await daemonFor(t, {});
  const { session, opened } = begin(address);
  const log = record(session);
  // Long enough for another thread to connect.
  for (const end = performance.now() + 100; performance.now() < end; );
  assert.equal(session.state, 'connecting');
  assert.equal(session.multicast(session.SAFE_MESS, 'room', 'x'), undefined);
  await session.join('room');
  await log.count(2, ([what, , error]) => what === 'onError' && error.code === 'ERR_SPREAD_NOT_CONNECTED');
  await opened;
  assert.equal(session.stats().messagesSent, 0);
  await session.disconnect();
});

test('handlers that are unset, or set to what is no function, are silent', async (t) => {
  const { session, connection, me } = await scripted(t, { groups: ['room'] });
  for (const value of [undefined, null, 0, 'text', {}]) {
    for (const handler of ['dataHandler', 'memberJoinedGroup', 'memberLeftGroup', 'onError', 'leaveCausedByNetwork']) {
      session[handler] = value;
    }
    connection.send(message(me, 'x'), joined('room', [me, '#b#script'], '#b#script'), wire.selfLeave('room'));
    session.multicast(0, 'room', 'refused');
    const log = new Log();
    connection.send(message(me, 'end'));
    session.dataHandler = (...args) => log.push(args);
    await log.find(([, , data]) => data === 'end');
  }
});

test('handlers are called as methods of the session', async (t) => {
  const { session, connection, me } = await scripted(t, { groups: ['room'] });
  const log = new Log();
  for (const handler of ['dataHandler', 'memberJoinedGroup', 'memberLeftGroup', 'onError', 'onDisconnect']) {
    session[handler] = function () {
      log.push([handler, this]);
    };
  }
  session.multicast(0, 'room', 'refused');
  connection.send(joined('room', [me], me), message('room', 'x'), wire.selfLeave('room'));
  connection.socket.end();
  await closed(session);
  const called = log.entries.map(([handler]) => handler).sort();
  assert.deepEqual(called, ['dataHandler', 'memberJoinedGroup', 'memberLeftGroup', 'onDisconnect', 'onError']);
  for (const [handler, self] of log.entries) {
    assert.equal(self, session, handler);
  }
});

test('disconnect() is idempotent, resolves every time, and is no loss', async (t) => {
  const { session, connection } = await scripted(t);
  const log = record(session);
  const killed = connection.untilKill();
  const first = session.disconnect();
  assert.equal(session.state, 'disconnecting');
  assert.deepEqual(await Promise.all([first, session.disconnect(), session.disconnect()]), [
    undefined,
    undefined,
    undefined,
  ]);
  assert.equal(session.state, 'closed');
  assert.equal(await session.disconnect(), undefined);
  await killed;
  assert.deepEqual(log.entries, [['close']]);
});

test('disconnect() sends what was accepted before it, and what comes after it is refused', async (t) => {
  const { session, connection } = await scripted(t);
  const log = record(session);
  for (let index = 0; index < 100; index += 1) {
    session.multicast(session.SAFE_MESS, 'room', `${index}`);
  }
  const over = session.disconnect();
  assert.equal(session.multicast(session.SAFE_MESS, 'room', 'too late'), undefined);
  assert.equal(await session.join('room'), undefined);
  for (let index = 0; index < 100; index += 1) {
    assert.equal(String((await connection.next()).body), `${index}`);
  }
  assert.equal((await connection.next()).type, 0x40000);
  connection.socket.end();
  await over;
  assert.deepEqual(
    log.entries.map(([what, , error]) => error?.code ?? what),
    ['ERR_SPREAD_NOT_CONNECTED', 'ERR_SPREAD_NOT_CONNECTED', 'close'],
  );
});

test('disconnect() is over in bounded time, though the daemon never hangs up', async (t) => {
  const { session, connection } = await scripted(t);
  const log = record(session);
  const over = session.disconnect();
  assert.equal((await connection.next()).type, 0x40000);
  await over;
  assert.deepEqual(log.entries, [['close']]);
});

test('disconnect() while connecting: it fails, and that is reported once', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  for (const step of ['at once', 'in the handshake']) {
    const { session, opened } = begin(daemon.address);
    const log = record(session);
    if (step === 'in the handshake') {
      await daemon.connection();
      await (await daemon.connection()).request();
    }
    const refused = assert.rejects(opened, { code: 'ERR_SPREAD_ABORTED' });
    assert.equal(await session.disconnect(), undefined);
    await refused;
    await closed(session);
    assert.deepEqual(
      log.entries.map(([what, , error]) => error?.code ?? what),
      ['ERR_SPREAD_ABORTED', 'close'],
    );
  }
});

test('nothing is emitted after close, whatever the daemon still sends', async (t) => {
  const { session, connection, me } = await scripted(t);
  const log = record(session);
  const over = session.disconnect();
  connection.send(message(me, 'too late'), joined('room', [me], me));
  await connection.next();
  connection.send(message(me, 'later still'));
  connection.socket.end();
  await over;
  // What would come, would come by then.
  const other = await open((await daemonFor(t)).address, { t });
  await other.join(unique('g'));
  assert.deepEqual(log.entries, [['close']]);
});
