/**
 * The workloads. Each is an object:
 *
 *   name, about   as in the tables
 *   by            the figure that is compared: 'rate' in messages a second, 'p50' in µs …
 *   run({ peer, size, seconds, warm })   one run: figures
 *   sizes         [0] if sizes are nothing to it
 *   subjects      what is compared in place of peers; yardstick(subject): with which of them
 *   takes(peer)   who takes part, where that is not for the peer to say
 *   absent()      why it cannot be run here, if it cannot
 *   columns       of its table: title → of a cell
 *   summary(runs) its table, where it is made of runs and not of cells
 *   sides         what runs in processes of their own: name → async (options) → figures
 */

const workloads = [
  require('./receive.js'),
  require('./send.js'),
  require('./loop.js'),
  ...require('./pingpong.js'),
  ...require('./fanout.js'),
  ...require('./delay.js'),
  require('./connect.js'),
  require('./views.js'),
  ...require('./scaling.js'),
  require('./idle.js'),
  require('./retention.js'),
  require('./start.js'),
  require('./attack.js'),
  require('./servers.js'),
];

function byName(name) {
  return workloads.find((workload) => workload.name === name);
}

module.exports = { byName, workloads };
