/**
 * Locks by name: first come, first served by the order of the group; a lock is freed when its holder leaves. Each holder gets a
 * token that is greater than those before it.
 */

const { EventEmitter } = require('node:events');
const { Buffer } = require('node:buffer');
const { SpreadError } = require('../index.js');
const check = require('./check.js');
const { Core } = require('./core.js');
const { jsonMachine } = require('./json-machine.js');
const { outcome } = require('./outcome.js');
const { asyncDispose } = require('./replica.js');

class Lock {
  #locks;
  #id;
  #lost = new AbortController();

  constructor(locks, id, name, token) {
    this.#locks = locks;
    this.#id = id;
    this.name = name;
    this.token = token;
    this.held = true;
  }

  /** Aborts when the lock is lost. */
  get signal() {
    return this.#lost.signal;
  }

  /** Gives the lock up. Rejects with `ERR_SPREAD_LOCK_LOST` if it was lost before. */
  async release() {
    if (this.signal.aborted) {
      throw new SpreadError('ERR_SPREAD_LOCK_LOST', `the lock '${this.name}' was lost`);
    }
    if (this.held) {
      this.held = false;
      await this.#locks.release(this.#id);
    }
  }

  [asyncDispose]() {
    return this.release();
  }

  lose() {
    this.held = false;
    this.#lost.abort(new SpreadError('ERR_SPREAD_LOCK_LOST', `the lock '${this.name}' was lost`));
  }
}

class Locks extends EventEmitter {
  #core;
  #clock;
  #count = 0;
  /** `queues`: name of a lock → [life, member, id] of its holder and of those that wait; `token`: the last one given. */
  #state = { queues: {}, token: 0, tokens: {} };
  /** Own requests by id: `{ name, lock, resolve, reject }`. */
  #own = new Map();

