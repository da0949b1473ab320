/** daemon.snapshot(): who is at an embedded daemon. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { sameId } = require('..');
const { openModern } = require('./helpers/modern.js');
const { daemonFor } = require('./helpers/sessions.js');

test('sessions, groups and members, as views have them', async (t) => {
  const daemon = await daemonFor(t, { name: 'here' });
  assert.deepEqual(await daemon.snapshot(), {
    name: 'here',
    view: daemon.view,
    sessions: [],
    groups: [],
    truncated: false,
  });
  assert.deepEqual(daemon.view.members, ['here']);
  const anna = await openModern(t, daemon.address, { name: 'anna' });
  // A backslash and quotes are legal in names, and are themselves here.
  const odd = await openModern(t, daemon.address, { name: "o\\d'`" });
  await anna.join('two');
  await anna.join("o\\n'e");
  const view = await odd.join('two');
  odd.send('two', 'hello');
  await odd.ping();
  const { sessions, groups, truncated } = await daemon.snapshot();
  assert.equal(truncated, false);
  assert.deepEqual(
    groups.map(({ name, members }) => [name, members]),
    [
      ["o\\n'e", [anna.privateGroup]],
      ['two', [...view.members]],
    ],
  );
  assert.ok(sameId(groups[1].id, view.id) && groups[1].id.equals(view.id));
  const its = new Map(sessions.map((session) => [session.privateGroup, session]));
  assert.deepEqual([...its.keys()].sort(), [anna.privateGroup, odd.privateGroup].sort());
  const { peer, connectedMs, queuedBytes, messagesIn, messagesOut, groups: own } = its.get(odd.privateGroup);
  assert.match(peer, /^127\.0\.0\.1:\d+$/);
  assert.ok(Number.isInteger(connectedMs) && connectedMs >= 0);
  assert.deepEqual([own, queuedBytes], [['two'], 0]);
  // The message and its ping; their copies, and a view.
  assert.deepEqual([messagesIn, messagesOut], [2, 3]);
  assert.deepEqual(its.get(anna.privateGroup).groups, ["o\\n'e", 'two']);
});

test('events have names unescaped as well', async (t) => {
  const daemon = await daemonFor(t, {});
  const seen = [];
  daemon.on('connect', ({ privateGroup }) => seen.push(privateGroup));
  const session = await openModern(t, daemon.address, { name: 'a\\b' });
  await session.ping();
  await daemon.snapshot();
  assert.deepEqual(seen, ['#a\\b#localhost']);
});

test('its limit bounds each of its parts, and it says so', async (t) => {
  const daemon = await daemonFor(t, {});
  const sessions = [];
  for (let count = 0; count < 3; count += 1) {
    const session = await openModern(t, daemon.address);
    for (const group of ['a', 'b', 'c', 'd']) {
      await session.join(group);
    }
    sessions.push(session);
  }
  const all = await daemon.snapshot({ limit: 12 });
  assert.equal(all.truncated, false);
  assert.deepEqual([all.sessions.length, all.groups.length], [3, 4]);
  for (const limit of [1, 2, 3, 4, 11]) {
    const part = await daemon.snapshot({ limit });
    const count = (list, of) => list.reduce((sum, each) => sum + each[of].length, 0);
    assert.equal(part.truncated, true);
    assert.deepEqual([part.sessions.length, part.groups.length], [Math.min(3, limit), Math.min(4, limit)]);
    assert.deepEqual(
      [count(part.sessions, 'groups'), count(part.groups, 'members')],
      [Math.min(limit, limit * 4), limit],
    );
  }
  for (const limit of [0, 1.5, 1_000_001]) {
    await assert.rejects(daemon.snapshot({ limit }), { code: 'ERR_OUT_OF_RANGE' });
  }
  await assert.rejects(daemon.snapshot({ limit: '1' }), { code: 'ERR_INVALID_ARG_TYPE' });
  await assert.rejects(daemon.snapshot({ most: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('many at once, and after the stop', async (t) => {
  const daemon = await daemonFor(t, {});
  await openModern(t, daemon.address);
  const many = await Promise.all(Array.from({ length: 100 }, () => daemon.snapshot()));
  assert.ok(many.every(({ sessions }) => sessions.length === 1));
  const last = daemon.snapshot();
  await daemon.stop();
  assert.ok((await last).sessions.length <= 1);
  assert.deepEqual((await daemon.snapshot()).sessions, []);
});
