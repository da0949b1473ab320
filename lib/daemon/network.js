/**
 * SpreadNetwork: several embedded daemons in one process, each with a port of its own, over a simulated layer that can be
 * parted and healed: a network to rehearse on.
 */

const { EventEmitter } = require('node:events');
const check = require('../shared/check.js');
const { Context } = require('../shared/context.js');
const { fromNative, wrongValue } = require('../shared/errors.js');
const { asyncDispose, setTimeout } = require('../shared/host.js');
const { named } = require('../shared/named.js');
const { shows } = require('../shared/shown.js');
const { daemonFigures, daemonOptions, readView } = require('./daemon.js');
const { Holder } = require('../native/holder.js');
const { native, networks } = require('../native/pump.js');

/** Every how many milliseconds `settled()` looks, and how often in a row it has to see nothing. */
const LOOK = 2;
const QUIET = 3;

const MOST_DAEMONS = 64;
const MOST_TIME = 2 ** 31 - 1;
const MOST_SEED = Number.MAX_SAFE_INTEGER;

/** The part of daemons that nobody is parted from. */
const WHOLE = 0;

class SpreadNetwork extends EventEmitter {
  #id;
  #members = new Map();
  #figures = new Map();
  /** Calls that wait for views: functions that return whether theirs is there. */
  #waiting = new Set();
  #holder = new Holder();
  #isOver = false;

