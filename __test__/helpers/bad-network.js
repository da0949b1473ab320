/** A proxy before a daemon, that harms what goes through it as a test wants. */

const { once } = require('node:events');
const net = require('node:net');

class BadNetwork {
  /** What happens to the next connections, one after the other; the last one goes on happening. See `plan()`. */
  #plans = [{}];
  #sockets = new Set();
  #server;
  connections = 0;
  #port;

  /** Listens before the daemon on this port of 127.0.0.1. */
  static async before(t, port) {
    const proxy = new BadNetwork();
    proxy.#port = port;
    proxy.#server = net.createServer((socket) => proxy.#serve(socket));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    t.after(() => proxy.close());
    return proxy;
  }

  get address() {
    return `${this.#server.address().port}@127.0.0.1`;
  }

  /**
   * Plans the next connections: { reset: n } resets them once n bytes of the daemon's were let through,
   * { silence: n } lets nothing more through then, { dribble: true } lets each byte through on its own, { delay: ms }
   * lets everything through later.
   */
  plan(...plans) {
    this.#plans = plans;
  }

  /** Lets nothing more through, in either direction, on the connections there are. */
  silence() {
    for (const socket of this.#sockets) {
      socket.pause();
      socket.silent = true;
    }
  }

  async close() {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client) {
    this.connections += 1;
    const plan = this.#plans.length > 1 ? this.#plans.shift() : this.#plans[0];
    const daemon = net.connect(this.#port, '127.0.0.1');
    for (const socket of [client, daemon]) {
      this.#sockets.add(socket);
      socket.setNoDelay();
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        // What one end has said last is said to the other before it is hung up on.
        (socket === client ? daemon : client).end();
      });
    }
    client.on('data', (bytes) => this.#later(plan, () => daemon.write(bytes)));
    const state = { passed: 0 };
    if (plan.reset === 0) {
      client.resetAndDestroy();
    }
    daemon.on('data', (bytes) => this.#later(plan, () => this.#toClient(client, plan, state, bytes)));
  }

  #later({ delay }, act) {
    if (delay === undefined) {
      act();
    } else {
      setTimeout(act, delay);
    }
  }

  #toClient(client, { reset, silence, dribble }, state, bytes) {
    const left = (reset ?? silence ?? Number.POSITIVE_INFINITY) - state.passed;
    const passing = bytes.subarray(0, Math.max(0, left));
    state.passed += passing.length;
    const done = () => {
      if (reset !== undefined && state.passed >= reset) {
        client.resetAndDestroy();
      }
    };
    if (dribble) {
      for (const byte of passing) {
        client.write(Buffer.from([byte]));
      }
      done();
    } else {
      client.write(passing, done);
    }
  }
}

module.exports = { BadNetwork };
