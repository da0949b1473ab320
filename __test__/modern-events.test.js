/** What comes, as events of a session from connect(): their shapes, their order, and the last of them. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { SpreadError } = require('..');
const { onLibspread } = require('./helpers/engine.js');
const { isPending, recordEvents, scriptedModern, settled } = require('./helpers/modern.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { begin, daemonFor } = require('./helpers/sessions.js');
const { uncaught } = require('./helpers/uncaught.js');
const wire = require('./helpers/wire.js');

const SERVICES = { unreliable: 1, reliable: 2, fifo: 4, causal: 8, agreed: 16, safe: 32 };

/** Makes a reject, which has its original type after the header. */
function reject(group, body, sender, type = 0x10) {
  const frame = wire.frame({ type: 0x400000, sender, groups: [group, sender], body: Buffer.from(body) });
  return Buffer.concat([frame.subarray(0, 48), wire.ints(type | 0x80000080), frame.subarray(48)]);
}

test('a message has every property, in one shape', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  const log = recordEvents(session);
  for (const [name, type] of Object.entries(SERVICES)) {
    connection.send(message(['room', me], name, { type, messType: -7 }));
  }
  connection.send(message(me, 'discarded', { type: 0x44, messType: 32_767 }));
  await settled(both);
  const expected = Object.keys(SERVICES).map((service) => ({
    kind: 'message',
    group: 'room',
    groups: ['room', me],
    sender: '#peer#script',
    data: Buffer.from(service),
    type: -7,
    service,
    endianMismatch: false,
  }));
  const heard = log.entries.filter(([event]) => event === 'message').map(([, value]) => value);
  assert.deepEqual(heard.slice(0, 6), expected);
  assert.deepEqual([heard[6].service, heard[6].type, heard[6].group], ['fifo', 32_767, me]);
  for (const value of heard) {
    assert.deepEqual(Object.keys(value), Object.keys(expected[0]));
  }
});

test('each message has its own groups, however many names there were', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection } = both;
  const count = 40_000;
  let heard = 0;
  session.on('message', ({ group, groups, data }) => {
    const expected = String(data).split(' ');
    if (group !== both.me) {
      assert.deepEqual([group, groups], [expected[0], expected]);
      heard += 1;
    }
  });
  for (let index = 0; index < count; index += 1) {
    // One name again and again among others that come once.
    const groups = index % 3 === 0 ? ['room'] : [`g${index}`];
    const all = index % 5 === 0 ? [...groups, 'more'] : groups;
    connection.send(message(all, all.join(' ')));
  }
  await settled(both);
  assert.equal(heard, count);
});

test('listeners of messages may come and go', async (t) => {
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  const heard = [];
  const first = ({ data }) => heard.push(`first ${data}`);
  const say = async (...texts) => {
    connection.send(...texts.map((text) => message(me, text)));
    // Another event says that they have come, since it is listeners of this one that are watched.
    const settled = once(session, 'reject');
    connection.send(reject('room', '', me));
    await settled;
  };
  await say('1');
  session.on('message', first);
  await say('2', '3');
  session.off('message', first);
  await say('4', '5');
  session.once('message', ({ data }) => heard.push(`once ${data}`));
  await say('6', '7');
  session.once('message', ({ data }) => {
    heard.push(`again ${data}`);
    session.on('message', first);
  });
  await say('8', '9');
  session.removeAllListeners('message');
  await say('10');
  assert.deepEqual(heard, ['first 2', 'first 3', 'once 6', 'again 8', 'first 9']);
});

