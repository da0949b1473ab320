/** A daemon that says exactly what a test tells it to, in exactly the writes the test wants. */

const { once } = require('node:events');
const net = require('node:net');
const wire = require('./wire.js');

class Connection {
  #bytes = Buffer.alloc(0);
  #wake = () => {};
  #ended = false;

  constructor(socket) {
    this.socket = socket;
    this.privateGroup = undefined;
    socket.setNoDelay();
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on('end', end).on('close', end).on('error', end);
  }

  /** Reads the next `length` bytes; undefined once the client has hung up. */
  async read(length) {
    while (this.#bytes.length < length) {
      if (this.#ended) {
        return undefined;
      }
      await new Promise((resolve) => {
        this.#wake = resolve;
      });
    }
    const bytes = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return bytes;
  }

  /** Reads the connect request, without an answer. */
  async request() {
    const head = await this.read(5);
    const private_ = await this.read(head[4]);
    return { version: [...head.subarray(0, 3)], membership: (head[3] & 1) === 1, name: private_.toString('latin1') };
  }

  /** The whole handshake. `rest` leaves in one write with the accept. */
  async accept({ daemon = 'script', rest = Buffer.alloc(0) } = {}) {
    const request = await this.request();
    this.socket.write(Buffer.from('\x05NULL ', 'latin1'));
    await this.read(90);
    this.privateGroup = `#${request.name || 'r1-1'}#${daemon}`;
    const group = Buffer.from(this.privateGroup, 'latin1');
    const extra = typeof rest === 'function' ? rest(this.privateGroup) : rest;
    this.socket.write(Buffer.concat([Buffer.from([1, 5, 0, 1, group.length]), group, extra]));
    return request;
  }

  /** Reads the next request of the open session; undefined once the client has hung up. */
  async next() {
    const header = await this.read(48);
    if (header === undefined) {
      return undefined;
    }
    const rest = await this.read(wire.lengthOf(header) - 48);
    return wire.parse(Buffer.concat([header, rest]));
  }

  send(...frames) {
    this.socket.write(Buffer.concat(frames));
  }

  /** Answers a kill as a daemon does: by hanging up. */
  async untilKill() {
    for (let request = await this.next(); request !== undefined; request = await this.next()) {
      if (request.type === 0x40000) {
        this.socket.end();
      }
    }
  }
}

class ScriptedDaemon {
  #server = net.createServer({ allowHalfOpen: true });
  #waiting = [];
  #connections = [];

  static async listen(where = { port: 0, host: '127.0.0.1' }) {
    const daemon = new ScriptedDaemon();
    daemon.#server.on('connection', (socket) => {
      const connection = new Connection(socket);
      daemon.#connections.push(connection);
      daemon.#waiting.shift()?.(connection);
    });
    daemon.#server.listen(where);
    await once(daemon.#server, 'listening');
    return daemon;
  }

  #taken = 0;

  get port() {
    return this.#server.address().port;
  }

  get address() {
    return `${this.port}@127.0.0.1`;
  }

  /** Resolves with the next client to connect. */
  connection() {
    if (this.#taken < this.#connections.length) {
      return Promise.resolve(this.#connections[this.#taken++]);
    }
    this.#taken += 1;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async close() {
    for (const { socket } of this.#connections) {
      socket.destroy();
    }
    this.#server.close();
    await once(this.#server, 'close');
  }
}

module.exports = { Connection, ScriptedDaemon };
