/** The lifetime of a session: as long as it is open, with or without a reference to it, and no longer. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const counts = require('./helpers/counts.js');
const { run } = require('./helpers/child.js');
const { Log } = require('./helpers/log.js');
const { begin, daemonFor, open, unique } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');

test('an open session that nobody refers to goes on delivering', async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const log = new Log();
  const lost = await (async () => {
    const session = await open(daemon.address);
    session.dataHandler = (_group, _sender, data) => log.push(data);
    await session.join(group);
    return new WeakRef(session);
  })();
  const sender = await open(daemon.address, { t });
  for (let round = 0; round < 10; round += 1) {
    // A turn, since what was referred to in this one is kept.
    await new Promise(setImmediate);
    global.gc();
    sender.multicast(sender.AGREED_MESS, group, `${round}`);
    await log.count(round + 1);
  }
  assert.deepEqual(log.entries, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  await lost.deref().disconnect();
});

test('closed sessions are collected', async (t) => {
  const daemon = await daemonFor(t);
  let collected = 0;
  const registry = new FinalizationRegistry(() => {
    collected += 1;
  });
  const atOnce = 20;
  for (let done = 0; done < counts.collectedSessions; done += atOnce) {
    await Promise.all(
      Array.from({ length: atOnce }, async (_, index) => {
        const { session, opened } = begin(daemon.address, undefined, { dataHandler: () => session.name });
        registry.register(session);
        // Those given up while connecting count too.
        if (index % 4 === 0) {
          opened.catch(() => {});
        } else {
          await opened;
          session.join('room');
        }
        await session.disconnect();
      }),
    );
  }
  await until(async () => {
    global.gc();
    await new Promise(setImmediate);
    return collected === counts.collectedSessions;
  }, `${counts.collectedSessions} collected`);
});

test('sessions that the daemon has cut off are collected', async (t) => {
  const daemon = await daemonFor(t, {});
  let collected = 0;
  const registry = new FinalizationRegistry(() => {
    collected += 1;
  });
  const count = 20;
  const log = new Log();
  for (let index = 0; index < count; index += 1) {
    registry.register(await open(daemon.address, { onDisconnect: () => log.push('lost') }));
  }
  await daemon.stop();
  await log.count(count);
  await until(async () => {
    global.gc();
    await new Promise(setImmediate);
    return collected === count;
  }, 'all collected');
});

const HOLDING = [
  ['an open session holds the process until it is disconnected', 'open', ['connected', 'told to end', 'over']],
  ['an unreferenced session does not', 'unref', ['connected']],
  ['a session that is referenced again does', 'ref', ['connected', 'told to end', 'over']],
  ['a session that is being connected holds the process', 'connecting', ['connected', 'told to end', 'over']],
  ['one of two sessions holds the process alone', 'two', ['connected', 'told to end', 'over']],
  ['a pending disconnect does', 'disconnect', ['connected', 'over']],
];

for (const [what, how, expected] of HOLDING) {
  test(what, async (t) => {
    const daemon = await daemonFor(t);
    const { exit, lines } = run(t, 'holding.js', [how, daemon.address, unique('g')]);
    const sender = await open(daemon.address, { t });
    const [line] = await lines.count(1);
    if (expected.includes('told to end')) {
      sender.multicast(sender.AGREED_MESS, line.split(' ')[1], 'end');
    }
    const { code, signal, errors } = await exit;
    assert.deepEqual({ code, signal }, { code: 0, signal: null }, errors);
    assert.deepEqual(
      lines.entries.filter(Boolean).map((text) => text.replace(/ #.*/, '')),
      expected,
    );
  });
}
