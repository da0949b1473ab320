/** What is delivered is plain data: it can be compared, copied, sent elsewhere, spread and wrapped, and is then the same. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { inspect, isDeepStrictEqual } = require('node:util');
const v8 = require('node:v8');
const { MessageChannel, Worker } = require('node:worker_threads');
const { sameId } = require('..');
const { openModern, scriptedModern, settled } = require('./helpers/modern.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { daemonFor, unique } = require('./helpers/sessions.js');
const wire = require('./helpers/wire.js');

const MEMBERS = ['#me#script', '#a#script', '#b#other'];
const SETS = [['#me#script', '#b#other'], ['#a#script']];

/** A session's view of a group, by these bytes. */
async function viewBy(both, frame) {
  const changed = once(both.session, 'membership');
  both.connection.send(frame);
  return (await changed)[0].view;
}

const frameOf = ({ group = 'room', members = MEMBERS, sets = SETS, id = [1, 2, 3], own = 0 } = {}) =>
  wire.view({ group, cause: 'network', members, sets, id, own });

const plain = (group, members, sets, id) => ({ group, id: { ints: id }, members, index: 0, sets, ownSet: sets[0] });

test('a view has all that it says in properties of its own', async (t) => {
  const both = await scriptedModern(t, { groups: ['room', 'other', 'hall', 'a', 'b'] });
  const view = await viewBy(both, frameOf());
  assert.deepEqual({ ...view, id: { ...view.id } }, plain('room', MEMBERS, SETS, [1, 2, 3]));
  assert.deepEqual(Object.keys(view), ['group', 'id', 'members', 'index', 'sets', 'ownSet']);
  assert.deepEqual(Object.keys(view.id), ['ints']);
  assert.deepEqual(Reflect.ownKeys({ ...view }), Object.keys(view));
  assert.deepEqual(Object.assign({}, view), { ...view });
  assert.deepEqual(JSON.parse(JSON.stringify(view)), { ...plain('room', MEMBERS, SETS), id: [1, 2, 3] });
  for (const names of [view.members, view.sets, ...view.sets]) {
    assert.ok(Object.isFrozen(names));
  }
  assert.equal(view.members, view.members);
});

test('views are equal if all that they say is', async (t) => {
  const both = await scriptedModern(t, { groups: ['room', 'other', 'hall', 'a', 'b'] });
  const [view, same] = [await viewBy(both, frameOf()), await viewBy(both, frameOf())];
  assert.notEqual(view, same);
  // Whatever was read of either before.
  assert.equal(view.members.length, 3);
  assert.ok(isDeepStrictEqual(view, same));
  assert.ok(isDeepStrictEqual(view.id, same.id));
  for (const other of [
    { group: 'other' },
    { members: [...MEMBERS, '#c#script'] },
    { members: ['#me#script', '#x#script', '#b#other'] },
    { sets: [MEMBERS] },
    { sets: [SETS[0], ['#x#script']] },
    { id: [1, 2, 4] },
    { id: [0, 2, 3] },
    { own: 1 },
  ]) {
    const its = await viewBy(both, frameOf(other));
    assert.ok(!isDeepStrictEqual(view, its), inspect(other));
    assert.equal(isDeepStrictEqual(view.id, its.id), !('id' in other));
  }
});

test('copies of every kind say the same', async (t) => {
  const both = await scriptedModern(t, { groups: ['room', 'other', 'hall', 'a', 'b'] });
  const view = await viewBy(both, frameOf());
  const expected = plain('room', MEMBERS, SETS, [1, 2, 3]);
  const { port1, port2 } = new MessageChannel();
  const posted = once(port2, 'message');
  port1.postMessage(view);
  const echo =
    'const { parentPort } = require("node:worker_threads"); parentPort.once("message", (it) => parentPort.postMessage(it))';
  const worker = new Worker(echo, { eval: true });
  const echoed = once(worker, 'message');
  worker.postMessage({ view, groups: both.session.groups });
  const copies = {
    structuredClone: structuredClone(view),
    'v8.serialize': v8.deserialize(v8.serialize(view)),
    postMessage: (await posted)[0],
    'to a worker and back': (await echoed)[0].view,
    'in a Map': (await echoed)[0].groups.get('room'),
  };
  port1.close();
  for (const [kind, copy] of Object.entries(copies)) {
    assert.deepEqual(copy, expected, kind);
    assert.ok(sameId(view.id, copy.id) && sameId(copy.id, view.id) && view.id.equals(copy.id), kind);
  }
});

