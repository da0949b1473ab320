/**
 * What replicated state costs: three members in processes of their own, the daemon in another one, and if it is there NATS KV
 * beside them (JetStream in memory, one server, three watchers): NATS_SERVER names its program, and @nats-io/kv has to be
 * installed here. node --expose-gc bench/state.js [seconds]
 */

const { fork, spawn } = require('node:child_process');
const { once } = require('node:events');
const net = require('node:net');
const { SpreadDaemon, connect } = require('..');
const { ReplicatedMap } = require('../lib/replicated');

const SECONDS = Number(process.argv[2] ?? 3);
const VALUE = 'x'.repeat(98);
const FLIGHT = 1_000;
const KEYS = 1_000;
const JOINED_BYTES = 100 * 1024 * 1024;

const now = () => Number(process.hrtime.bigint()) / 1e6;
const rate = (count, ms) => `${Math.round((count / ms) * 1000).toLocaleString('en')} a second`;
const quantile = (values, q) => values.toSorted((one, other) => one - other)[Math.floor(q * (values.length - 1))];

/** Runs this file as a process of its own, and calls what it exports by messages. */
async function side(role, ...args) {
  const child = fork(__filename, [], { execArgv: ['--expose-gc'], env: { ...process.env, SIDE: role } });
  const call = async (...what) => {
    child.send(what);
    const [answer] = await once(child, 'message');
    return answer;
  };
  return { call, first: await call(...args), end: () => child.kill() };
}

const SIDES = {
  async daemon() {
    const daemon = await SpreadDaemon.start({ port: 0 });
    return { first: daemon.address };
  },

  async member(address, group) {
    const session = await connect({ address, maxReceiveQueueBytes: 512 * 1024 * 1024 });
    const map = new ReplicatedMap(session, group, { partition: 'primary', first: 3, maxBytes: 2 ** 40 });
    let count = 0;
    map.on('change', () => {
      count += 1;
    });
    map.ready.then(() => map.sync());
    return {
      first: true,
      ready: () => map.ready.then(() => true),
      applied: () => map.sync().then(() => count),
      pipelined: (ms) => pipelined((key) => map.set(key, VALUE), ms),
      sequential: (ms) => sequential((key) => map.set(key, VALUE), ms),
      roundTrip: (ms) => roundTrips(session, group, ms),
      get: (ms) => gets((key) => map.get(key), ms),
      async fill(bytes) {
        const large = 'x'.repeat(10_000);
        for (let key = 0; key < bytes / large.length; key += 100) {
          await Promise.all(Array.from({ length: 100 }, (_, at) => map.set(`large ${key + at}`, large)));
        }
        return map.size;
      },
      async bytes(to, bytes) {
        const piece = Buffer.alloc(100_000);
        for (let sent = 0; sent < bytes; sent += piece.length) {
          if (!session.send(to, piece)) {
            await session.drained();
          }
        }
        return true;
      },
    };
  },
};

/** Sets with so many in flight, for so long: [count, ms]. */
async function pipelined(set, ms) {
  const start = now();
  let count = 0;
  const worker = async (at) => {
    for (let key = at; now() - start < ms; key += FLIGHT) {
      await set(`key ${key % KEYS}`);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: FLIGHT }, (_, at) => worker(at)));
  return [count, now() - start];
}

/** One after the other: the median in ms. */
async function sequential(set, ms) {
  const times = [];
  for (const start = now(); now() - start < ms; ) {
    const before = now();
    await set('key');
    times.push(now() - before);
  }
  return quantile(times, 0.5);
}

/** A message to the same group with the same service, back at its sender. */
async function roundTrips(session, group, ms) {
  let back;
  const heard = ({ sender, type }) => sender === session.privateGroup && type === 1 && back();
  session.on('message', heard);
  const times = await sequential(
    () =>
      new Promise((resolve) => {
        back = resolve;
        session.send(group, VALUE, { service: 'safe', type: 1 });
      }),
    ms,
  );
  session.off('message', heard);
  return times;
}

function gets(get, ms) {
  const start = now();
  let count = 0;
  for (; now() - start < ms; count += 1000) {
    for (let key = 0; key < 1000; key += 1) {
      get(`key ${key % KEYS}`);
    }
  }
  return [count, now() - start];
}

