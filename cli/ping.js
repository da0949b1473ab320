/** `cspread ping`: measures round trips to a daemon. */

const { setTimeout: later } = require('node:timers/promises');
const { Failed } = require('./failures.js');
const { flow, time } = require('./layout.js');
const { library } = require('./library.js');
const { shortName } = require('./names.js');
const { CONNECTING, connecting, integer } = require('./options.js');
const { percentile } = require('./percentile.js');
const { dim, interrupted } = require('./terminal.js');

const options = {
  ...CONNECTING,
  count: { type: 'string', short: 'c', argument: 'NUMBER', about: 'round trips, 4 by default; 0 goes on until Ctrl-C' },
  interval: { type: 'string', short: 'i', argument: 'MS', about: 'time between round trips, 1000 by default' },
  timeout: { type: 'string', argument: 'MS', about: 'time for an answer, 5000 by default' },
  json: { type: 'boolean', about: 'prints one JSON object at the end, times in ms' },
};

const examples = [
  ['cspread ping', 'measures four round trips to the daemon of this machine'],
  ['cspread ping -a 4803@db1 -c 100 -i 10 --json', 'for a script'],
];

function summary(trips) {
  const sorted = [...trips].sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(sorted, share));
  return { count: trips.length, min: sorted[0], p50, p99, max: sorted.at(-1) };
}

/**
 * Measures a round trip in ms; returns undefined if `over` resolves first. `lost` rejects when the connection is lost.
 */
async function tripOf(session, timeout, over, lost) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Failed(`${session.address} did not answer within ${timeout} ms`)), timeout);
  });
  // A ping fails with its session, and `lost` reports why; or it is still under way at the end.
  const pinged = session.ping().catch(() => lost);
  pinged.catch(() => {});
  try {
    return await Promise.race([pinged, late, lost, over.then(() => undefined)]);
  } finally {
    clearTimeout(timer);
  }
}

async function run({ values }) {
  const count = integer(values, 'count', 4, 0) || Number.POSITIVE_INFINITY;
  const interval = integer(values, 'interval', 1000, 0, 2 ** 31 - 1);
  const session = await library().connect({ ...connecting(values), membership: false });
  const { address, privateGroup, daemonVersion } = session;
  const timeout = integer(values, 'timeout', 5000, 1, 2 ** 31 - 1);
  const over = interrupted();
  const lost = new Promise((_, reject) => session.on('disconnect', ({ error }) => reject(error)));
  // It may reject while nothing awaits it.
  lost.catch(() => {});
  if (!values.json) {
    console.log(`${address}${daemonVersion ? `, Spread ${daemonVersion}` : ''}, as ${shortName(privateGroup)}`);
  }
  const trips = [];
  try {
    while (trips.length < count) {
      const trip = await tripOf(session, timeout, over, lost);
      if (trip === undefined) {
        break;
      }
      trips.push(trip);
      if (!values.json) {
        console.log(`${String(trips.length).padStart(4)}  ${time(trip * 1000)}`);
      }
      if (trips.length < count && (await Promise.race([later(interval, undefined, { ref: false }), over, lost]))) {
        break;
      }
    }
  } finally {
    await session.disconnect();
  }
  if (trips.length === 0) {
    throw new Failed('interrupted before there was an answer', 130);
  }
  const figures = summary(trips);
  if (values.json) {
    console.log(JSON.stringify({ address, daemonVersion: daemonVersion ?? null, ...figures }));
  } else if (trips.length > 1) {
    const shown = ['min', 'p50', 'p99', 'max'].map((name) => `${dim(name)} ${time(figures[name] * 1000)}`);
    console.log(flow(shown, '', ''));
  }
}

module.exports = {
  summary: 'measures round trips to a daemon',
  usage: '',
  options,
  examples,
  run,
};