test('whoever wraps a view sees all of it', async (t) => {
  const both = await scriptedModern(t, { groups: ['room', 'other', 'hall', 'a', 'b'] });
  const view = await viewBy(both, frameOf());
  for (const wrapped of [new Proxy(view, {}), Object.create(view), new Proxy(new Proxy(view, {}), {})]) {
    const { members, sets, ownSet, id, index, group } = wrapped;
    assert.deepEqual({ group, id: { ...id }, members, index, sets, ownSet }, plain('room', MEMBERS, SETS, [1, 2, 3]));
    assert.ok(id.equals(view.id));
  }
});

test('ids are the same by their numbers, of whatever they are read', async (t) => {
  const both = await scriptedModern(t, { groups: ['room', 'other', 'hall', 'a', 'b'] });
  const { id } = await viewBy(both, frameOf({ id: [1, -2, 2_147_483_647] }));
  assert.deepEqual(id.ints, [1, -2, 2_147_483_647]);
  assert.deepEqual([String(id), inspect(id)], ['1 -2 2147483647', 'GroupId 1 -2 2147483647']);
  const transition = once(both.session, 'transition');
  both.connection.send(wire.transition('room', [1, -2, 2_147_483_647]));
  const [signal] = await transition;
  const same = [id, signal.id, structuredClone(id), { ...id }, JSON.parse(JSON.stringify(id)), new Proxy(id, {})];
  for (const one of same) {
    for (const other of same) {
      assert.equal(sameId(one, other), true);
    }
  }
  const others = [
    undefined,
    null,
    5,
    'id',
    {},
    [],
    { ints: [1, -2] },
    { ints: [1, -2, 3] },
    { ints: 5 },
    ['1', '-2', '3'],
  ];
  for (const other of others) {
    assert.deepEqual([sameId(id, other), sameId(other, id)], [false, false]);
    assert.equal(id.equals(other), false);
  }
  assert.equal(sameId(undefined, undefined), false);
});

test('messages, memberships, transitions and losses can be cloned, and are equal if all that they say is', async (t) => {
  const both = await scriptedModern(t, { groups: ['room', 'other', 'hall', 'a', 'b'] });
  const { session, connection, me } = both;
  const heard = [];
  for (const event of ['message', 'membership', 'transition', 'disconnect']) {
    session.on(event, (it) => heard.push(it));
  }
  const frames = (text) => [message([me, 'room'], text), joined('room', [me], me), wire.transition('room')];
  connection.send(...frames('small'), ...frames('small'), ...frames('x'.repeat(5000)));
  await settled(both);
  const [first, second, third] = [heard.slice(0, 3), heard.slice(3, 6), heard.slice(6, 9)];
  assert.ok(isDeepStrictEqual(first, second));
  assert.ok(!isDeepStrictEqual(first[0], third[0]));
  connection.socket.destroy();
  await once(session, 'close');
  for (const it of heard) {
    const clone = structuredClone(it);
    assert.deepEqual(Object.keys(clone), Object.keys(it));
    assert.deepEqual({ ...clone, data: 0, view: 0, id: 0, error: 0 }, { ...it, data: 0, view: 0, id: 0, error: 0 });
    assert.deepEqual(clone.view?.members, it.view?.members);
    assert.equal(it.data && Buffer.compare(clone.data, it.data), it.data && 0);
  }
});

test('views of more members than share memory', async (t) => {
  const { address } = await daemonFor(t);
  const room = unique('r');
  const sessions = await Promise.all(Array.from({ length: 150 }, () => openModern(t, address)));
  await Promise.all(sessions.map((session) => session.join(room)));
  await Promise.all(sessions.map((session) => session.ping()));
  const names = sessions.map(({ privateGroup }) => privateGroup).sort();
  const [first, ...others] = sessions.map(({ groups }) => groups.get(room));
  assert.deepEqual([...first.members].sort(), names);
  for (const view of others) {
    assert.deepEqual(structuredClone(view).members, first.members);
  }
});
