/**
 * Async contexts: what an AsyncLocalStorage has in store where a session or a daemon is opened, its listeners find again,
 * whichever turn of the loop brings what they hear.
 *
 * Each record is walked in a scope of its own, so what a listener does by enterWith() ends with its call. Under load a
 * scope is a fifth of what a message costs: only the first records of a long batch have their own, and the rest share one
 * if there is no sign of an AsyncLocalStorage by then. Once there was a sign, every record has its own.
 */

const { AsyncResource } = require('node:async_hooks');

/** How many records of a batch have scopes of their own in any case. */
const APART = 16;

const { runInAsyncScope } = AsyncResource.prototype;

/** Nobody waits to hear that one was collected. */
const newResource = () => new AsyncResource('cspread', { __proto__: null, requireManualDestroy: true });

const isId = (value) => value === undefined || typeof value === 'number';

/** What Node's resources have to show where there is no store; those of Bun and Deno show nothing. */
const BARE = new Set(Reflect.ownKeys(newResource()).filter((key) => typeof key === 'symbol'));

/** Without a look at them nobody knows: every record has its own scope, which costs less there. */
const shows = BARE.size > 0;
let isUsed = !shows;

/** Looks for a sign: a new resource has the stores at hand, or the frame that holds them. */
function look() {
  if (!isUsed) {
    const resource = newResource();
    isUsed = Reflect.ownKeys(resource).some((key) => !BARE.has(key) || !isId(resource[key]));
  }
}

class Context {
  #resource = newResource();

  /** Calls `fn(arg)` in this context. */
  run(fn, arg) {
    // Node before 24 keeps what enterWith() sets on the resource itself, for good: it is given an heir.
    const resource = shows ? Object.create(this.#resource) : this.#resource;
    return runInAsyncScope.call(resource, fn, undefined, arg);
  }
}

/** Where the next scope ends, if it begins at this place of a batch of `count`. */
function endOfScope(place, count) {
  return isUsed || place < APART ? place + 1 : count;
}

/** A scope ends at this place. Called in it. */
function leave(place) {
  if (place >= APART) {
    look();
  }
}

module.exports = { Context, endOfScope, leave };
