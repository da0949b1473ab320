/** Changes of the network remove and add several members at once: told member by member, computed from the views. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { record } = require('./helpers/log.js');
const { message, scripted } = require('./helpers/scripted-session.js');
const { uncaught } = require('./helpers/uncaught.js');
const wire = require('./helpers/wire.js');

const D2 = ['#bob#d2', '#quiet#d2'];
const D3 = ['#ann#d3', '#eve#d3'];

/** Opens a session that is in `room` with these others. */
async function inRoom(t, others) {
  const both = await scripted(t);
  const { session, connection, me } = both;
  const joining = session.join('room');
  await connection.next();
  connection.send(wire.view({ group: 'room', cause: 'join', members: [me, ...others], changed: me }));
  await joining;
  const log = record(session);
  /** Sends these, and resolves with the reports of them. */
  const told = async (...frames) => {
    const before = log.entries.length;
    connection.send(...frames, message(me, 'end'));
    await log.until((entries) => entries.slice(before).some(([, , , data]) => data === 'end'));
    return log.entries.slice(before, -1);
  };
  return { ...both, told };
}

function network(members, sets, own, id = [7, 8, 1]) {
  return wire.view({ group: 'room', cause: 'network', members, sets, own, id });
}

test('members that are cut off are reported one by one, in the order of the view before', async (t) => {
  const { me, told, session } = await inRoom(t, [...D2, ...D3]);
  const members = [me, ...D2];
  assert.deepEqual(await told(wire.transition('room'), network(members, [members], 0)), [
    ['leaveCausedByNetwork', 'room', D3[0]],
    ['leaveCausedByNetwork', 'room', D3[1]],
  ]);
  const view = await session.join('room');
  assert.deepEqual(view.members, members);
  assert.deepEqual(view.sets, [members]);
  assert.equal(view.index, 0);
  assert.equal(String(view.id), '7 8 1');
});

test('members that a merge brings are reported one by one, as the recorded daemon sends it', async (t) => {
  const { me, told, session } = await inRoom(t, D2);
  const members = [me, ...D2, D3[0]];
  // The own set second, as at a member on the first daemon.
  assert.deepEqual(await told(network(members, [[D3[0]], [me, ...D2]], 1)), [['memberJoinedGroup', 'room', D3[0]]]);
  const view = await session.join('room');
  assert.deepEqual(view.ownSet, [me, ...D2]);
  assert.deepEqual(view.sets, [[D3[0]], [me, ...D2]]);
});

test('a change that cuts some off and brings others', async (t) => {
  const { me, told } = await inRoom(t, [...D2, D3[0]]);
  const members = [me, '#new#d4', ...D2];
  assert.deepEqual(await told(wire.transition('room'), network(members, [[me, ...D2], ['#new#d4']], 0)), [
    ['leaveCausedByNetwork', 'room', D3[0]],
    ['memberJoinedGroup', 'room', '#new#d4'],
  ]);
});

test('a member that was cut off and came back in one step left and joined', async (t) => {
  const { me, told } = await inRoom(t, [D2[0]]);
  const members = [me, D2[0]];
  assert.deepEqual(await told(wire.transition('room'), network(members, [[D2[0]], [me]], 1)), [
    ['leaveCausedByNetwork', 'room', D2[0]],
    ['memberJoinedGroup', 'room', D2[0]],
  ]);
});

test('one that is alone after the cut, and a merge after that', async (t) => {
  const { me, told } = await inRoom(t, [...D2, ...D3]);
  assert.deepEqual(
    await told(wire.transition('room'), network([me], [[me]], 0)),
    [...D2, ...D3].map((member) => ['leaveCausedByNetwork', 'room', member]),
  );
  const all = [me, ...D2, ...D3];
  assert.deepEqual(
    await told(network(all, [D2, [me], D3], 1, [9, 9, 1])),
    [...D2, ...D3].map((member) => ['memberJoinedGroup', 'room', member]),
  );
});

test('joins, leaves and disconnects name the changed member alone, and the next change is counted from there', async (t) => {
  const { me, told } = await inRoom(t, [...D2]);
  const change = (cause, members, changed) => wire.view({ group: 'room', cause, members, changed });
  assert.deepEqual(
    await told(
      change('join', [me, ...D2, D3[0]], D3[0]),
      change('leave', [me, D2[1], D3[0]], D2[0]),
      change('disconnect', [me, D3[0]], D2[1]),
      network([me], [[me]], 0),
    ),
    [
      ['memberJoinedGroup', 'room', D3[0]],
      ['memberLeftGroup', 'room', D2[0]],
      ['leaveCausedByDisconnect', 'room', D2[1]],
      ['leaveCausedByNetwork', 'room', D3[0]],
    ],
  );
});

test('a first view that a change of the network caused is one’s own join', async (t) => {
  const { session, connection, me } = await scripted(t);
  const log = record(session);
  const joining = session.join('room');
  await connection.next();
  connection.send(network([me, ...D2], [D2, [me]], 1));
  const view = await joining;
  assert.deepEqual(view.members, [me, ...D2]);
  assert.deepEqual(log.entries, [['memberJoinedGroup', 'room', me]]);
});

test('a handler that throws for one of the members keeps none from the others', async (t) => {
  const errors = uncaught(t);
  const { session, me, told } = await inRoom(t, [...D2, ...D3]);
  const seen = [];
  session.leaveCausedByNetwork = (_group, member) => {
    seen.push(member);
    throw new Error(member);
  };
  assert.deepEqual(await told(network([me], [[me]], 0)), []);
  assert.deepEqual(seen, [...D2, ...D3]);
  assert.deepEqual(
    errors.entries.map((error) => error.message),
    seen,
  );
});

test('a group of two thousand members', async (t) => {
  const { me, told, session } = await inRoom(t, []);
  const others = Array.from({ length: 2000 }, (_, index) => `#m${index}#d2`).sort();
  assert.deepEqual(
    await told(network([me, ...others], [[me], others], 0)),
    others.map((member) => ['memberJoinedGroup', 'room', member]),
  );
  assert.equal((await session.join('room')).members.length, 2001);
  assert.deepEqual(
    await told(network([me], [[me]], 0)),
    others.map((member) => ['leaveCausedByNetwork', 'room', member]),
  );
});
