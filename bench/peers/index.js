/**
 * The peers. Each is an object:
 *
 *   name       as in the tables
 *   unix       whether it goes over a Unix socket: its yardstick is a raw one, too
 *   only       the workloads it takes part in, where not all
 *   sizes      the sizes it takes part in, where not all
 *   absent()   why it cannot take part here, if it cannot
 *   serve({ workload, size, connections })   its server in a process of its own: { pid, where, stop() }
 *   client(where, { workload, role, size })  a connection: { subscribe(topic, handler), publish(topic, data), ready(),
 *              close() }. What `publish` is given may be used again two batches after `ready()`.
 *              cspread's has join(topic), which makes no listener
 *   batch(size)     how many messages to publish between two `ready()`
 *   flood({ where, topic, size, window, rate, topics })   a publisher in its own process, of some topics in turn:
 *              { credit(), stop() }
 *   drain({ where, topic })   a subscriber that drops what comes, in its own process: { stop() }
 *   measure(options)   the whole of a run, for a peer that is no JavaScript
 */

const peers = [
  ...require('./raw.js'),
  ...require('./cspread.js'),
  ...require('./nats.js'),
  ...require('./redis.js'),
  ...require('./zeromq.js'),
  ...require('./mqtt.js'),
  ...require('./real.js'),
];

function byName(name) {
  return peers.find((peer) => peer.name === name);
}

module.exports = { byName, peers };
