/** Figures of a session, over all its connections. */

const { native } = require('../native/pump.js');

/** How the figures of several connections are combined: their sum, the current one's, or the maximum. */
const FIGURES = {
  messagesReceived: 'sum',
  batches: 'sum',
  bytesReceived: 'sum',
  reads: 'sum',
  receiveQueueBytes: 'now',
  receiveQueueHighWater: 'most',
  messagesSent: 'sum',
  bytesSent: 'sum',
  writes: 'sum',
  sendQueueBytes: 'now',
};

const JOINED = {
  sum: (before, now) => before + now,
  now: (_before, now) => now,
  most: Math.max,
};

/** Keeps the figures of a connection that is over. */
function keep(state, figures) {
  state.earlier = join(state.earlier, figures);
}

function join(earlier, figures) {
  const joined = ([name, how]) => [name, JOINED[how](earlier?.[name] ?? 0, figures?.[name] ?? 0)];
  return Object.fromEntries(Object.entries(FIGURES).map(joined));
}

function stats(state) {
  return {
    ...join(state.earlier, native.stats(state.id)),
    viewChanges: state.viewChanges,
    strayViews: state.strayViews,
    reconnects: state.reconnecting?.reconnects ?? 0,
    drops: 0,
  };
}

module.exports = { keep, stats };
