/**
 * What every session has: one connection to a daemon, which is one member of the groups it joins.
 *
 * The prototype is here; its methods are implemented in other files, and a session's state is one object (state.js).
 * lib/classic/constructor.js opens sessions that report by the classic handlers, lib/modern/connect.js those that report
 * by events and promises.
 */

const { EventEmitter } = require('node:events');
const check = require('../shared/check.js');
const { asyncDispose } = require('../shared/host.js');
const { shows } = require('../shared/shown.js');
const flow = require('../stream/flow.js');
const takers = require('../stream/takers.js');
const { handle } = require('./connection.js');
const { bind } = require('./detached.js');
const { DEFAULTS: HANDLERS } = require('./handlers.js');
const { disconnect, join, leave, ping } = require('./requests.js');
const { multicast, send, whenDrained } = require('./sending.js');
const { kState } = require('./state.js');
const { stats } = require('./stats.js');

const prototype = Object.create(EventEmitter.prototype);

/** Makes an object a session that is not open yet. */
function initialize(session) {
  EventEmitter.call(session);
  bind(session, prototype, METHODS);
}

const methods = {
  multicast,
  send,
  join,
  leave,
  disconnect,
  ping,
  drained: whenDrained,

  /** Iterates over messages; with a group, those to it. */
  messages(options) {
    return takers.take(this, this[kState], 'message', options);
  },

  /** Iterates over everything, in order; with a group, what concerns it. */
  deliveries(options) {
    return takers.take(this, this[kState], undefined, options);
  },

  /** Calls `fn` with everything in order, strictly one after the other. */
  consume(fn, options) {
    return takers.consume(this, this[kState], fn, options);
  },

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
    this[kState].holder.ref();
    return this;
  },

  /** Lets the process end while the session is open. */
  unref() {
    this[kState].holder.unref();
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
  prototype[name] = function (event, listener) {
    add.call(this, event, listener);
    const state = this[kState];
    state?.retain(this);
    if (state?.heldBack) {
      flow.update(state);
    }
    return this;
  };
}

// Handlers are properties like methods: a program assigns its own, or a subclass has them.
for (const [name, value] of Object.entries({ ...methods, ...HANDLERS })) {
  Object.defineProperty(prototype, name, { __proto__: null, value, writable: true, configurable: true });
}
Object.defineProperty(prototype, asyncDispose, {
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
  Object.defineProperty(prototype, name, {
    __proto__: null,
    get() {
      // The prototype itself has no state.
      return this[kState] && read(this[kState]);
    },
    configurable: true,
  });
}

shows({ name: 'SpreadSession', prototype }, ({ name, privateGroup, address, engine, state, groups = new Map() }) => ({
  name,
  privateGroup,
  address,
  engine,
  state,
  groups: [...groups.keys()],
}));

module.exports = { initialize, prototype };