  constructor(key, id, names, seed) {
    if (key !== constructionKey) {
      throw new TypeError('SpreadNetwork.start() makes networks');
    }
    super();
    this.#id = id;
    this.seed = seed;
    this.daemons = names;
    names.forEach((name, place) => {
      this.#members.set(name, { place, part: WHOLE, isDead: false, isHung: false, view: null });
    });
    const context = new Context();
    networks.set(id, (kind, text) => context.run(() => this.#tell(kind, text)));
  }

  /** Starts daemons, and resolves when all of them have one view. */
  static async start(options) {
    const known = ['daemons', 'seed', 'detectAfter', 'latency', 'daemonOptions'];
    const given = check.known('options', options, known);
    const names = readNames(given.daemons);
    const { seed = 1, detectAfter = 50, latency, daemonOptions: each = {} } = given;
    check.integer('seed', seed, 0, MOST_SEED);
    check.integer('detectAfter', detectAfter, 0, MOST_TIME);
    const daemons = names.map((name) => daemonOptions({ port: 0, ...each, name }));
    const id = native.startNetwork({ daemons, seed, detectAfter });
    if (id === 0) {
      throw fromNative(native.lastFailure());
    }
    const network = new SpreadNetwork(constructionKey, id, names, seed);
    try {
      if (latency !== undefined) {
        network.latency(latency);
      }
      await network.#agreed();
    } catch (error) {
      await network.stop();
      throw error;
    }
    return network;
  }

  /** Returns where clients reach a daemon. */
  address(name) {
    return `${native.networkPort(this.#id, this.#member(name).place)}@127.0.0.1`;
  }

  /** Returns the view that a daemon has installed last; null while it has none. */
  view(name) {
    return this.#member(name).view;
  }

  /** Returns a daemon's figures so far. */
  stats(name) {
    const { place } = this.#member(name);
    const figures = native.networkStats(this.#id, place);
    if (figures !== undefined) {
      this.#figures.set(name, daemonFigures('simulated', figures));
    }
    return { ...this.#figures.get(name) };
  }

  /** Parts the network, and resolves when every part has its view. A daemon that is not named is a part of its own. */
  async partition(...parts) {
    const seen = new Set();
    for (const names of parts) {
      for (const name of check.strings('each part', names)) {
        this.#member(name);
        if (seen.has(name)) {
          throw wrongValue('parts', `each daemon in one part, but '${name}' is in two`, parts);
        }
        seen.add(name);
      }
    }
    for (const [name, member] of this.#members) {
      const part = parts.findIndex((names) => names.includes(name));
      member.part = part >= 0 ? part : parts.length + member.place;
    }
    this.#part();
    await this.#agreed();
  }

  /** Lets all daemons reach each other, and resolves when they have one view. */
  async heal() {
    for (const member of this.#members.values()) {
      member.part = WHOLE;
    }
    this.#part();
    await this.#agreed();
  }

  /** Kills a daemon: its clients lose their connections. Resolves when the others have their view. */
  async kill(name) {
    const member = this.#member(name);
    if (!member.isDead) {
      this.stats(name);
      Object.assign(member, { isDead: true, isHung: false, view: null });
      native.networkKill(this.#id, member.place);
    }
    await this.#agreed();
  }

  /** Starts a daemon that was killed, as another life on the same port. Resolves when it has its view. */
  async start(name) {
    const member = this.#member(name);
    if (member.isDead) {
      if (!native.networkStart(this.#id, member.place)) {
        throw fromNative(native.lastFailure());
      }
      member.isDead = false;
    }
    await this.#agreed();
  }

  /**
   * Makes a daemon stand still for a time; it does when this returns, and the promise resolves when it goes on. Unless it
   * is `noticed`, the other daemons cannot know.
   */
  hang(name, ms, options) {
    const member = this.#member(name);
    check.integer('ms', ms, 0, MOST_TIME);
    const { noticed = true } = check.known('options', options, ['noticed']);
    check.boolean('noticed', noticed);
    if (member.isDead || member.isHung) {
      throw wrongValue('name', 'a daemon that is running', name);
    }
    member.isHung = true;
    native.networkHang(this.#id, member.place, true, noticed);
    return new Promise((resolve) => {
      setTimeout(() => {
        if (!this.#isOver && member.isHung) {
          member.isHung = false;
          native.networkHang(this.#id, member.place, false, noticed);
        }
        resolve();
      }, ms);
    });
  }

  /** Sets the delay of what daemons send each other, between two of them or all, in milliseconds. */
  latency(options) {
    const given = check.known('options', options, ['ms', 'jitter', 'from', 'to']);
    const { ms, jitter = 0, from, to } = given;
    for (const [what, value] of Object.entries({ ms, jitter })) {
      check.integer(what, value, 0, MOST_TIME);
    }
    if ((from === undefined) !== (to === undefined)) {
      throw wrongValue('options', 'from and to together, or neither', options);
    }
    const pair = from === undefined ? {} : { isPair: true, from: this.#member(from).place, to: this.#member(to).place };
    native.networkLatency(this.#id, { ms, jitter, ...pair });
  }

  /** Sets after how many milliseconds a loss is noticed. */
  detectAfter(ms) {
    check.integer('ms', ms, 0, MOST_TIME);
    native.networkDetect(this.#id, ms);
  }

  /** Resolves when nothing is under way anywhere, but at daemons that stand still. */
  async settled() {
    for (let quiet = 0; quiet < QUIET && !this.#isOver; ) {
      quiet = native.networkIsSettled(this.#id) && this.#hasAgreed() ? quiet + 1 : 0;
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }

  /** Stops all daemons. */
  async stop() {
    if (!this.#isOver) {
      this.#isOver = true;
      for (const name of this.daemons) {
        this.stats(name);
      }
      networks.delete(this.#id);
      native.stopNetwork(this.#id);
      this.#holder.end();
      this.#look();
    }
  }

  [asyncDispose]() {
    return this.stop();
  }

  ref() {
    this.#holder.ref();
    return this;
  }

  unref() {
    this.#holder.unref();
    return this;
  }

  #member(name) {
    const member = this.#members.get(check.string('daemon', name));
    if (member === undefined) {
      throw wrongValue('daemon', `one of ${this.daemons.join(', ')}`, name);
    }
    return member;
  }

  #part() {
    native.networkParts(
      this.#id,
      [...this.#members.values()].map(({ part }) => part),
    );
  }

  /** Returns whether each daemon that runs has the view of those that run in its part. */
  #hasAgreed() {
    const running = [...this.#members].filter(([, { isDead, isHung }]) => !isDead && !isHung);
    return running.every(([, { part, view }]) => {
      const expected = running.filter(([, other]) => other.part === part).map(([name]) => name);
      // The others may not have noticed that one stands still.
      const members = view?.members.filter((name) => !this.#members.get(name).isHung) ?? [];
      return expected.join() === members.join();
    });
  }

  /** Resolves when they have, or when the network is stopped. */
  #agreed() {
    return new Promise((resolve) => {
      this.#waiting.add(() => {
        const isOver = this.#isOver || this.#hasAgreed();
        if (isOver) {
          resolve();
        }
        return isOver;
      });
      this.#look();
    });
  }

  #look() {
    for (const wait of this.#waiting) {
      if (wait()) {
        this.#waiting.delete(wait);
      }
    }
  }

  #tell(kind, text) {
    const [place, ...rest] = text.split('\t');
    const daemon = this.daemons[Number(place)];
    const member = this.#members.get(daemon);
    if (kind === 'network-down') {
      member.view = null;
    } else if (!member.isDead) {
      member.view = readView(rest.join('\t'));
      this.#look();
      this.emit('view', { daemon, ...member.view });
    }
  }
}

/** Reads the daemons' names: given, or so many. */
function readNames(daemons) {
  if (typeof daemons === 'number') {
    check.integer('daemons', daemons, 1, MOST_DAEMONS);
    return Array.from({ length: daemons }, (_, index) => `daemon${index + 1}`);
  }
  const names = check.strings('daemons', daemons);
  if (names.length === 0 || names.length > MOST_DAEMONS || new Set(names).size < names.length) {
    throw wrongValue('daemons', `1 to ${MOST_DAEMONS} names that differ`, daemons);
  }
  return names;
}

named('SpreadNetwork', SpreadNetwork);
shows(SpreadNetwork, ({ daemons, seed }) => ({ daemons, seed }));

const constructionKey = Symbol('SpreadNetwork.start');

module.exports = { SpreadNetwork };
