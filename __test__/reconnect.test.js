/** Reconnecting: a new member, in the same groups, with nothing sent twice. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { SpreadDaemon, connect } = require('..');
const { run } = require('./helpers/child.js');
const { isPending, openModern, recordEvents, scriptedModern } = require('./helpers/modern.js');
const { refusing } = require('./helpers/nobody.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { unique } = require('./helpers/sessions.js');
const wire = require('./helpers/wire.js');

const [JOIN, AGREED] = [0x10000, 0x10];
const FAST = { minDelay: 1, maxDelay: 5 };

/** Opens a session that reconnects, in these groups. */
async function inGroups(t, groups, options = {}) {
  const both = await scriptedModern(t, { reconnect: FAST, ...options });
  for (const group of groups) {
    const join = both.session.join(group);
    assert.equal((await both.connection.next()).type, JOIN);
    both.connection.send(joined(group, [both.me], both.me));
    await join;
  }
  return { ...both, log: recordEvents(both.session) };
}

/** Has the daemon hang up, and resolves once the session is back. */
async function comeBack({ daemon, connection }, options) {
  connection.socket.end();
  const next = await daemon.connection();
  await next.accept(options);
  return next;
}

const named = (log) => log.entries.map(([event]) => event);

test('groups are joined again in their order, give new views, and both names are reported', async (t) => {
  const both = await inGroups(t, ['b', 'a', 'c']);
  const { session, me, log } = both;
  const left = session.leave('a');
  await both.connection.next();
  both.connection.send(wire.selfLeave('a'));
  await left;
  const again = session.join('b');
  await again;
  const heard = once(session, 'disconnect');
  both.connection.socket.end();
  const [{ willReconnect, error }] = await heard;
  assert.deepEqual([willReconnect, error.code], [true, 'ERR_SPREAD_CONNECTION_CLOSED']);
  assert.equal(session.state, 'reconnecting');
  assert.equal(session.groups.size, 0);
  assert.throws(() => session.send('b', 'x'), { code: 'ERR_SPREAD_NOT_CONNECTED' });
  const connection = await both.daemon.connection();
  const request = await connection.accept({ daemon: 'other' });
  assert.equal(request.name, 'me');
  for (const group of ['b', 'c']) {
    const { type, groups } = await connection.next();
    assert.deepEqual([type, groups], [JOIN, [group]]);
  }
  const now = connection.privateGroup;
  connection.send(joined('b', ['#x#d', now], now));
  await log.find(([event, value]) => event === 'membership' && value.view?.members.length === 2);
  assert.equal(session.state, 'connected');
  assert.equal(session.privateGroup, '#me#other');
  assert.ok(!named(log).includes('reconnect'), 'a view is missing');
  connection.send(joined('c', [now], now), message('c', 'behind it'));
  const [, reconnect] = await log.find(([event]) => event === 'reconnect');
  assert.deepEqual([reconnect.previous, reconnect.privateGroup, reconnect.attempts], [me, '#me#other', 1]);
  assert.deepEqual(
    reconnect.views.map(({ group, members }) => [group, [...members]]),
    [
      ['b', ['#x#d', now]],
      ['c', [now]],
    ],
  );
  await log.find(([event]) => event === 'message');
  assert.deepEqual(named(log), [
    'membership',
    'disconnect',
    'reconnecting',
    'membership',
    'membership',
    'reconnect',
    'message',
  ]);
  assert.deepEqual([...session.groups.keys()], ['b', 'c']);
});

test('nothing is sent again', async (t) => {
  const both = await inGroups(t, []);
  const { session, connection } = both;
  session.send('room', 'read');
  assert.equal(String((await connection.next()).body), 'read');
  connection.socket.pause();
  session.send('room', 'perhaps');
  const back = once(session, 'reconnect');
  const next = await comeBack(both);
  await back;
  session.send('room', 'new');
  assert.equal(String((await next.next()).body), 'new');
});

