/**
 * zeromq, without a broker, as one would use it: each side has a publisher of its own at a port that the others know.
 * Where others have a server, it has a process that publishes, or that takes.
 */

const processes = require('../lib/processes.js');
const { atMost, turn, withoutPackage } = require('./common.js');

const SETTLE_MS = 400;
const settled = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
const PORTS = ['own', 'other', 'third'];

/** Who listens where: the sides of a run by their roles. */
const LISTENS = { ping: 'own', pong: 'other', flood: 'third', sink: 'other' };
const HEARS = { receiver: 'third', ping: 'other', pong: 'own', loop: 'own', sender: 'other', sink: 'own' };

async function serve({ workload }) {
  const ports = await Promise.all(PORTS.map(() => processes.freePort()));
  const where = Object.fromEntries(PORTS.map((name, index) => [name, `tcp://127.0.0.1:${ports[index]}`]));
  if (workload !== 'send') {
    return { where, async stop() {} };
  }
  const sink = processes.side({ workload: 'servers', side: 'sink', peer: 'zeromq', where });
  await sink.said('listening');
  return { where, pid: sink.pid, stop: () => sink.stop() };
}

async function client(where, { role }) {
  const { Publisher, Subscriber } = require('zeromq');
  // Nothing is dropped: a full socket reports it, and is asked again.
  const publisher = new Publisher({ noDrop: true, linger: 0, sendHighWaterMark: 10_000 });
  const own = LISTENS[role] ?? 'own';
  if (role !== 'receiver') {
    await publisher.bind(where[own]);
  }
  const queue = [];
  let idle = Promise.resolve();
  let busy = false;
  const empty = async () => {
    busy = true;
    for (let next = 0; next < queue.length; next += 1) {
      await sendOne(publisher, queue[next]);
    }
    queue.length = 0;
    busy = false;
  };
  let subscriber;
  return {
    async subscribe(topic, handler) {
      subscriber = new Subscriber({ receiveHighWaterMark: 0, linger: 0 });
      subscriber.connect(where[HEARS[role]]);
      subscriber.subscribe(topic);
      (async () => {
        for await (const [name, data] of subscriber) {
          handler(data, name);
        }
      })();
      // The publisher of a flood begins later, and waits until it is found.
      if (role !== 'receiver') {
        await settled();
      }
    },
    publish(topic, data) {
      queue.push([topic, data]);
      if (!busy) {
        idle = empty();
      }
    },
    ready: () => idle,
    close() {
      publisher.close();
      subscriber?.close();
    },
  };
}

async function sendOne(publisher, parts) {
  for (;;) {
    try {
      return await publisher.send(parts);
    } catch (error) {
      if (error.code !== 'EAGAIN') {
        throw error;
      }
      await turn();
    }
  }
}

async function flood({ where, topic, size, window }) {
  const one = processes.side({ workload: 'servers', side: 'flood', peer: 'zeromq', where, topic, size, window });
  await one.said('ready');
  return { pid: one.pid, credit: () => one.tell('c'), stop: () => one.stop() };
}

module.exports = [
  {
    name: 'zeromq',
    only: ['receive', 'send', 'loop', 'pingpong', 'fanout-10', 'fanout-100'],
    absent: () => withoutPackage('zeromq'),
    serve,
    client,
    batch: atMost(500),
    flood,
    settled,
  },
];
