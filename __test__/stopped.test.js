/** Processes that stand still under load (SIGSTOP) and go on: nothing is lost while nobody minds, and pings do mind. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { SpreadDaemon } = require('..');
const { run } = require('./helpers/child.js');
const counts = require('./helpers/counts.js');
const { openModern } = require('./helpers/modern.js');
const { unique } = require('./helpers/sessions.js');
const { sendSignal } = require('./helpers/signal.js');
const { until } = require('./helpers/until.js');

const skip = process.platform === 'win32' && 'Windows has no SIGSTOP';

const SESSIONS = 3;
const FAST = { minDelay: 1, maxDelay: 20 };
const BALLAST = 'x'.repeat(1000);

/**
 * Sessions in one group, which send numbers as fast as they may once all are in it; `received` is what each has
 * got. `end()` ends that, and resolves with how many were sent in all.
 */
async function streaming(t, address, options) {
  const group = unique('g');
  const all = [];
  for (let index = 0; index < SESSIONS; index += 1) {
    const session = await openModern(t, address, { sendWindow: 500, ...options });
    const received = [];
    session.on('message', ({ sender, data }) => received.push(`${sender} ${String(data).split(' ')[0]}`));
    await session.join(group);
    all.push({ session, received });
  }
  let [isOver, sent] = [false, 0];
  const flow = async ({ session }) => {
    for (let number = 0; !isOver && session.state === 'connected'; number += 1) {
      sent += 1;
      if (!session.send(group, `${number} ${BALLAST}`)) {
        // What ends the connection ends the wait.
        await session.drained().catch(() => {});
      }
    }
  };
  const flows = all.map(flow);
  await haveGot(all, 500);
  return {
    all,
    async end() {
      isOver = true;
      await Promise.all(flows);
      return sent;
    },
  };
}

/** Resolves once each has got so many. */
function haveGot(all, count) {
  return until(() => all.every(({ received }) => received.length >= count), `${count} messages`);
}

/** Checks that all have received the same in the same order, and each sender's numbers without a gap, from 0 on. */
function assertWhole(streams) {
  for (const stream of streams) {
    assert.deepEqual(stream, streams[0]);
  }
  const next = new Map();
  for (const line of streams[0]) {
    const [sender, number] = line.split(' ');
    assert.equal(Number(number), next.get(sender) ?? 0, `of ${sender}`);
    next.set(sender, Number(number) + 1);
  }
}

test(`a daemon that stands still ${counts.stops} times under load, and goes on`, { skip }, async (t) => {
  const { child, lines } = run(t, 'daemon.js');
  const [address] = await lines.count(1);
  const { all, end } = await streaming(t, address);
  for (let round = 0; round < counts.stops; round += 1) {
    sendSignal(child, 'SIGSTOP');
    // All that the windows allow is under way.
    const sent = () => all.map(({ session }) => session.stats().messagesSent);
    let before;
    await until(() => {
      const now = sent();
      const isStill = String(now) === String(before);
      before = now;
      return isStill;
    });
    sendSignal(child, 'SIGCONT');
    await haveGot(all, all[0].received.length + 5000);
  }
  const sent = await end();
  await haveGot(all, sent);
  assert.ok(all.every(({ session }) => session.state === 'connected'));
  assertWhole(all.map(({ received }) => received));
  await Promise.all(all.map(({ session }) => session.disconnect()));
});

test(`a daemon that stands still ${counts.stops} times is found by pings, and come back to`, { skip }, async (t) => {
  const { child, lines } = run(t, 'daemon.js');
  const [address] = await lines.count(1);
  for (let round = 0; round < counts.stops; round += 1) {
    const options = { reconnect: FAST, timeout: 500, pingInterval: 50, pingTimeout: 1000 };
    const { all, end } = await streaming(t, address, options);
    const losses = all.map(({ session }) => once(session, 'disconnect'));
    sendSignal(child, 'SIGSTOP');
    for (const [{ error, willReconnect }] of await Promise.all(losses)) {
      assert.deepEqual([error.code, willReconnect], ['ERR_SPREAD_PING_TIMEOUT', true]);
    }
    const backs = all.map(({ session }) => once(session, 'reconnect'));
    sendSignal(child, 'SIGCONT');
    for (const [{ views }] of await Promise.all(backs)) {
      assert.equal(views.length, 1);
    }
    await end();
    await Promise.all(all.map(({ session }) => session.disconnect()));
  }
});

const MESSAGES = 20_000;

test(`a member that stands still ${counts.stops} times under load gets all of it`, { skip }, async (t) => {
  const daemon = await SpreadDaemon.start({ port: 0 });
  t.after(() => daemon.stop());
  const session = await openModern(t, daemon.address);
  for (let round = 0; round < counts.stops; round += 1) {
    const group = unique('g');
    const { child, exit, lines } = run(t, 'counting-member.js', [daemon.address, group, MESSAGES]);
    await lines.find((line) => line === 'joined');
    for (let number = 0; number < MESSAGES; number += 1) {
      if (number === MESSAGES / 10) {
        await lines.find((line) => line === 'begun');
        sendSignal(child, 'SIGSTOP');
      }
      if (!session.send(group, `${number} ${BALLAST}`)) {
        await session.drained();
      }
    }
    await until(() => daemon.stats().queuedBytes > 5e6, 'much of it waits in the daemon');
    sendSignal(child, 'SIGCONT');
    const { code, errors } = await exit;
    assert.deepEqual([code, errors, lines.entries.filter(Boolean)], [0, '', ['joined', 'begun', 'done']]);
  }
});
