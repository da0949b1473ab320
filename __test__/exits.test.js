/** A process ends in every state and by every way: at once, with its own code, and not by a fault. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { run } = require('./helpers/child.js');
const counts = require('./helpers/counts.js');
const { blackhole, hangingLookups, silent } = require('./helpers/nobody.js');
const { daemonFor } = require('./helpers/sessions.js');
const { sendSignal } = require('./helpers/signal.js');

const STATES = [
  'idle',
  'listening',
  'looking up',
  'connecting',
  'shaking hands',
  'joined',
  'sending',
  'flooded',
  'disconnecting',
  'closed',
];

/** Way → what the process ends with. */
const ON_MAIN = {
  return: { code: 0, signal: null },
  exit: { code: 3, signal: null },
  throw: { code: 1, signal: null },
  reject: { code: 1, signal: null },
  SIGTERM: { code: null, signal: 'SIGTERM' },
  SIGINT: { code: null, signal: 'SIGINT' },
};
const IN_WORKER = {
  return: { code: 0, signal: null },
  exit: { code: 3, signal: null },
  throw: { code: 1, signal: null },
  reject: { code: 1, signal: null },
  terminate: { code: 1, signal: null },
};

/** From the beginning of the end. A sanitizer looks for leaks then, for seconds. */
const WITHIN_MS = process.env.ASAN_OPTIONS ? 20_000 : 2000;

for (let round = 1; round <= counts.exits; round += 1) {
  test(`every state, every way: round ${round} of ${counts.exits}`, everyStateEveryWay);
}

async function everyStateEveryWay(t) {
  const daemon = await daemonFor(t);
  const addresses = [daemon.address, await silent(t), await blackhole(t)];
  const lookups = hangingLookups(t);
  for (const state of STATES) {
    for (const [where, ways] of Object.entries({ main: ON_MAIN, worker: IN_WORKER })) {
      for (const [way, expected] of Object.entries(ways)) {
        const skip = state === 'looking up' && lookups.reason;
        await t.test(`${state}, ${way} (${where})`, { skip }, async (t) => {
          const env = state === 'looking up' ? lookups.env : {};
          const { child, exit, lines } = run(t, 'states.js', [state, way, where, ...addresses], { env });
          const [line] = await lines.count(1);
          if (line !== 'ready') {
            assert.fail(`it did not come to it: ${(await exit).errors}`);
          }
          const begun = Date.now();
          if (expected.signal) {
            sendSignal(child, expected.signal);
          }
          const { code, signal, errors } = await exit;
          // Bun says 1 or 0 of a worker that a rejection has ended.
          const isAnyCode = process.versions.bun && way === 'reject' && where === 'worker' && code === 0;
          const ended = isAnyCode ? { ...expected, code } : expected;
          assert.deepEqual({ state, way, where, code, signal, errors }, { state, way, where, ...ended, errors });
          assert.ok(Date.now() - begun < WITHIN_MS, `it took ${Date.now() - begun} ms`);
          // A worker's parent reports what the worker throws. Deno reports it itself as well.
          const isTold = (way === 'throw' || way === 'reject') && (where === 'main' || Boolean(process.versions.deno));
          assert.equal(/on purpose/.test(errors), isTold, errors);
        });
      }
    }
  }
}