test('memberships: who joined and left, by every cause', async (t) => {
  const both = await scriptedModern(t, { groups: ['room'] });
  const { session, connection, me } = both;
  const log = recordEvents(session);
  const [bob, eve, zoe] = ['#bob#d2', '#eve#d3', '#zoe#d3'];
  const change = (cause, members, changed) => wire.view({ group: 'room', cause, members, changed });
  connection.send(
    change('join', [bob, me], me),
    change('join', [bob, eve, me, zoe], eve),
    change('leave', [bob, eve, me], zoe),
    change('disconnect', [eve, me], bob),
    wire.transition('room', [4, 5, 6]),
    wire.view({ group: 'room', cause: 'network', members: [zoe, me, eve], sets: [[zoe, eve], [me]], own: 1 }),
    wire.selfLeave('room'),
  );
  await settled(both);
  const told = log.entries.filter(([event]) => event === 'membership').map(([, value]) => value);
  assert.deepEqual(
    told.map(({ cause, member, joined: came, left, view }) => [cause, member, came, left, view && [...view.members]]),
    [
      ['join', me, [me], [], [bob, me]],
      ['join', eve, [eve], [], [bob, eve, me, zoe]],
      ['leave', zoe, [], [zoe], [bob, eve, me]],
      ['disconnect', bob, [], [bob], [eve, me]],
      // eve was there before and came back from elsewhere: in both.
      ['network', null, [zoe, eve], [eve], [zoe, me, eve]],
      ['leave', me, [], [me], null],
    ],
  );
  for (const value of told) {
    assert.deepEqual(Object.keys(value), ['kind', 'group', 'view', 'cause', 'member', 'joined', 'left']);
    assert.equal(value.kind, 'membership');
    assert.equal(value.group, 'room');
  }
  const [[, transition]] = log.entries.filter(([event]) => event === 'transition');
  assert.deepEqual([transition.kind, transition.group, String(transition.id)], ['transition', 'room', '4 5 6']);
  assert.ok(told[0].view.id.equals(told[1].view.id));
  assert.ok(!told[0].view.id.equals(transition.id));
  // All in the order in which they came.
  assert.deepEqual(
    log.entries.map(([event]) => event),
    ['membership', 'membership', 'membership', 'membership', 'transition', 'membership', 'membership', 'message'],
  );
});

test('a first view that a change of the network caused is one’s own join', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { groups: ['room'] });
  const heard = once(session, 'membership');
  connection.send(
    wire.view({ group: 'room', cause: 'network', members: ['#b#d2', me], sets: [['#b#d2'], [me]], own: 1 }),
  );
  const [{ joined: came, left, member }] = await heard;
  assert.deepEqual([came, left, member], [[me], [], null]);
});

test('rejects', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const heard = once(session, 'reject');
  connection.send(reject('room', 'no', me, 0x20));
  const [{ kind, group, groups, data, service, sender }] = await heard;
  assert.deepEqual(
    [kind, group, groups, String(data), service, sender],
    ['reject', 'room', ['room', me], 'no', 'safe', me],
  );
});

test('groups is a map that only Spread changes', async (t) => {
  const both = await scriptedModern(t, { groups: ['b', 'a'] });
  const { session, connection, me } = both;
  connection.send(joined('b', [me], me), joined('a', [me], me));
  await settled(both);
  assert.ok(session.groups instanceof Map);
  assert.deepEqual([...session.groups.keys()], ['b', 'a']);
  const view = session.groups.get('a');
  for (const change of [(map) => map.set('c', view), (map) => map.delete('a'), (map) => map.clear()]) {
    assert.throws(() => change(session.groups), TypeError);
  }
  assert.throws(() => view.members.push('x'), TypeError);
  assert.equal(session.groups.size, 2);
});

