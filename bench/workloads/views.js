/**
 * A view-change storm: 200 sessions connect and join one group at once, and each receives the views of all that join
 * after it. The yardstick is a raw socket's bytes a second, for frames of a view's usual length on as many connections.
 */

const { meter } = require('../lib/meter.js');
const { whole } = require('../lib/whole.js');

const SESSIONS = 200;
const GROUP = 'crowd';
/** What a view of n members is: a header, n names, an id, and the set of who joined. */
const bytesOf = (members) => 48 + 32 * members + 12 + 4 + 4 + 4 + 32;
/** The number of views: the k-th goes to k members. */
const BYTES = Array.from({ length: SESSIONS }, (_, index) => (index + 1) * bytesOf(index + 1)).reduce((a, b) => a + b);
/** A view's length, as most of the bytes come. */
const USUAL_VIEW = 4800;

/** Its views come one by one, none left out, until everybody is there. */
function untilWhole(session) {
  let last;
  return new Promise((resolve, reject) => {
    session.on('membership', ({ view, joined, cause }) => {
      // The last number of a view's id counts the group's changes, of which the first made it.
      const change = view.id.toJSON()[2];
      if (cause !== 'join' || joined.length !== 1 || (last !== undefined && change !== last + 1)) {
        reject(new Error(`change ${change} after ${last}`));
      }
      last = change;
      if (change === SESSIONS) {
        const isWhole = new Set(view.members).size === SESSIONS;
        (isWhole ? resolve : reject)(new Error(`${view.members.length} members`));
      }
    });
  });
}

async function views({ where, server }) {
  const { connect } = require('../..');
  const begun = meter(server);
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => connect({ address: where.address })));
  const joining = meter(server);
  const told = sessions.map((session) => untilWhole(session));
  await Promise.all([...sessions.map((session) => session.join(GROUP)), ...told]);
  const joined = joining.stop(BYTES);
  return { ...begun.stop(BYTES), joinRate: joined.rate, joinSeconds: joined.seconds };
}

/** The same bytes by raw frames. */
async function raw({ peer, where, server }) {
  const begun = meter(server);
  let left = BYTES;
  let done;
  const all = new Promise((resolve) => {
    done = resolve;
  });
  const handle = (data) => {
    left -= data.length;
    if (left <= 0) {
      done();
    }
  };
  const open = async () => {
    const client = await peer.client(where, { workload: 'fanout', role: 'receiver' });
    await client.subscribe(GROUP, handle);
  };
  const opening = Array.from({ length: SESSIONS }, open);
  await all;
  await Promise.all(opening);
  return begun.stop(BYTES);
}

const ofCspread = whole({ side: 'views' });
const ofRaw = whole({ side: 'raw', work: 'fanout', connections: SESSIONS });

module.exports = {
  USUAL_VIEW,
  name: 'views',
  about: `${SESSIONS} sessions connect and join one group: ${Math.round(BYTES / 1e6)} MB of views, all delivered`,
  by: 'rate',
  sizes: [USUAL_VIEW],
  takes: ({ name }) => ['raw', 'cspread'].includes(name),
  columns: {
    'MB/s': (cell) => cell.rate / 1e6,
    '/ raw': (cell) => cell.vsRaw,
    's in all': (cell) => cell.seconds,
    's for the joins': (cell) => cell.joinSeconds,
    'client s': (cell) => (cell.cpu * BYTES) / 1e6,
    'server s': (cell) => (cell.server * BYTES) / 1e6,
    'client MB': (cell) => Math.round(cell.memory / 1e6),
  },
  run(options) {
    return (options.peer.name === 'raw' ? ofRaw : ofCspread).call(this, options);
  },
  sides: { views, raw },
};
