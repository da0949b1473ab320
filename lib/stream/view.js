/**
 * A view: a group's members, as of one membership message. It is plain data, in own properties, so that it can be
 * compared, copied and posted. Names are read when they are asked for.
 */

const { Buffer } = require('node:buffer');
const { inspect } = require('node:util');
const { named } = require('../shared/named.js');

const NAME_BYTES = 32;
const WORD = 4;
/** Group id, number of members, number of sets, index of the own set. */
const HEAD = 6 * WORD;

class GroupId {
  constructor(ints) {
    this.ints = ints;
  }

  equals(other) {
    return sameId(this, other);
  }

  toString() {
    return this.ints.join(' ');
  }

  [inspect.custom]() {
    return `GroupId ${this}`;
  }

  toJSON() {
    return [...this.ints];
  }
}
named('GroupId', GroupId);

/** Returns whether two ids, or copies of them, identify the same membership of the same group. */
function sameId(one, other) {
  const [its, others] = [intsOf(one), intsOf(other)];
  return its !== undefined && others !== undefined && its.every((int, index) => int === others[index]);
}

/** Returns the numbers of an id, of a copy of it, or of its JSON. */
function intsOf(id) {
  const ints = Array.isArray(id) ? id : id?.ints;
  return Array.isArray(ints) && ints.length === 3 && ints.every(Number.isInteger) ? ints : undefined;
}

/**
 * The names in a membership, as src/js/batch.rs writes it: a Buffer, or its bytes as characters until they are needed.
 */
class Names {
  #block;
  #members;
  #sets;

  constructor(block) {
    this.#block = block;
  }

  /** Returns the members' private groups, in Spread's order. */
  get members() {
    this.#members ??= this.#readMembers();
    return this.#members;
  }

  /** Returns the virtual-synchrony sets, each of members. */
  get sets() {
    this.#sets ??= this.#readSets();
    return this.#sets;
  }

  /** Returns the set of the members that came here together with this session. */
  get ownSet() {
    return this.sets[this.#bytes.readInt32LE(5 * WORD)] ?? [];
  }

  /** Names are read from a Buffer, since one that is cut out of a string keeps all of that alive. */
  get #bytes() {
    if (typeof this.#block === 'string') {
      const bytes = Buffer.allocUnsafeSlow(this.#block.length);
      bytes.latin1Write(this.#block);
      this.#block = bytes;
    }
    return this.#block;
  }

  /** [number of members, number of sets, where the members begin]. */
  get #head() {
    const bytes = this.#bytes;
    const setCount = bytes.readInt32LE(4 * WORD);
    return [bytes.readInt32LE(3 * WORD), setCount, HEAD + setCount * WORD];
  }

  #readMembers() {
    const [count, , at] = this.#head;
    return this.#read(at, count);
  }

  #readSets() {
    const [memberCount, count, membersAt] = this.#head;
    let at = membersAt + memberCount * NAME_BYTES;
    const sets = Array.from({ length: count }, (_, set) => {
      const members = this.#read(at, this.#bytes.readInt32LE(HEAD + set * WORD));
      at += members.length * NAME_BYTES;
      return members;
    });
    return Object.freeze(sets);
  }

  #read(at, count) {
    const bytes = this.#bytes;
    const names = Array.from({ length: count }, (_, index) => {
      const start = at + index * NAME_BYTES;
      return bytes.latin1Slice(start, start + bytes[start + NAME_BYTES - 1]);
    });
    return Object.freeze(names);
  }
}

/** The key of a view's names. Not private, so that a wrapper of a view finds them, too. */
const kNames = Symbol('cspread.names');
const hidden = { __proto__: null, value: undefined };

/** Object.defineProperty() takes twice as long, which counts where many come and go. */
const { __defineGetter__: defineGetter } = Object.prototype;

function members() {
  return this[kNames].members;
}

function sets() {
  return this[kNames].sets;
}

function ownSet() {
  return this[kNames].ownSet;
}

class View {
  /**
   * @param {string} group
   * @param {number[]} ints its id
   * @param {Buffer | string} block the membership, as Names takes it; the view keeps it
   * @param {number} index of the own member, -1 if it is not there
   */
  constructor(group, ints, block, index) {
    hidden.value = new Names(block);
    Object.defineProperty(this, kNames, hidden);
    this.group = group;
    this.id = new GroupId(ints);
    defineGetter.call(this, 'members', members);
    this.index = index;
    defineGetter.call(this, 'sets', sets);
    defineGetter.call(this, 'ownSet', ownSet);
  }

  [inspect.custom](depth, options) {
    return depth < 0 ? `View of '${this.group}'` : `View ${inspect({ ...this }, options)}`;
  }
}
named('View', View);

module.exports = { GroupId, View, sameId };
