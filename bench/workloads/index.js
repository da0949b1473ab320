/**
 * The workloads. Each is an object:
 *
 *   name, about   as in the tables
 *   kind          'rate' (compared by messages a second), 'latency' (by p50), or 'figures' (of cspread alone)
 *   run({ peer, size, seconds, warm })   one run: figures
 *   sides         what runs in processes of their own: name → async (options) → figures
 */

const workloads = [
  require('./receive.js'),
  require('./send.js'),
  require('./loop.js'),
  ...require('./pingpong.js'),
  ...require('./fanout.js'),
  require('./servers.js'),
];

function byName(name) {
  return workloads.find((workload) => workload.name === name);
}

module.exports = { byName, workloads };
