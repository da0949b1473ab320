/** Many connections at once from one process, until each of them could be used. */

const { meter } = require('../lib/meter.js');
const { whole } = require('../lib/whole.js');

const CONNECTIONS = 500;
/** What is done for the first time takes longer. */
const FIRST = 10;

async function storm({ peer, where, server }) {
  const open = () => peer.client(where, { workload: 'connect', role: 'receiver' });
  const openMany = (count) => Promise.all(Array.from({ length: count }, open));
  await openMany(FIRST);
  const running = meter(server);
  await openMany(CONNECTIONS);
  return running.stop(CONNECTIONS);
}

module.exports = {
  name: 'connect',
  about: `${CONNECTIONS} connections at once from one process; connections a second, and costs of each`,
  by: 'rate',
  sizes: [0],
  takes: ({ name }) =>
    ['raw', 'cspread', 'cspread-unix', 'raw-unix', 'cspread-libspread', 'nats', 'mqtt'].includes(name),
  columns: {
    'connections/s': (cell) => cell.rate,
    '/ raw': (cell) => cell.vsRaw,
    'client µs': (cell) => cell.cpu,
    'server µs': (cell) => cell.server,
    'client MB': (cell) => Math.round(cell.memory / 1e6),
  },
  run: whole({ side: 'storm' }),
  sides: { storm },
};
