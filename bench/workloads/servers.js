/** What peers run as servers in processes of their own; no workload. */

const fs = require('node:fs');
const path = require('node:path');
const { pattern, stamp } = require('../lib/payload.js');

const forever = () => new Promise(() => {});

/** Returns the bounds that this benchmark needs, as far as a checkout's daemon has them. */
function boundsOf(checkout) {
  const types = fs.readFileSync(path.join(checkout, 'index.d.ts'), 'utf8');
  return types.includes('maxSessionGroups') ? { maxSessionGroups: 10_000 } : {};
}

/** The embedded daemon. */
async function daemon({ path: at, checkout, tell }) {
  const { SpreadDaemon } = require(checkout);
  const { address, port } = await SpreadDaemon.start({ port: 0, path: at, ...boundsOf(checkout) });
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
