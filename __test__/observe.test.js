/** The hook for observers: all that a session sends and is delivered, in one order (lib/session/observe.js). */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { connect } = require('..');
const { isFresh, observe } = require('../lib/index.js');
const { scriptedModern } = require('./helpers/modern.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { begin, daemonFor, unique } = require('./helpers/sessions.js');
const { uncaught } = require('./helpers/uncaught.js');
const wire = require('./helpers/wire.js');

/** A delivery, or what it is about, in one word or two. */
function line(what, about) {
  switch (what) {
    case 'asked':
      return `${about.join ? 'join' : 'leave'} ${about.group}`;
    case 'sent':
      return `sent ${about.groups} ${about.bits} ${about.type} ${about.data}`;
    case 'delivered':
      return about.kind === 'message' ? `message ${about.data}` : about.kind;
    default:
      return what;
  }
}

/** Returns the growing list of what is observed of a session, and a function that ends that. */
function listen(session) {
  const lines = [];
  const stop = observe(session, (what, about) => lines.push(line(what, about)));
  return { lines, stop };
}

for (const kind of ['connect()', 'the constructor']) {
  test(`a session of ${kind}: requests, messages both ways, views and the end, in one order`, async (t) => {
    const daemon = await daemonFor(t);
    let session;
    if (kind === 'connect()') {
      session = await connect(daemon.address);
    } else {
      const begun = begin(daemon.address, unique());
      session = begun.session;
      await begun.opened;
    }
    const { lines } = listen(session);
    await session.join('room');
    session.on('message', ({ data }) => {
      if (`${data}` === 'one') {
        lines.push('the listener');
        session.send('room', 'two', { type: 7 });
      }
    });
    session.multicast(session.constructor.SAFE_MESS, 'room', 'one');
    while (!lines.includes('message two')) {
      await session.ping();
    }
    await session.leave('room');
    await session.disconnect();
    assert.deepEqual(lines, [
      'join room',
      'view',
      'sent room 32 0 one',
      'message one',
      'the listener',
      'sent room 16 7 two',
      'message two',
      'leave room',
      'selfLeave',
      'closed',
    ]);
  });
}

test('what is refused, and what a pause keeps, is not observed before its time', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const { lines } = listen(session);
  assert.throws(() => session.send('room', 'x', { service: 3 }));
  await assert.rejects(session.join('not legal'));
  assert.deepEqual(lines, []);
  const join = session.join('room');
  connection.send(joined('room', [me], me));
  await join;
  session.pause();
  connection.send(message('room', 'kept'), wire.selfLeave('room'));
  const ended = session.leave('room');
  assert.deepEqual(lines, ['join room', 'view', 'leave room']);
  session.resume();
  await ended;
  assert.deepEqual(lines, ['join room', 'view', 'leave room', 'message kept', 'selfLeave']);
});

test('a loss, the connection after it, and the groups that are asked for again', async (t) => {
  const { session, connection, me, daemon } = await scriptedModern(t, { reconnect: { minDelay: 1, maxDelay: 2 } });
  const { lines } = listen(session);
  const join = session.join('room');
  connection.send(joined('room', [me], me));
  await join;
  const back = new Promise((resolve) => session.once('reconnect', resolve));
  connection.socket.end();
  const next = await daemon.connection();
  await next.accept();
  next.send(joined('room', [me], me));
  await back;
  assert.deepEqual(lines, ['join room', 'view', 'lost', 'connected', 'join room', 'view']);
});

test('several observe, each until it stops, and one that throws disturbs nothing', async (t) => {
  const daemon = await daemonFor(t);
  const session = await connect(daemon.address);
  const [first, second] = [listen(session), listen(session)];
  const raised = uncaught(t);
  const stop = observe(session, () => {
    throw new Error('of an observer');
  });
  await session.join('a');
  stop();
  first.stop();
  first.stop();
  await session.join('b');
  second.stop();
  await session.disconnect();
  assert.deepEqual(first.lines, ['join a', 'view']);
  assert.deepEqual(second.lines, ['join a', 'view', 'join b', 'view']);
  assert.deepEqual(
    raised.entries.map(({ message: text }) => text),
    ['of an observer', 'of an observer'],
  );
});

test('a session is fresh while it has sent nothing, is in no group and waits for none', async (t) => {
  const daemon = await daemonFor(t);
  const [joining, sending] = [await connect(daemon.address), await connect(daemon.address)];
  assert.deepEqual([isFresh(joining), isFresh(sending)], [true, true]);
  const join = joining.join('room');
  sending.send('room', 'one');
  assert.deepEqual([isFresh(joining), isFresh(sending)], [false, false]);
  await join;
  await sending.ping();
  assert.deepEqual([isFresh(joining), isFresh(sending)], [false, false]);
  const leave = joining.leave('room');
  assert.equal(isFresh(joining), false);
  await leave;
  // It has nothing under way any more.
  assert.equal(isFresh(joining), true);
  await Promise.all([joining.disconnect(), sending.disconnect()]);
});
