/** join(), leave() and disconnect() on sessions from connect(): every cell of the tables in lib/. */

const assert = require('node:assert/strict');
const { getEventListeners, once } = require('node:events');
const { test } = require('node:test');
const { isPending, recordEvents, scriptedModern, settled } = require('./helpers/modern.js');
const { joined } = require('./helpers/scripted-session.js');
const wire = require('./helpers/wire.js');

const [JOIN, LEAVE, KILL] = [0x10000, 0x20000, 0x40000];

/** States of a session about `room`, and how a test gets there. */
const STATES = {
  'not a member': async () => [],
  'a member': async ({ session, connection, me }) => {
    const join = session.join('room');
    assert.equal((await connection.next()).type, JOIN);
    connection.send(joined('room', [me], me));
    await join;
    return [];
  },
  joining: async ({ session, connection }) => {
    const join = session.join('room');
    assert.equal((await connection.next()).type, JOIN);
    return [join];
  },
  leaving: async (both) => {
    await STATES['a member'](both);
    const leave = both.session.leave('room');
    assert.equal((await both.connection.next()).type, LEAVE);
    return [leave];
  },
};

/** State × call → the request that goes out, and what the promise does. */
const TABLE = [
  ['not a member', 'join', JOIN, 'waits'],
  ['a member', 'join', undefined, 'the view'],
  ['joining', 'join', undefined, 'waits'],
  ['leaving', 'join', JOIN, 'waits'],
  ['not a member', 'leave', undefined, 'ERR_SPREAD_NOT_A_MEMBER'],
  ['a member', 'leave', LEAVE, 'waits'],
  ['joining', 'leave', LEAVE, 'waits'],
  ['leaving', 'leave', undefined, 'waits'],
];

for (const [state, call, request, outcome] of TABLE) {
  test(`${call}() while ${state}: ${outcome}`, async (t) => {
    const both = await scriptedModern(t);
    const { session, connection } = both;
    const waiting = await STATES[state](both);
    const promise = session[call]('room');
    if (outcome === 'waits') {
      await settled(both);
      assert.ok(await isPending(promise));
    } else if (outcome === 'the view') {
      assert.equal(await promise, session.groups.get('room'));
    } else {
      await assert.rejects(promise, { code: outcome });
    }
    // What goes out next shows whether there was a request.
    const after = session.leave('other').catch((error) => error.code);
    session.send('mark', '');
    const next = await connection.next();
    assert.equal(next.type, request ?? session.AGREED_MESS);
    assert.equal(await after, 'ERR_SPREAD_NOT_A_MEMBER');
    // Whatever still waits is answered by the end.
    const ended = Promise.allSettled([promise, ...waiting]);
    const disconnected = session.disconnect();
    connection.socket.end();
    await disconnected;
    for (const { status, reason } of await ended) {
      assert.ok(status === 'fulfilled' || reason.code.startsWith('ERR_SPREAD_NOT_'), status);
    }
  });
}

for (const how of ['lost', 'disconnect()']) {
  test(`what waits when the session ends: ${how}`, async (t) => {
    const both = await scriptedModern(t);
    const { session, connection, daemon } = both;
    session.on('disconnect', () => {});
    await STATES['a member'](both);
    const calls = { leave: session.leave('room'), join: session.join('other'), again: session.join('room') };
    const outcomes = Promise.allSettled(Object.values(calls));
    if (how === 'lost') {
      await daemon.close();
    } else {
      const done = session.disconnect();
      await connection.untilKill();
      await done;
    }
    const [leave, join, again] = await outcomes;
    const code = how === 'lost' ? 'ERR_SPREAD_CONNECTION_CLOSED' : 'ERR_SPREAD_NOT_CONNECTED';
    assert.equal(join.reason?.code, code);
    assert.equal(again.reason?.code, code);
    assert.deepEqual(
      [leave.status, leave.reason?.code],
      how === 'lost' ? ['rejected', code] : ['fulfilled', undefined],
    );
    await assert.rejects(session.join('room'), { code: 'ERR_SPREAD_NOT_CONNECTED' });
    await assert.rejects(session.leave('room'), { code: 'ERR_SPREAD_NOT_CONNECTED' });
    await assert.rejects(session.ping(), { code: 'ERR_SPREAD_NOT_CONNECTED' });
    await assert.rejects(session.drained(), { code: 'ERR_SPREAD_NOT_CONNECTED' });
    assert.equal(await session.disconnect(), undefined);
    assert.equal(session.groups.size, 0);
  });
}