test('what waits meanwhile', async (t) => {
  const both = await inGroups(t, ['a', 'b', 'c', 'd']);
  const { session, connection } = both;
  // Asked before the loss, and not answered by it.
  const asked = { leave: session.leave('a'), join: session.join('new'), gone: session.leave('c') };
  const again = session.join('c');
  const ping = assert.rejects(session.ping(), { code: 'ERR_SPREAD_CONNECTION_CLOSED' });
  const lost = once(session, 'disconnect');
  connection.socket.end();
  await lost;
  await ping;
  assert.equal(await asked.leave, undefined, 'the end of the connection has left it');
  assert.equal(await asked.gone, undefined);
  assert.ok(await isPending(asked.join));
  assert.ok(await isPending(again));
  // Asked while there is no connection.
  const meanwhile = { join: session.join('later'), known: session.join('d') };
  await session.leave('b');
  await assert.rejects(session.leave('never'), { code: 'ERR_SPREAD_NOT_A_MEMBER' });
  const undone = assert.rejects(session.join('undone'), { code: 'ERR_SPREAD_NOT_A_MEMBER' });
  await session.leave('undone');
  await undone;
  const aborted = session.join('aborted', { signal: AbortSignal.timeout(1) });
  await assert.rejects(aborted, { name: 'TimeoutError' });
  await assert.rejects(session.ping(), { code: 'ERR_SPREAD_NOT_CONNECTED' });
  await assert.rejects(session.drained(), { code: 'ERR_SPREAD_NOT_CONNECTED' });

  const next = await both.daemon.connection();
  await next.accept();
  const me = next.privateGroup;
  const groups = [];
  for (let count = 0; count < 5; count += 1) {
    const request = await next.next();
    assert.equal(request.type, JOIN);
    groups.push(request.groups[0]);
    next.send(joined(request.groups[0], [me], me));
  }
  assert.deepEqual(groups, ['d', 'new', 'c', 'later', 'aborted']);
  for (const [group, promise] of Object.entries({
    new: asked.join,
    c: again,
    later: meanwhile.join,
    d: meanwhile.known,
  })) {
    assert.equal(await promise, session.groups.get(group), group);
  }
});

test('a group that is refused on the new connection rejects the promises that wait for it', async (t) => {
  const both = await inGroups(t, []);
  const { session, connection } = both;
  const lost = once(session, 'disconnect');
  connection.socket.end();
  await lost;
  const refused = assert.rejects(session.join('not legal'), { code: 'ERR_SPREAD_ILLEGAL_GROUP' });
  const back = once(session, 'reconnect');
  await (await both.daemon.connection()).accept();
  await refused;
  assert.deepEqual((await back)[0].views, []);
});

test('without membership there are no views to wait for', async (t) => {
  const both = await scriptedModern(t, { reconnect: FAST, membership: false });
  const { session, connection } = both;
  await session.join('a');
  await connection.next();
  const lost = once(session, 'disconnect');
  connection.socket.end();
  await lost;
  const later = session.join('b');
  const back = once(session, 'reconnect');
  const next = await both.daemon.connection();
  await next.accept();
  assert.deepEqual([(await next.next()).groups, (await next.next()).groups], [['a'], ['b']]);
  assert.equal(await later, undefined);
  assert.deepEqual((await back)[0].views, []);
});

test('a name in use is tried again: the daemon has not noticed yet', async (t) => {
  const both = await inGroups(t, []);
  const { session, connection, daemon, log } = both;
  connection.socket.end();
  for (let count = 0; count < 3; count += 1) {
    const refusal = await daemon.connection();
    await refusal.request();
    refusal.socket.end(Buffer.from([0xfa]));
  }
  await (await daemon.connection()).accept();
  const [, { attempts }] = await log.find(([event]) => event === 'reconnect');
  assert.equal(attempts, 4);
  assert.deepEqual(
    log.entries.filter(([event]) => event === 'reconnecting').map(([, { attempt }]) => attempt),
    [1, 2, 3, 4],
  );
  assert.equal(session.state, 'connected');
});

