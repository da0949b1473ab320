/** ioredis with redis-server: one connection publishes, another one subscribes. */

const processes = require('../lib/processes.js');
const { pattern } = require('../lib/payload.js');
const { atMost, onTheWire, withoutPackage, withoutProgram } = require('./common.js');

const MOST_BATCHES = 2;

async function serve() {
  const port = await processes.freePort();
  const quiet = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const patient = ['--client-output-buffer-limit', 'pubsub', '0', '0', '0'];
  return processes.server('redis-server', ['--port', port, ...quiet, ...patient].map(String), port);
}

async function open({ port }) {
  const { Redis } = require('ioredis');
  const connection = new Redis({ host: '127.0.0.1', port, enableAutoPipelining: true });
  await connection.ping();
  return connection;
}

async function client(where) {
  const publisher = await open(where);
  const opened = [publisher];
  const batches = [];
  let batch = [];
  return {
    async subscribe(topic, handler) {
      const subscriber = await open(where);
      opened.push(subscriber);
      subscriber.on('messageBuffer', (_, data) => handler(data));
      await subscriber.subscribe(topic);
    },
    publish(topic, data) {
      batch.push(publisher.publish(topic, data));
    },
    async ready() {
      batches.push(Promise.all(batch));
      batch = [];
      if (batches.length > MOST_BATCHES) {
        await batches.shift();
      }
    },
    close() {
      for (const connection of opened) {
        connection.disconnect();
      }
    },
  };
}

const command = (...words) =>
  Buffer.concat([
    Buffer.from(`*${words.length}\r\n`),
    ...words.flatMap((word) => [Buffer.from(`$${word.length}\r\n`), Buffer.from(word), Buffer.from('\r\n')]),
  ]);

const wire = {
  hello: () => [command('PING')],
  subscribe: (topic) => command('SUBSCRIBE', topic),
  publish: (topic, payload) => command('PUBLISH', topic, payload),
};

module.exports = [
  {
    name: 'ioredis',
    absent: () => withoutPackage('ioredis') ?? withoutProgram('redis-server'),
    serve,
    client,
    batch: atMost(200),
    ...onTheWire(wire, pattern),
  },
];
