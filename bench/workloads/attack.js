/**
 * Honest sessions while others attack: attackers have one processor, the daemon and the honest sessions the other. In
 * `quiet` a loop that does nothing stands in the attackers' place. CSPREAD_BEFORE names a checkout (with its native code)
 * whose daemon is measured too, in the same rounds.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { kinds } = require('../attack/kinds.js');
const sides = require('../attack/sides.js');
const { pooled } = require('../attack/pooled.js');
const processes = require('../lib/processes.js');
const { mostResident } = require('../lib/meter.js');

const [HONEST, ATTACKERS] = [0, 1];
const LONGEST_MS = 180_000;
/** How long nobody attacks, and how long those do who do not end. */
const QUIET_MS = 2000;
const ATTACK_MS = 3000;

const here = path.join(__dirname, '..', '..');
const before = process.env.CSPREAD_BEFORE;
const only = process.env.CSPREAD_ATTACKS?.split(',');

const VERSIONS = [
  { version: 'quiet', checkout: here },
  { version: 'now', checkout: here },
  ...(before ? [{ version: 'before', checkout: before }] : []),
];

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Processor time of a daemon's thread so far, in s. */
function spentBy(pid) {
  for (const task of fs.readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${task}`;
    if (fs.readFileSync(`${folder}/comm`, 'latin1').trim() === 'spread-daemon') {
      return Number(fs.readFileSync(`${folder}/schedstat`, 'latin1').split(' ', 1)[0]) / 1e9;
    }
  }
  return undefined;
}

async function run({ peer: { kind, version, checkout } }) {
  const running = [];
  const begin = (side, processor, options) => {
    const one = processes.side({ workload: 'attack', side, ...options }, { processor, longest: LONGEST_MS });
    running.push(one);
    return one;
  };
  try {
    if (kind.measure) {
      return await kind.measure(begin, checkout);
    }
    const daemon = begin('daemon', HONEST, { checkout, kind: kind.name });
    const { address, port } = await daemon.said('listening');
    const pinger = begin('pinger', HONEST, { address });
    await pinger.said('ready');
    const newcomer = kind.newcomers && begin('newcomer', HONEST, { address, count: kind.newcomers });
    await newcomer?.said('ready');
    daemon.tell('look');
    await daemon.said('seen');
    const isQuiet = version === 'quiet';
    const attackers = begin(isQuiet ? 'spinner' : 'attackers', ATTACKERS, { kind: kind.name, port });
    await attackers.said('ready');
    const spent = spentBy(daemon.pid);
    pinger.tell('begin');
    await pinger.said('begun');
    const done = attackers.said('done');
    done.catch(() => {});
    attackers.tell('begin');
    newcomer?.tell('begin');
    const newcomers = newcomer?.said('result');
    await (isQuiet ? later(QUIET_MS) : Promise.race([done, Promise.all([newcomers, later(ATTACK_MS)])]));
    if (!isQuiet && kind.isOver) {
      daemon.tell('wait');
      await daemon.said('quiet');
    }
    const cpu = spentBy(daemon.pid) - spent;
    const connected = await newcomers;
    pinger.tell('end');
    const { pings } = await pinger.said('result');
    return { pings, cpu, ...connected, memory: mostResident(daemon.pid) };
  } finally {
    await Promise.all(running.map((one) => one.stop()));
  }
}

function absent() {
  if (os.availableParallelism() < 2) {
    return 'there is one processor';
  }
  return spawnSync('taskset', ['--version']).error ? 'there is no taskset' : undefined;
}

module.exports = {
  name: 'attack',
  about: 'pings and connects of honest sessions meanwhile; µs',
  by: 'p99',
  absent,
  sizes: [0],
  subjects: kinds
    .filter(({ name }) => only === undefined || only.includes(name))
    .flatMap((kind) => VERSIONS.map((version) => ({ name: `${kind.name} ${version.version}`, kind, ...version })))
    .filter(({ kind, version }) => version !== 'quiet' || !kind.measure),
  run,
  summary: pooled,
  sides,
};
