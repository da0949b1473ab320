/** The receiving side: some connections in this process, all to one topic, which a process of its own floods. */

const { checker } = require('./payload.js');
const { meter } = require('./meter.js');

const MOST_MESSAGES = 20_000;
const MOST_BYTES = 8e6;
const TOPIC = 'bench';

/** How many messages the flood may be ahead of the slowest. */
function windowFor(peer, size) {
  return peer.window ?? Math.max(64, Math.min(MOST_MESSAGES, Math.floor(MOST_BYTES / size)));
}

/**
 * What comes to each connection: it is checked, and the flood is allowed more when the last of them has had a quarter
 * of the window more.
 */
function counters({ peer, size, connections, onLook }) {
  const quarter = Math.floor(windowFor(peer, size) / 4);
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

async function receive({ peer, work, where, size, seconds, warm, connections, server }) {
  const clients = [];
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
  const { state, one } = counters({ peer, size, connections, onLook });
  for (let index = 0; index < connections; index += 1) {
    const client = await peer.client(where, { workload: work, role: 'receiver', size });
    clients.push(client);
    await client.subscribe(TOPIC, one());
  }
  flood = await peer.flood({ where, topic: TOPIC, size, window: windowFor(peer, size) });
  state.credit = flood.credit;
  const figures = await result;
  await flood.stop();
  return figures;
}

module.exports = { receive };
