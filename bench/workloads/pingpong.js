/**
 * A message there and an answer back, between two processes, by way of the server: how long it takes. Busy: while
 * another publisher sends 10,000 messages a second of the same size to another subscriber by way of the same server.
 */

const processes = require('../lib/processes.js');
const { checker, pattern, stamp } = require('../lib/payload.js');

const OTHERS_A_SECOND = 10_000;
const MOST = 4_000_000;
/** One in a hundred, and in a thousand, is to be had of more round trips than others need. */
const LONGER = 3;

async function pong({ peer, where, size, tag, tell }) {
  const client = await peer.client(where, { workload: 'pingpong', role: 'pong', size });
  const check = checker(size);
  let place = 0;
  await client.subscribe(`ping${tag}`, (data) => {
    check(data, place);
    place += 1;
    client.publish(`pong${tag}`, Buffer.from(data));
  });
  tell('listening');
  await new Promise(() => {});
}

async function ping({ peer, where, size, tag, seconds, warm, tell, heard }) {
  const client = await peer.client(where, { workload: 'pingpong', role: 'ping', size });
  const check = checker(size);
  const payloads = [pattern(size), pattern(size)];
  const took = new Float64Array(MOST);
  let count = 0;
  let place = 0;
  let at;
  let begun;
  const next = () => {
    const data = payloads[place % 2];
    stamp(data, place);
    at = performance.now();
    client.publish(`ping${tag}`, data);
  };
  return new Promise((resolve, reject) => {
    const handle = (data) => {
      const now = performance.now();
      check(data, place);
      place += 1;
      const elapsed = (now - begun) / 1000;
      if (elapsed >= warm) {
        took[count] = (now - at) * 1000;
        count += 1;
      }
      if (elapsed >= warm + seconds || count === MOST) {
        resolve(percentiles(took.subarray(0, count).sort()));
      } else {
        next();
      }
    };
    const go = async () => {
      await client.subscribe(`pong${tag}`, handle);
      tell('listening');
      await heard('go');
      begun = performance.now();
      next();
    };
    go().catch(reject);
  });
}

function percentiles(sorted) {
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  return { messages: sorted.length, p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

async function others(peer, where, size) {
  const topic = 'others';
  const drain = await peer.drain({ where, topic });
  const flood = await peer.flood({ where, topic, size, window: 0, rate: OTHERS_A_SECOND });
  return async () => {
    await flood.stop();
    await drain.stop();
  };
}

/** Ping and pong are two sides; the server is nobody's. */
async function run({ peer, size, seconds: asked, warm }) {
  const seconds = asked * LONGER;
  const busy = this.name.endsWith('busy');
  if (peer.measure !== undefined) {
    return peer.measure({ workload: 'pingpong', size, seconds, warm });
  }
  const server = await peer.serve({ workload: 'pingpong', size, connections: 2 });
  const options = { workload: this.name, peer: peer.name, where: server.where, tag: process.pid, size, seconds, warm };
  const opened = [];
  const open = async (side) => {
    const one = processes.side({ ...options, side });
    opened.push(one);
    await one.said('listening');
    return one;
  };
  let quiet = async () => {};
  try {
    await open('pong');
    const pinging = await open('ping');
    quiet = busy ? await others(peer, server.where, size) : quiet;
    pinging.tell('go');
    return await pinging.said('result');
  } finally {
    await quiet();
    await Promise.all(opened.map((one) => one.stop()));
    await server.stop();
  }
}

const make = (name, about, more = {}) => ({ name, about, by: 'p50', run, sides: { ping, pong }, ...more });

module.exports = [
  make('pingpong', 'there and back between two processes; µs'),
  make('pingpong-busy', 'the same, while 10,000 messages a second pass between others', {
    sizes: [64, 16_384],
    takes: (peer) => peer.drain !== undefined && (peer.only?.includes('pingpong') ?? true),
  }),
];
