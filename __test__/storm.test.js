/** Many sessions lose their daemon at once, again and again: all come back, into their groups, and see each other. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { run } = require('./helpers/child.js');
const { stormSessions, storms } = require('./helpers/counts.js');
const { openModern } = require('./helpers/modern.js');
const { unique } = require('./helpers/sessions.js');

const RECONNECT = { minDelay: 1, maxDelay: 100 };

/** Starts a daemon in a process of its own, at this port. The port's last user may not have let it go yet. */
async function daemonAt(t, port) {
  for (;;) {
    const { child, lines, exit } = run(t, 'daemon.js', [JSON.stringify({ port })]);
    const [address] = await lines.count(1);
    if (address !== undefined) {
      return { child, exit, address };
    }
    const { errors } = await exit;
    assert.match(errors, /in use/);
  }
}

test(`${stormSessions} sessions whose daemon is killed ${storms} times`, async (t) => {
  let daemon = await daemonAt(t, 0);
  const { address } = daemon;
  const port = Number(/^\d+/.exec(address)[0]);
  const group = unique('g');
  const sessions = await Promise.all(
    Array.from({ length: stormSessions }, () => openModern(t, address, { reconnect: RECONNECT, timeout: 30_000 })),
  );
  await Promise.all(sessions.map((session) => session.join(group)));
  for (let round = 0; round < storms; round += 1) {
    const before = sessions.map(({ privateGroup }) => privateGroup);
    const losses = sessions.map((session) => once(session, 'disconnect'));
    const backs = sessions.map((session) => once(session, 'reconnect'));
    daemon.child.kill('SIGKILL');
    await daemon.exit;
    for (const [{ willReconnect }] of await Promise.all(losses)) {
      assert.equal(willReconnect, true);
    }
    daemon = await daemonAt(t, port);
    for (const [index, [{ previous, views }]] of (await Promise.all(backs)).entries()) {
      assert.equal(previous, before[index]);
      assert.deepEqual(
        views.map((view) => view.group),
        [group],
      );
    }
    const heard = sessions.map((session) => once(session, 'message'));
    sessions[round].send(group, `all here, after ${round}?`, { service: 'safe' });
    const members = sessions.map(({ privateGroup }) => privateGroup).sort();
    for (const [index, [{ data }]] of (await Promise.all(heard)).entries()) {
      assert.equal(String(data), `all here, after ${round}?`);
      assert.deepEqual([...sessions[index].groups.get(group).members], members);
    }
  }
  for (const session of sessions) {
    assert.equal(session.stats().reconnects, storms);
  }
});
