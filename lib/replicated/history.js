/**
 * One member's history: what it has applied, and what was delivered and waits.
 *
 * ```text
 *            in the position                          not in it
 * applied │ certain: its content is still coming │ tentative: after a signal ║ held: no round has settled this view yet
 * ```
 *
 * An entry is `{ type: 'ops', life, seq, count, body }`, or, if the state depends on who is a member, `{ type: 'members', names,
 * lives }`. A position is `{ base, index, n, a, b }`: the number of the last primary in the history, the operations so far, the
 * entries so far, and a chain of hashes of which they were. Equal positions are equal histories.
 */

const START = Object.freeze({ base: 0, index: 0, n: 0, a: 0, b: 0 });

function mix(hash, value) {
  let mixed = Math.imul(hash ^ (value | 0), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Returns the position after some operations. */
function afterOps({ base, index, n, a, b }, { life, seq, count }) {
  return {
    base,
    index: index + count,
    n: n + 1,
    a: mix(mix(a, life), seq),
    b: mix(mix(b + 0x9e3779b9, seq + count), life / 0x100000000),
  };
}

/** Returns the position after a change of the members. */
function afterMembers(position, { names, lives }) {
  let { a, b } = position;
  for (const name of names) {
    for (let at = 0; at < name.length; at += 1) {
      a = mix(a, name.charCodeAt(at));
    }
    b = mix(mix(b, lives.get(name) ?? 0), names.length);
  }
  return { ...position, n: position.n + 1, a, b };
}

/** Returns the position of what several histories were merged to. */
function merged(positions) {
  const index = Math.max(...positions.map((position) => position.index)) + 1;
  const [a, b] = positions.reduce(([x, y], it) => [mix(mix(x, it.a), it.index), mix(mix(y, it.b), it.a)], [1, 2]);
  return { base: 0, index, n: index, a, b };
}

function isSame(one, other) {
  const isAsLong = one.base === other.base && one.index === other.index && one.n === other.n;
  return isAsLong && one.a === other.a && one.b === other.b;
}

class History {
  /** `apply(entry, index)` takes what is certain and has its content; `drop(entry, outcome)` what will never be. */
  constructor(apply, drop) {
    this.apply = apply;
    this.drop = drop;
    /** `undefined` while a snapshot's first piece, which names it, is still to come. */
    this.position = START;
    /**
     * 'open': entries take effect; 'tentative', 'held': they wait; 'none': they have no effect; 'apart': they have one elsewhere, and will come in a snapshot.
     */
    this.mode = 'held';
    this.waiting = [];
    /** How many of those are certain. */
    this.certain = 0;
    this.held = [];
    /** The lives from which content is still coming; `null` if it is here. */
    this.pending = null;
    /** The position of the content that is here, while other content is coming. */
    this.back = START;
    /** Operations applied so far. */
    this.index = 0;
    /** Operations delivered since the round under way began. */
    this.since = 0;
    /** The operations in the content that is coming. */
    this.indexComing = 0;
  }

  deliver(entry) {
    this.since += entry.type === 'ops' ? entry.count : 0;
    switch (this.mode) {
      case 'open':
        this.append(entry);
        this.settle();
        break;
      case 'tentative':
        this.append(entry);
        break;
      case 'held':
        this.held.push(entry);
        break;
      default:
        this.drop(entry, this.mode === 'none' ? 'not-applied' : 'unknown');
    }
  }

  /** Makes everything in the position certain, and applies it if the content is here. */
  settle() {
    this.certain = this.waiting.length;
    if (this.pending === null && this.certain > 0) {
      const entries = this.waiting;
      this.waiting = [];
      this.certain = 0;
      this.applyAll(entries);
    }
  }

  /** Appends what was held to the position. */
  takeHeld() {
    const entries = this.held;
    this.held = [];
    for (const entry of entries) {
      this.append(entry);
    }
  }

  dropHeld(outcome) {
    const entries = this.held;
    this.held = [];
    for (const entry of entries) {
      this.drop(entry, outcome);
    }
  }

  /** Raises the index, so that it is above that of every side. */
  raise(by) {
    this.position = { ...this.position, index: this.position.index + by };
    if (this.pending === null) {
      this.index += by;
    } else {
      this.indexComing += by;
    }
  }

  /** Gives up what this member has for what the lives will send; `position` if that is known. */
  awaitContent(lives, position) {
    const entries = this.waiting;
    this.back = this.pending === null ? this.position : this.back;
    this.pending = lives;
    this.position = position;
    this.indexComing = position?.index;
    this.waiting = [];
    this.certain = 0;
    for (const entry of entries) {
      this.drop(entry, 'unknown');
    }
  }

  /** Learns the position of the content that is coming: what was delivered meanwhile goes on from it. */
  located(position) {
    this.position = this.waiting.reduce(step, position);
    this.indexComing = position.index;
  }

  /** The content is here. */
  arrived() {
    this.pending = null;
    this.index = this.indexComing;
    const entries = this.waiting.splice(0, this.certain);
    this.certain = 0;
    this.applyAll(entries);
  }

  /** Goes back to the content that is here, with what was delivered since. */
  revert() {
    if (this.pending !== null) {
      this.position = this.backed();
      this.pending = null;
      this.settle();
    }
  }

  /** The connection is lost: what was to come for this member comes no more. */
  abandon() {
    this.dropHeld('unknown');
    if (this.pending !== null) {
      this.position = this.back;
      this.pending = null;
      const entries = this.waiting;
      this.waiting = [];
      this.certain = 0;
      for (const entry of entries) {
        this.drop(entry, 'unknown');
      }
    }
  }

  /** Returns the position that this member would go back to. */
  backed() {
    return this.pending === null ? this.position : this.waiting.reduce(step, this.back);
  }

  append(entry) {
    this.waiting.push(entry);
    if (this.position !== undefined) {
      this.position = step(this.position, entry);
    }
  }

  applyAll(entries) {
    for (const entry of entries) {
      const index = this.index;
      this.index += entry.type === 'ops' ? entry.count : 0;
      this.apply(entry, index);
    }
  }
}

function step(position, entry) {
  return entry.type === 'ops' ? afterOps(position, entry) : afterMembers(position, entry);
}

module.exports = { History, START, isSame, merged };
