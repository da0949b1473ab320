/**
 * SpreadSession: one connection to a daemon, which is one member of the groups it joins.
 *
 * The class is a function, so that node-cspread's users may call it without `new`. Opened by its constructor a session
 * reports by the classic handlers (lib/classic.js), opened by connect() by events and promises (lib/modern.js). What
 * its methods do is in files of their own; a session's state is one object (lib/state.js).
 */

const { EventEmitter } = require('node:events');
const check = require('./check.js');
const classic = require('./classic.js');
const { begin, handle, holdFor, letGo } = require('./connection.js');
const engines = require('./engine.js');
const { CallSite, SpreadError, ownError, wrongType } = require('./errors.js');
const flow = require('./flow.js');
const { asyncDispose } = require('./host.js');
const modern = require('./modern.js');
const { parse } = require('./options.js');
const { ping } = require('./pings.js');
const { Reconnecting } = require('./reconnect.js');
const { disconnect, join, leave } = require('./requests.js');
const { multicast, send, whenDrained } = require('./sending.js');
const { named } = require('./named.js');
const { shows } = require('./shown.js');
const signals = require('./signals.js');
const { kState } = require('./state.js');
const { stats } = require('./stats.js');
const takers = require('./takers.js');

function SpreadSession(...args) {
  if (!new.target) {
    return new SpreadSession(...args);
  }
  EventEmitter.call(this);
  // Wrong arguments throw before anything is begun.
  const { options, callbacks } = classic.parseArguments(args);
  const site = new CallSite(SpreadSession);
  begin(this, { ...options, engine: engines.chosen() }, classic.reporter(callbacks), site);
}
named('SpreadSession', SpreadSession);
Object.setPrototypeOf(SpreadSession, EventEmitter);
Object.setPrototypeOf(SpreadSession.prototype, EventEmitter.prototype);

/** Connects: an address, several, or options. Whatever is wrong is a rejection. */
async function connect(...args) {
  if (args.length > 1) {
    throw wrongType('the second argument', 'left out: connect() takes one, an address or options', args[1]);
  }
  const { signal, ...options } = parse(args[0]);
  if (signal?.aborted) {
    throw signals.reasonOf(signal);
  }
  const session = Reflect.construct(EventEmitter, [], SpreadSession);
  let forget;
  let hasAborted = false;
  try {
    return await new Promise((resolve, reject) => {
      const state = begin(session, options, modern.reporter(resolve, reject));
      state.encoding = null;
      state.reconnecting = options.reconnect && new Reconnecting(options.reconnect);
      forget = signals.onAbort(signal, () => {
        // Once it is connected the signal has no more to say, even if nobody has been given the session yet.
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
  drained: whenDrained,
  messages: takers.messages,
  deliveries: takers.deliveries,
  consume: takers.consume,

  ping(options) {
    return ping(this[kState], options);
  },

  /** Nothing is delivered until resume(). */
  pause() {
    flow.pause(this[kState]);
    return this;
  },

  resume() {
    const state = this[kState];
    flow.resume(state, (item) => handle(this, state, item));
    return this;
  },

  /** How `data` arrives in the classic interface: decoded, or as Buffers if `encoding` is null. */
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

  stats() {
    return stats(this[kState]);
  },
};

for (const [name, value] of Object.entries(methods)) {
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
