/** Sessions come and go by the thousand, and nothing stays of them. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const counts = require('./helpers/counts.js');
const { descriptors, memory, noFootprint, threads } = require('./helpers/footprint.js');
const { begin, daemonFor, open, unique } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');

/** Sessions at a time. */
const AT_ONCE = 10;
const WARM_UP = 200;

async function comeAndGo(address, group, count) {
  for (let done = 0; done < count; done += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        const session = await open(address);
        await session.join(group);
        await session.disconnect();
      }),
    );
  }
}

test('connects and disconnects leave threads, descriptors and memory as they were', {
  skip: noFootprint,
}, async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  await comeAndGo(daemon.address, group, WARM_UP);
  const before = { descriptors: descriptors(), threads: threads(), memory: memory() };
  await comeAndGo(daemon.address, group, counts.connects);
  await until(() => descriptors() <= before.descriptors, `${before.descriptors} descriptors, as before`);
  await until(() => threads() <= before.threads, `${before.threads} threads, as before`);
  const grown = memory() - before.memory;
  assert.ok(grown < 32e6, `memory grew by ${grown} bytes`);
});

test('so do connects that fail, and those that are given up', { skip: noFootprint }, async (t) => {
  const daemon = await daemonFor(t);
  const name = unique();
  await open(daemon.address, { t, name });
  const fail = async (count) => {
    for (let done = 0; done < count; done += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, index) => {
          const { session, opened } = begin(daemon.address, index % 2 ? name : undefined);
          const refused = assert.rejects(opened, {
            code: index % 2 ? 'ERR_SPREAD_REJECT_NOT_UNIQUE' : 'ERR_SPREAD_ABORTED',
          });
          if (index % 2 === 0) {
            await session.disconnect();
          }
          await refused;
        }),
      );
    }
  };
  await fail(WARM_UP);
  const before = { descriptors: descriptors(), threads: threads(), memory: memory() };
  await fail(counts.connects);
  await until(() => descriptors() <= before.descriptors, `${before.descriptors} descriptors, as before`);
  await until(() => threads() <= before.threads, `${before.threads} threads, as before`);
  const grown = memory() - before.memory;
  assert.ok(grown < 32e6, `memory grew by ${grown} bytes`);
});
