/**
 * A session's connection: its beginning, its records, its end. It calls the session's reporter: lib/classic/reporter.js for the
 * constructor, lib/modern/reporter.js for connect().
 *
 * | the reporter's | is called when |
 * |---|---|
 * | connected(session) | the session is connected, the first time |
 * | release() | connected() was called: neither that nor failed() will be called again |
 * | failed(session, error) | connecting failed |
 * | lost(session, state, loss) | the connection was lost; loss as in lib/session/loss.js |
 * | gaveUp(session, state, error) | the connection was lost, and reconnecting has failed for good |
 * | refused(session, error) | a call was refused |
 * | message(session, state, at) | a message arrived, as the record at this word |
 * | kept(session, state, message, bytes) | a message arrived, and was kept while the session was paused |
 * | membership(session, state, { view, before, cause, member, bytes }) | a view arrived |
 * | selfLeave(session, state, group, bytes) | a leave was confirmed |
 * | other(session, state, delivery, bytes) | a transitional signal or a reject arrived |
 * | ended(session, state, error) | the session is over, by an error or as wanted |
 */

const { received, publish } = require('../shared/diagnostics.js');
const { SpreadError, fromNative, ownError } = require('../shared/errors.js');
const { setImmediate } = require('../shared/host.js');
const { answer, fail } = require('../native/awaiting.js');
const batch = require('../native/batch.js');
const engines = require('../native/engine.js');
const { native, receivers, settle } = require('../native/pump.js');
const deliveries = require('../stream/deliveries.js');
const flow = require('../stream/flow.js');
const pings = require('../stream/pings.js');
const { drained } = require('../stream/window.js');
const auth = require('./auth.js');
const dropped = require('./dropped.js');
const { lossOf } = require('./loss.js');
const { observed } = require('./observe.js');
const { State, kState } = require('./state.js');
const stats = require('./stats.js');

const { KIND, records } = batch;

/** Begins to connect; the reporter gets the outcome. `site` is where the program opened the session. */
function begin(session, options, reporter, site) {
  const state = new State(session, options, reporter, site);
  Object.defineProperty(session, kState, { __proto__: null, value: state });
  publish('connecting', session, { addresses: options.addresses, engine: options.engine });
  connect(session, state, options.addresses);
  return state;
}

/** Makes one attempt, at these addresses. */
function connect(session, state, addresses) {
  const { options } = state;
  state.id = native.connect({
    // Without a prototype: native code asks for all that it knows, and runs nobody's accessors.
    __proto__: null,
    ...options,
    addresses,
    libspread: engines.libraryFor(options.engine, options.libspread),
    auth: auth.forNative(options.auth),
  });
  if (state.id === 0) {
    const failure = fromNative(native.lastFailure());
    // In its own turn, like every other outcome.
    later(state, () => over(session, state, { error: failure }));
    return;
  }
  receivers.set(state.id, receiver(state));
  flow.begin(state);
  auth.begin(state);
}

/** Makes the receiving functions, in a scope without the session, which they would hold. */
function receiver(state) {
  return { context: state.context, receive: (at) => receive(state, at), walked: () => flow.walked(state) };
}

/** Calls `fn` in the loop's next turn, as if a record had arrived. */
function later(state, fn) {
  setImmediate(() => state.context.run(fn));
}

/** Handles one record of a batch. */
function receive(state, at) {
  const { session } = state;
  if (session === undefined) {
    receiveForNobody(state, at);
    return;
  }
  switch (records[at] & 15) {
    case KIND.MESSAGE:
      if (received.hasSubscribers) {
        received.publish(deliveries.outline(session, at));
      }
      if (!flow.isKeeping(state)) {
        if (state.observers !== undefined) {
          observed(state, 'delivered', deliveries.message(at));
        }
        state.reporter.message(session, state, at);
        return;
      }
      break;
    case KIND.CONNECTED:
      connected(session, state);
      return;
    case KIND.DRAIN:
      state.aboveHighWater = false;
      drained(session, state);
      return;
    case KIND.EMPTY:
      // If something was sent since, the waiters are called the next time.
      if (!native.askEmpty(state.id)) {
        answer(state.onEmpty.splice(0));
      }
      return;
    case KIND.ALARM:
      flow.alarm(session, state, at);
      return;
    case KIND.ENDING:
      flow.ending(state);
      return;
    default:
  }
  // The other records come in Spread's order, after those that were kept.
  const item = deliveries.read(at);
  if (flow.isKeeping(state)) {
    flow.keep(state, item, deliveries.bytes(at));
  } else {
    handle(session, state, item, deliveries.bytes(at));
  }
}

/** Handles a record of a session that the program has dropped and that was collected: it has nothing to call. */
function receiveForNobody(state, at) {
  if ((records[at] & 15) === KIND.CLOSED) {
    receivers.delete(state.id);
    native.ended(state.id);
    state.phase = 'closed';
    dropped.ended(state);
    state.holder.end();
  }
}

