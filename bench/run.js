/**
 * cspread and its peers side by side, on the same work: `npm run bench -- --help`.
 *
 * Rounds are interleaved: every peer runs once in each, and what is compared is what ran in the same round.
 */

const fs = require('node:fs');
const { parseArgs } = require('node:util');
const { bars } = require('./lib/bars.js');
const { cells } = require('./lib/cells.js');
const { machine } = require('./lib/machine.js');
const { ofWorkload, table } = require('./lib/table.js');
const { peers } = require('./peers');
const { workloads } = require('./workloads');

const HELP = `node bench/run.js [options]
  --short           a part of it, in less than 2 minutes
  --only NAMES      these workloads alone, with commas between: ${workloads
    .map(({ name }) => name)
    .filter((name) => name !== 'servers')
    .join(', ')}
  --peers NAMES     these peers alone, besides raw
  --sizes BYTES     64,1024,16384,102400
  --rounds N        5 (short: 3)
  --seconds S       measured in each run: 0.6 (short: 0.3); before it, half as much to warm up
  --json FILE       every run, and what was made of them
  --plots FOLDER    SVG, a file for each workload
  SPREAD_REAL=4803@localhost with CSPREAD_LIBSPREAD=/path/of/libspread.so: the clients of a real daemon, too
  CSPREAD_BEFORE=/path/of/checkout: that, too, as the peer before; CSPREAD_ATTACKS=ends,readers: these attacks alone`;

const SHORT = {
  workloads: ['receive', 'send', 'loop', 'pingpong', 'fanout-10'],
  peers: ['raw', 'cspread', 'nats', 'ioredis', 'mqtt'],
};

const list = (text) => text?.split(',');

function options() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      short: { type: 'boolean' },
      only: { type: 'string' },
      peers: { type: 'string' },
      sizes: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      json: { type: 'string' },
      plots: { type: 'string' },
    },
  });
  const { short = false } = values;
  return {
    ...values,
    short,
    only: list(values.only) ?? (short ? SHORT.workloads : undefined),
    peers: list(values.peers) ?? (short ? SHORT.peers : undefined),
    sizes: (list(values.sizes) ?? (short ? ['64'] : ['64', '1024', '16384', '102400'])).map(Number),
    rounds: Number(values.rounds ?? (short ? 3 : 5)),
    seconds: Number(values.seconds ?? (short ? 0.3 : 0.6)),
  };
}

/** Who takes part: the others are named, with the reason. */
function present(wanted) {
  return peers.filter((peer) => {
    const isWanted = wanted === undefined || wanted.includes(peer.name) || peer.name === 'raw';
    const reason = isWanted ? peer.absent() : undefined;
    if (reason !== undefined) {
      console.log(`skipped: ${peer.name}: ${reason}`);
    }
    return isWanted && reason === undefined;
  });
}

function takes(workload, peer, size) {
  if (peer.sizes !== undefined && !peer.sizes.includes(size)) {
    return false;
  }
  return workload.takes?.(peer) ?? peer.only?.includes(workload.name) ?? true;
}

/** What something is compared with, by default: a raw socket of the same kind. */
const rawOf = (peer) => (peer.unix ? 'raw-unix' : 'raw');

/** One workload at one size: all rounds. */
async function measure(workload, size, everybody, { rounds, seconds }, runs) {
  const mine = workload.subjects ?? everybody.filter((peer) => takes(workload, peer, size));
  for (let round = 0; round < rounds; round += 1) {
    for (const peer of mine) {
      const yardstick = workload.yardstick?.(peer) ?? rawOf(peer);
      const of = { workload: workload.name, size, peer: peer.name, round, yardstick, by: workload.by };
      try {
        runs.push({ ...of, ...(await workload.run({ peer, size, seconds, warm: seconds / 2 })) });
      } catch (error) {
        console.error(`failed: ${workload.name} ${size} ${peer.name}: ${error.message}`);
        runs.push({ ...of, error: error.message });
      }
    }
  }
  const own = runs.filter((run) => run.workload === workload.name && run.size === size);
  const title = (workload.sizes?.length ?? 2) > 1 ? `${workload.name}, ${size} bytes` : workload.name;
  const summary = workload.summary?.(own) ?? ofWorkload(cells(own), workload);
  console.log(`\n### ${title}: ${workload.about}\n\n${summary}`);
}

async function main() {
  const chosen = options();
  if (chosen.help) {
    console.log(HELP);
    return;
  }
  const begun = performance.now();
  const about = machine();
  console.log(`${about.text}\n${chosen.rounds} rounds, ${chosen.seconds} s measured in each run\n`);
  const everybody = present(chosen.peers);
  const runs = [];
  for (const workload of workloads.filter(
    ({ name, by }) => by !== undefined && (chosen.only === undefined || chosen.only.includes(name)),
  )) {
    const reason = workload.absent?.();
    if (reason !== undefined) {
      console.log(`skipped: ${workload.name}: ${reason}`);
      continue;
    }
    for (const size of workload.sizes ?? chosen.sizes) {
      await measure(workload, size, everybody, chosen, runs);
    }
  }
  const result = bars(runs);
  if (result.length > 0) {
    const rows = result.map((row) => [row.what, row.value, row.bar, row.goal, row.verdict]);
    console.log(`\n### Against the bar\n\n${table(['what', 'measured', 'bar', 'goal', ''], rows)}`);
  }
  console.log(`\n${runs.length} runs in ${Math.round((performance.now() - begun) / 1000)} s`);
  if (chosen.json !== undefined) {
    const all = { machine: about, options: chosen, cells: cells(runs), bars: result, runs };
    fs.writeFileSync(chosen.json, `${JSON.stringify(all, null, 1)}\n`);
  }
  if (chosen.plots !== undefined) {
    require('./lib/plot.js').plots(chosen.plots, cells(runs), workloads);
  }
}

main().then(
  () => process.exit(),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
