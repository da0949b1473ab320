/**
 * The yardstick: a Node socket that parses and writes the same frames (48 + 32 bytes and the payload), and a C program at
 * its other end, with no broker between; in the ping-pong, a relay, so that there are as many hops as with a broker.
 */

const net = require('node:net');
const { once } = require('node:events');
const processes = require('../lib/processes.js');
const { program } = require('../lib/wire.js');
const { pattern } = require('../lib/payload.js');
const { spreadFrame } = require('../lib/frames.js');
const { atMost, turn } = require('./common.js');

const HEADER = 48;
const GROUP = 32;
/** What a flood's or a sink's program is called by. */
const MODES = {
  receive: 'serve',
  fanout: 'serve',
  send: 'sink',
  loop: 'echo',
  pingpong: 'relay',
  connect: 'echo',
  idle: 'echo',
  delay: 'relay',
};

/** Calls back for each frame of a stream, as the least code does that parses in place. */
function parser(handle) {
  let rest = null;
  return (chunk) => {
    let bytes = chunk;
    if (rest !== null) {
      bytes = Buffer.concat([rest, chunk]);
      rest = null;
    }
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const groups = bytes.readInt32LE(at + 36);
      const length = HEADER + GROUP * groups + bytes.readInt32LE(at + 44);
      if (bytes.length - at < length) {
        break;
      }
      handle(bytes.subarray(at + HEADER + GROUP * groups, at + length));
      at += length;
    }
    if (at < bytes.length) {
      rest = bytes.subarray(at);
    }
  };
}

async function client(where, { workload }) {
  const socket = net.connect(where.path ?? { port: where.port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const heads = new Map();
  let corked = false;
  const uncork = () => {
    corked = false;
    socket.uncork();
  };
  const head = (topic, size) => {
    if (!heads.has(topic)) {
      const frame = spreadFrame({ type: 0x10, sender: '#a#b', groups: [topic], body: Buffer.alloc(size) });
      heads.set(topic, frame.subarray(0, HEADER + GROUP));
    }
    return heads.get(topic);
  };
  return {
    async subscribe(_topic, handler) {
      socket.on('data', parser(handler));
    },
    publish(topic, data) {
      const frame = Buffer.allocUnsafe(HEADER + GROUP + data.length);
      head(topic, data.length).copy(frame, 0);
      data.copy(frame, HEADER + GROUP);
      if (!corked && workload !== 'pingpong') {
        corked = true;
        socket.cork();
        process.nextTick(uncork);
      }
      socket.write(frame);
    },
    async ready() {
      // What is corked goes out in this tick.
      await null;
      if (socket.writableNeedDrain) {
        await once(socket, 'drain');
      } else {
        await turn();
      }
    },
    close: () => socket.destroy(),
  };
}

async function listen(unix, { workload, size, connections }) {
  const at = unix ? processes.fresh('sock') : 0;
  const child = processes.start(program('raw'), [MODES[workload], at, size, connections]);
  const line = await processes.firstLine(child);
  return { where: unix ? { path: line } : { port: Number(line) }, stop: () => processes.stop(child) };
}

const { flood } = require('../lib/wire.js');

const make = (name, unix) => ({
  name,
  unix,
  sizes: unix ? [0, 64, 16_384] : undefined,
  absent: () => undefined,
  serve: (options) => listen(unix, options),
  client,
  batch: atMost(256),
  async flood({ where, size, window, rate }) {
    if (rate === undefined) {
      return { credit() {}, async stop() {} };
    }
    const message = spreadFrame({ type: 0x10, sender: '#a#b', groups: ['bench'], body: pattern(size) });
    const at = where.path ?? where.port;
    return flood({ where: at, steps: [], messages: [message], offset: HEADER + GROUP, size, window, rate });
  },
  drain: ({ where }) => flood({ where: where.path ?? where.port, steps: [], window: 0 }),
});

module.exports = [make('raw', false), make('raw-unix', true)];