/** Handles a delivery of the stream, as lib/stream/deliveries.js has read it, and its bytes. */
function handle(session, state, item, bytes) {
  switch (item.kind) {
    case 'message':
      delivered(state, item);
      state.reporter.kept(session, state, item, bytes);
      return;
    case 'view':
      membership(session, state, item, bytes);
      return;
    case 'selfLeave': {
      delivered(state, item);
      const waiters = state.memberships.left(item.group);
      const { group } = item;
      publish('membership', session, { group, cause: 'leave', member: state.privateGroup, view: null });
      try {
        state.reporter.selfLeave(session, state, group, bytes);
        state.reconnecting?.left(session, state, group);
      } finally {
        answer(waiters);
      }
      return;
    }
    case 'pong':
      pings.pong(state, item);
      return;
    case 'closed':
      closed(session, state);
      return;
    default:
      delivered(state, item);
      state.reporter.other(session, state, item, bytes);
  }
}

function delivered(state, item) {
  if (state.observers !== undefined) {
    observed(state, 'delivered', item);
  }
}

function connected(session, state) {
  if (state.phase !== 'connecting' && state.phase !== 'reconnecting') {
    // It was given up at this moment: the end comes next.
    return;
  }
  auth.end(state);
  const { privateGroup, address, version } = native.info(state.id);
  const previous = state.privateGroup;
  state.phase = 'connected';
  state.privateGroup = privateGroup;
  state.daemonVersion = version?.join('.');
  state.address = address;
  state.name ??= privateGroup.slice(1, privateGroup.indexOf('#', 1));
  // Many programs make a promise of `success`; a listener added once it resolves must miss nothing.
  settle();
  publish('connected', session, { address, privateGroup });
  if (state.observers !== undefined) {
    observed(state, 'connected', { privateGroup, address });
  }
  if (state.isAnnounced) {
    state.reconnecting.connected(session, state, previous);
  } else {
    state.isAnnounced = true;
    dropped.opened(state);
    state.reporter.connected(session);
    state.reporter.release();
  }
}

function membership(session, state, item, bytes) {
  const { view, cause, member } = item;
  if (!state.memberships.concerns(view.group)) {
    // No daemon sends that. One that does must not use up memory.
    state.strayViews += 1;
    return;
  }
  delivered(state, item);
  const before = state.memberships.views.get(view.group);
  const waiters = state.memberships.joined(view);
  state.viewChanges += 1;
  publish('membership', session, { group: view.group, cause, member, view });
  try {
    state.reporter.membership(session, state, { view, before, cause, member, bytes });
    state.reconnecting?.viewed(session, state, view);
  } finally {
    answer(waiters, view);
  }
}

/** Handles the end of the native session, after all of its records. */
function closed(session, state) {
  receivers.delete(state.id);
  stats.keep(state, native.stats(state.id));
  const ended = native.ended(state.id);
  const loss = ended && lossOf(ended);
  auth.end(state, loss?.error);
  over(session, state, loss);
}

/** Handles the end of the connection, by a loss or by disconnect(). */
function over(session, state, loss) {
  state.aboveHighWater = false;
  state.windowFull = false;
  state.underWay = 0;
  state.reliableUnderWay = 0;
  if (loss && state.phase !== 'disconnecting') {
    publish(state.phase === 'connected' ? 'lost' : 'failed', session, loss);
    if (state.phase === 'connected' && state.observers !== undefined) {
      observed(state, 'lost', loss);
    }
  }
  if (loss && state.reconnecting?.takesOver(session, state, loss)) {
    return;
  }
  end(session, state, loss);
}

/** Ends the session. */
function end(session, state, loss) {
  const was = state.phase;
  state.phase = 'closed';
  dropped.ended(state);
  state.holder.end();
  if (state.observers !== undefined) {
    observed(state, 'closed');
  }
  // After disconnect() the end is no loss, even if the connection broke meanwhile.
  const lost = was === 'disconnecting' ? undefined : loss;
  failWaiting(state, lost?.error);
  answer(state.onClosed.splice(0));
  try {
    if (!state.isAnnounced) {
      state.reporter.failed(session, ownError(loss?.error ?? new SpreadError('ERR_SPREAD_ABORTED'), state.site));
    } else if (lost && was === 'reconnecting') {
      state.reporter.gaveUp(session, state, lost.error);
    } else if (lost) {
      state.reporter.lost(session, state, { ...lost, willReconnect: false });
    }
  } finally {
    state.reporter.ended(session, state, lost?.error);
    publish('closed', session, { error: lost?.error ?? null });
    session.emit('close');
  }
}

/** Rejects the requests that are still unanswered. */
function failWaiting(state, error) {
  const { joins, leaves } = state.memberships.end();
  const reason = error ?? new SpreadError('ERR_SPREAD_NOT_CONNECTED', 'the session was ended by disconnect()');
  fail(joins, reason);
  if (error) {
    fail(leaves, error);
  } else {
    // After disconnect() the session is in no group.
    answer(leaves);
  }
  failUnsent(state, reason);
}

/** Rejects the requests that depend on one connection and not on the session. */
function failUnsent(state, reason) {
  fail([...state.onEmpty.splice(0), ...state.onDrain.splice(0), ...pings.takeAll(state)], reason);
}

module.exports = { begin, connect, end, failUnsent, handle, later };
