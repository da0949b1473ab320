/** Figures of a session, over all its connections. */

const { native } = require('./pump.js');

/** As src/js/calls.rs orders them; true: of the connection at hand only. */
const FIGURES = {
  messagesReceived: false,
  batches: false,
  bytesReceived: false,
  reads: false,
  receiveQueueBytes: true,
  receiveQueueHighWater: 'most',
  messagesSent: false,
  bytesSent: false,
  writes: false,
  sendQueueBytes: true,
};

/** Keeps the figures of a connection that is over. */
function keep(state, figures) {
  state.earlier = sum(state.earlier, figures);
}

function sum(earlier, figures) {
  const kinds = Object.values(FIGURES);
  return kinds.map((kind, index) => {
    const [before, now] = [earlier?.[index] ?? 0, figures?.[index] ?? 0];
    if (kind === true) {
      return now;
    }
    return kind === 'most' ? Math.max(before, now) : before + now;
  });
}

function stats(state) {
  const figures = sum(state.earlier, native.stats(state.id));
  return {
    ...Object.fromEntries(Object.keys(FIGURES).map((name, index) => [name, figures[index]])),
    viewChanges: state.viewChanges,
    strayViews: state.strayViews,
    reconnects: state.reconnecting?.reconnects ?? 0,
    drops: 0,
  };
}

module.exports = { keep, stats };
