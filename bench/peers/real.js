/** Clients of a real daemon: the C library from C, cspread with both engines, and npm's `spread`. */

const processes = require('../lib/processes.js');
const real = require('../lib/real.js');
const { program } = require('../lib/wire.js');
const { spentBy } = require('../lib/meter.js');
const { modern } = require('./cspread.js');
const { atMost, withoutPackage } = require('./common.js');

/** A real daemon cuts off a reader with 1,000 messages waiting. */
const WINDOW = 800;

const addressOf = (unix) => (unix ? `/tmp/${real.port}` : real.address);
/** The C library names the Unix socket by the port alone. */
const forLibrary = (unix) => (unix ? real.port : real.address);

async function serve(unix) {
  const where = unix ? { path: addressOf(true) } : { address: real.address };
  return { pid: real.listener(real.port), where: { ...where, unix }, async stop() {} };
}

async function flood({ where, topic, size }) {
  const args = [real.library, 'flood', forLibrary(where.unix), size, topic, 0, WINDOW];
  const child = processes.start(program('spread'), args);
  child.stdin.on('error', () => {});
  await processes.firstLine(child);
  return { pid: child.pid, credit: () => child.stdin.write('c'), stop: () => processes.stop(child) };
}

/** A whole run in C. */
const inC = (unix) => async (options) => {
  const { workload, size, seconds, warm, connections } = options;
  const window = workload === 'loop' ? 200 : WINDOW;
  const pid = real.listener(real.port);
  const args = [real.library, workload, forLibrary(unix), size, seconds, warm, window, connections];
  const child = processes.start(program('spread'), args);
  let text = '';
  let before;
  let spent;
  for await (const chunk of child.stdout) {
    before ??= spentBy(pid);
    spent = spentBy(pid) - before;
    text += chunk;
  }
  const figures = JSON.parse(text.slice(text.indexOf('{')));
  return workload === 'pingpong' ? figures : { ...figures, server: spent / figures.messages };
};

/** It reads as text, and leaves the last message of a chunk lying: runs are by time, so that harms nothing here. */
async function npmSpread() {
  const { createSpread } = require('./npm-spread.js');
  return createSpread(real.port);
}

const REAL = ['receive', 'send', 'loop', 'pingpong', 'fanout-10'];
/** It is cut off now and then, and of ten connections one mostly is. */
const NPM_SPREAD = ['receive', 'send', 'loop', 'pingpong'];
/** Its ceiling is in the number of messages: larger ones say less. */
const SIZES = [64];
const shared = { only: REAL, sizes: SIZES, window: WINDOW, real: true, flood };

const inCspread = (name, unix, settings) => ({
  ...shared,
  name,
  unix,
  absent: real.noLibrary,
  serve: () => serve(unix),
  client: (where) => modern(where, settings),
  batch: atMost(500),
});

module.exports = [
  { ...shared, name: 'real:c', absent: real.noLibrary, serve: () => serve(false), measure: inC(false) },
  inCspread('real:cspread', false, { engine: 'native' }),
  inCspread('real:cspread-libspread', false, { engine: 'libspread', libspread: real.library }),
  {
    ...shared,
    name: 'real:npm-spread',
    only: NPM_SPREAD,
    absent: () => real.noLibrary() ?? withoutPackage('spread'),
    serve: () => serve(false),
    client: npmSpread,
    batch: atMost(500),
  },
  { ...shared, name: 'real:c-unix', unix: true, absent: real.noLibrary, serve: () => serve(true), measure: inC(true) },
  inCspread('real:cspread-unix', true, { engine: 'native' }),
];
