/** Workers: each has its own environment, and may be terminated at any time. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const counts = require('./helpers/counts.js');
const { descriptors, memory, noFootprint, threads } = require('./helpers/footprint.js');
const { Log } = require('./helpers/log.js');
const { blackhole, silent } = require('./helpers/nobody.js');
const { daemonFor, open, unique } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');

const STATES_FILE = path.join(__dirname, 'fixtures', 'states.js');
const MEMBER_FILE = path.join(__dirname, 'fixtures', 'member.js');

/** Starts a worker, and terminates it in that state. */
async function terminateIn(state, addresses) {
  const worker = new Worker(STATES_FILE, { workerData: [state, 'terminate', 'worker', ...addresses] });
  const failed = once(worker, 'error').then(([error]) => Promise.reject(error));
  await Promise.race([once(worker, 'message'), failed]);
  assert.equal(await worker.terminate(), 1);
}

test('workers that connect and are terminated leave nothing behind', { skip: noFootprint }, async (t) => {
  const daemon = await daemonFor(t);
  const addresses = [daemon.address, await silent(t), await blackhole(t)];
  const states = ['joined', 'flooded', 'connecting', 'sending', 'shaking hands', 'disconnecting', 'listening'];
  let cycle = 0;
  const turn = () => terminateIn(states[cycle++ % states.length], addresses);
  for (const _ of states) {
    await turn();
  }
  const before = { descriptors: descriptors(), threads: threads(), memory: memory() };
  for (let index = 0; index < counts.terminatedWorkers; index += 1) {
    await turn();
  }
  await until(() => descriptors() <= before.descriptors, `descriptors: ${before.descriptors} before`).catch((error) => {
    throw new Error(`${error.message}, ${descriptors()} after`);
  });
  await until(() => threads() <= before.threads, 'as many threads as before');
  const grown = memory() - before.memory;
  assert.ok(grown < 1e6 * counts.terminatedWorkers, `memory grew by ${grown} bytes`);
});

test('workers, several at once, each get all that is sent to their group', async (t) => {
  const daemon = await daemonFor(t);
  const [group, workers, messages] = [unique('g'), 4, 500];
  const log = new Log();
  const exits = Array.from({ length: workers }, (_, index) => {
    const worker = new Worker(MEMBER_FILE, { workerData: { address: daemon.address, group, workers, messages } });
    worker.on('message', (what) => log.push({ index, ...what }));
    worker.on('error', (error) => log.push({ index, error }));
    return once(worker, 'exit');
  });
  const done = await log.until((entries) => {
    const wrong = entries.find(({ error }) => error);
    if (wrong) {
      throw wrong.error;
    }
    const ended = entries.filter(({ received }) => received);
    return ended.length === workers && ended;
  });
  for (const { received } of done) {
    assert.equal(received.length, workers * messages);
    assert.deepEqual(received, done[0].received, 'one order in all workers');
  }
  await Promise.all(exits);
});

test('a worker that is terminated is a member that has disconnected, and disturbs no other session', async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const log = new Log();
  const session = await open(daemon.address, { t, leaveCausedByDisconnect: (_, member) => log.push(member) });
  session.memberJoinedGroup = (_, member) => member !== session.privateGroup && log.push(member);
  await session.join(group);
  const workerData = { address: daemon.address, group, workers: 9, messages: 0 };
  const worker = new Worker(MEMBER_FILE, { workerData });
  await log.count(1);
  await worker.terminate();
  await log.count(2);
  assert.equal(log.entries[0], log.entries[1]);
});
