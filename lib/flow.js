/**
 * How fast things are delivered: pause() and resume(), iterators that do not come to what they were given, and the
 * alarms of the receive queue.
 *
 * What is not delivered stays in the native queue, where it counts against maxReceiveQueueBytes. Only what stands in
 * the batch under way is kept here.
 */

const { records } = require('./batch.js');
const { tell } = require('./diagnostics.js');
const { native, replay } = require('./pump.js');

/** Alarm → how full the queue is, in per cent. */
const PERCENT = { 1: 50, 2: 90 };

/** A native session has begun. */
function begin(state) {
  if (state.heldBack) {
    holdBack(state);
  }
}

/** Whether what comes is to be kept for later. */
function isKeeping(state) {
  return state.paused || state.backlog.length > 0;
}

/** Keeps it: the session is paused, or something that came before was kept. */
function keep(state, item) {
  state.backlog.push(item);
  if (state.backlog.length === 1) {
    holdBack(state);
  }
}

function holdBack(state) {
  native.holdBack(state.id, state.heldBack, state.backlog.length > 0 || state.untaken > 0);
}

/** Delivery goes on or stops, as those say who take it. */
function update(state) {
  const heldBack = !state.flowing && (isKeeping(state) || state.untaken > 0);
  if (heldBack !== state.heldBack) {
    state.heldBack = heldBack;
    holdBack(state);
  }
}

function pause(state) {
  if (!state.flowing) {
    state.paused = true;
    update(state);
  }
}

/** `handle(item)` is for what was kept. */
function resume(state, handle) {
  if (!state.paused) {
    return;
  }
  state.paused = false;
  if (state.backlog.length === 0) {
    update(state);
    return;
  }
  replay(state.backlog, state.context, () => {
    if (state.paused || state.backlog.length === 0) {
      return;
    }
    try {
      handle(state.backlog.shift());
    } finally {
      update(state);
    }
  });
}

/** The session is ending: what came is delivered, whoever is ready for it. */
function flowOn(state, handle) {
  state.flowing = true;
  resume(state, handle);
  update(state);
}

/** The alarm of the record at this word. */
function alarm(session, state, at) {
  const { maxReceiveQueueBytes: limit } = state.options;
  const bytes = records[at + 6] * 2 ** 32 + (records[at + 5] >>> 0);
  const slowConsumer = { percent: PERCENT[records[at + 4]], bytes, limit };
  tell('slowConsumer', session, slowConsumer);
  session.emit('slowConsumer', slowConsumer);
}

module.exports = { alarm, begin, flowOn, isKeeping, keep, pause, resume, update };