test('a view shows what it is', async (t) => {
  const { session, connection, me } = await scriptedModern(t, { groups: ['room'] });
  const heard = once(session, 'membership');
  connection.send(joined('room', [me], me));
  const [{ view }] = await heard;
  assert.match(require('node:util').inspect(view), /View \{.*members: \[ '#me#script' \]/s);
  assert.match(require('node:util').inspect({ deep: { er: [view] } }), /View of 'room'/);
});

test('a listener that throws loses nothing: neither for iterators nor what comes after', async (t) => {
  const errors = uncaught(t);
  const both = await scriptedModern(t);
  const { session, connection, me } = both;
  const iterator = session.messages();
  let heard = 0;
  session.on('message', ({ data }) => {
    heard += 1;
    throw new Error(String(data));
  });
  connection.send(message(me, '1'), message(me, '2'), message(me, '3'));
  for (const text of ['1', '2', '3']) {
    assert.equal(String((await iterator.next()).value.data), text);
  }
  await errors.count(3);
  assert.equal(heard, 3);
  session.removeAllListeners('message');
  assert.deepEqual(
    errors.entries.map((error) => error.message),
    ['1', '2', '3'],
  );
});

test('a lost connection: disconnect, close, and nothing after', async (t) => {
  const both = await scriptedModern(t, { groups: ['room'] });
  const { session, connection, me, daemon } = both;
  const log = recordEvents(session);
  connection.send(joined('room', [me], me), message('room', 'the last'));
  connection.socket.end();
  await log.find(([event]) => event === 'close');
  assert.deepEqual(
    log.entries.map(([event]) => event),
    ['membership', 'message', 'disconnect', 'close'],
  );
  const [, loss] = log.entries[2];
  assert.ok(loss.error instanceof SpreadError);
  assert.deepEqual(
    { ...loss, error: loss.error.code },
    {
      error: 'ERR_SPREAD_CONNECTION_CLOSED',
      reason: 'daemon',
      unsentMessages: 0,
      unsentBytes: 0,
      willReconnect: false,
    },
  );
  assert.equal(session.state, 'closed');
  assert.equal(session.groups.size, 0);
  await daemon.close();
  await new Promise(setImmediate);
  assert.equal(log.entries.length, 4);
});

test('a loss that nobody listens to is an error, and one that nobody listens to is a warning', async (t) => {
  const first = await scriptedModern(t);
  const errors = [];
  first.session.on('error', (error) => errors.push(error.code));
  const closed = new Promise((resolve) => first.session.once('close', resolve));
  first.connection.socket.end();
  await closed;
  assert.deepEqual(errors, ['ERR_SPREAD_CONNECTION_CLOSED']);

  const second = await scriptedModern(t);
  const warned = once(process, 'warning');
  second.connection.socket.end();
  const [warning] = await warned;
  assert.deepEqual([warning.name, warning.code], ['SpreadError', 'ERR_SPREAD_CONNECTION_CLOSED']);
});

test('an iterator that says it is enough of a report', async (t) => {
  const { session, connection } = await scriptedModern(t);
  const warnings = [];
  const warned = (warning) => warnings.push(warning);
  process.on('warning', warned);
  t.after(() => process.off('warning', warned));
  const next = session.messages().next();
  connection.socket.end();
  await assert.rejects(next, { code: 'ERR_SPREAD_CONNECTION_CLOSED' });
  await new Promise(setImmediate);
  assert.deepEqual(warnings, []);
});

const notSeen = onLibspread && 'the C library does not tell';

test('a daemon that hangs up within a message has likely cut off a slow reader', { skip: notSeen }, async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const heard = once(session, 'disconnect');
  connection.socket.end(message(me, 'half of it').subarray(0, -5));
  const [{ reason }] = await heard;
  assert.equal(reason, 'slow');
});

test('a daemon that hangs up over what it has not read has likely refused it', { skip: notSeen }, async (t) => {
  const { session, connection } = await scriptedModern(t);
  const heard = once(session, 'disconnect');
  connection.socket.pause();
  session.send('room', 'something it does not like');
  await session.drained();
  connection.socket.resetAndDestroy();
  const [{ reason }] = await heard;
  assert.equal(reason, 'refused');
});

test('what was accepted and not sent is counted', async (t) => {
  const { session, connection } = await scriptedModern(t, { membership: false });
  const heard = once(session, 'disconnect');
  connection.socket.pause();
  const data = Buffer.alloc(100_000);
  // More than two sockets' buffers take, and less than the queue's bound: some of it has to wait, on any thread that
  // writes.
  const sent = 160;
  for (let count = 0; count < sent; count += 1) {
    session.send('room', data);
  }
  const waiting = session.stats().sendQueueBytes;
  assert.ok(waiting > 1024 * 1024);
  const drained = session.drained();
  assert.ok(await isPending(drained));
  const rejected = assert.rejects(drained, { code: 'ERR_SPREAD_CONNECTION_CLOSED' });
  connection.socket.destroy();
  const [{ unsentMessages, unsentBytes }] = await heard;
  await rejected;
  // The C library may have been given some of it since.
  assert.ok(unsentBytes > (onLibspread ? 0 : 1024 * 1024) && unsentBytes <= waiting, `${unsentBytes} of ${waiting}`);
  const least = onLibspread ? 1 : Math.floor(unsentBytes / 100_080);
  assert.ok(unsentMessages >= least && unsentMessages <= sent, `${unsentMessages} of ${sent}`);
  assert.throws(() => session.send('room', 'x'), { code: 'ERR_SPREAD_NOT_CONNECTED' });
});

test('a session opened by the constructor has the stream’s events too, and no others', async (t) => {
  const { address } = await daemonFor(t, {});
  const { session, opened } = begin(address);
  const log = recordEvents(session);
  await opened;
  const texts = [];
  session.dataHandler = (_group, _sender, text) => texts.push(text);
  await session.join('room');
  const iterator = session.messages({ group: 'room' });
  session.send('room', 'grüße');
  const { value } = await iterator.next();
  assert.equal(String(value.data), 'grüße');
  assert.deepEqual(texts, ['grüße']);
  assert.equal(session.send('room', 'x', { service: 3 }), undefined);
  await session.disconnect();
  assert.deepEqual(
    log.entries.map(([event]) => event),
    ['membership', 'message', 'close'],
  );
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
});
