/**
 * Async contexts: listeners find the stores of each AsyncLocalStorage as of the opening of their session or daemon, in
 * whichever turn of the loop they are called.
 *
 * Each record is walked in a scope of its own, so the effect of enterWith() in a listener ends with its call. Under
 * load a scope is a fifth of what a message costs: only the first records of a long batch have their own, and the rest
 * share one if there is no sign of an AsyncLocalStorage by then. Once there was a sign, every record has its own.
 */

const { AsyncResource } = require('node:async_hooks');

/** How many records of a batch have scopes of their own in any case. */
const APART = 16;

const { runInAsyncScope } = AsyncResource.prototype;

/** Makes a resource without a destroy event: nothing needs to know of its collection. */
const newResource = () => new AsyncResource('cspread', { __proto__: null, requireManualDestroy: true });

const isId = (value) => value === undefined || typeof value === 'number';

/** The properties of Node's resources when there is no store; those of Bun and Deno show nothing. */
const BARE = new Set(Reflect.ownKeys(newResource()).filter((key) => typeof key === 'symbol'));

/** If the resources show nothing, every record has its own scope, which costs less there. */
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
    // Node before 24 keeps what enterWith() sets on the resource itself, for good: so `fn` runs in an heir of it.
    const resource = shows ? Object.create(this.#resource) : this.#resource;
    return runInAsyncScope.call(resource, fn, undefined, arg);
  }
}

/** Returns where the next scope ends, if it begins at this place of a batch of `count`. */
function endOfScope(place, count) {
  return isUsed || place < APART ? place + 1 : count;
}

/** Ends a scope at this place. Called in it. */
function leave(place) {
  if (place >= APART) {
    look();
  }
}

module.exports = { Context, endOfScope, leave };
