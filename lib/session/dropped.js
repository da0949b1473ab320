/**
 * Sessions that the program has dropped without disconnect(): the program can no longer reach or end them, and each
 * stays a member of its groups. One warning reports it when many have piled up.
 *
 * Its environment holds an open session, so that its listeners are called even if the program keeps no reference. A
 * session without anything to call can be let go, to see whether the garbage collector takes it. That is tried when the
 * number of open sessions doubles, from the first hundred on; a session that gets a listener, a handler or an iterator
 * is held again.
 */

const process = require('node:process');
const { nextTick } = require('../shared/host.js');
const { DEFAULTS: HANDLERS } = require('./handlers.js');
const { kState } = require('./state.js');

/** The number of dropped sessions from which it is no accident. */
const MANY = 100;

/** The states of open sessions, and of those among them whose session was collected, in that order. */
const open = new Set();
const dropped = new Set();

const NAMES = Object.keys(HANDLERS);

let nextSweep = MANY;
let warned = false;

const registry = new FinalizationRegistry((state) => {
  if (open.has(state)) {
    dropped.add(state);
    if (!warned && dropped.size >= MANY) {
      warned = true;
      warn();
    }
  }
});

/** Counts a session that has connected. */
function opened(state) {
  open.add(state);
  if (open.size >= nextSweep) {
    nextSweep = 2 * open.size;
    for (const each of open) {
      letGo(each);
    }
  }
}

/** Counts the end of a session. */
function ended(state) {
  open.delete(state);
  dropped.delete(state);
  if (open.size < MANY) {
    nextSweep = MANY;
  }
}

/** Lets a session go that has nothing to call. One that reconnects acts by itself, and is kept. */
function letGo(state) {
  const { session } = state;
  const isIdle = state.isRetained && !state.reconnecting && state.takers.length === 0 && !isHeard(session);
  if (isIdle && watchHandlers(session)) {
    state.letGo();
    registry.unregister(state);
    registry.register(session, state, state);
  }
}

function isHeard(session) {
  return session.eventNames().length > 0 || NAMES.some((name) => Object.hasOwn(session, name));
}

/** The prototypes of sessions that are let go, by those of others, and by themselves. */
const watchers = new WeakMap();

/**
 * Has the session retained again once the program sets one of its handlers. Its prototype sees to that: one for all
 * sessions, where accessors of each would take 3 kB. Returns whether that could be done.
 */
function watchHandlers(session) {
  const prototype = Object.getPrototypeOf(session);
  if (!watchers.has(prototype)) {
    const watcher = watcherOf(prototype);
    watchers.set(prototype, watcher);
    watchers.set(watcher, watcher);
  }
  return Reflect.setPrototypeOf(session, watchers.get(prototype));
}

function watcherOf(prototype) {
  const accessor = (name) => ({
    get() {
      return Reflect.get(prototype, name, this);
    },
    set(handler) {
      Object.setPrototypeOf(this, prototype);
      this[kState].retain(this);
      this[name] = handler;
    },
    configurable: true,
  });
  return Object.create(prototype, Object.fromEntries(NAMES.map((name) => [name, accessor(name)])));
}

function warn() {
  const [first] = dropped;
  const detail = `The first of them was opened here:\n${String(first.site.stack).split('\n').slice(1).join('\n')}`;
  const text = `${dropped.size} sessions are connected that the program has dropped without disconnect(): each stays a member of its groups`;
  nextTick(() => process.emitWarning(text, { type: 'SpreadWarning', code: 'CSPREAD_DROPPED_SESSIONS', detail }));
}

module.exports = { ended, opened };
