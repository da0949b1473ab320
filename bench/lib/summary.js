/** The eight rows of docs/performance.md: what a user wants to know first. */

const { table } = require('./table.js');

const PEERS = { cspread: 'cspread', 'nats.js': 'nats', 'raw socket': 'raw' };

/** Row → where its figure stands: workload, bytes a message, name. */
const ROWS = {
  'receive, messages/s': ['receive', 64, 'rate'],
  'send, messages/s': ['send', 64, 'rate'],
  'to oneself and back, messages/s': ['loop', 64, 'rate'],
  'fan-out to 10 receivers, deliveries/s': ['fanout-10', 64, 'rate'],
  'round trip p50, µs': ['pingpong', 64, 'p50'],
  'memory of an idle session': ['idle', 0, 'client'],
  'connections/s, 500 at once': ['connect', 0, 'rate'],
  'loading the package, ms': ['start', 0, 'p50'],
};

/** The table; nothing unless cspread's figure of each row was measured. */
function summary(cells) {
  const rows = Object.entries(ROWS).map(([what, [workload, size, name]]) => {
    const of = (peer) => cells.find((cell) => cell.workload === workload && cell.size === size && cell.peer === peer);
    return [what, ...Object.values(PEERS).map((peer) => of(peer)?.[name])];
  });
  const isWhole = rows.every(([, own]) => own !== undefined);
  return isWhole ? table(['64 bytes a message', ...Object.keys(PEERS)], rows) : undefined;
}

module.exports = { summary };
