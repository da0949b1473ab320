/** A flood that waits inside the client before its first message is handled. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { open } = require('./sessions.js');

const WAIT_MS = 60_000;

/**
 * Opens sessions: the first gets `total` messages of `length` bytes and the second, if there is one, a single message
 * after them. `start()` has them sent, and the calling thread stands still until all have left.
 */
async function flooded(t, total, { clients = 1, length = 20 } = {}) {
  const written = new Int32Array(new SharedArrayBuffer(4));
  const file = path.join(__dirname, '..', 'fixtures', 'flooding-daemon.js');
  const worker = new Worker(file, { workerData: { total, clients, length, written } });
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
    start() {
      worker.postMessage('go');
      assert.equal(Atomics.wait(written, 0, 0, WAIT_MS), 'ok');
    },
  };
}

module.exports = { flooded };
