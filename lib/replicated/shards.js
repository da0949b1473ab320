/**
 * Keys divided among the members of a group: each key is of one of `count` shards, and each shard has one owner in a part, chosen by
 * rendezvous hashing, so that few of them move when members come and go. A shard moves only after its owner has released it, or is
 * gone. Every part divides all shards among its own members.
 */

const { EventEmitter } = require('node:events');
const { Buffer } = require('node:buffer');
const check = require('./check.js');
const { Core } = require('./core.js');
const { jsonMachine } = require('./json-machine.js');
const { asyncDispose } = require('./replica.js');

class Shards extends EventEmitter {
  #core;
  #count;
  #onGained;
  #onLost;
  /**
   * Members, `[life, name]`; strangers, which are there and have not asked for a share of this state, so that they may still have
   * shards of another; whether all who are there are known; and the life of each shard's owner, 0 if it has none.
   */
  #state;
  #mine = new Set();
  /** Shards whose `onLost` has not settled yet, or whose release has not come back. */
  #losing = new Set();
  /** How many `onLost` have not settled yet. */
  #leaving = 0;
  /** Shards to release with the next message. */
  #released = [];
  #isStanding = false;
  #isClosing = false;
  /** Whether a state was installed, and what has come since is still to be applied. */
  #isCatchingUp = false;
  /** The member that should have each shard, for these members. */
  #chosen = { members: undefined, lives: [] };

