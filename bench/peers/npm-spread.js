/** npm's `spread` 0.0.1, as far as it goes: see real.js. */

const net = require('node:net');
const { once } = require('node:events');

/** It says nothing of a join, and has no membership messages: it is given this time. */
const JOIN_MS = 200;

let count = 0;

async function createSpread(port) {
  // It says nothing of a full socket either: who wants to wait for it needs the socket that it makes.
  const { createConnection } = net;
  let socket;
  net.createConnection = (...args) => {
    socket = createConnection.apply(net, args);
    return socket;
  };
  count += 1;
  const client = require('spread').createConnection(`n${process.pid % 100_000}${count}`, port, '127.0.0.1', 'x');
  net.createConnection = createConnection;
  await once(client, 'logined');
  return {
    async subscribe(topic, handler) {
      client.on('message', (_, data) => handler(data));
      client.join(topic);
      await new Promise((resolve) => setTimeout(resolve, JOIN_MS));
    },
    publish: (topic, data) => client.send(data, topic),
    async ready() {
      await new Promise(setImmediate);
      if (socket.writableNeedDrain) {
        await once(socket, 'drain');
      }
    },
    close() {
      socket.removeAllListeners('close');
      socket.destroy();
    },
  };
}

module.exports = { createSpread };
