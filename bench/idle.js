/**
 * What an idle session costs: memory of this process for many of them, with the daemon in another process.
 * node --expose-gc bench/idle.js [sessions]
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const SpreadSession = require('..');

const SESSIONS = Number(process.argv[2] ?? 500);

function open(address) {
  return new Promise((resolve, reject) => {
    new SpreadSession(address, '', resolve, (_, error) => reject(error));
  });
}

function resident() {
  global.gc();
  return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'latin1'))[1]) * 1024;
}

async function main() {
  const child = fork(__filename, { env: { ...process.env, DAEMON: '1' } });
  const [{ address }] = await once(child, 'message');
  // The first sessions bring what all of them share.
  const sessions = [];
  for (let index = 0; index < 20; index += 1) {
    sessions.push(await open(address));
  }
  const before = resident();
  for (let index = 0; index < SESSIONS; index += 1) {
    sessions.push(await open(address));
  }
  const grown = resident() - before;
  console.log(`${SESSIONS} idle sessions: ${Math.round(grown / SESSIONS)} bytes each`);
  await Promise.all(sessions.map((session) => session.disconnect()));
  child.kill();
}

if (process.env.DAEMON) {
  SpreadSession.SpreadDaemon.start({ port: 0 }).then(({ address }) => process.send({ address }));
} else {
  main();
}
