/** nats.js with nats-server. */

const fs = require('node:fs');
const processes = require('../lib/processes.js');
const { pattern } = require('../lib/payload.js');
const { atMost, onTheWire, withoutPackage, withoutProgram } = require('./common.js');

const PACKAGE = '@nats-io/transport-node';
/** Flushes under way at a time. */
const MOST_FLUSHES = 2;

async function serve() {
  const port = await processes.freePort();
  const config = processes.fresh('conf');
  // Nobody is cut off for being slow: that is not what is measured.
  fs.writeFileSync(config, `host: 127.0.0.1\nport: ${port}\nmax_pending: 268435456\nwrite_deadline: "30s"\n`);
  return processes.server('nats-server', ['-c', config], port);
}

async function client({ port }) {
  const connection = await require(PACKAGE).connect({ servers: `127.0.0.1:${port}` });
  const flushes = [];
  return {
    async subscribe(topic, handler) {
      connection.subscribe(topic, { callback: (_, message) => handler(message.data) });
      await connection.flush();
    },
    publish: (topic, data) => connection.publish(topic, data),
    async ready() {
      flushes.push(connection.flush());
      if (flushes.length > MOST_FLUSHES) {
        await flushes.shift();
      }
    },
    close: () => connection.close(),
  };
}

const wire = {
  hello: () => [Buffer.alloc(0), Buffer.from('CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n')],
  subscribe: (topic) => Buffer.from(`SUB ${topic} 1\r\nPING\r\n`),
  publish: (topic, payload) =>
    Buffer.concat([Buffer.from(`PUB ${topic} ${payload.length}\r\n`), payload, Buffer.from('\r\n')]),
};

module.exports = [
  {
    name: 'nats',
    absent: () => withoutPackage(PACKAGE) ?? withoutProgram('nats-server'),
    serve,
    client,
    batch: atMost(2000),
    ...onTheWire(wire, pattern),
  },
];
