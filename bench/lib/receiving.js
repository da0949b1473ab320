/** The receiving side: some connections in this process, all to one topic, which a process of its own floods. */

const { checker } = require('./payload.js');
const { meter } = require('./meter.js');

const MOST_MESSAGES = 20_000;
const MOST_BYTES = 8e6;
/** Of all connections together, with what a message needs besides its payload: what lies between is memory. */
const MOST_UNDER_WAY = 64e6;
const FRAME = 128;

/** How many messages the flood may be ahead of the slowest. */
function windowFor(peer, size, connections) {
  const most = Math.min(MOST_MESSAGES, MOST_BYTES / size, MOST_UNDER_WAY / ((size + FRAME) * connections));
  // A quarter of it, and a quarter of that, are whole numbers.
  return peer.window ?? Math.max(64, Math.floor(most / 64) * 64);
}

/**
 * What comes to each connection: it is checked, and the flood is allowed more when the last of them has had a quarter
 * of the window more.
 */
function counters({ size, window, connections, onLook }) {
  const quarter = Math.floor(window / 4);
  const look = Math.max(1, Math.floor(quarter / 4));
  const check = checker(size);
  const reached = new Map();
  const state = { total: 0, credit() {} };
  const mark = (quarters) => {
    const had = (reached.get(quarters) ?? 0) + 1;
    if (had < connections) {
      reached.set(quarters, had);
    } else {
      reached.delete(quarters);
      state.credit();
    }
  };
  const one = () => {
    let count = 0;
    return (data) => {
      check(data, count);
      count += 1;
      state.total += 1;
      if (count % look === 0) {
        onLook();
        if (count % quarter === 0) {
          mark(count / quarter);
        }
      }
    };
  };
  return { state, one };
}

async function receive(options) {
  const { peer, work, where, size, seconds, warm, connections, server, topics } = options;
  const window = options.window ?? windowFor(peer, size, connections);
  // A real daemon may have other clients, of this benchmark too.
  const topic = `bench${process.pid}`;
  let done;
  const result = new Promise((resolve) => {
    done = resolve;
  });
  let begun;
  let from;
  let flood;
  const onLook = () => {
    begun ??= performance.now();
    const elapsed = (performance.now() - begun) / 1000;
    if (from === undefined && elapsed >= warm) {
      from = { meter: meter(server ?? (peer.name === 'zeromq' ? flood.pid : undefined)), total: state.total };
    } else if (from !== undefined && elapsed >= warm + seconds) {
      done(from.meter.stop(state.total - from.total));
    }
  };
  const { state, one } = counters({ size, window, connections, onLook });
  for (let index = 0; index < connections; index += 1) {
    const client = await peer.client(where, { workload: work, role: 'receiver', size });
    const [first, ...more] = topics ?? [topic];
    await client.subscribe(first, one());
    await Promise.all(more.map((topic) => client.join(topic)));
  }
  flood = await peer.flood({ where, topic, topics, size, window });
  state.credit = flood.credit;
  const figures = await result;
  await flood.stop();
  return figures;
}

module.exports = { receive };
