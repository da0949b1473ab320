/** How late a timer of 1 ms is while so many messages a second come; the clock is Node's own monitor. */

const { monitorEventLoopDelay } = require('node:perf_hooks');
const { checker } = require('../lib/payload.js');
const { whole } = require('../lib/whole.js');

const RATES = [200_000, 1_000_000];
/** Shorter than this says nothing about one in a hundred. */
const LEAST_S = 1.5;

const ms = (ns) => ns / 1e6;

async function receiver({ peer, where, size, seconds, warm, rate }) {
  const client = await peer.client(where, { workload: 'delay', role: 'receiver', size });
  const check = checker(size);
  let count = 0;
  await client.subscribe('bench', (data) => {
    check(data, count);
    count += 1;
  });
  const flood = await peer.flood({ where, topic: 'bench', size, window: 0, rate });
  const timer = setInterval(() => {}, 1);
  await new Promise((resolve) => setTimeout(resolve, warm * 1000));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const [before, begun] = [count, performance.now()];
  delay.enable();
  await new Promise((resolve) => setTimeout(resolve, Math.max(seconds, LEAST_S) * 1000));
  delay.disable();
  const messages = count - before;
  clearInterval(timer);
  await flood.stop();
  return {
    messages,
    rate: (messages / (performance.now() - begun)) * 1000,
    p50: ms(delay.percentile(50)),
    p99: ms(delay.percentile(99)),
    worst: ms(delay.max),
  };
}

module.exports = RATES.map((rate) => ({
  name: `delay-${rate / 1000}k`,
  about: `how late a timer of 1 ms is while ${rate} messages a second are sent; ms`,
  by: 'p99',
  sizes: [64],
  takes: (peer) => ['raw', 'cspread', 'nats', 'ioredis'].includes(peer.name),
  columns: {
    'messages/s': (cell) => cell.rate,
    'p50 ms': (cell) => cell.p50,
    p99: (cell) => cell.p99,
    most: (cell) => cell.worst,
    'p99 of rounds': (cell) => `${cell.least.toFixed(2)} to ${cell.most.toFixed(2)}`,
  },
  run: whole({ side: 'receiver', work: 'delay', rate }),
  sides: { receiver },
}));
