/** What a delivery costs, in client and daemon, as there are more sessions, groups or members. */

const { receive } = require('../lib/receiving.js');
const processes = require('../lib/processes.js');
const { byName } = require('../peers');

/** What there is more of: sessions that have nothing to do, groups that are sent to in turn, members of one group. */
const KINDS = {
  sessions: [1, 10, 100, 1000],
  groups: [1, 10, 100, 1000, 10_000],
  members: [1, 10, 100, 500],
};

/**
 * Messages under way to members, however many: with fewer for more of them batches would be smaller, and that is
 * another matter.
 */
const ALIKE = 2560;
/** To 500 members that is more than a million deliveries: several times that is to be measured. */
const LONGER = 6;

/** s. Ten thousand joins leave views to be collected and code to be compiled: the measurement begins after that. */
const WARM = 1;

/** Sessions besides the one that receives. */
async function crowd({ where, count, tell }) {
  const { connect } = require('../..');
  await Promise.all(Array.from({ length: count }, () => connect({ address: where.address, timeout: 30_000 })));
  tell('connected');
  await new Promise(() => {});
}

const scaling = (kind) => ({
  name: `scaling-${kind}`,
  about: `cspread with more ${kind}; µs are those of one delivery`,
  by: 'cost',
  sizes: [64],
  subjects: KINDS[kind].map((count) => ({ name: `${count} ${kind}`, count })),
  yardstick: () => `1 ${kind}`,
  columns: {
    'client + daemon µs': (cell) => cell.cost,
    '/ one': (cell) => cell.vsRaw,
    'client µs': (cell) => cell.cpu,
    'daemon µs': (cell) => cell.server,
    'deliveries/s': (cell) => cell.rate,
    'client MB': (cell) => Math.round(cell.memory / 1e6),
    'daemon MB': (cell) => Math.round(cell.serverMemory / 1e6),
  },
  async run({ peer: { count }, size, seconds: short }) {
    const seconds = kind === 'members' ? short * LONGER : short;
    const peer = byName('cspread');
    const server = await peer.serve({});
    const asked = { workload: this.name, peer: peer.name, where: server.where, server: server.pid, size };
    const opened = [];
    try {
      if (kind === 'sessions' && count > 1) {
        opened.push(processes.side({ ...asked, side: 'crowd', count: count - 1 }));
        await opened[0].said('connected');
      }
      const topics =
        kind === 'groups' ? Array.from({ length: count }, (_, index) => `group${index}`.padEnd(12, '.')) : undefined;
      const connections = kind === 'members' ? count : 1;
      const window = kind === 'members' ? ALIKE : undefined;
      const options = { ...asked, side: 'receiver', seconds, warm: WARM, connections, topics, window };
      const figures = await processes.run(options);
      return { ...figures, cost: figures.cpu + figures.server };
    } finally {
      await Promise.all(opened.map((one) => one.stop()));
      await server.stop();
    }
  },
  sides: { receiver: receive, crowd },
});

module.exports = Object.keys(KINDS).map(scaling);
