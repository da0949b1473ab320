/** What a connection costs that has nothing to do: resident memory of client and server, by how much they grow. */

const fs = require('node:fs');
const { whole } = require('../lib/whole.js');

const CONNECTIONS = 900;
/** The first ones bring what all of them share. */
const FIRST = 50;

function resident(pid) {
  const text = fs.readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/VmRSS:\s+(\d+)/.exec(text)[1]) * 1024;
}

async function idle({ peer, where, server }) {
  const clients = [];
  const openMany = async (count) => {
    for (let index = 0; index < count; index += 1) {
      clients.push(await peer.client(where, { workload: 'idle', role: 'receiver' }));
    }
    // Twice: what the first run frees may hold what the second one collects.
    global.gc();
    await new Promise((resolve) => setTimeout(resolve, 100));
    global.gc();
    return { client: resident('self'), server: server === undefined ? undefined : resident(server) };
  };
  const before = await openMany(FIRST);
  const after = await openMany(CONNECTIONS);
  return {
    client: (after.client - before.client) / CONNECTIONS,
    serverBytes: server === undefined ? undefined : (after.server - before.server) / CONNECTIONS,
  };
}

module.exports = {
  name: 'idle',
  about: `${CONNECTIONS} connections that have nothing to do; bytes of each`,
  by: 'client',
  sizes: [0],
  takes: ({ name }) => ['raw', 'cspread', 'before', 'cspread-libspread', 'nats', 'mqtt'].includes(name),
  columns: {
    client: (cell) => cell.client,
    server: (cell) => cell.serverBytes,
    'clients of rounds': (cell) => `${Math.round(cell.least)} to ${Math.round(cell.most)}`,
  },
  run: whole({ side: 'idle', settings: { execArgv: ['--expose-gc'] } }),
  sides: { idle },
};