test('illegal names and wrong arguments reject, and nothing is sent', async (t) => {
  const { session, connection } = await scriptedModern(t);
  for (const group of ['', 'a b', 'ä', '#me#script', 'g'.repeat(32)]) {
    await assert.rejects(session.join(group), { code: 'ERR_SPREAD_ILLEGAL_GROUP', spreadCode: -14 }, group);
  }
  for (const group of [undefined, null, 5, ['room']]) {
    await assert.rejects(session.join(group), { code: 'ERR_INVALID_ARG_TYPE' });
    await assert.rejects(session.leave(group), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  for (const call of ['join', 'leave']) {
    await assert.rejects(session[call]('room', { signals: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
    await assert.rejects(session[call]('room', { signal: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
    await assert.rejects(session[call]('room', 5), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  await assert.rejects(session.disconnect({ signal: 1 }), { code: 'ERR_INVALID_ARG_TYPE' });
  session.send('mark', '');
  assert.equal((await connection.next()).type, session.AGREED_MESS);
});

test('a signal ends the waiting, not what was asked', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  const reason = new Error('the reason');
  const controller = new AbortController();
  const aborted = assert.rejects(session.join('room', { signal: controller.signal }), reason);
  const other = session.join('room');
  controller.abort(reason);
  await aborted;
  assert.ok(await isPending(other));
  connection.send(joined('room', [me], me));
  assert.deepEqual((await other).members, [me]);
  // Aborted before: not even asked.
  await assert.rejects(session.join('never', { signal: AbortSignal.abort(reason) }), reason);
  await assert.rejects(session.ping({ signal: AbortSignal.abort(reason) }), reason);
  await assert.rejects(session.drained({ signal: AbortSignal.abort(reason) }), reason);
  const leaving = new AbortController();
  const left = assert.rejects(session.leave('room', { signal: leaving.signal }), reason);
  leaving.abort(reason);
  await left;
  assert.deepEqual([(await connection.next()).type, (await connection.next()).type], [JOIN, LEAVE]);
  const ending = new AbortController();
  const ended = assert.rejects(session.disconnect({ signal: ending.signal }), reason);
  ending.abort(reason);
  await ended;
  assert.equal(session.state, 'disconnecting');
  assert.equal((await connection.next()).type, KILL);
});

test('a signal that is never aborted keeps no listener', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const { signal } = new AbortController();
  const join = session.join('room', { signal });
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  connection.send(joined('room', [me], me));
  await join;
  assert.equal(getEventListeners(signal, 'abort').length, 0);
});

test('without membership messages a join resolves once the kernel has it', async (t) => {
  const { session, connection } = await scriptedModern(t, { membership: false });
  assert.equal(await session.join('room'), undefined);
  assert.equal(await session.leave('room'), undefined);
  assert.deepEqual([(await connection.next()).type, (await connection.next()).type], [JOIN, LEAVE]);
  assert.equal(session.groups.size, 0);
});

test('the event of a view comes before its promise resolves, and groups has the view at both', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  const order = [];
  session.on('membership', ({ group, view }) => order.push(['event', group, session.groups.get(group) === view]));
  const join = session.join('room').then((view) => order.push(['join', session.groups.get('room') === view]));
  connection.send(joined('room', [me], me));
  await join;
  const leave = session.leave('room').then(() => order.push(['leave', session.groups.size]));
  connection.send(wire.selfLeave('room'));
  await leave;
  assert.deepEqual(order, [
    ['event', 'room', true],
    ['join', true],
    ['event', 'room', false],
    ['leave', 0],
  ]);
});

test('what is attached right after an await misses nothing of the same batch', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const { message } = require('./helpers/scripted-session.js');
  const join = session.join('room');
  connection.send(joined('room', [me], me), message('room', 'first'), message('room', 'second'));
  await join;
  const heard = [];
  for await (const { data } of session.messages({ group: 'room' })) {
    heard.push(String(data));
    if (heard.length === 2) {
      break;
    }
  }
  assert.deepEqual(heard, ['first', 'second']);
});

test('disconnect() is idempotent, sends what was accepted first, and is what await using calls', async (t) => {
  const { session, connection } = await scriptedModern(t);
  const log = recordEvents(session);
  session.send('room', 'last words');
  const calls = [session.disconnect(), session.disconnect(), session[Symbol.asyncDispose]()];
  assert.equal(session.state, 'disconnecting');
  assert.throws(() => session.send('room', 'too late'), { code: 'ERR_SPREAD_NOT_CONNECTED' });
  assert.equal(String((await connection.next()).body), 'last words');
  assert.equal((await connection.next()).type, KILL);
  connection.socket.end();
  assert.deepEqual(await Promise.all(calls), [undefined, undefined, undefined]);
  assert.equal(session.state, 'closed');
  assert.deepEqual(
    log.entries.map(([event]) => event),
    ['close'],
  );
});

test('disconnect() ends the session under a signal that has aborted before, too', async (t) => {
  const reason = new Error('the reason');
  const aborted = { signal: AbortSignal.abort(reason) };
  const { session, connection } = await scriptedModern(t);
  const close = once(session, 'close');
  session.send('room', 'last words');
  await assert.rejects(session.disconnect(aborted), reason);
  assert.equal(session.state, 'disconnecting');
  await assert.rejects(session.disconnect(aborted), reason);
  assert.equal(String((await connection.next()).body), 'last words');
  assert.equal((await connection.next()).type, KILL);
  connection.socket.end();
  await close;
  await assert.rejects(session.disconnect(aborted), reason);
  assert.equal(await session.disconnect(), undefined);
});

test('and so a session that is reconnecting', async (t) => {
  const reason = new Error('the reason');
  const { session, connection } = await scriptedModern(t, { reconnect: { minDelay: 60_000, maxDelay: 60_000 } });
  const lost = once(session, 'disconnect');
  connection.socket.destroy();
  await lost;
  assert.equal(session.state, 'reconnecting');
  const close = once(session, 'close');
  await assert.rejects(session.disconnect({ signal: AbortSignal.abort(reason) }), reason);
  assert.equal(session.state, 'disconnecting');
  await close;
  assert.equal(session.state, 'closed');
});
