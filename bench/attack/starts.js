/**
 * Daemons that start on one Unix path: two at once, which were both content in some rounds; and one where another listens
 * that does not come to those who wait.
 */

const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const path = require('node:path');
const processes = require('../lib/processes.js');

const ROUNDS = 60;
/** More than wait for a server that takes none of them. */
const WAITING = 5;
/** How long it takes none of them. */
const ASLEEP_MS = 3000;

/** Starts a daemon on each path that it is told, and says whether it listens, and how long the call took. */
async function starter({ checkout, tell }) {
  const { SpreadDaemon } = require(path.resolve(checkout));
  let daemon;
  process.on('message', async (where) => {
    if (where === 'stop') {
      await daemon?.stop();
      tell('stopped');
      return;
    }
    const begun = performance.now();
    const starting = SpreadDaemon.start({ port: 0, path: where });
    const blocked = performance.now() - begun;
    daemon = await starting.catch(() => undefined);
    tell('tried', { listens: daemon !== undefined, blocked });
  });
  tell('ready');
  await new Promise(() => {});
}

/** Listens, and then comes to nobody for a while. */
async function sleeper({ where, tell }) {
  const server = net.createServer().listen({ path: where, backlog: 1 });
  await once(server, 'listening');
  tell('listening');
  process.once('message', () => {
    tell('asleep');
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ASLEEP_MS));
  });
  await new Promise(() => {});
}

/** A socket's file that nobody listens on any more. */
async function deadSocket() {
  const [living, dead] = [processes.fresh('sock'), processes.fresh('sock')];
  const server = net.createServer().listen(living);
  await once(server, 'listening');
  fs.linkSync(living, dead);
  server.close();
  await once(server, 'close');
  return dead;
}

async function two(begin, checkout) {
  const both = [0, 1].map((processor) => begin('starter', processor, { checkout }));
  await Promise.all(both.map((one) => one.said('ready')));
  let count = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const where = await deadSocket();
    const tries = both.map((one) => {
      one.tell(where);
      return one.said('tried');
    });
    const listening = (await Promise.all(tries)).filter(({ listens }) => listens);
    count += listening.length === 2 ? 1 : 0;
    await Promise.all(
      both.map((one) => {
        one.tell('stop');
        return one.said('stopped');
      }),
    );
    fs.rmSync(where, { force: true });
  }
  return count;
}

async function blocked(begin, checkout) {
  const where = processes.fresh('sock');
  const sleeping = begin('sleeper', 1, { where });
  const starting = begin('starter', 0, { checkout });
  await Promise.all([sleeping.said('listening'), starting.said('ready')]);
  sleeping.tell('sleep');
  await sleeping.said('asleep');
  const clients = Array.from({ length: WAITING }, () => net.connect(where).on('error', () => {}));
  // One that is told there is no room has been turned away.
  await Promise.race(clients.map((client) => once(client, 'error').catch(() => {})));
  starting.tell(where);
  const { blocked: ms } = await starting.said('tried');
  for (const client of clients) {
    client.destroy();
  }
  return ms;
}

module.exports = {
  name: 'starts',
  about: `${ROUNDS} times two daemons start at once on one Unix path; and one on the path of a process that sleeps`,
  /** `begin(side, processor, options)` runs a side. */
  async measure(begin, checkout) {
    return { both: await two(begin, checkout), rounds: ROUNDS, blocked: await blocked(begin, checkout) };
  },
  sides: { starter, sleeper },
};