test('what another attempt would not change ends the session', async (t) => {
  for (const [byte, code] of [
    [0xf7, 'ERR_SPREAD_REJECT_AUTH'],
    [0xfb, 'ERR_SPREAD_REJECT_ILLEGAL_NAME'],
    [0xf9, 'ERR_SPREAD_REJECT_VERSION'],
  ]) {
    const both = await inGroups(t, ['a']);
    const { session, connection, daemon, log } = both;
    const lost = once(session, 'disconnect');
    connection.socket.end();
    await lost;
    const waiting = assert.rejects(session.join('b'), { code });
    const refusal = await daemon.connection();
    await refusal.request();
    refusal.socket.end(Buffer.from([byte]));
    await log.find(([event]) => event === 'close');
    await waiting;
    assert.deepEqual(named(log), ['disconnect', 'reconnecting', 'error', 'close']);
    assert.equal(log.entries[2][1].code, code);
    assert.equal(session.state, 'closed');
  }
});

test('so many attempts, and no more', async (t) => {
  const both = await inGroups(t, [], { reconnect: { ...FAST, attempts: 3 } });
  const { session, daemon, log } = both;
  const iterator = session.messages();
  const thrown = assert.rejects(iterator.next(), { code: 'ERR_SPREAD_COULD_NOT_CONNECT' });
  await daemon.close();
  await log.find(([event]) => event === 'close');
  await thrown;
  assert.deepEqual(named(log), ['disconnect', 'reconnecting', 'reconnecting', 'reconnecting', 'error', 'close']);
  assert.equal(log.entries[4][1].code, 'ERR_SPREAD_COULD_NOT_CONNECT');
});

test('attempts are counted from 1 after each loss', async (t) => {
  let both = await inGroups(t, ['a'], { reconnect: { ...FAST, attempts: 1 } });
  const { session, daemon } = both;
  for (let count = 0; count < 4; count += 1) {
    const back = once(session, 'reconnect');
    const connection = await comeBack(both);
    await connection.next();
    connection.send(joined('a', [connection.privateGroup], connection.privateGroup));
    assert.equal((await back)[0].attempts, 1);
    both = { daemon, connection };
  }
});

test('lost again before all views are there', async (t) => {
  const both = await inGroups(t, ['a', 'b']);
  const { daemon, log } = both;
  const second = await comeBack(both);
  await second.next();
  second.send(joined('a', [second.privateGroup], second.privateGroup));
  await log.find(([event]) => event === 'membership');
  const third = await comeBack({ daemon, connection: second });
  const me = third.privateGroup;
  assert.deepEqual([(await third.next()).groups, (await third.next()).groups], [['a'], ['b']]);
  third.send(joined('a', [me], me), joined('b', [me], me));
  await log.find(([event]) => event === 'reconnect');
  assert.deepEqual(named(log), [
    'disconnect',
    'reconnecting',
    'membership',
    'disconnect',
    'reconnecting',
    'membership',
    'membership',
    'reconnect',
  ]);
});

/** Has other threads read what is there: this one does nothing for longer than they wait for it. */
function standStill() {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
}

for (const membership of [true, false]) {
  test(`lost again before anybody hears of it, ${membership ? 'with' : 'without'} membership`, async (t) => {
    const { session, connection, me, daemon } = await scriptedModern(t, { reconnect: FAST, membership });
    const log = recordEvents(session);
    const join = session.join('a');
    await connection.next();
    connection.send(joined('a', [me], me));
    await join;
    connection.socket.end();
    await once(session, 'disconnect');
    const later = session.join('b');
    const second = await daemon.connection();
    await second.accept();
    // At once, while end() would wait for the loop's next turn.
    second.socket.destroy();
    standStill();
    const third = await daemon.connection();
    await third.accept();
    assert.deepEqual([(await third.next()).groups, (await third.next()).groups], [['a'], ['b']]);
    third.send(joined('a', [me], me), joined('b', [me], me));
    await later;
    assert.ok(!named(log).includes('error'));
  });
}

