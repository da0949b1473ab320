/**
 * Iterators, which take deliveries at their own pace: messages(), deliveries() and consume().
 *
 * Every delivery is offered to every iterator from the moment it is made, into a queue of its own. lib/stream/flow.js decides
 * how much that may be, and when deliveries wait until it is taken.
 */

const check = require('../shared/check.js');
const { CallSite, ownError, wrongType } = require('../shared/errors.js');
const { asyncDispose, now, setImmediate } = require('../shared/host.js');
const { named } = require('../shared/named.js');
const signals = require('../shared/signals.js');
const { names, records } = require('../native/batch.js');
const deliveries = require('./deliveries.js');
const flow = require('./flow.js');

/** An iterator whose loop never awaits anything else gives way to timers and sockets after this. */
const BUDGET_MS = 2;
const TAKES_PER_LOOK = 16;

/** The front of a queue is cut off once this many have been taken of it, and at least half. */
const LEAST_CUT = 1024;

const DONE = Object.freeze({ value: undefined, done: true });

let until = 0;
let takes = 0;

/** Returns whether iterators took so much in this turn of the loop that other work must have its turn. */
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

/** A delivery that iterators were given: it counts until the last of them has taken it. */
class Entry {
  holders = 0;

  constructor(item, bytes) {
    this.item = item;
    this.bytes = bytes;
  }
}

class Taker {
  #state;
  #kind;
  #site;
  #forget;
  /** Entries that were given and not taken; taken up to #head. */
  #queue = [];
  #head = 0;
  /** The calls of next() that wait: { resolve, reject }. */
  #waiting = [];
  /** Answers that wait for the next turn of the loop, in the order of the calls: functions. */
  #later = [];
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

  /** Returns whether this iterator takes deliveries of this kind and of one of these groups. */
  wants(item) {
    if (this.#kind !== undefined && item.kind !== this.#kind) {
      return false;
    }
    const { group } = this;
    return group === undefined || item.group === group || (item.groups?.includes(group) ?? false);
  }

  /** Gives it a delivery; `entry` holds that while it waits. */
  offer(item, entry) {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      entry.holders += 1;
      this.#queue.push(entry);
    } else {
      this.#state.hungry -= 1;
      this.#answer(() => waiting.resolve({ value: item, done: false }));
    }
  }

  /** Ends the iterator. Deliveries that it was given can still be taken. */
  end(error) {
    if (!this.#ended) {
      this.#ended = true;
      this.#error = error;
      this.#forget?.();
      this.#state.hungry -= this.#waiting.length;
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
      this.#answer(() => resolve(DONE));
    } else {
      const error = this.#error;
      this.#error = undefined;
      this.#answer(() => reject(error));
    }
  }

  /** Answers a call of next(), after those before it. */
  #answer(answer) {
    if (this.#later.length > 0) {
      this.#later.push(answer);
    } else {
      answer();
    }
  }

  /** Answers a call in the next turn of the loop. */
  #answerLater(answer) {
    this.#later.push(answer);
    if (this.#later.length === 1) {
      setImmediate(() => {
        for (const each of this.#later.splice(0)) {
          each();
        }
      });
    }
  }

  /** Drops the deliveries that it was given and has not taken. */
  #giveUp() {
    const state = this.#state;
    const at = state.takers.indexOf(this);
    if (at >= 0) {
      // Another array, since the one at hand may be walked at this moment.
      state.takers = state.takers.toSpliced(at, 1);
    }
    while (this.#head < this.#queue.length) {
      this.#take();
    }
  }

  next() {
    if (this.#head < this.#queue.length) {
      const result = { value: this.#take(), done: false };
      if (this.#later.length === 0 && !isTurnOver()) {
        return Promise.resolve(result);
      }
      return new Promise((resolve) => this.#answerLater(() => resolve(result)));
    }
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        this.#finish({ resolve, reject });
      } else {
        this.#waiting.push({ resolve, reject });
        this.#state.hungry += 1;
        if (this.#state.heldBack) {
          flow.update(this.#state);
        }
      }
    });
  }

  #take() {
    const entry = this.#queue[this.#head];
    this.#queue[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#queue.length) {
      [this.#queue, this.#head] = [[], 0];
    } else if (this.#head > LEAST_CUT && this.#head * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    entry.holders -= 1;
    if (entry.holders === 0) {
      flow.take(this.#state, entry.bytes);
    }
    return entry.item;
  }

  return(value) {
    this.#giveUp();
    this.end();
    return new Promise((resolve) => this.#answer(() => resolve({ value, done: true })));
  }

  throw(error) {
    this.#giveUp();
    this.end();
    return new Promise((_resolve, reject) => this.#answer(() => reject(error)));
  }
}

/** The public methods of an iterator; its implementation is hidden. */
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

/** Makes an iterator over deliveries of this kind, or over all. */
function take(session, state, kind, options) {
  const { group, signal } = check.known('options', options, ['group', 'signal']);
  if (group !== undefined) {
    check.string('group', group);
  }
  signals.checked(signal);
  const taker = new Taker(state, kind, new CallSite(take), { group, signal });
  state.retain(session);
  return new DeliveryIterator(taker);
}

/** Calls `fn` with everything in order, strictly one after the other. */
async function consume(session, state, fn, options) {
  if (check.callback('fn', fn) === undefined) {
    throw wrongType('fn', 'a function', fn);
  }
  for await (const delivery of take(session, state, undefined, options)) {
    await fn(delivery);
  }
}

/** Offers the message at this word to the iterators that want it. Returns the message, if any needed it. */
function offerMessage(state, at) {
  let message;
  let entry;
  const isToSeveral = (records[at + 7] & 0xff) > 1;
  for (const taker of state.takers) {
    // An iterator for another group needs no message object.
    if (taker.group === undefined || isToSeveral || names[records[at + 2]] === taker.group) {
      message ??= deliveries.message(at);
      if (taker.wants(message)) {
        entry ??= new Entry(message, deliveries.bytes(at));
        taker.offer(message, entry);
      }
    }
  }
  if (entry?.holders > 0) {
    flow.give(state, entry.bytes);
  }
  return message;
}

/** Offers any delivery to the iterators that want it. */
function offer(state, item, bytes) {
  const entry = new Entry(item, bytes);
  for (const taker of state.takers) {
    if (taker.wants(item)) {
      taker.offer(item, entry);
    }
  }
  if (entry.holders > 0) {
    flow.give(state, bytes);
  }
}

/** Ends the iterators with the session. Returns whether one of them will throw the error. */
function endTakers(_session, state, error) {
  const takers = state.takers;
  state.takers = [];
  for (const taker of takers) {
    taker.over(error);
  }
  return takers.length > 0;
}

module.exports = { consume, endTakers, offer, offerMessage, take };
