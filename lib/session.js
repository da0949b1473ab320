/**
 * SpreadSession: one connection to a daemon, which is one member of the groups it joins.
 *
 * The class is a function, so that node-cspread's users may call it without `new`. Opened by its constructor a
 * session reports by the classic handlers (lib/classic.js).
 */

const { EventEmitter } = require('node:events');
const batch = require('./batch.js');
const check = require('./check.js');
const classic = require('./classic.js');
const constants = require('./constants.js');
const engines = require('./engine.js');
const { SpreadError, fromNative } = require('./errors.js');
const { Memberships } = require('./memberships.js');
const { hold, native, queued, receivers, release, settle } = require('./pump.js');
const { View } = require('./view.js');

const { KIND, names, records } = batch;

/** What `disconnect()` waits at most for the daemon, in ms. */
const DISCONNECT_WITHIN = 2000;

const LIMITS = Object.freeze({
  timeout: 5000,
  highWaterMark: 1024 * 1024,
  maxQueuedBytes: 16 * 1024 * 1024,
  maxReceiveQueueBytes: 64 * 1024 * 1024,
  maxMessageBytes: 140_000,
});

/** A session's own state, out of the way of those who look at it. */
const kState = Symbol('cspread.state');

class State {
  id = 0;
  phase = 'connecting';
  /** Whether it was told that the session is connected. */
  told = false;
  /** Who hears of what comes: lib/classic.js. */
  reporter;
  encoding = 'utf8';
  membership = true;
  engine = undefined;
  name = undefined;
  privateGroup = undefined;
  address = undefined;
  daemonVersion = undefined;
  memberships = new Memberships();
  /** Called once nothing waits to be sent. */
  onEmpty = [];
  /** Called once the session is over. */
  onClosed = [];
  /** What stats() says once the session is over. */
  lastFigures = undefined;
  /** Whether this session holds the process. */
  holding = false;
  refed = true;
}

function SpreadSession(...args) {
  if (!new.target) {
    return new SpreadSession(...args);
  }
  EventEmitter.call(this);
  // Wrong arguments throw before anything is begun.
  const { address, options, callbacks } = classic.parseArguments(args);
  begin(this, address, { ...options, engine: engines.chosen() }, classic.reporter(callbacks));
}
Object.setPrototypeOf(SpreadSession, EventEmitter);
Object.setPrototypeOf(SpreadSession.prototype, EventEmitter.prototype);

/** Begins to connect; whatever comes of it goes to the reporter. */
function begin(session, address, options, reporter) {
  const state = new State();
  Object.defineProperty(session, kState, { value: state });
  state.reporter = reporter;
  state.name = options.name;
  state.membership = options.membership;
  state.engine = options.engine;
  holdFor(state);
  const { timeout, highWaterMark, maxQueuedBytes, maxMessageBytes, maxReceiveQueueBytes } = LIMITS;
  state.id = native.connect(
    [address],
    options.privateName ?? '',
    options.membership,
    false,
    timeout,
    true,
    highWaterMark,
    maxQueuedBytes,
    maxMessageBytes,
    maxReceiveQueueBytes,
    false,
    engines.libraryFor(options.engine),
  );
  if (state.id === 0) {
    const failure = fromNative(native.lastFailure());
    // In its own turn, like every other outcome.
    setImmediate(end, session, state, failure);
    return;
  }
  receivers.set(state.id, (at) => receive(session, state, at));
}

/** One record of a batch. */
function receive(session, state, at) {
  switch (records[at] & 15) {
    case KIND.MESSAGE:
      state.reporter.message(session, state, at);
      return;
    case KIND.MEMBERSHIP:
      membership(session, state, at);
      return;
    case KIND.SELF_LEAVE: {
      const group = names[records[at + 2]];
      const waiters = state.memberships.left(group);
      answer(waiters);
      state.reporter.selfLeave(session, state, group);
      return;
    }
    case KIND.CONNECTED:
      connected(session, state);
      return;
    case KIND.DRAIN:
      session.emit('drain');
      return;
    case KIND.EMPTY:
      // Unless something was sent since: then those who wait hear the next time.
      if (!native.askEmpty(state.id)) {
        answer(state.onEmpty.splice(0));
      }
      return;
    case KIND.CLOSED: {
      receivers.delete(state.id);
      state.lastFigures = native.stats(state.id);
      const ended = native.ended(state.id);
      end(session, state, ended && fromNative(ended));
      return;
    }
    default:
      // Transitional signals and rejects: the classic interface has no place for them.
      return;
  }
}

function connected(session, state) {
  if (state.phase !== 'connecting') {
    // It was given up at the very moment: the end comes next.
    return;
  }
  state.told = true;
  const [privateGroup, address, ...version] = native.info(state.id);
  state.phase = 'connected';
  state.privateGroup = privateGroup;
  state.daemonVersion = version.length > 0 ? version.join('.') : undefined;
  state.address = address;
  state.name ??= privateGroup.slice(1, privateGroup.indexOf('#', 1));
  // Many make a promise of `success`; what is attached once it resolves is to miss nothing.
  settle();
  state.reporter.connected(session);
}

function membership(session, state, at) {
  const before = state.memberships.views.get(names[records[at + 2]]);
  const view = new View(names[records[at + 2]], batch.buffer(at), records[at + 4]);
  const waiters = state.memberships.joined(view);
  try {
    state.reporter.membership(session, state, view, before, records[at + 1], names[records[at + 3]]);
  } finally {
    answer(waiters, view);
  }
}

