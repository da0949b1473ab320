/** The table of attacks: the pings of all rounds together, by those of the quiet rounds. */

const { table } = require('../lib/table.js');
const { median } = require('../lib/cells.js');

const HEAD = [
  '',
  'pings',
  'p50 µs',
  'p99',
  'most',
  'p99 / quiet',
  'most / quiet',
  'connected',
  'slowest ms',
  'daemon s',
  'MB',
];

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

function of(runs, peer) {
  const mine = runs.filter((run) => run.peer === peer && !run.error);
  const pings = mine.flatMap((run) => run.pings).sort((a, b) => a - b);
  const connects = mine.flatMap((run) => run.connects ?? []);
  const tried = connects.length + mine.reduce((sum, run) => sum + (run.failed ?? 0), 0);
  return {
    peer,
    count: pings.length,
    p50: at(pings, 0.5),
    p99: at(pings, 0.99),
    most: pings.at(-1),
    connected: tried === 0 ? undefined : `${connects.length} of ${tried}`,
    came: connects.length / tried,
    slowest: connects.length === 0 ? undefined : Math.max(...connects),
    cpu: median(mine.map((run) => run.cpu)),
    memory: median(mine.map((run) => run.memory)),
  };
}

function figures(runs) {
  const names = [...new Set(runs.map((run) => run.peer))];
  const all = names.map((name) => of(runs, name));
  return all.map((one) => {
    const quiet = all.find(({ peer }) => peer === `${one.peer.split(' ')[0]} quiet`);
    return { ...one, p99Times: one.p99 / quiet.p99, mostTimes: one.most / quiet.most };
  });
}

const START_HEAD = ['', 'of two both listen', 'the call takes ms'];

/** Of daemons that start there are no pings. */
function starts(runs) {
  const names = [...new Set(runs.map((run) => run.peer))];
  return names.map((name) => {
    const mine = runs.filter((run) => run.peer === name && !run.error);
    const sum = (key) => mine.reduce((total, run) => total + run[key], 0);
    return [name, `${sum('both')} of ${sum('rounds')}`, Math.max(...mine.map((run) => run.blocked))];
  });
}

const isStart = ({ peer }) => peer.startsWith('starts ');

function pingTable(runs) {
  const rows = figures(runs.filter((run) => !isStart(run))).map((one) => [
    one.peer,
    String(one.count),
    one.p50,
    one.p99,
    one.most,
    one.p99Times,
    one.mostTimes,
    one.connected,
    one.slowest,
    one.cpu,
    Math.round(one.memory / 1e6),
  ]);
  return rows.length > 0 ? table(HEAD, rows) : undefined;
}

function startTable(runs) {
  const rows = starts(runs.filter(isStart));
  return rows.length > 0 ? table(START_HEAD, rows) : undefined;
}

function pooled(runs) {
  return [pingTable(runs), startTable(runs)].filter((text) => text !== undefined).join('\n\n');
}

module.exports = { figures, pingTable, pooled, startTable };
