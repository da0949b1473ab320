/**
 * What kept messages keep alive: one message in 1,000 of two million of 64 bytes, every one of them looked at. What
 * JavaScript's heap, its array buffers and other external memory have grown by, after a collection.
 */

const { checker } = require('../lib/payload.js');
const { whole } = require('../lib/whole.js');

const MESSAGES = 2_000_000;
const ONE_IN = 1000;
/** What comes first warms up: code is compiled, tables grow. */
const FIRST = 200_000;
const WINDOW = 20_000;

function held() {
  global.gc();
  global.gc();
  const { heapUsed, external } = process.memoryUsage();
  // Array buffers are among what is external.
  return heapUsed + external;
}

async function keep({ peer, where, size }) {
  const client = await peer.client(where, { workload: 'receive', role: 'receiver', size });
  const check = checker(size);
  const kept = [];
  let count = 0;
  let before;
  let credit = () => {};
  let done;
  const all = new Promise((resolve) => {
    done = resolve;
  });
  await client.subscribe('bench', (data) => {
    check(data, count);
    count += 1;
    if (count % (WINDOW / 4) === 0) {
      credit();
    }
    if (before !== undefined && count % ONE_IN === 0) {
      kept.push(data);
    }
    if (count === FIRST) {
      before = held();
    } else if (count === FIRST + MESSAGES) {
      done();
    }
  });
  const flood = await peer.flood({ where, topic: 'bench', size, window: WINDOW });
  credit = flood.credit;
  await all;
  await flood.stop();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const grown = held() - before;
  const bytes = kept.reduce((sum, data) => sum + data.length, 0);
  return { kept: bytes, grown, times: grown / bytes, resident: process.memoryUsage().rss };
}

module.exports = {
  name: 'retention',
  about: `one in ${ONE_IN} of ${MESSAGES} messages is kept; what is held by that, in bytes and by what was kept`,
  by: 'times',
  sizes: [64],
  takes: ({ name }) => ['raw', 'cspread', 'cspread-classic', 'nats', 'ioredis'].includes(name),
  columns: {
    kept: (cell) => cell.kept,
    'held for it': (cell) => cell.grown,
    'times as much': (cell) => cell.times,
    'resident MB': (cell) => Math.round(cell.resident / 1e6),
  },
  run: whole({ side: 'keep', work: 'receive', settings: { execArgv: ['--expose-gc'] } }),
  sides: { keep },
};