/** Calls those who wait, and ends the batch behind what they waited for. */
function answer(waiters, value) {
  for (const waiter of waiters) {
    waiter(value);
  }
  if (waiters.length > 0) {
    settle();
  }
}

/** The session is over: by a failure, or as wanted. */
function end(session, state, failure) {
  const was = state.phase;
  state.phase = 'closed';
  const waiters = [...state.memberships.end(), ...state.onEmpty.splice(0), ...state.onClosed.splice(0)];
  answer(waiters);
  letGo(state);
  if (!state.told) {
    state.reporter.failed(session, failure ?? new SpreadError('ERR_SPREAD_ABORTED'));
  } else if (failure && was !== 'disconnecting') {
    state.reporter.lost(session, failure);
  }
  session.emit('close');
}

function holdFor(state) {
  if (!state.holding && state.refed && state.phase !== 'closed') {
    state.holding = true;
    hold();
  }
}

function letGo(state) {
  if (state.holding) {
    state.holding = false;
    release();
  }
}

const methods = {
  /** Sends a message: multicast(service, group, data) or multicast(service, selfDiscard, group, data). */
  multicast(service, ...rest) {
    const state = this[kState];
    let bits = service;
    let [selfDiscard, group, data] = rest;
    if (rest.length < 3 && typeof selfDiscard !== 'boolean') {
      [group, data] = rest;
      selfDiscard = false;
    }
    check.integer('service', service, 0, 0xffffffff);
    if (check.boolean('selfDiscard', selfDiscard)) {
      bits |= constants.SELF_DISCARD;
    }
    const groups = check.groups(group);
    const taken = native.send(state.id, bits, groups, 0, check.data(data));
    if (taken < 0) {
      return refuse(this, state);
    }
    queued();
    return taken === 1;
  },

  /** Joins a group. */
  join(group) {
    return ask(this, true, check.string('group', group));
  },

  /** Leaves a group. */
  leave(group) {
    return ask(this, false, check.string('group', group));
  },

  /** Ends the session, after all that was accepted is sent. */
  disconnect() {
    const state = this[kState];
    if (state.phase === 'closed') {
      return Promise.resolve();
    }
    if (state.phase !== 'disconnecting') {
      state.phase = 'disconnecting';
      native.disconnect(state.id, DISCONNECT_WITHIN);
      queued();
    }
    return new Promise((resolve) => state.onClosed.push(resolve));
  },

  /** How `data` arrives: decoded, or as Buffers if `encoding` is null. */
  setEncoding(encoding) {
    this[kState].encoding = check.encoding(encoding);
    return this;
  },

  /** The session keeps the process alive (it does from the start). */
  ref() {
    this[kState].refed = true;
    holdFor(this[kState]);
    return this;
  },

  /** The session does not keep the process alive. */
  unref() {
    this[kState].refed = false;
    letGo(this[kState]);
    return this;
  },

  /** Figures of the session. */
  stats() {
    const figures = native.stats(this[kState].id) ?? this[kState].lastFigures ?? [];
    return Object.fromEntries(FIGURES.map((name, index) => [name, figures[index] ?? 0]));
  },
};

/** As src/calls.rs orders them. */
const FIGURES = [
  'messagesReceived',
  'batches',
  'bytesReceived',
  'reads',
  'receiveQueueBytes',
  'receiveQueueHighWater',
  'messagesSent',
  'bytesSent',
  'writes',
  'sendQueueBytes',
];

/** A join or a leave. The promise resolves with Spread's answer, or when the session ends first. */
function ask(session, join, group) {
  const state = session[kState];
  return new Promise((resolve) => {
    const send = join ? native.join : native.leave;
    const request = () => {
      if (send(state.id, group) < 0) {
        resolve();
        refuse(session, state);
        return false;
      }
      queued();
      return true;
    };
    if (state.phase === 'connected' && state.membership) {
      // Spread ignores a leave of what one is not in, but a name that is illegal is to be told.
      if (!state.memberships.request(join, group, request, resolve) && request()) {
        resolve();
      }
    } else if (request()) {
      whenSent(state, resolve);
    }
  });
}

/** Calls back once the kernel has all that was accepted so far. */
function whenSent(state, done) {
  if (native.askEmpty(state.id)) {
    state.onEmpty.push(done);
  } else {
    done();
  }
}

/** A call was refused, and nothing of it was sent. An argument that only the native code could judge is thrown. */
function refuse(session, state) {
  const error = fromNative(native.lastFailure());
  if (!(error instanceof SpreadError)) {
    throw error;
  }
  state.reporter.refused(session, error);
}

for (const [name, value] of Object.entries(methods)) {
  Object.defineProperty(SpreadSession.prototype, name, { value, writable: true, configurable: true });
}

for (const name of ['name', 'privateGroup', 'address', 'engine', 'daemonVersion']) {
  Object.defineProperty(SpreadSession.prototype, name, {
    get() {
      return this[kState]?.[name];
    },
    configurable: true,
  });
}
Object.defineProperty(SpreadSession.prototype, 'state', {
  get() {
    return this[kState]?.phase;
  },
  configurable: true,
});

module.exports = { SpreadError, SpreadSession };