  constructor(session, group, options) {
    super();
    const given = check.block(session, group, options, ['count', 'onGained', 'onLost'], 'shards');
    this.#count = given.count === undefined ? 256 : check.integer('count', given.count, 1, 65_536);
    this.#onGained = given.onGained === undefined ? () => {} : check.fn('onGained', given.onGained);
    this.#onLost = given.onLost === undefined ? () => {} : check.fn('onLost', given.onLost);
    this.#state = { members: [], strangers: [], isKnown: false, owners: new Array(this.#count).fill(0) };
    const machine = jsonMachine({
      run: (operation) => this.#run(operation),
      members: (entry) => this.#members(entry),
      install: (state) => this.#install(state),
      merge: merged,
      state: () => this.#state,
    });
    const { name, clock } = given;
    this.#core = new Core(session, group, this, {
      name,
      what: `shards ${this.#count}`,
      policy: 'merge',
      clock,
      machine,
    });
    this.ready = this.#core.ready;
    this.on('primary', ({ isPrimary }) => (isPrimary ? this.#goOn() : this.#loseAll()));
    this.on('sync', () => {
      this.#isCatchingUp = false;
      this.#goOn();
    });
  }

  get count() {
    return this.#count;
  }

  /** The shards of this member. */
  get mine() {
    return new Set(this.#mine);
  }

  get index() {
    return this.#core.index;
  }

  /** Returns the shard of a key. */
  shardOf(key) {
    return hash(check.text('key', key)) % this.#count;
  }

  /** Returns the private group of the owner of a key's shard, as of `index`; `null` if it has none. */
  owner(key) {
    const life = this.#state.owners[this.shardOf(key)];
    return this.#state.members.find(([other]) => other === life)?.[1] ?? null;
  }

  stats() {
    return { ...this.#core.stats(), mine: this.#mine.size, losing: this.#losing.size };
  }

  /** Loses all shards, and ends this block once that is done. */
  async close() {
    this.#isStanding = true;
    this.#isClosing = true;
    await Promise.all(this.#loseAll());
    await this.#core.close();
  }

  [asyncDispose]() {
    return this.close();
  }

  /** Sends an operation. Resolves with whether it has come back: what has not is of no use on another connection. */
  #do(operation) {
    const bytes = Buffer.from(JSON.stringify(operation));
    const done = this.#core.do(bytes.length, (buffer, at) => at + bytes.copy(buffer, at));
    return done.then(
      () => true,
      () => {
        this.#isStanding &&= operation.stand === undefined;
        return false;
      },
    );
  }

  /** This member is in its group, after a lost connection again. */
  #goOn() {
    this.#stand();
    this.#settle();
  }

  /** Asks for a share, once, and not before it has lost what it had without the others. */
  #stand() {
    if (!this.#isStanding && this.#core.isPrimary && this.#leaving === 0) {
      this.#isStanding = true;
      this.#do({ stand: this.#core.life, name: this.#core.own });
    }
  }

  #run({ stand, name, release, by }) {
    const { members, owners } = this.#state;
    if (stand !== undefined && !members.some(([life]) => life === stand)) {
      this.#state.members = [...members.filter(([, other]) => other !== name), [stand, name]];
    }
    this.#state.strangers = this.#state.strangers.filter(([life]) => life !== stand);
    for (const shard of release ?? []) {
      owners[shard] = owners[shard] === by ? 0 : owners[shard];
    }
    this.#assign();
  }

  #members({ names, lives }) {
    const before = this.#state.members;
    const stays = ([life, name]) => names.includes(name) && (lives.get(name) ?? life) === life;
    const members = before.filter(stays);
    const isNew = ([life]) => !members.some(([other]) => other === life);
    const met = [...lives].map(([name, life]) => [life, name]);
    const known = this.#state.strangers.filter(([life]) => !met.some(([other]) => other === life));
    const strangers = [...known, ...met].filter(stays).filter(isNew);
    // A view comes without lives; the members' exchange in it tells them.
    this.#state = { ...this.#state, members, strangers, isKnown: lives.size > 0 };
    this.#again(before);
    this.#assign();
  }

  #install(state) {
    this.#state = state;
    this.#isCatchingUp = true;
    this.#again(undefined);
    this.#settle();
  }

  /** Stands again if the others have forgotten this member. */
  #again(before) {
    const isOwn = ([life]) => life === this.#core.life;
    if (!this.#state.members.some(isOwn) && (before === undefined || before.some(isOwn))) {
      this.#isStanding = false;
      queueMicrotask(() => this.#stand());
    }
  }

  /** Gives shards without an owner to those that should have them. */
  #assign() {
    const { members, owners } = this.#state;
    const lives = new Set(members.map(([life]) => life));
    for (let shard = 0; shard < this.#count; shard += 1) {
      if (!lives.has(owners[shard])) {
        owners[shard] = this.#target(shard);
      }
    }
    this.#settle();
  }

  /** Gains and loses what this member has to. */
  #settle() {
    const { owners } = this.#state;
    const { life } = this.#core;
    for (let shard = 0; shard < this.#count; shard += 1) {
      const isOwn = owners[shard] === life;
      const shouldBe = this.#target(shard) === life;
      if (this.#mine.has(shard) && !(isOwn && shouldBe)) {
        this.#lose(shard);
      } else if (isOwn && !this.#mine.has(shard) && !this.#losing.has(shard)) {
        if (!shouldBe) {
          this.#release(shard);
        } else if (this.#mayGain) {
          this.#gain(shard);
        }
      }
    }
  }

  /** Whether what is this member's by the state is no other's any more. */
  get #mayGain() {
    const { strangers, isKnown } = this.#state;
    const isFree = isKnown && strangers.length === 0;
    return isFree && !this.#isClosing && !this.#isCatchingUp && this.#core.isSettled;
  }

  /** Returns the life of the member that should have a shard. */
  #target(shard) {
    const { members } = this.#state;
    if (this.#chosen.members !== members) {
      this.#chosen = { members, lives: Array.from({ length: this.#count }, (_, at) => chosen(members, at)) };
    }
    return this.#chosen.lives[shard];
  }

  #gain(shard) {
    this.#mine.add(shard);
    this.#core.emit('gained', shard);
    this.#call(this.#onGained, shard);
  }

  /** It is this member's no longer; the others have it once `onLost` has settled. */
  async #lose(shard) {
    this.#mine.delete(shard);
    this.#losing.add(shard);
    this.#core.emit('lost', shard);
    this.#leaving += 1;
    await this.#call(this.#onLost, shard);
    this.#leaving -= 1;
    this.#release(shard);
    this.#stand();
  }

  #loseAll() {
    return [...this.#mine].map((shard) => this.#lose(shard));
  }

  async #call(fn, shard) {
    try {
      await fn(shard);
    } catch (error) {
      this.#core.report(error);
    }
  }

  /** Releases shards, those of one turn together. Until that has come back, this member does not gain them again. */
  #release(shard) {
    this.#losing.add(shard);
    this.#released.push(shard);
    if (this.#released.length === 1) {
      queueMicrotask(() => this.#sendReleased());
    }
  }

  async #sendReleased() {
    const release = this.#released;
    this.#released = [];
    const isSent = this.#core.isPrimary && !this.#isClosing && (await this.#do({ release, by: this.#core.life }));
    for (const shard of release) {
      this.#losing.delete(shard);
    }
    if (isSent) {
      this.#settle();
    }
  }
}

/** Returns the life of the member that should have a shard: that with the greatest hash; 0 if there is none. */
function chosen(members, shard) {
  let [best, life] = [-1, 0];
  for (const [its, name] of members) {
    const weight = hash(`${shard} ${name} ${shard}`);
    if (weight > best || (weight === best && its > life)) {
      [best, life] = [weight, its];
    }
  }
  return life;
}

/** A hash of 32 bits (FNV-1a, and a mix at its end). */
function hash(text) {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** Merges parts: a shard stays with the owner that should have it, else with that of the first part that has one. */
function merged(sides) {
  const states = sides.map(({ state }) => state);
  const members = [...new Map(states.flatMap((state) => state.members).map((member) => [member[0], member])).values()];
  const owners = states[0].owners.map((_, shard) => {
    const those = states.map((state) => state.owners[shard]).filter((life) => life !== 0);
    const target = chosen(members, shard);
    return those.includes(target) ? target : (those[0] ?? 0);
  });
  const strangers = states
    .flatMap((state) => state.strangers)
    .filter(([life]) => !members.some(([other]) => other === life));
  return { members, strangers, isKnown: false, owners };
}

module.exports = { Shards };