test('a connection that is lost before its views are there is a failed attempt', async (t) => {
  const both = await inGroups(t, ['a'], { reconnect: { ...FAST, attempts: 2 } });
  const { daemon, log } = both;
  const second = await comeBack(both);
  await second.next();
  const third = await comeBack({ daemon, connection: second });
  await third.next();
  third.socket.end();
  await log.find(([event]) => event === 'close');
  assert.deepEqual(named(log), ['disconnect', 'reconnecting', 'disconnect', 'reconnecting', 'disconnect', 'close']);
  const attempts = log.entries.filter(([event]) => event === 'reconnecting').map(([, { attempt }]) => attempt);
  assert.deepEqual(attempts, [1, 2]);
  assert.equal(log.entries[4][1].willReconnect, false);
});

test('a group that is left while its view is awaited is not waited for', async (t) => {
  const both = await inGroups(t, ['a', 'b']);
  const { session } = both;
  const connection = await comeBack(both);
  const back = once(session, 'reconnect');
  const me = connection.privateGroup;
  await connection.next();
  await connection.next();
  connection.send(joined('a', [me], me));
  const left = session.leave('b');
  await connection.next();
  // The daemon's answers come in the order of the requests.
  connection.send(joined('b', [me], me), wire.selfLeave('b'));
  await left;
  assert.deepEqual(
    (await back)[0].views.map(({ group }) => group),
    ['a', 'b'],
  );
});

test('daemons are tried in turn, beginning after the one that was lost', async (t) => {
  const daemons = [await ScriptedDaemon.listen(), await ScriptedDaemon.listen(), await ScriptedDaemon.listen()];
  t.after(() => Promise.all(daemons.map((daemon) => daemon.close())));
  const opened = connect({ name: 'me', reconnect: FAST, address: daemons.map(({ address }) => address) });
  let connection = await daemons[0].connection();
  await connection.accept();
  const session = await opened;
  t.after(() => session.disconnect());
  for (const index of [1, 2, 0, 1]) {
    const back = once(session, 'reconnect');
    connection.socket.end();
    connection = await daemons[index].connection();
    await connection.accept();
    assert.equal((await back)[0].address, `127.0.0.1:${daemons[index].port}`);
    assert.equal(session.address, `127.0.0.1:${daemons[index].port}`);
  }
});

test('disconnect() while waiting for the next attempt, and within one', async (t) => {
  const waiting = await inGroups(t, ['a'], { reconnect: { minDelay: 1_000_000, maxDelay: 1_000_000 } });
  const lost = once(waiting.session, 'disconnect');
  waiting.connection.socket.end();
  await lost;
  const join = assert.rejects(waiting.session.join('b'), { code: 'ERR_SPREAD_NOT_CONNECTED' });
  await waiting.session.disconnect();
  await join;
  assert.deepEqual(named(waiting.log), ['disconnect', 'close']);

  const within = await inGroups(t, ['a']);
  within.connection.socket.end();
  const attempt = await within.daemon.connection();
  await attempt.request();
  await within.session.disconnect();
  assert.deepEqual(named(within.log), ['disconnect', 'reconnecting', 'close']);
  assert.equal(within.session.state, 'closed');
});

test('disconnect() from the listeners of disconnect and reconnecting', async (t) => {
  for (const event of ['disconnect', 'reconnecting']) {
    const { session, connection, log } = await inGroups(t, []);
    session.once(event, () => session.disconnect());
    connection.socket.end();
    await log.find(([name]) => name === 'close');
    assert.ok(!named(log).includes('reconnect'));
  }
});

