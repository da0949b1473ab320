/** Prints results for people. */

const os = require('node:os');
const { version } = require('../../package.json');
const { bar, bytes, fit, flow, plural, short, time, wrap } = require('../layout.js');
const { bold, cyan, dim, green, red, width } = require('../terminal.js');

function machine() {
  const [{ model } = {}] = os.cpus();
  return {
    cspread: version,
    node: process.versions.node,
    cpu: `${os.cpus().length} × ${model?.trim()}`,
    at: new Date().toISOString(),
  };
}

/** Rows of a histogram on a screen, at most. */
const ROWS = 12;

/**
 * Returns the lines of a histogram: nine of ten values in a dozen lines, for which neighbours are merged where there
 * are many; the rest of the long tail becomes one line.
 */
function rows(histogram) {
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  const upTo = (share) => {
    let seen = 0;
    return histogram.findIndex(([, count]) => {
      seen += count;
      return seen >= total * share;
    });
  };
  const together = Math.ceil((upTo(0.9) + 1) / ROWS);
  const end = Math.min(upTo(0.99) + 1, together * ROWS);
  const shown = [];
  for (let from = 0; from < end; from += together) {
    const some = histogram.slice(from, from + together);
    shown.push([some.at(-1)[0], some.reduce((sum, [, count]) => sum + count, 0)]);
  }
  return { shown, tail: total - shown.reduce((sum, [, count]) => sum + count, 0), total };
}

const NAMES = { p50: 'p50', p90: 'p90', p99: 'p99', p999: 'p99.9', max: 'max' };

function shown({ daemon, messages, size, senders, receivers, service, flood, roundTrip }) {
  const [under, deeper] = ['  ', ' '.repeat(13)];
  const plan = [
    `${messages.toLocaleString('en')} messages`,
    `of ${size} bytes,`,
    `${service},`,
    `${plural(senders, 'sender')},`,
    `${plural(receivers, 'receiver')},`,
    daemon,
  ];
  const lines = [
    flow(plan, `${bold('flood')}        `, deeper, ' '),
    `${under}sent       ${cyan(`${short(flood.rate)}/s`)} in ${time(flood.seconds * 1e6)}`,
    flow(
      [
        cyan(`${short(flood.delivered)}/s`),
        `${bytes(flood.bytes)}/s`,
        dim(`${flood.cpuMicros.toFixed(2)} µs CPU a message`),
      ],
      `${under}delivered  `,
      deeper,
    ),
  ];
  if (roundTrip) {
    const { shown: buckets, tail, total } = rows(roundTrip.histogram);
    const most = Math.max(...buckets.map(([, count]) => count));
    const columns = Math.max(8, Math.min(50, width() - 23));
    const figures = Object.entries(NAMES).map(([key, name]) => `${dim(name)} ${time(roundTrip[key])}`);
    const percent = (count) => fit(`${((100 * count) / total).toFixed(1)} %`, 7, true);
    lines.push(
      '',
      flow(figures, `${bold('round trip')}   `, deeper),
      ...buckets.map(
        ([bound, count]) =>
          `${under}${dim('≤')} ${fit(time(bound), 8, true)}  ${cyan(fit(bar(count / most, columns), columns))} ${percent(count)}`,
      ),
      ...(tail > 0 ? [dim(`${under}  ${fit('longer', 8, true)}  ${' '.repeat(columns)} ${percent(tail)}`)] : []),
    );
  }
  return lines.join('\n');
}

/** The measures compared: the key in the result, its name for people, and whether more is better. */
const MEASURES = {
  rate: { name: 'sent', of: ({ flood }) => flood.rate, print: (value) => `${short(value)}/s`, isMoreBetter: true },
  delivered: {
    name: 'delivered',
    of: ({ flood }) => flood.delivered,
    print: (value) => `${short(value)}/s`,
    isMoreBetter: true,
  },
  cpuMicros: { name: 'CPU/message', of: ({ flood }) => flood.cpuMicros, print: time },
  ...Object.fromEntries(
    ['p50', 'p90', 'p99', 'p999'].map((key) => [
      key,
      { name: `trip ${NAMES[key]}`, of: ({ roundTrip }) => roundTrip?.[key], print: time },
    ]),
  ),
};

const PLAN = ['daemon', 'messages', 'size', 'senders', 'receivers', 'service', 'window', 'engine', 'cpu', 'node'];

/**
 * Compares two results: each measure that both have, with the share by which it changed; and the plans' differences.
 */
function comparison(before, after) {
  const measured = Object.entries(MEASURES)
    .map(([key, { of }]) => [key, of(before), of(after)])
    .filter(([, was, is]) => was !== undefined && is !== undefined)
    .map(([key, was, is]) => [key, { before: was, after: is, change: is / was - 1 }]);
  const differ = PLAN.filter((name) => before[name] !== after[name]);
  return {
    measures: Object.fromEntries(measured),
    differences: Object.fromEntries(differ.map((name) => [name, [before[name], after[name]]])),
  };
}

/** A smaller change is noise on most machines. */
const NOISE = 0.1;

const percentOf = (change) => `${change > 0 ? '+' : ''}${(change * 100).toFixed(Math.abs(change) < 1 ? 1 : 0)} %`;

/** A line of the comparison: 40 columns. */
const row = (name, was, is, change) => `${fit(name, 12)}${fit(was, 10, true)}${fit(is, 10, true)}${change}`;

function compared({ measures, differences }) {
  const lines = [dim(row('', 'before', 'after', ''))];
  for (const [key, { before, after, change }] of Object.entries(measures)) {
    const { name, print, isMoreBetter = false } = MEASURES[key];
    const color = Math.abs(change) < NOISE ? dim : change > 0 === isMoreBetter ? green : red;
    lines.push(row(name, print(before), print(after), color(fit(percentOf(change), 8, true))));
  }
  const differ = Object.entries(differences).map(([name, [was, is]]) => `${name} ${was} and ${is}`);
  if (differ.length > 0) {
    lines.push('', wrap(`Measured differently: ${differ.join('; ')}.`, '', ''));
  }
  return lines.join('\n');
}

module.exports = { compared, comparison, machine, shown };
