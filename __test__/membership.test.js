/** Who is a member, as the members see it: joins, leaves, the ends of sessions and of processes. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { run } = require('./helpers/child.js');
const { Log, record } = require('./helpers/log.js');
const { begin, daemonFor, open, unique } = require('./helpers/sessions.js');

/** Returns a log of the membership events alone. */
function memberships(session) {
  const log = new Log();
  for (const what of ['memberJoinedGroup', 'memberLeftGroup', 'leaveCausedByDisconnect', 'leaveCausedByNetwork']) {
    session[what] = (group, member) => log.push(`${what} ${group} ${member}`);
  }
  return log;
}

test('a session’s own join and leave are reported like those of others', async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const session = await open(daemon.address, { t });
  const log = memberships(session);
  const view = await session.join(group);
  assert.deepEqual(view.members, [session.privateGroup]);
  assert.equal(view.index, 0);
  await session.leave(group);
  assert.deepEqual(log.entries, [
    `memberJoinedGroup ${group} ${session.privateGroup}`,
    `memberLeftGroup ${group} ${session.privateGroup}`,
  ]);
});

test('the members of a group see its changes in one order, with the same views', async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const sessions = [];
  const logs = [];
  const views = [];
  for (const letter of ['a', 'b', 'c', 'd']) {
    const session = await open(daemon.address, { t, name: unique(letter) });
    logs.push(memberships(session));
    views.push(await session.join(group));
    sessions.push(session);
  }
  const names = sessions.map((session) => session.privateGroup);
  for (const [index, view] of views.entries()) {
    assert.deepEqual(view.members, names.slice(0, index + 1));
    assert.equal(view.index, index);
    assert.deepEqual(view.sets, [[names[index]]]);
  }
  await sessions[3].leave(group);
  // What comes to a session once it disconnects is not told.
  await logs[2].count(3);
  await sessions[2].disconnect();
  const expected = [
    ...names.map((name) => `memberJoinedGroup ${group} ${name}`),
    `memberLeftGroup ${group} ${names[3]}`,
    `leaveCausedByDisconnect ${group} ${names[2]}`,
  ];
  await logs[0].count(6);
  await logs[1].count(5);
  assert.deepEqual(logs[0].entries, expected);
  assert.deepEqual(logs[1].entries, expected.slice(1));
  assert.deepEqual(logs[2].entries, expected.slice(2, 5), 'the one that left heard no more');
  assert.deepEqual(logs[3].entries, expected.slice(3, 5));
  const ids = await Promise.all(sessions.slice(0, 2).map((session) => session.join(group)));
  assert.ok(ids[0].id.equals(ids[1].id), 'joining again gives the current view');
  assert.equal(String(ids[0].id), String(ids[1].id));
});

test('a process that is killed is a member that has disconnected, in each of its groups', async (t) => {
  const daemon = await daemonFor(t);
  const groups = [unique('g'), unique('g'), unique('g')].sort();
  const session = await open(daemon.address, { t });
  for (const group of groups) {
    await session.join(group);
  }
  const log = memberships(session);
  const { child, exit } = run(t, 'joiner.js', [daemon.address, ...groups]);
  const [first] = await log.count(groups.length);
  const member = first.split(' ')[2];
  child.kill('SIGKILL');
  assert.deepEqual(await exit.then(({ signal }) => signal), 'SIGKILL');
  await log.count(2 * groups.length);
  assert.deepEqual(
    log.entries.slice(groups.length),
    groups.map((group) => `leaveCausedByDisconnect ${group} ${member}`),
  );
});

test('a session that wants no membership messages is a member that hears of none', async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const quiet = await open(daemon.address, { t, membership: false });
  const log = record(quiet);
  assert.equal(await quiet.join(group), undefined);
  const session = await open(daemon.address, { t });
  const view = await session.join(group);
  assert.deepEqual([...view.members].sort(), [quiet.privateGroup, session.privateGroup].sort());
  session.multicast(session.AGREED_MESS, group, 'to all');
  await log.count(1);
  assert.equal(await quiet.leave(group), undefined);
  assert.deepEqual(log.entries, [['data', group, session.privateGroup, 'to all']]);
});

test('a name that is taken is refused, and free again once its session is over', async (t) => {
  const daemon = await daemonFor(t);
  const name = unique();
  const first = await open(daemon.address, { t, name });
  await assert.rejects(begin(daemon.address, name).opened, {
    code: 'ERR_SPREAD_REJECT_NOT_UNIQUE',
    spreadCode: -6,
    spreadName: 'REJECT_NOT_UNIQUE',
  });
  assert.equal(first.state, 'connected');
  const log = record(first);
  first.multicast(first.AGREED_MESS, first.privateGroup, 'still there');
  await log.count(1);
  await first.disconnect();
  const second = await open(daemon.address, { t, name });
  assert.equal(second.privateGroup, first.privateGroup);
});

test('a message sent before a join is not for the joiner, one sent after it is', async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const session = await open(daemon.address, { t });
  const log = record(session);
  session.multicast(session.AGREED_MESS, group, 'before');
  session.join(group);
  session.multicast(session.AGREED_MESS, group, 'within');
  session.leave(group);
  session.multicast(session.AGREED_MESS, group, 'after');
  session.multicast(session.AGREED_MESS, session.privateGroup, 'end');
  await log.find(([, , , data]) => data === 'end');
  const me = session.privateGroup;
  assert.deepEqual(log.entries, [
    ['memberJoinedGroup', group, me],
    ['data', group, me, 'within'],
    ['memberLeftGroup', group, me],
    ['data', me, me, 'end'],
  ]);
});
