/** Results for people. */

const os = require('node:os');
const { version } = require('../../package.json');
const { bar, fit, short, time } = require('../layout.js');
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

/** The rows of a histogram that are worth a line: what is left of a long tail becomes one. */
function rows(histogram) {
  const total = histogram.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  const last = histogram.findIndex(([, count]) => {
    seen += count;
    return seen >= total * 0.99;
  });
  const shown = histogram.slice(0, last + 1);
  const tail = histogram.slice(last + 1).reduce((sum, [, count]) => sum + count, 0);
  return { shown, tail, total };
}

function shown({ daemon, messages, size, senders, receivers, service, flood, roundTrip }) {
  const many = (count, what) => `${count} ${what}${count === 1 ? '' : 's'}`;
  const lines = [
    `${bold('flood')}        ${many(messages, 'message')} of ${size} bytes, ${service}, ${many(senders, 'sender')}, ${many(receivers, 'receiver')}, ${daemon}`,
    `  sent       ${cyan(`${short(flood.rate)}/s`)} in ${time(flood.seconds * 1e6)}`,
    `  delivered  ${cyan(`${short(flood.delivered)}/s`)}  ${short(flood.bytes)}B/s  ${dim(`${flood.cpuMicros.toFixed(2)} µs CPU a message, senders included`)}`,
  ];
  if (roundTrip) {
    const { shown: buckets, tail, total } = rows(roundTrip.histogram);
    const most = Math.max(...buckets.map(([, count]) => count));
    const columns = Math.max(8, Math.min(50, width() - 28));
    lines.push(
      '',
      `${bold('round trip')}   ${['p50', 'p90', 'p99', 'p999', 'max'].map((name) => `${dim(name.replace('p999', 'p99.9'))} ${time(roundTrip[name])}`).join('  ')}`,
      ...buckets.map(
        ([bound, count]) =>
          `  ${dim('≤')} ${fit(time(bound), 8, true)}  ${cyan(fit(bar(count / most, columns), columns))} ${((100 * count) / total).toFixed(1)} %`,
      ),
      ...(tail > 0 ? [dim(`  ${((100 * tail) / total).toFixed(1)} % took longer`)] : []),
    );
  }
  return lines.join('\n');
}

/** What is compared, and whether more of it is better. */
const MEASURES = [
  ['sent', ({ flood }) => flood.rate, (value) => `${short(value)}/s`, true],
  ['delivered', ({ flood }) => flood.delivered, (value) => `${short(value)}/s`, true],
  ['CPU a message', ({ flood }) => flood.cpuMicros, time, false],
  ...['p50', 'p90', 'p99', 'p999'].map((name) => [
    `round trip ${name.replace('p999', 'p99.9')}`,
    ({ roundTrip }) => roundTrip?.[name],
    time,
    false,
  ]),
];

const PLAN = ['daemon', 'messages', 'size', 'senders', 'receivers', 'service', 'window', 'engine', 'cpu', 'node'];

/** Less than this is noise on most machines. */
const NOISE = 0.1;

function compared(before, after) {
  const lines = [dim(`${fit('', 18)}${fit('before', 12, true)}${fit('after', 12, true)}${fit('', 10)}`)];
  for (const [name, of, print, isMoreBetter] of MEASURES) {
    const [was, is] = [of(before), of(after)];
    if (was !== undefined && is !== undefined) {
      const change = is / was - 1;
      const isBetter = isMoreBetter ? change > 0 : change < 0;
      const color = Math.abs(change) < NOISE ? dim : isBetter ? green : red;
      const percent = `${change > 0 ? '+' : ''}${(change * 100).toFixed(1)} %`;
      lines.push(
        `${fit(name, 18)}${fit(print(was), 12, true)}${fit(print(is), 12, true)}${color(fit(percent, 10, true))}`,
      );
    }
  }
  const differ = PLAN.filter((name) => before[name] !== after[name]);
  if (differ.length > 0) {
    lines.push(
      '',
      `They were not made alike: ${differ.map((name) => `${name} ${before[name]} and ${after[name]}`).join('; ')}.`,
    );
  }
  return lines.join('\n');
}

module.exports = { compared, machine, shown };
