/** Streams of single messages, each of which would wake its reader: sockets are then looked at by time. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { connect } = require('..');
const { until } = require('./helpers/until.js');

const MANY = 20_000;

const startDaemon = (clients = 1) =>
  new Worker(path.join(__dirname, 'fixtures', 'streaming-daemon.js'), { workerData: { clients } });

/** Sessions with what they got, and the daemon that streams to them. */
async function streamingTo(clients, t) {
  const worker = startDaemon(clients);
  t.after(() => worker.terminate());
  const [port] = await once(worker, 'message');
  const all = [];
  while (all.length < clients) {
    const session = await connect({ address: `${port}@127.0.0.1` });
    t.after(() => session.disconnect());
    const numbers = [];
    session.on('message', ({ data }) => numbers.push(Number(data)));
    all.push({ session, numbers });
  }
  return { all, ask: (request) => worker.postMessage(request) };
}

/** Returns the same for one. */
async function streaming(t) {
  const { all, ask } = await streamingTo(1, t);
  return { ...all[0], ask };
}

const upTo = (count) => Array.from({ length: count }, (_, index) => index);

test('all of it comes in order, and a single message after it', async (t) => {
  const { session, numbers, ask } = await streaming(t);
  for (const round of [1, 2, 3]) {
    ask({ from: numbers.length, to: numbers.length + MANY });
    await until(() => numbers.length === round * (MANY + 1) - 1);
    ask({ from: numbers.length, to: numbers.length + 1 });
    await until(() => numbers.length === round * (MANY + 1));
  }
  assert.deepEqual(numbers, upTo(3 * (MANY + 1)));
  assert.equal(session.stats().receiveQueueBytes, 0);
});

test('to ten sessions at once, none of which alone gets many', async (t) => {
  const { all, ask } = await streamingTo(10, t);
  ask({ from: 0, to: MANY / 4 });
  await until(() => all.every(({ numbers }) => numbers.length === MANY / 4));
  for (const { numbers } of all) {
    assert.deepEqual(numbers, upTo(MANY / 4));
  }
});

test('pause() within it, and resume()', async (t) => {
  const { session, numbers, ask } = await streaming(t);
  ask({ from: 0, to: MANY });
  for (const share of [0.2, 0.4, 0.6]) {
    await until(() => numbers.length >= share * MANY);
    session.pause();
    const before = numbers.length;
    for (let turn = 0; turn < 10; turn += 1) {
      await new Promise(setImmediate);
    }
    assert.equal(numbers.length, before);
    session.resume();
  }
  await until(() => numbers.length === MANY);
  assert.deepEqual(numbers, upTo(MANY));
});

test('disconnect() within it', async (t) => {
  const { session, numbers, ask } = await streaming(t);
  ask({ from: 0, to: 10 * MANY });
  await until(() => numbers.length >= MANY);
  await session.disconnect();
  assert.deepEqual(numbers, upTo(numbers.length));
});

test('a connection that is reset within it', async (t) => {
  const { session, numbers, ask } = await streaming(t);
  const lost = once(session, 'disconnect');
  ask({ from: 0, to: 10 * MANY });
  await until(() => numbers.length >= MANY);
  ask('hang up');
  await lost;
  assert.deepEqual(numbers, upTo(numbers.length));
});

test('a worker that is terminated within it', async (t) => {
  const daemon = startDaemon();
  t.after(() => daemon.terminate());
  const [port] = await once(daemon, 'message');
  const reader = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const { connect } = require(workerData.module);
     let count = 0;
     connect(workerData.address).then((session) => {
       session.on('message', () => {
         count += 1;
         if (count === ${MANY}) parentPort.postMessage('streaming');
       });
       parentPort.postMessage('connected');
     });`,
    { eval: true, workerData: { module: path.join(__dirname, '..'), address: `${port}@127.0.0.1` } },
  );
  await once(reader, 'message');
  daemon.postMessage({ from: 0, to: 20 * MANY });
  await once(reader, 'message');
  assert.equal(await reader.terminate(), 1);
});