test('iterators go on over a reconnect, in order', async (t) => {
  const both = await inGroups(t, ['a']);
  const { session, connection, me } = both;
  const iterator = session.deliveries();
  const hear = async () => {
    const { kind, data } = (await iterator.next()).value;
    return data ? String(data) : kind;
  };
  connection.send(message('a', '1'), message(me, '2'));
  connection.socket.end();
  // The loss is reported after the earlier deliveries, and not before those are taken.
  const heard = [await hear(), await hear()];
  const next = await both.daemon.connection();
  await next.accept();
  await next.next();
  next.send(joined('a', [next.privateGroup], next.privateGroup), message('a', '3'));
  heard.push(await hear(), await hear());
  assert.deepEqual(heard, ['1', '2', 'membership', '3']);
});

test('the send window begins empty', async (t) => {
  const both = await inGroups(t, ['a'], { sendWindow: 1 });
  const { session } = both;
  assert.equal(session.send('a', 'x'), false);
  const drained = assert.rejects(session.drained(), { code: 'ERR_SPREAD_CONNECTION_CLOSED' });
  const back = once(session, 'reconnect');
  const connection = await comeBack(both);
  connection.send(joined('a', [connection.privateGroup], connection.privateGroup));
  await back;
  await drained;
  assert.equal(session.send('b', 'x'), true);
  assert.equal((await connection.next()).type, JOIN);
  assert.equal((await connection.next()).type, AGREED);
});

test('stats go on, and count reconnects', async (t) => {
  const both = await inGroups(t, []);
  const { session } = both;
  session.send('room', 'x');
  await both.connection.next();
  const back = once(session, 'reconnect');
  const connection = await comeBack(both);
  await back;
  session.send('room', 'x');
  await connection.next();
  assert.deepEqual([session.stats().messagesSent, session.stats().reconnects], [2, 1]);
});

test('without reconnect a lost connection ends the session; nor is a first connect tried again', async (t) => {
  const { session, connection } = await scriptedModern(t);
  const log = recordEvents(session);
  connection.socket.end();
  await log.find(([event]) => event === 'close');
  assert.deepEqual(named(log), ['disconnect', 'close']);
  await assert.rejects(connect({ address: await refusing(), reconnect: true }), {
    code: 'ERR_SPREAD_COULD_NOT_CONNECT',
  });
});

test('a daemon that is restarted: all come back, and see each other', async (t) => {
  let daemon = await SpreadDaemon.start({ port: 0 });
  const { port, address } = daemon;
  t.after(() => daemon.stop());
  const group = unique('g');
  const sessions = [];
  for (let index = 0; index < 5; index += 1) {
    const session = await openModern(t, address, { reconnect: FAST });
    await session.join(group);
    sessions.push(session);
  }
  const back = Promise.all(sessions.map((session) => once(session, 'reconnect')));
  await daemon.stop();
  daemon = await SpreadDaemon.start({ port });
  await back;
  // The last one to come sees all; the others have heard of it by the time they hear from it.
  sessions[0].send(group, 'all here?', { service: 'safe' });
  await Promise.all(sessions.map((session) => once(session, 'message')));
  const members = sessions.map(({ privateGroup }) => privateGroup).sort();
  for (const session of sessions) {
    assert.deepEqual([...session.groups.get(group).members], members);
  }
});

test('a session that is to come back holds the process, unless it is unreferenced', async (t) => {
  const daemon = await SpreadDaemon.start({ port: 0 });
  t.after(() => daemon.stop());
  const runs = {};
  for (const how of ['ref', 'unref']) {
    runs[how] = run(t, 'reconnecting.js', [how, daemon.address]);
    await runs[how].lines.find((line) => line === 'connected');
  }
  await daemon.stop();
  const { code, errors } = await runs.unref.exit;
  assert.deepEqual([code, errors], [0, '']);
  const again = await SpreadDaemon.start({ port: daemon.port });
  t.after(() => again.stop());
  await runs.ref.lines.find((line) => line === 'reconnected');
  assert.deepEqual((await runs.ref.exit).code, 0);
});
