/** A view: a group's members, as of one membership message. Names are read when they are asked for. */

const { inspect } = require('node:util');

const NAME_BYTES = 32;
const WORD = 4;
/** Group id, number of members, number of sets, index of the own set. */
const HEAD = 6 * WORD;

class GroupId {
  #ints;

  constructor(ints) {
    this.#ints = ints;
  }

  /** Reads the id at the front of these bytes. */
  static read(bytes) {
    return new GroupId([bytes.readInt32LE(0), bytes.readInt32LE(WORD), bytes.readInt32LE(2 * WORD)]);
  }

  /** Returns whether both identify the same membership of the same group. */
  equals(other) {
    return other instanceof GroupId && other.#ints.every((int, index) => int === this.#ints[index]);
  }

  toString() {
    return this.#ints.join(' ');
  }

  [inspect.custom]() {
    return `GroupId ${this}`;
  }

  toJSON() {
    return [...this.#ints];
  }
}

class View {
  #block;
  #members;
  #sets;

  /**
   * @param {string} group
   * @param {Buffer} block the membership as src/js/batch.rs writes it; the view keeps it
   * @param {number} index of the own member, -1 if it is not there
   */
  constructor(group, block, index) {
    this.group = group;
    this.index = index;
    this.id = GroupId.read(block);
    this.#block = block;
  }

  /** Returns the members' private groups, in Spread's order. */
  get members() {
    this.#members ??= Object.freeze(this.#names(this.#namesAt, this.#memberCount));
    return this.#members;
  }

  /** Returns the virtual-synchrony sets, each of members. */
  get sets() {
    this.#sets ??= Object.freeze(this.#readSets());
    return this.#sets;
  }

  /** Returns the set of the members that came here together with this session. */
  get ownSet() {
    return this.sets[this.#block.readInt32LE(5 * WORD)] ?? [];
  }

  get #memberCount() {
    return this.#block.readInt32LE(3 * WORD);
  }

  get #setCount() {
    return this.#block.readInt32LE(4 * WORD);
  }

  get #namesAt() {
    return HEAD + this.#setCount * WORD;
  }

  #readSets() {
    let at = this.#namesAt + this.#memberCount * NAME_BYTES;
    return Array.from({ length: this.#setCount }, (_, set) => {
      const count = this.#block.readInt32LE(HEAD + set * WORD);
      const names = Object.freeze(this.#names(at, count));
      at += count * NAME_BYTES;
      return names;
    });
  }

  #names(at, count) {
    return Array.from({ length: count }, (_, index) => {
      const start = at + index * NAME_BYTES;
      return this.#block.latin1Slice(start, start + this.#block[start + NAME_BYTES - 1]);
    });
  }

  [inspect.custom](depth, options) {
    return depth < 0 ? `View of '${this.group}'` : `View ${inspect(this.toJSON(), options)}`;
  }

  toJSON() {
    const { group, id, members, index, sets } = this;
    return { group, id, members, index, sets };
  }
}

for (const name of ['members', 'sets']) {
  Object.defineProperty(View.prototype, name, { enumerable: true });
}

module.exports = { GroupId, View };
