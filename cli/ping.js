/** `cspread ping`: round trips to a daemon. */

const { setTimeout: later } = require('node:timers/promises');
const { time } = require('./layout.js');
const { library } = require('./library.js');
const { CONNECTING, connecting, integer } = require('./options.js');
const { dim, interrupted } = require('./terminal.js');

const options = {
  ...CONNECTING,
  count: { type: 'string', short: 'c', argument: 'NUMBER', about: 'round trips, 4 by default; 0 goes on until Ctrl-C' },
  interval: { type: 'string', short: 'i', argument: 'MS', about: 'between them, 1000 by default' },
  json: { type: 'boolean', about: 'one JSON object at the end, times in ms' },
};

const examples = [
  ['cspread ping', 'four round trips to the daemon of this machine'],
  ['cspread ping -a 4803@db1 -c 100 -i 10 --json', 'for a script'],
];

function summary(trips) {
  const sorted = [...trips].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { count: trips.length, min: sorted[0], p50: at(0.5), p99: at(0.99), max: sorted.at(-1) };
}

async function run({ values }) {
  const count = integer(values, 'count', 4, 0) || Number.POSITIVE_INFINITY;
  const interval = integer(values, 'interval', 1000, 0, 2 ** 31 - 1);
  const session = await library().connect({ ...connecting(values), membership: false });
  const { address, privateGroup, daemonVersion } = session;
  let isOver = false;
  const over = interrupted().then(() => {
    isOver = true;
  });
  if (!values.json) {
    console.log(`${address}${daemonVersion ? `, Spread ${daemonVersion}` : ''}, as ${privateGroup}`);
  }
  const trips = [];
  while (trips.length < count && !isOver) {
    const trip = await session.ping();
    trips.push(trip);
    if (!values.json) {
      console.log(`${String(trips.length).padStart(4)}  ${time(trip * 1000)}`);
    }
    if (trips.length < count) {
      await Promise.race([later(interval, undefined, { ref: false }), over]);
    }
  }
  await session.disconnect();
  const figures = summary(trips);
  if (values.json) {
    console.log(JSON.stringify({ address, daemonVersion, ...figures }));
  } else if (trips.length > 1) {
    const shown = ['min', 'p50', 'p99', 'max'].map((name) => `${dim(name)} ${time(figures[name] * 1000)}`);
    console.log(shown.join('  '));
  }
}

module.exports = {
  summary: 'measures round trips to a daemon',
  usage: '',
  options,
  examples,
  run,
};
