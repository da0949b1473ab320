/** What peers run as servers in processes of their own; no workload. */

const { pattern, stamp } = require('../lib/payload.js');

const forever = () => new Promise(() => {});

/** The embedded daemon. */
async function daemon({ path, tell }) {
  const { SpreadDaemon } = require('../..');
  const { address, port } = await SpreadDaemon.start({ port: 0, path, maxSessionGroups: 10_000 });
  tell('listening', { address, port });
  await forever();
}

/** A zeromq publisher, which is allowed a quarter of the window more by each word from its parent. */
async function flood({ peer, where, topic, size, window, tell }) {
  const client = await peer.client(where, { role: 'flood' });
  let allowed = window;
  let go = () => {};
  process.on('message', () => {
    allowed += Math.floor(window / 4);
    go();
  });
  tell('ready');
  // The listeners must be there first.
  await peer.settled();
  const payloads = Array.from({ length: window * 2 }, () => pattern(size));
  for (let sent = 0; ; sent += 1) {
    while (sent >= allowed) {
      await new Promise((resolve) => {
        go = resolve;
      });
    }
    const data = payloads[sent % payloads.length];
    stamp(data, sent);
    client.publish(topic, data);
    if (sent % 64 === 0) {
      await client.ready();
    }
  }
}

/** A zeromq subscriber that gives back what is not to the topic of the benchmark. */
async function sink({ peer, where, tell }) {
  const client = await peer.client(where, { role: 'sink' });
  await client.subscribe('', (data, topic) => {
    if (!topic.toString().startsWith('bench')) {
      client.publish(topic, data);
    }
  });
  tell('listening');
  await forever();
}

module.exports = { name: 'servers', sides: { daemon, flood, sink } };
