/**
 * Taking what comes at one's own pace: messages(), deliveries() and consume().
 *
 * Everything is offered to every iterator from the moment it is made. As long as one of them has not taken what it was
 * given, nothing more is delivered (lib/flow.js): it waits in the receive queue, which is bounded.
 */

const { names, records } = require('./batch.js');
const check = require('./check.js');
const deliveries = require('./deliveries.js');
const { CallSite, ownError, wrongType } = require('./errors.js');
const flow = require('./flow.js');
const { asyncDispose, now, setImmediate } = require('./host.js');
const { named } = require('./named.js');
const signals = require('./signals.js');
const { kState } = require('./state.js');

/** An iterator whose loop never awaits anything else gives way to timers and sockets after this. */
const BUDGET_MS = 2;
const TAKES_PER_LOOK = 16;

const DONE = Object.freeze({ value: undefined, done: true });

let until = 0;
let takes = 0;

/** Whether so much was taken in this turn of the loop that others are to have theirs. */
function isTurnOver() {
  takes += 1;
  if (takes % TAKES_PER_LOOK !== 0) {
    return false;
  }
  if (until === 0) {
    until = now() + BUDGET_MS;
    setImmediate(newTurn).unref();
    return false;
  }
  return now() >= until;
}

function newTurn() {
  until = 0;
}

class Taker {
  #state;
  #kind;
  #site;
  #forget;
  /** Given and not taken; taken up to #head. */
  #queue = [];
  #head = 0;
  /** Those whose next() waits: { resolve, reject }. */
  #waiting = [];
  #ended = false;
  #error = undefined;

  /** `site` is where it was asked for: what ends it has that in its stack. */
  constructor(state, kind, site, { group, signal }) {
    this.#state = state;
    this.#kind = kind;
    this.#site = site;
    this.group = group;
    if (state.phase === 'closed') {
      this.end();
      return;
    }
    state.takers.push(this);
    const abort = () => {
      this.#giveUp();
      this.end(signals.reasonOf(signal));
    };
    if (signal?.aborted) {
      abort();
    } else {
      this.#forget = signals.onAbort(signal, abort);
    }
  }

  /** Whether this iterator is for things of this kind and of one of these groups. */
  wants(item) {
    if (this.#kind !== undefined && item.kind !== this.#kind) {
      return false;
    }
    const { group } = this;
    return group === undefined || item.group === group || (item.groups?.includes(group) ?? false);
  }

  offer(item) {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#queue.push(item);
      this.#state.untaken += 1;
      flow.update(this.#state);
    } else {
      waiting.resolve({ value: item, done: false });
    }
  }

  /** Nothing comes any more. What was given can still be taken. */
  end(error) {
    if (!this.#ended) {
      this.#ended = true;
      this.#error = error;
      this.#forget?.();
      for (const waiting of this.#waiting.splice(0)) {
        this.#finish(waiting);
      }
    }
  }

  /** The session is over, by a loss if there is an error. */
  over(error) {
    this.end(ownError(error, this.#site));
  }

  #finish({ resolve, reject }) {
    if (this.#error === undefined) {
      resolve(DONE);
    } else {
      const error = this.#error;
      this.#error = undefined;
      reject(error);
    }
  }

  /** What was given is not wanted any more. */
  #giveUp() {
    const state = this.#state;
    const at = state.takers.indexOf(this);
    if (at >= 0) {
      // Another array, since the one at hand may be walked at this moment.
      state.takers = state.takers.toSpliced(at, 1);
    }
    state.untaken -= this.#queue.length - this.#head;
    [this.#queue, this.#head] = [[], 0];
    flow.update(state);
  }

  next() {
    if (this.#head < this.#queue.length) {
      const result = { value: this.#take(), done: false };
      return isTurnOver() ? new Promise((resolve) => setImmediate(resolve, result)) : Promise.resolve(result);
    }
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        this.#finish({ resolve, reject });
      } else {
        this.#waiting.push({ resolve, reject });
      }
    });
  }

  #take() {
    const item = this.#queue[this.#head];
    this.#queue[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#queue.length) {
      [this.#queue, this.#head] = [[], 0];
    }
    this.#state.untaken -= 1;
    if (this.#state.untaken === 0) {
      flow.update(this.#state);
    }
    return item;
  }

  return(value) {
    this.#giveUp();
    this.end();
    return Promise.resolve({ value, done: true });
  }

  throw(error) {
    this.#giveUp();
    this.end();
    return Promise.reject(error);
  }
}

/** Who sees an iterator sees these, and nothing of how it works. */
class DeliveryIterator {
  #taker;

  constructor(taker) {
    this.#taker = taker;
  }

  next() {
    return this.#taker.next();
  }

  return(value) {
    return this.#taker.return(value);
  }

  throw(error) {
    return this.#taker.throw(error);
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async [asyncDispose]() {
    await this.#taker.return();
  }
}
named('DeliveryIterator', DeliveryIterator);

function take(session, kind, options) {
  const { group, signal } = check.known('options', options, ['group', 'signal']);
  if (group !== undefined) {
    check.string('group', group);
  }
  signals.checked(signal);
  return new DeliveryIterator(new Taker(session[kState], kind, new CallSite(take), { group, signal }));
}

/** The messages; those to one group. */
function messages(options) {
  return take(this, 'message', options);
}

/** Everything, in order; what concerns one group. */
function all(options) {
  return take(this, undefined, options);
}

/** Calls `fn` with everything in order, strictly one after the other. */
async function consume(fn, options) {
  if (check.callback('fn', fn) === undefined) {
    throw wrongType('fn', 'a function', fn);
  }
  for await (const delivery of take(this, undefined, options)) {
    await fn(delivery);
  }
}

/** The message at this word, for those iterators that want it. The message, if there was need for one. */
function offerMessage(state, at) {
  let message;
  const isToSeveral = (records[at + 7] & 0xff) > 1;
  for (const taker of state.takers) {
    // For one that is for another group no message needs to be made.
    if (taker.group === undefined || isToSeveral || names[records[at + 2]] === taker.group) {
      message ??= deliveries.message(at);
      if (taker.wants(message)) {
        taker.offer(message);
      }
    }
  }
  return message;
}

/** Anything, for those iterators that want it. */
function offer(state, item) {
  for (const taker of state.takers) {
    if (taker.wants(item)) {
      taker.offer(item);
    }
  }
}

/** The session is over. Whether an iterator was there to say why. */
function endTakers(_session, state, error) {
  const takers = state.takers;
  state.takers = [];
  for (const taker of takers) {
    taker.over(error);
  }
  return takers.length > 0;
}

module.exports = { consume, deliveries: all, endTakers, messages, offer, offerMessage };
