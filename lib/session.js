/**
 * SpreadSession: one connection to a daemon, which is one member of the groups it joins.
 *
 * The class is a function, so that node-cspread's users may call it without `new`. Opened by its constructor a session
 * reports by the classic handlers (lib/classic.js), opened by connect() by events and promises (lib/modern.js). Its
 * methods are implemented in other files; a session's state is one object (lib/state.js).
 */

const { EventEmitter } = require('node:events');
const check = require('./check.js');
const classic = require('./classic.js');
const { begin, handle, holdFor, letGo } = require('./connection.js');
const { bind } = require('./detached.js');
const engines = require('./engine.js');
const { CallSite, SpreadError, ownError, wrongType } = require('./errors.js');
const flow = require('./flow.js');
const { DEFAULTS: HANDLERS } = require('./handlers.js');
const { asyncDispose } = require('./host.js');
const modern = require('./modern.js');
const { parse } = require('./options.js');
const { Reconnecting } = require('./reconnect.js');
const { disconnect, join, leave, ping } = require('./requests.js');
const { multicast, send, whenDrained } = require('./sending.js');
const { named } = require('./named.js');
const { shows } = require('./shown.js');
const signals = require('./signals.js');
const { kState } = require('./state.js');
const { stats } = require('./stats.js');
const takers = require('./takers.js');

/**
 * Makes a session of `this` where that is to be one: with `new`, in a subclass by `super()` or
 * `SpreadSession.call(this, …)`. Called in any other way (as a function, off the module, off a session) it makes a new
 * one.
 */
function SpreadSession(...args) {
  if (!(this instanceof SpreadSession) || Object.hasOwn(this, kState)) {
    return new SpreadSession(...args);
  }
  // Wrong arguments throw before anything is begun.
  const { options, callbacks } = classic.parseArguments(args);
  const site = new CallSite(SpreadSession);
  const engine = engines.chosen();
  initialize(this);
  begin(this, { ...options, engine }, classic.reporter(callbacks), site);
  return this;
}
named('SpreadSession', SpreadSession);
Object.setPrototypeOf(SpreadSession, EventEmitter);
Object.setPrototypeOf(SpreadSession.prototype, EventEmitter.prototype);

/** The constructor that connect() uses: one for all sessions, so that they have one shape. */
function Unopened() {
  initialize(this);
}
Unopened.prototype = SpreadSession.prototype;

function initialize(session) {
  EventEmitter.call(session);
  bind(session, SpreadSession.prototype, METHODS);
}

/** Connects, to an address, several, or by options. Every fault is a rejection. */
async function connect(...args) {
  if (args.length > 1) {
    throw wrongType('the second argument', 'left out: connect() takes one, an address or options', args[1]);
  }
  const { signal, ...options } = parse(args[0]);
  if (signal?.aborted) {
    throw signals.reasonOf(signal);
  }
  const session = new Unopened();
  const site = new CallSite(connect);
  let forget;
  let hasAborted = false;
  try {
    return await new Promise((resolve, reject) => {
      const state = begin(session, options, modern.reporter(resolve, reject), site);
      state.encoding = null;
      state.reconnecting = options.reconnect && new Reconnecting(options.reconnect);
      forget = signals.onAbort(signal, () => {
        // Once it is connected the signal has no effect, even if the promise has not resolved yet.
        if (state.phase === 'connecting') {
          hasAborted = true;
          reject(signals.reasonOf(signal));
          session.disconnect();
        }
      });
    });
  } catch (error) {
    throw hasAborted ? error : ownError(error);
  } finally {
    forget?.();
  }
}

const methods = {
  multicast,
  send,
  join,
  leave,
  disconnect,
  ping,
  drained: whenDrained,
  messages: takers.messages,
  deliveries: takers.deliveries,
  consume: takers.consume,

  /** Stops deliveries until resume(). */
  pause() {
    flow.pause(this[kState]);
    return this;
  },

  resume() {
    const state = this[kState];
    flow.resume(state, (item, bytes) => handle(this, state, item, bytes));
    return this;
  },

  /** Sets how `data` arrives in the classic interface: decoded, or as Buffers if `encoding` is null. */
  setEncoding(encoding) {
    this[kState].encoding = check.encoding(encoding);
    return this;
  },

  /** Makes the session keep the process alive, as it does from the start. */
  ref() {
    this[kState].refed = true;
    holdFor(this[kState]);
    return this;
  },

  /** Lets the process end while the session is open. */
  unref() {
    this[kState].refed = false;
    letGo(this[kState]);
    return this;
  },

  stats() {
    return stats(this[kState]);
  },
};

const METHODS = Object.keys(methods);

/** Lets deliveries go on for a new listener, if they are held back for an iterator. once() and its like call these. */
for (const name of ['on', 'addListener', 'prependListener']) {
  const add = EventEmitter.prototype[name];
  SpreadSession.prototype[name] = function (event, listener) {
    add.call(this, event, listener);
    const state = this[kState];
    state?.hold(this);
    if (state?.heldBack) {
      flow.update(state);
    }
    return this;
  };
}

// Handlers are properties like methods: a program assigns its own, or a subclass has them.
for (const [name, value] of Object.entries({ ...methods, ...HANDLERS })) {
  Object.defineProperty(SpreadSession.prototype, name, { __proto__: null, value, writable: true, configurable: true });
}
Object.defineProperty(SpreadSession.prototype, asyncDispose, {
  __proto__: null,
  value() {
    return this.disconnect();
  },
  writable: true,
  configurable: true,
});

const getters = {
  name: (state) => state.name,
  privateGroup: (state) => state.privateGroup,
  address: (state) => state.address,
  engine: (state) => state.engine,
  daemonVersion: (state) => state.daemonVersion,
  state: (state) => state.phase,
  groups: (state) => state.memberships.views,
  /** Returns node-cspread's number of the connection. */
  mbox: (state) => (state.phase === 'connected' ? state.id : -1),
};

for (const [name, read] of Object.entries(getters)) {
  Object.defineProperty(SpreadSession.prototype, name, {
    __proto__: null,
    get() {
      // The prototype itself has no state.
      return this[kState] && read(this[kState]);
    },
    configurable: true,
  });
}

shows(SpreadSession, ({ name, privateGroup, address, engine, state, groups = new Map() }) => ({
  name,
  privateGroup,
  address,
  engine,
  state,
  groups: [...groups.keys()],
}));

module.exports = { SpreadError, SpreadSession, connect };
