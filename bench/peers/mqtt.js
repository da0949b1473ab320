/** mqtt.js with mosquitto, at quality of service 0. */

const fs = require('node:fs');
const processes = require('../lib/processes.js');
const { pattern } = require('../lib/payload.js');
const { atMost, onTheWire, withoutPackage, withoutProgram } = require('./common.js');

const MOST_BATCHES = 2;

async function serve() {
  const port = await processes.freePort();
  const config = processes.fresh('conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    'max_queued_messages 0',
    'set_tcp_nodelay true',
    'log_type none',
    'user root',
  ];
  fs.writeFileSync(config, `${lines.join('\n')}\n`);
  return processes.server('/usr/sbin/mosquitto', ['-c', config], port);
}

async function client({ port }) {
  const connection = await require('mqtt').connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
  const handlers = new Map();
  connection.on('message', (topic, data) => handlers.get(topic)(data));
  const batches = [];
  let batch = [];
  return {
    async subscribe(topic, handler) {
      handlers.set(topic, handler);
      await connection.subscribeAsync(topic, { qos: 0 });
    },
    publish(topic, data) {
      batch.push(new Promise((resolve) => connection.publish(topic, data, { qos: 0 }, resolve)));
    },
    async ready() {
      batches.push(Promise.all(batch));
      batch = [];
      if (batches.length > MOST_BATCHES) {
        await batches.shift();
      }
    },
    close: () => connection.endAsync(true),
  };
}

const length = (count) => (count < 128 ? [count] : [(count & 127) | 128, ...length(count >> 7)]);
const packet = (type, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type, ...length(body.length)]), body]);
};
const text = (word) => Buffer.concat([Buffer.from([word.length >> 8, word.length & 255]), Buffer.from(word)]);

const wire = {
  hello: (name) => [packet(0x10, text('MQTT'), Buffer.from([4, 2, 0, 0]), text(name))],
  subscribe: (topic) => packet(0x82, Buffer.from([0, 1]), text(topic), Buffer.from([0])),
  publish: (topic, payload) => packet(0x30, text(topic), payload),
};

module.exports = [
  {
    name: 'mqtt',
    absent: () => withoutPackage('mqtt') ?? withoutProgram('mosquitto'),
    serve,
    client,
    batch: atMost(100),
    ...onTheWire(wire, pattern),
  },
];
