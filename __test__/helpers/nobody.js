/** Addresses at which nobody answers, each in another way. */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { once } = require('node:events');
const { Worker } = require('node:worker_threads');

/** Starts a server that accepts and keeps silent. */
async function silent(t) {
  const sockets = new Set();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) {
      socket.destroy();
    }
    server.close();
  });
  return `${server.address().port}@127.0.0.1`;
}

/** Returns a port that was free a moment ago. */
async function refusing() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return `${port}@127.0.0.1`;
}

/** More than a backlog of 1 holds. */
const FILL = 8;

/** Returns a port that neither accepts nor refuses a connection: its backlog is full, and nothing takes from it. */
async function blackhole(t) {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      parentPort.postMessage(server.address().port);
      Atomics.wait(workerData, 0, 0);
      process.exit();
    });`;
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(code, { eval: true, workerData: flag });
  const [port] = await once(worker, 'message');
  const fill = Array.from({ length: FILL }, () => net.connect(port, '127.0.0.1').on('error', () => {}));
  await once(fill[0], 'connect');
  t.after(async () => {
    for (const socket of fill) {
      socket.destroy();
    }
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
    await once(worker, 'exit');
  });
  return `${port}@127.0.0.1`;
}

/** Returns environment variables that make a process's look-ups hang; or why that is impossible here. */
function hangingLookups(t) {
  if (process.platform !== 'linux') {
    return { reason: 'a resolver can be put in front of the system’s on Linux only' };
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const library = path.join(folder, 'no-lookup.so');
  const source = path.join(__dirname, '..', 'fixtures', 'no-lookup.c');
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, source], { stdio: 'pipe' });
  } catch (error) {
    return { reason: `no C compiler for a resolver that hangs: ${error.message.split('\n')[0]}` };
  }
  // Beside what is in front of it already.
  return { env: { LD_PRELOAD: [process.env.LD_PRELOAD, library].filter(Boolean).join(':') } };
}

module.exports = { blackhole, hangingLookups, refusing, silent };