  constructor(session, group, options) {
    super();
    const given = check.block(session, group, options, ['partition', 'first'], 'locks');
    const { policy, first } = check.partition(given);
    this.#clock = given.clock;
    const machine = jsonMachine({
      run: (operation) => this.#run(operation),
      members: (entry) => this.#members(entry),
      install: (state) => this.#install(state),
      merge: merged,
      state: () => this.#state,
    });
    this.#core = new Core(session, group, this, {
      name: given.name,
      what: 'locks',
      policy,
      first,
      clock: given.clock,
      machine,
    });
    this.ready = this.#core.ready;
    this.on('primary', ({ isPrimary }) => !isPrimary && this.#loseAll());
  }

  /** Resolves with the lock once this member holds it. */
  async acquire(name, options) {
    check.text('name', name);
    const { signal, timeout } = check.known(options, ['signal', 'timeout']);
    const ms = timeout === undefined ? undefined : check.integer('timeout', timeout, 1);
    const id = this.#nextId();
    let timer;
    const granted = new Promise((resolve, reject) => {
      this.#own.set(id, { name, resolve, reject });
      if (ms !== undefined) {
        timer = this.#clock.setTimeout(
          () => reject(new SpreadError('ERR_SPREAD_TIMEOUT', `nobody gave up '${name}' in time`)),
          ms,
        );
      }
    });
    granted.catch(() => {});
    try {
      return await outcome(signal, () => Promise.race([granted, this.#ask({ acquire: name, id }).then(() => granted)]));
    } catch (error) {
      this.#giveUp(id);
      throw error;
    } finally {
      this.#clock.clearTimeout(timer);
    }
  }

  /** Resolves with the lock, or with `undefined` if another member holds it. */
  async tryAcquire(name) {
    check.text('name', name);
    const id = this.#nextId();
    this.#own.set(id, { name, resolve() {}, reject() {} });
    try {
      await this.#ask({ acquire: name, id, now: true });
    } catch (error) {
      this.#giveUp(id);
      throw error;
    }
    const lock = this.#own.get(id)?.lock;
    if (lock === undefined) {
      this.#own.delete(id);
    }
    return lock;
  }

  /** Returns the private group of a lock's holder, as of `index`; `null` if nobody holds it. */
  holder(name) {
    return this.#state.queues[name]?.[0][1] ?? null;
  }

  get index() {
    return this.#core.index;
  }

  get isPrimary() {
    return this.#core.isPrimary;
  }

  /** Resolves once everything that was sent before by anybody is applied here. */
  async sync(options) {
    const { signal } = check.known(options, ['signal']);
    return outcome(signal, () => this.#core.sync());
  }

  forcePrimary() {
    this.#core.force();
  }

  stats() {
    return { ...this.#core.stats(), locks: Object.keys(this.#state.queues).length };
  }

  /** Ends this block, and loses what it holds. */
  async close() {
    await this.#core.close();
    this.#loseAll();
  }

  [asyncDispose]() {
    return this.close();
  }

  #nextId() {
    this.#count += 1;
    return this.#count;
  }

  async #ask(operation) {
    const text = JSON.stringify({ ...operation, life: this.#core.life, member: this.#core.own });
    const bytes = Buffer.from(text);
    return this.#core.do(bytes.length, (buffer, at) => at + bytes.copy(buffer, at));
  }

  /** Gives a lock back: Lock.release() calls it. */
  async release(id) {
    this.#own.delete(id);
    await this.#ask({ release: id });
  }

  /** Takes a request back, wherever it is. */
  #giveUp(id) {
    this.#own.delete(id);
    this.#ask({ release: id }).catch(() => {});
  }

  #run({ acquire, release, now, id, life, member }) {
    const { queues } = this.#state;
    if (acquire !== undefined) {
      const queue = Object.hasOwn(queues, acquire) ? queues[acquire] : [];
      if (now && queue.length > 0) {
        return;
      }
      this.#set(acquire, [...queue, [life, member, id]]);
    } else {
      for (const [name, queue] of Object.entries(queues)) {
        if (queue.some(([its, , request]) => its === life && request === release)) {
          this.#set(
            name,
            queue.filter(([its, , request]) => its !== life || request !== release),
          );
        }
      }
    }
  }

  /** Changes a queue; whoever is its new first holds the lock. */
  #set(name, queue) {
    const { queues, tokens } = this.#state;
    const before = Object.hasOwn(queues, name) ? queues[name][0] : undefined;
    if (queue.length === 0) {
      delete queues[name];
      delete tokens[name];
      return;
    }
    Object.defineProperty(queues, name, { value: queue, enumerable: true, configurable: true, writable: true });
    const [holder] = queue;
    if (before === undefined || before[0] !== holder[0] || before[2] !== holder[2]) {
      this.#state.token += 1;
      Object.defineProperty(tokens, name, {
        value: this.#state.token,
        enumerable: true,
        configurable: true,
        writable: true,
      });
      this.#grant(name, holder);
    }
  }

  #grant(name, [life, , id]) {
    const request = life === this.#core.life ? this.#own.get(id) : undefined;
    if (request !== undefined) {
      request.lock = new Lock(this, id, name, this.#state.tokens[name]);
      request.resolve(request.lock);
    }
  }

  #members({ names, lives }) {
    const isHere = ([life, member]) => names.includes(member) && (lives.get(member) ?? life) === life;
    for (const [name, queue] of Object.entries(this.#state.queues)) {
      const rest = queue.filter(isHere);
      if (rest.length < queue.length) {
        this.#set(name, rest);
      }
    }
    this.#check();
  }

  #install(state) {
    this.#state = state;
    this.#check();
  }

  /** Whoever has a lock, or waits for one, and is not in its queue any more, has lost it. */
  #check() {
    for (const [id, request] of this.#own) {
      const queue = Object.hasOwn(this.#state.queues, request.name) ? this.#state.queues[request.name] : [];
      const place = queue.findIndex(([life, , its]) => life === this.#core.life && its === id);
      if (request.lock !== undefined && place !== 0) {
        this.#lose(id, request);
      }
    }
  }

  #loseAll() {
    for (const [id, request] of this.#own) {
      this.#lose(id, request);
    }
  }

  #lose(id, { name, lock, reject }) {
    this.#own.delete(id);
    lock?.lose();
    reject(new SpreadError('ERR_SPREAD_LOCK_LOST', `the lock '${name}' was lost`));
    if (this.#core.isPrimary) {
      this.#ask({ release: id }).catch(() => {});
    }
  }
}

/** Merges parts: what several parts have given keeps the holder in the first of them. */
function merged(sides) {
  const [first, ...others] = structuredClone(sides.map(({ state }) => state));
  for (const { queues, tokens } of others) {
    for (const [name, queue] of Object.entries(queues)) {
      if (!Object.hasOwn(first.queues, name)) {
        first.queues[name] = queue;
        first.tokens[name] = tokens[name];
      }
    }
  }
  first.token = Math.max(...sides.map(({ state }) => state.token));
  return first;
}

module.exports = { Locks };
