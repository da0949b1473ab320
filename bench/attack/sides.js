/** What runs in processes of its own: the daemon, honest sessions, attackers, and what stands in their place. */

const path = require('node:path');
const { kinds } = require('./kinds.js');
const starts = require('./starts.js');

const kindOf = (kind) => kinds.find(({ name }) => name === kind);
const forever = new Promise(() => {});
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Between two pings, and two looks at the daemon. */
const PING_MS = 1;
const LOOK_MS = 50;
/** What is done for the first time takes longer, and V8 still compiles meanwhile: on the honest processor. */
const WARM_MS = 3000;

/** The daemon of a checkout. */
async function daemon({ checkout, kind, tell, heard }) {
  const { daemon: options, isOver } = kindOf(kind);
  const { SpreadDaemon } = require(path.resolve(checkout));
  const running = await SpreadDaemon.start({ port: 0, ...options });
  tell('listening', { address: running.address, port: running.port });
  await heard('look');
  const before = running.stats();
  tell('seen');
  await heard('wait');
  while (!isOver(running.stats(), before)) {
    await later(LOOK_MS);
  }
  tell('quiet');
  await forever;
}

/** Pings all the time, whatever has become of the pings before; counts those that begin while it is told to. */
async function pinger({ address, tell, heard }) {
  const { connect } = require('../..');
  const session = await connect({ address, name: 'honest' });
  const pings = [];
  const under = new Set();
  let counts = false;
  const ping = async (counted) => {
    const ms = await session.ping();
    if (counted) {
      pings.push(ms * 1000);
    }
  };
  const timer = setInterval(() => {
    const one = ping(counts);
    under.add(one);
    one.finally(() => under.delete(one));
  }, PING_MS);
  await later(WARM_MS);
  tell('ready');
  await heard('begin');
  counts = true;
  tell('begun');
  await heard('end');
  clearInterval(timer);
  await Promise.all(under);
  return { pings };
}

/** Connects so often, one after the other. */
async function newcomer({ address, count, tell, heard }) {
  const { connect } = require('../..');
  await (await connect(address)).disconnect();
  tell('ready');
  await heard('begin');
  const connects = [];
  let failed = 0;
  for (let index = 0; index < count; index += 1) {
    const begun = performance.now();
    try {
      const session = await connect({ address, timeout: 10_000 });
      connects.push(performance.now() - begun);
      await session.disconnect();
    } catch {
      failed += 1;
    }
    await later(PING_MS);
  }
  return { connects, failed };
}

async function attackers({ kind, port, tell, heard }) {
  // Some are cut off in the middle of what they do.
  process.on('uncaughtException', () => {});
  const { prepare, go } = kindOf(kind);
  const ready = await prepare(port);
  tell('ready');
  await heard('begin');
  await go(ready, port);
  tell('done');
  await forever;
}

/** Keeps a processor busy as attackers do. */
async function spinner({ tell }) {
  tell('ready');
  await later(0);
  for (;;) {}
}

module.exports = { attackers, daemon, newcomer, pinger, spinner, ...starts.sides };