async function ours() {
  const daemon = await side('daemon');
  const members = [];
  for (let member = 0; member < 3; member += 1) {
    members.push(await side('member', daemon.first, 'state'));
  }
  await Promise.all(members.map((member) => member.call('ready')));
  const [one, two] = members;
  await one.call('pipelined', 500);
  const start = now();
  const [count] = await one.call('pipelined', SECONDS * 1000);
  await Promise.all(members.map((member) => member.call('applied')));
  console.log(`set, ${FLIGHT} in flight, applied at three members: ${rate(count, now() - start)}`);
  console.log(`one set after the other, p50: ${((await one.call('sequential', SECONDS * 1000)) * 1000).toFixed(0)} µs`);
  console.log(
    `the session's own round trip in the group, p50: ${((await one.call('roundTrip', SECONDS * 1000)) * 1000).toFixed(0)} µs`,
  );
  console.log(`get: ${rate(...(await one.call('get', SECONDS * 1000)))}`);
  await one.call('fill', JOINED_BYTES);
  const busy = two.call('sequential', 1000);
  const joining = now();
  const late = await side('member', daemon.first, 'state');
  await late.call('ready');
  const took = now() - joining;
  console.log(`a late member of ${JOINED_BYTES >> 20} MB: ${((JOINED_BYTES / took) * 1e-3).toFixed(0)} MB/s`);
  await busy;
  for (const each of [...members, late, daemon]) {
    each.end();
  }
}

/** NATS KV, if it is here. */
async function nats() {
  if (process.env.NATS_SERVER === undefined) {
    console.log('NATS KV: NATS_SERVER names no program');
    return;
  }
  const probe = net.createServer().listen(0);
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  const server = spawn(process.env.NATS_SERVER, ['-p', String(port), '-js', '-sd', `/dev/shm/bench-${process.pid}`], {
    stdio: 'ignore',
  });
  const { connect: connectNats } = require('@nats-io/transport-node');
  const { Kvm } = require('@nats-io/kv');
  const open = async () => {
    for (;;) {
      try {
        return await connectNats({ port });
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  };
  const clients = [await open(), await open(), await open()];
  const stores = [];
  for (const client of clients) {
    stores.push(await new Kvm(client).create('state', { storage: 'memory', history: 1 }));
  }
  let applied = 0;
  for (const store of stores) {
    const watch = await store.watch();
    (async () => {
      for await (const _ of watch) {
        applied += 1;
      }
    })();
  }
  const put = (key) => stores[0].put(key.replace(' ', '.'), VALUE);
  await pipelined(put, 500);
  const start = now();
  const [count] = await pipelined(put, SECONDS * 1000);
  console.log(
    `NATS KV put, ${FLIGHT} in flight, three watchers in this process: ${rate(count, now() - start)} (${applied} seen)`,
  );
  console.log(`NATS KV put, p50: ${((await sequential(put, SECONDS * 1000)) * 1000).toFixed(0)} µs`);
  const before = now();
  let gotten = 0;
  while (now() - before < SECONDS * 1000) {
    await Promise.all(Array.from({ length: 100 }, (_, key) => stores[0].get(`key.${key}`)));
    gotten += 100;
  }
  console.log(`NATS KV get, 100 in flight: ${rate(gotten, now() - before)}`);
  await Promise.all(clients.map((client) => client.close()));
  server.kill();
}

/** What an entry costs, beside a Map of the same. */
async function memory() {
  const entries = 1_000_000;
  const used = () => {
    global.gc();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  };
  const key = (number) => String(number).padStart(16, '0');
  const before = used();
  const plain = new Map();
  for (let number = 0; number < entries; number += 1) {
    plain.set(key(number), number);
  }
  const ofMap = used() - before;
  plain.clear();
  const daemon = await SpreadDaemon.start({ port: 0 });
  const session = await connect({ address: daemon.address });
  const map = new ReplicatedMap(session, 'memory', { partition: 'primary', first: 1 });
  await map.ready;
  await map.set('first', 0);
  const empty = used();
  for (let number = 0; number < entries; number += 1000) {
    await Promise.all(Array.from({ length: 1000 }, (_, at) => map.set(key(number + at), number + at)));
  }
  const ours = used() - empty;
  console.log(
    `1 M entries: ${(ours / entries).toFixed(0)} bytes each, a Map ${(ofMap / entries).toFixed(0)}: ${(ours / ofMap).toFixed(2)} times`,
  );
  await session.disconnect();
  await daemon.stop();
}

async function main() {
  await ours();
  await nats();
  await memory();
}

async function beSide() {
  let functions;
  process.on('message', async ([what, ...args]) => {
    if (functions === undefined) {
      functions = await SIDES[process.env.SIDE](...[what, ...args].filter((it) => it !== undefined));
      process.send(functions.first);
    } else {
      process.send(await functions[what](...args));
    }
  });
}

if (process.env.SIDE) {
  beSide();
} else {
  main();
}
