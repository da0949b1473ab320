/** What an embedded daemon tells of those who come and go. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const net = require('node:net');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const { connect } = require('..');
const { daemonFor } = require('./helpers/sessions.js');
const { uncaught } = require('./helpers/uncaught.js');
const { until } = require('./helpers/until.js');

function record(daemon) {
  const log = [];
  for (const event of ['connect', 'disconnect']) {
    daemon.on(event, ({ privateGroup, cause, missed }) => log.push([event, privateGroup, cause, missed]));
  }
  return log;
}

test('who comes, who is refused, who leaves, who is gone', async (t) => {
  const daemon = await daemonFor(t, {});
  const log = record(daemon);
  const session = await connect({ address: daemon.address, name: 'anna' });
  await assert.rejects(connect({ address: daemon.address, name: 'anna' }));
  await session.disconnect();
  const socket = net.connect(daemon.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  await until(() => log.length === 4);
  const last = await connect({ address: daemon.address, name: 'ben' });
  last.on('disconnect', () => {});
  await until(() => log.length === 5);
  await daemon.stop();
  assert.deepEqual(log, [
    ['connect', '#anna#localhost', undefined, 0],
    ['disconnect', null, 'refused', 0],
    ['disconnect', '#anna#localhost', 'left', 0],
    ['disconnect', null, 'gone', 0],
    ['connect', '#ben#localhost', undefined, 0],
    ['disconnect', '#ben#localhost', 'stopped', 0],
  ]);
});

test('a listener that throws keeps nothing from the others', async (t) => {
  const errors = uncaught(t);
  const daemon = await daemonFor(t, {});
  daemon.on('connect', ({ privateGroup }) => {
    throw new Error(privateGroup);
  });
  const sessions = await Promise.all(['anna', 'ben'].map((name) => connect({ address: daemon.address, name })));
  await errors.count(2);
  assert.deepEqual(errors.entries.map(({ message }) => message).sort(), ['#anna#localhost', '#ben#localhost']);
  await Promise.all(sessions.map((session) => session.disconnect()));
  await daemon.stop();
});

test('peer, and a reason in words', async (t) => {
  const daemon = await daemonFor(t, {});
  const told = once(daemon, 'disconnect');
  const socket = net.connect(daemon.port, '127.0.0.1', () => socket.write('no connect request'));
  const [{ peer, cause, reason }] = await told;
  assert.equal(peer, `127.0.0.1:${socket.localPort}`);
  assert.equal(cause, 'refused');
  assert.match(reason, /REJECT_ILLEGAL_NAME|REJECT_VERSION/);
  socket.destroy();
});

test('who comes while nobody listens is not told later', async (t) => {
  const daemon = await daemonFor(t, {});
  const first = await connect({ address: daemon.address });
  const log = record(daemon);
  daemon.removeAllListeners('connect');
  await (await connect({ address: daemon.address })).disconnect();
  await first.disconnect();
  await until(() => log.length === 2);
  assert.deepEqual(
    log.map(([event]) => event),
    ['disconnect', 'disconnect'],
  );
});

test('what a busy program is not told is counted', async (t) => {
  const daemon = await daemonFor(t, {});
  // The notice of its view takes no place among those that wait.
  await until(() => daemon.view !== null);
  const log = record(daemon);
  const all = 4500;
  const busy = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    `const { workerData: { port, all, busy } } = require('node:worker_threads');
     const net = require('node:net');
     let left = all;
     const next = () => {
       if (left-- > 0) {
         net.connect(port, '127.0.0.1').on('connect', function () { this.resetAndDestroy(); }).on('close', next).on('error', () => {});
       }
     };
     Atomics.wait(busy, 0, 0);
     next();`,
    { eval: true, workerData: { port: daemon.port, all, busy } },
  );
  await once(worker, 'online');
  Atomics.store(busy, 0, 1);
  Atomics.notify(busy, 0);
  // This thread does nothing else until the daemon has read the end of each.
  while (daemon.stats().reads < all) {
    Atomics.wait(busy, 0, 1, 10);
  }
  // The last one carries the count of those before.
  await until(() => log.length >= 4096 && daemon.stats().sessions === 0);
  const session = await connect({ address: daemon.address });
  await session.disconnect();
  await until(() => log.some(([event, , cause]) => event === 'disconnect' && cause === 'left'));
  const told = log.filter(([, group]) => group === null).length;
  const missed = log.reduce((sum, [, , , before]) => sum + before, 0);
  assert.equal(told + missed, all);
  assert.ok(missed > 0);
});
