/** A flood of messages leaves timers and other work their turn: counted in messages, not in time. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const counts = require('./helpers/counts.js');
const { Log } = require('./helpers/log.js');
const { open } = require('./helpers/sessions.js');
const { uncaught } = require('./helpers/uncaught.js');

const WAIT_MS = 60_000;

/** Exceptions are slow; these are still more than one read takes. */
const THROWN = 50_000;

/** Sessions of which the first one has a flood waiting inside the client before its first message is handled. */
async function flooded(t, total, clients = 1) {
  const written = new Int32Array(new SharedArrayBuffer(4));
  const file = path.join(__dirname, 'fixtures', 'flooding-daemon.js');
  const worker = new Worker(file, { workerData: { total, clients, written } });
  const exit = once(worker, 'exit');
  const [port] = await once(worker, 'message');
  const sessions = [];
  for (let index = 0; index < clients; index += 1) {
    sessions.push(await open(`${port}@127.0.0.1`));
  }
  t.after(async () => {
    await Promise.all(sessions.map((session) => session.disconnect()));
    await exit;
  });
  return {
    sessions,
    /** This thread stands still until all of the flood has left the daemon. */
    start() {
      worker.postMessage('go');
      assert.equal(Atomics.wait(written, 0, 0, WAIT_MS), 'ok');
    },
  };
}

/** What a handler costs here. */
function work() {
  let sum = 0;
  for (let index = 0; index < 1000; index += 1) {
    sum += Math.sqrt(index);
  }
  return sum;
}

for (const throws of [false, true]) {
  test(`a timer due in 1 ms has its turn in a flood${throws ? ' whose handler throws each time' : ''}`, async (t) => {
    const total = throws ? THROWN : counts.flood;
    const errors = throws ? uncaught(t) : undefined;
    const { sessions, start } = await flooded(t, total);
    const log = new Log();
    let delivered = 0;
    sessions[0].dataHandler = () => {
      work();
      delivered += 1;
      if (delivered === 1) {
        setTimeout(() => log.push(['timer', delivered]), 1);
        setImmediate(() => log.push(['immediate', delivered]));
      }
      if (delivered === total) {
        log.push(['all', delivered]);
      }
      if (throws) {
        throw new Error('again');
      }
    };
    start();
    await log.count(3);
    const at = Object.fromEntries(log.entries);
    assert.ok(at.immediate < total / 2, `an immediate waited for ${at.immediate} messages of ${total}`);
    assert.ok(at.timer < total / 2, `a timer waited for ${at.timer} messages of ${total}`);
    assert.equal(errors?.entries.length, throws ? total : undefined);
  });
}

test('a session in a flood does not keep another one from its messages', async (t) => {
  const { sessions, start } = await flooded(t, counts.flood, 2);
  const log = new Log();
  let delivered = 0;
  sessions[0].dataHandler = () => {
    work();
    delivered += 1;
    if (delivered === counts.flood) {
      log.push('all');
    }
  };
  sessions[1].dataHandler = () => log.push(delivered);
  start();
  const [at] = await log.count(2);
  assert.ok(at < counts.flood / 2, `it waited for ${at} messages of ${counts.flood}`);
});
