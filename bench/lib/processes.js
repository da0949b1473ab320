/** Processes of a run: each side has one of its own, and all are ended. */

const { fork, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');

const SIDE = path.join(__dirname, '..', 'side.js');
const LONGEST_MS = 45_000;

const running = new Set();
/** Where sockets and small files of this run are. */
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-bench-'));
let files = 0;

process.on('exit', () => {
  for (const child of running) {
    child.kill('SIGKILL');
  }
  fs.rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => process.exit(1));
}

function keep(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

function start(command, args, stdio = ['pipe', 'pipe', 'inherit']) {
  return keep(spawn(command, args.map(String), { stdio }));
}

async function stop(child) {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

/** A path that nothing is at. */
function fresh(ending) {
  files += 1;
  return path.join(folder, `${process.pid}-${files}.${ending}`);
}

/** The first line that a process prints. */
async function firstLine(child) {
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`it ended with ${code}`);
  });
  gone.catch(() => {});
  const [chunk] = await Promise.race([once(child.stdout, 'data'), gone]);
  return chunk.toString().trim();
}

/** A port that nobody listens at. */
async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** A server that is somebody else's program: up when its port answers. */
async function server(command, args, port) {
  const child = start(command, args, 'ignore');
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await answers(port)) {
      return { pid: child.pid, where: { port }, stop: () => stop(child) };
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await stop(child);
  throw new Error(`${command} does not listen`);
}

/**
 * A side in its own process, on one `processor` alone if that is given: `said(what)` resolves with the next message of
 * that kind, and with its 'result'.
 */
function side(options, { env = {}, execArgv = [], processor, longest = LONGEST_MS } = {}) {
  const pinned = {
    execPath: 'taskset',
    execArgv: ['--cpu-list', String(processor), process.execPath, ...execArgv],
  };
  const settings = { env: { ...process.env, ...env }, execArgv, ...(processor !== undefined && pinned) };
  const child = keep(fork(SIDE, settings));
  const waiting = new Map();
  const heard = new Map();
  let fail;
  const failed = new Promise((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const timer = setTimeout(() => fail(new Error('it took too long')), longest);
  child.on('message', ({ kind, value }) => {
    if (kind === 'failed') {
      fail(new Error(value));
    } else if (waiting.has(kind)) {
      waiting.get(kind)(value);
      waiting.delete(kind);
    } else {
      heard.set(kind, value);
    }
  });
  child.once('exit', (code, signal) => {
    clearTimeout(timer);
    fail(new Error(`the ${options.side} ended with ${code ?? signal}`));
  });
  const said = (kind) => {
    if (heard.has(kind)) {
      const value = heard.get(kind);
      heard.delete(kind);
      return Promise.resolve(value);
    }
    return Promise.race([failed, new Promise((resolve) => waiting.set(kind, resolve))]);
  };
  // A side that is done gets no more requests.
  const tell = (value) => child.connected && child.send(value, () => {});
  tell(options);
  return { pid: child.pid, said, tell, stop: () => stop(child) };
}

/** Runs the named sides' code in one process to its result. */
async function run(options, settings) {
  const one = side(options, settings);
  try {
    return await one.said('result');
  } finally {
    await one.stop();
  }
}

module.exports = { firstLine, freePort, fresh, run, server, side, start, stop };
