/** What the promises of join() and leave() wait for, with every order of calls and answers. They never reject. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { joined, message, scripted } = require('./helpers/scripted-session.js');
const { Log } = require('./helpers/log.js');
const wire = require('./helpers/wire.js');

const [JOIN, LEAVE] = [0x10000, 0x20000];

/** Returns whether a promise is settled by now. */
function pending(promise) {
  const waiting = Symbol('waiting');
  return Promise.race([promise, new Promise((resolve) => setImmediate(resolve, waiting))]).then(
    (value) => value === waiting,
  );
}

/** Has all that the daemon sent so far delivered. */
async function settle({ session, connection, me }) {
  const log = new Log();
  session.dataHandler = (...args) => log.push(args);
  connection.send(message(me, 'settled'));
  await log.count(1);
}

async function expectRequests(connection, ...types) {
  for (const type of types) {
    const request = await connection.next();
    assert.equal(request.type, type);
    assert.deepEqual(request.groups, ['room']);
    assert.equal(request.body.length, 0);
  }
}

test('joins of one group share one request, and resolve with one view', async (t) => {
  const { session, connection, me } = await scripted(t);
  const joins = [session.join('room'), session.join('room'), session.join('room')];
  await expectRequests(connection, JOIN);
  connection.send(joined('room', [me], me));
  const views = await Promise.all(joins);
  assert.equal(views[0].group, 'room');
  assert.equal(views[1], views[0]);
  assert.equal(views[2], views[0]);
  // A member already: the current view, without a request.
  assert.equal(await session.join('room'), views[0]);
  connection.send(joined('room', [me, '#b#script'], '#b#script'));
  await settle({ session, connection, me });
  assert.deepEqual((await session.join('room')).members, [me, '#b#script']);
});

test('a view that others cause while a join is awaited, and that has this member not, answers nothing', async (t) => {
  const both = await scripted(t);
  const { session, connection, me } = both;
  const join = session.join('room');
  await expectRequests(connection, JOIN);
  connection.send(joined('room', ['#b#script'], '#b#script'));
  await settle(both);
  assert.ok(await pending(join));
  connection.send(joined('room', ['#b#script', me], me));
  assert.equal((await join).index, 1);
});

test('the answer of one group is not that of another', async (t) => {
  const both = await scripted(t);
  const { session, connection, me } = both;
  const join = session.join('room');
  connection.send(joined('other', [me], me), wire.selfLeave('other'));
  await settle(both);
  assert.ok(await pending(join));
  connection.send(joined('room', [me], me));
  await join;
});

test('join, leave, join in one turn: three requests, each with its own answer', async (t) => {
  const both = await scripted(t);
  const { session, connection, me } = both;
  const calls = [session.join('room'), session.leave('room'), session.join('room')];
  await expectRequests(connection, JOIN, LEAVE, JOIN);
  connection.send(joined('room', [me], me));
  assert.deepEqual((await calls[0]).members, [me]);
  assert.ok(await pending(calls[1]));
  assert.ok(await pending(calls[2]));
  connection.send(wire.selfLeave('room'));
  assert.equal(await calls[1], undefined);
  assert.ok(await pending(calls[2]));
  connection.send(joined('room', ['#b#script', me], me));
  assert.equal((await calls[2]).members.length, 2);
});

test('leaves of one group share one request; a leave of one who is no member resolves at once', async (t) => {
  const { session, connection, me } = await scripted(t);
  assert.equal(await session.leave('room'), undefined);
  const join = session.join('room');
  // Spread ignores the leave; it is asked all the same, since other rules than membership may refuse it.
  await expectRequests(connection, LEAVE, JOIN);
  connection.send(joined('room', [me], me));
  await join;
  const leaves = [session.leave('room'), session.leave('room')];
  await expectRequests(connection, LEAVE);
  assert.ok(await pending(leaves[0]));
  connection.send(wire.selfLeave('room'));
  assert.deepEqual(await Promise.all(leaves), [undefined, undefined]);
  assert.equal(await session.leave('room'), undefined);
});

test('without membership messages a call resolves once its request is handed over', async (t) => {
  const { session, connection } = await scripted(t, { membership: false });
  const calls = [session.join('room'), session.join('room'), session.leave('room')];
  assert.deepEqual(await Promise.all(calls), [undefined, undefined, undefined]);
  await expectRequests(connection, JOIN, JOIN, LEAVE);
});
