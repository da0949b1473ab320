/**
 * The pace of deliveries: pause() and resume(), iterators that have not taken what they were given, and the
 * alarms of the receive queue.
 *
 * Undelivered messages stay in the native queue. An iterator that has not taken what it was given holds deliveries
 * back, unless code waits for the stream: then they go on, into the iterators' own queues. All of it counts against
 * maxReceiveQueueBytes. At that bound a session with `overflow: 'disconnect'` ends; with `'pause'` the promises that
 * wait for the stream reject, and the session stands still until the iterators have made room.
 *
 * | deliveries are held back while | but not |
 * |---|---|
 * | the session is paused | once disconnect() is called |
 * | an iterator has not taken what it was given | while code waits for the stream, or after the connection ended |
 * | iterators have more than the bound, with `overflow: 'pause'` | after the connection ended |
 */

const { publish } = require('../shared/diagnostics.js');
const { SpreadError } = require('../shared/errors.js');
const { setImmediate } = require('../shared/host.js');
const { fail } = require('../native/awaiting.js');
const { records } = require('../native/batch.js');
const { native, replay } = require('../native/pump.js');
const pings = require('./pings.js');

/** Alarm → how full the queue is, in per cent. */
const PERCENT = { 1: 50, 2: 90 };

/** Events of the stream. */
const STREAMED = ['message', 'membership', 'transition', 'reject'];

/**
 * A full queue is full until it has this part of its bound to spare: otherwise each message would cost two crossings.
 */
const TO_SPARE = 16;

/** Taken bytes are reported to native code once they are this many. */
const WORTH_A_CALL = 64 * 1024;

/** Prepares the state for a native session that has begun. */
function begin(state) {
  state.ending = false;
  state.reportedBytes = 0;
  if (state.heldBack || keptBytes(state) > 0) {
    holdBack(state, false);
  }
}

/** Returns whether deliveries are to be kept for later. */
function isKeeping(state) {
  return state.paused || state.backlog.length > 0;
}

/** Keeps a delivery: the session is paused, or an earlier one was kept. */
function keep(state, item, bytes) {
  state.backlog.push({ item, bytes });
  state.backlogBytes += bytes;
  state.batchBytes += bytes;
}

/** Returns the bytes that wait in JavaScript, without those of the batch under way, which native code counts. */
function keptBytes({ backlogBytes, untakenBytes, batchBytes }) {
  return Math.max(0, backlogBytes + untakenBytes - batchBytes);
}

function holdBack(state, batchIsOver) {
  state.reportedBytes = keptBytes(state);
  native.holdBack(state.id, state.heldBack, state.reportedBytes, batchIsOver);
}

/** Counts a walked batch, which native code counted until now, and checks again whether code waits for the stream. */
function walked(state) {
  const { batchBytes } = state;
  state.batchBytes = 0;
  update(state, batchBytes > 0);
}

/** Counts bytes given to an iterator that no other had. */
function give(state, bytes) {
  state.untakenBytes += bytes;
  state.batchBytes += bytes;
  if (state.untakenBytes === bytes || state.full !== isFull(state)) {
    update(state);
  }
}

/** Counts bytes taken by the last iterator that had them. */
function take(state, bytes) {
  state.untakenBytes -= bytes;
  const { untakenBytes, full, onRoom } = state;
  if (untakenBytes === 0 || full || onRoom !== undefined || state.reportedBytes - keptBytes(state) > WORTH_A_CALL) {
    update(state);
  }
}

/** Returns whether code waits for the stream. The handlers of a classic session always do. */
function isAwaited(state) {
  return (
    !state.reporter.rejects ||
    state.hungry > 0 ||
    isPromised(state) ||
    STREAMED.some((event) => state.session.listenerCount(event) > 0)
  );
}

function isPromised(state) {
  const { pings: waiting, windowFull, memberships, reconnecting } = state;
  return waiting.size > 0 || windowFull || memberships.isAwaited() || reconnecting?.isRejoining === true;
}

/** Resumes or stops deliveries, by the state of iterators and waiters. */
function update(state, batchIsOver = false) {
  state.full = isFull(state);
  const untaken = state.untakenBytes > 0 && !state.ending && (state.full || !isAwaited(state));
  const heldBack = !state.flowing && (isKeeping(state) || untaken);
  if (heldBack !== state.heldBack || batchIsOver || state.reportedBytes - keptBytes(state) > WORTH_A_CALL) {
    state.heldBack = heldBack;
    holdBack(state, batchIsOver);
  }
  if (state.full && !state.ending) {
    rejectStreamed(state);
  }
  if (state.onRoom !== undefined && hasRoom(state)) {
    // In its own turn: listeners are called.
    setImmediate(state.onRoom);
    state.onRoom = undefined;
  }
}

/** Returns whether iterators have as much as they may, and reading stops for that. */
function isFull({ options, full, untakenBytes }) {
  const { overflow, maxReceiveQueueBytes: limit } = options;
  return overflow === 'pause' && untakenBytes > (full ? limit - limit / TO_SPARE : limit);
}

/** Returns whether there is room for a new connection's deliveries. */
function hasRoom({ options, untakenBytes }) {
  return untakenBytes <= options.maxReceiveQueueBytes / 2;
}

/** Rejects the promises that wait for the stream: it waits for iterators whose loops may await those promises. */
function rejectStreamed(state) {
  const waiters = [...state.memberships.takeWaiters(), ...pings.takeAll(state)];
  if (state.windowFull) {
    waiters.push(...state.onDrain.splice(0));
  }
  if (waiters.length > 0) {
    const text = `iterators have not taken ${state.untakenBytes} bytes: maxReceiveQueueBytes is reached, and the answer is not delivered before they take some`;
    fail(waiters, new SpreadError('ERR_SPREAD_SLOW_CONSUMER', text));
  }
}

function pause(state) {
  if (!state.flowing) {
    state.paused = true;
    update(state);
  }
}

/** Resumes a paused session; `handle(item)` handles kept deliveries. */
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
    const { item, bytes } = state.backlog.shift();
    state.backlogBytes -= bytes;
    try {
      handle(item, bytes);
    } finally {
      // A kept delivery belongs to no batch under way.
      state.batchBytes = 0;
      update(state);
    }
  });
}

/** Delivers everything received, with no regard to pauses and iterators: the session is ending. */
function flowOn(state, handle) {
  state.flowing = true;
  resume(state, handle);
  update(state);
}

/** Handles the end of a connection while earlier deliveries are held back. */
function ending(state) {
  state.ending = true;
  update(state);
}

/** Emits the alarm of the record at this word. */
function alarm(session, state, at) {
  const { maxReceiveQueueBytes: limit } = state.options;
  const bytes = records[at + 6] * 2 ** 32 + (records[at + 5] >>> 0);
  const slowConsumer = { percent: PERCENT[records[at + 4]], bytes, limit };
  publish('slowConsumer', session, slowConsumer);
  session.emit('slowConsumer', slowConsumer);
}

module.exports = { alarm, begin, ending, flowOn, give, hasRoom, isKeeping, keep, pause, resume, take, update, walked };
