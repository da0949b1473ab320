/**
 * What identifies a message. Spread gives a message no number, so two deliveries are one message if they have the same
 * sender, groups, service, type and payload, came in the same view, and are each session's n-th such one there.
 */

const { Buffer } = require('node:buffer');

const PREVIEW_BYTES = 24;

/** One message, as all watched sessions that are delivered it share it. */
class Message {
  /** Deliveries of it that are kept. */
  kept = 0;
  /** Sequences that have it: lib/testing/order.js. */
  holders = 0;
  /** The views in which it is found, one for each of its groups at most. */
  places = [];
  /** The message that this one turned out to be, by a session that is in groups of both. */
  #same = undefined;

  /** `key` is what finds it: the digest, or of a message without an order one for each daemon. */
  constructor({ sender, groups, service, type, data }, digest, key) {
    this.sender = sender;
    this.groups = groups;
    this.service = service;
    this.type = type;
    this.bytes = data.length;
    this.preview = data.toString('utf8', 0, PREVIEW_BYTES);
    this.digest = digest;
    this.key = key;
  }

  /** Returns the one object that stands for it, and all that turned out to be the same. */
  get root() {
    return this.#same === undefined ? this : this.#same.root;
  }

  /** Notes that `other` is the same message: it was sent to groups of which no session had been in both so far. */
  join(other) {
    if (other.root !== this.root) {
      other.root.#same = this.root;
    }
  }

  /** Returns whether its service promises an order. */
  get isOrdered() {
    return isOrdered(this.service);
  }
}

/** Returns whether a service promises an order. Daemons deliver the two others in any, and may lose one of them. */
function isOrdered(service) {
  return service !== 'unreliable' && service !== 'reliable';
}

/** The messages with one key, to a group in one of its views. */
class Equals {
  /** How many of the first ones were forgotten. */
  forgotten = 0;
  /** The first one that is kept, and those after it, of which there are seldom any. */
  #first = undefined;
  #rest = undefined;
  /** How many of `rest` have become `first`. */
  #taken = 0;
  /** Who was delivered any, and how many of them; only once somebody was delivered two. */
  #lives = [];
  #counts = undefined;

  get first() {
    return this.#first;
  }

  countOf(life) {
    const index = this.#lives.indexOf(life);
    return index < 0 ? 0 : (this.#counts?.[index] ?? 1);
  }

  /** Returns the message that `life` is delivered next, if others were before it. */
  next(life) {
    const place = this.countOf(life) - this.forgotten;
    return place === 0 ? this.#first : this.#rest?.[this.#taken + place - 1];
  }

  /** Counts that `life` was delivered one more: this one, if nobody was before. Returns whether it is the first. */
  note(life, message) {
    const isNew = this.next(life) === undefined;
    const index = this.#lives.indexOf(life);
    if (index < 0) {
      // Not push(): that reserves room for 17, for each message.
      this.#lives = this.#lives.concat([life]);
      this.#counts?.push(1);
    } else {
      this.#counts ??= this.#lives.map(() => 1);
      this.#counts[index] += 1;
    }
    if (isNew && this.#first === undefined) {
      this.#first = message;
    } else if (isNew) {
      this.#rest ??= [];
      this.#rest.push(message);
    }
    return isNew;
  }

  /** Forgets the first one. */
  shift() {
    this.#first = this.#rest?.[this.#taken];
    this.forgotten += 1;
    this.#taken += this.#first === undefined ? 0 : 1;
    if (this.#taken > 64 && this.#taken * 2 > this.#rest.length) {
      this.#rest.splice(0, this.#taken);
      this.#taken = 0;
    }
  }
}

/** The messages to a group in one of its views. */
class Messages {
  /** Key → Equals. */
  #found = new Map();
  /** Whether messages were forgotten that a session may still be delivered: then numbers mean nothing any more. */
  isBroken = false;

  /** Returns the message with this key that `life` is delivered next, if others were before it. */
  next(life, key) {
    return this.#found.get(key)?.next(life);
  }

  /** Notes that `life` was delivered a message. Returns whether it is the first to be. */
  note(life, message) {
    let found = this.#found.get(message.key);
    if (found === undefined) {
      found = new Equals();
      this.#found.set(message.key, found);
    }
    return found.note(life, message);
  }

  /** Forgets a message. All of `lives`, which are still in the view, must have been delivered it. */
  forget(message, lives) {
    const found = this.#found.get(message.key);
    if (found === undefined) {
      return;
    }
    if (found.first !== message || lives.some((life) => found.countOf(life) <= found.forgotten)) {
      this.isBroken = true;
      this.#found.clear();
      return;
    }
    found.shift();
    if (found.first === undefined) {
      this.#found.delete(message.key);
    }
  }
}

/** Returns the bytes of a payload as send() takes it. */
function bytesOf(data) {
  if (Array.isArray(data)) {
    return data.length === 1 ? bytesOf(data[0]) : Buffer.concat(data.map(bytesOf));
  }
  return typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** Returns a number of 53 bits for a message: by far cheaper than a cryptographic hash of a short one. */
function digestOf({ sender, groups, service, type, data }) {
  const head = `${sender} ${groups.join(' ')} ${service} ${type} ${data.length}`;
  let [one, two] = [0x9e3779b9, 0x41c6ce57];
  for (let at = 0; at < head.length; at += 1) {
    one = Math.imul(one ^ head.charCodeAt(at), 0x85ebca6b);
    two = Math.imul(two ^ head.charCodeAt(at), 0xc2b2ae35);
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  for (; at + 4 <= data.length; at += 4) {
    const word = view.getInt32(at, true);
    one = Math.imul(one ^ word, 0x85ebca6b);
    two = Math.imul(two ^ word, 0xc2b2ae35);
    // Without this a bit moves up only, and the low bits of a word would be all that the low bits of the digest have.
    one ^= one >>> 15;
    two ^= two >>> 13;
  }
  for (; at < data.length; at += 1) {
    one = Math.imul(one ^ data[at], 0x85ebca6b);
    two = Math.imul(two ^ data[at], 0xc2b2ae35);
  }
  one = Math.imul(one ^ (one >>> 16), 0x85ebca6b) ^ Math.imul(two ^ (two >>> 13), 0xc2b2ae35);
  two = Math.imul(two ^ (two >>> 16), 0x85ebca6b) ^ Math.imul(one ^ (one >>> 13), 0xc2b2ae35);
  return 0x100000000 * (two & 0x1fffff) + (one >>> 0);
}

module.exports = { Message, Messages, bytesOf, digestOf, isOrdered };
