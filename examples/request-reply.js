/**
 * Request and reply: a request goes to a group of servers, and the one whose turn it is answers the client alone,
 * through the client's private group. The servers need not agree on whose turn it is: they all see the same requests in
 * the same order, and the same view.
 *
 * Runs on an embedded daemon, or on the one that SPREAD_DAEMON names.
 */

const { SpreadDaemon, connect } = require('..');

const SERVERS = 'servers';

async function serve(address, name) {
  const session = await connect({ address, name });
  let count = 0;
  let view;
  session.on('membership', (change) => {
    view = change.view;
    // A new member has counted nothing yet, so all servers count from 0 in every view.
    count = 0;
  });
  session.on('message', ({ sender, data }) => {
    if (count++ % view.members.length === view.index) {
      const { id, text } = JSON.parse(data);
      session.send(sender, JSON.stringify({ id, from: name, text: text.toUpperCase() }));
    }
  });
  await session.join(SERVERS);
  return session;
}

class Client {
  #session;
  #waiting = new Map();
  #next = 0;

  static async connect(address, name) {
    const client = new Client();
    client.#session = await connect({ address, name, membership: false });
    client.#session.on('message', ({ data }) => {
      const { id, ...reply } = JSON.parse(data);
      client.#waiting.get(id)?.(reply);
      client.#waiting.delete(id);
    });
    return client;
  }

  /** Resolves with the reply. */
  request(text) {
    const id = this.#next++;
    this.#session.send(SERVERS, JSON.stringify({ id, text }));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  close() {
    return this.#session.disconnect();
  }
}

async function main() {
  const daemon = process.env.SPREAD_DAEMON ? undefined : await SpreadDaemon.start({ port: 0 });
  const address = process.env.SPREAD_DAEMON ?? daemon.address;

  const servers = [await serve(address, 's1'), await serve(address, 's2'), await serve(address, 's3')];
  const client = await Client.connect(address, 'client');
  for (const text of ['one', 'two', 'three', 'four']) {
    const reply = await client.request(text);
    console.log(`${text}: ${reply.text}, says ${reply.from}`);
  }
  await Promise.all([client.close(), ...servers.map((server) => server.disconnect())]);
  await daemon?.stop();
}

main();
