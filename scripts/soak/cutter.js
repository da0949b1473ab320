/** A way to a daemon whose connections are cut, one or another. */

const { once } = require('node:events');
const net = require('node:net');

class Cutter {
  #server;
  #connections = new Set();

  static async before(port) {
    const cutter = new Cutter();
    cutter.#server = net.createServer((client) => cutter.#serve(client, port)).listen(0, '127.0.0.1');
    await once(cutter.#server, 'listening');
    return cutter;
  }

  get address() {
    return `${this.#server.address().port}@127.0.0.1`;
  }

  #serve(client, port) {
    const daemon = net.connect(port, '127.0.0.1');
    this.#connections.add(client);
    for (const [one, other] of [
      [client, daemon],
      [daemon, client],
    ]) {
      one.on('error', () => {});
      one.once('close', () => other.destroy());
      one.pipe(other);
    }
    client.once('close', () => this.#connections.delete(client));
  }

  /** Cuts one of the connections that there are, by chance. */
  cut() {
    const all = [...this.#connections];
    all[Math.floor(Math.random() * all.length)]?.resetAndDestroy();
  }

  async close() {
    for (const client of this.#connections) {
      client.destroy();
    }
    this.#server.close();
    await once(this.#server, 'close');
  }
}

module.exports = { Cutter };
