/** A state machine of the user's, run alike at every member of a group: see docs/replicated.md. */

const { EventEmitter } = require('node:events');
const check = require('./check.js');
const { codecOf } = require('./codec.js');
const { Core } = require('./core.js');
const { outcome } = require('./outcome.js');

/** The symbol of `await using`, or its stand-in in old versions. */
const asyncDispose = Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose');

class Replica extends EventEmitter {
  #core;
  #codec;
  #machine;
  #state;

  constructor(session, group, machine, options) {
    super();
    const given = check.block(session, group, options, ['partition', 'first', 'verify', 'codec'], 'replica');
    const { policy, first } = check.partition(given);
    const needed = ['initial', 'apply', 'snapshot', 'restore', ...(policy === 'merge' ? ['merge'] : [])];
    this.#machine = check.methods('machine', machine, needed);
    this.#codec = codecOf(given.codec);
    const verify = given.verify === undefined ? undefined : check.integer('verify', given.verify, 1);
    this.#state = machine.initial();
    const { name, clock } = given;
    this.#core = new Core(session, group, this, {
      name,
      what: 'replica',
      policy,
      first,
      clock,
      verify,
      machine: this.#runs(),
    });
    this.ready = this.#core.ready;
  }

  /** The machine as the core runs it. */
  #runs() {
    return {
      state: () => this.#state,
      run: (bytes, from, to, sender, index) => this.#run(bytes.subarray(from, to), sender, index),
      snapshot: () => this.#machine.snapshot(this.#state),
      restore: async (chunks) => this.#machine.restore(chunks),
      install: (state) => {
        this.#state = state;
      },
      merge: (sides) => this.#machine.merge(sides),
    };
  }

  #run(bytes, sender, index) {
    const operation = this.#codec.decode(bytes);
    const result = this.#machine.apply(this.#state, operation, { sender, index });
    if (this.listenerCount('change') > 0) {
      this.#core.emit('change', { operation, result, index, sender });
    }
    return result;
  }

  /** The state: plain reads are as of `index`. */
  get state() {
    return this.#state;
  }

  /** Operations applied here so far. */
  get index() {
    return this.#core.index;
  }

  /** Returns whether operations may take effect in this part. */
  get isPrimary() {
    return this.#core.isPrimary;
  }

  /** Sends an operation. Resolves with its result once it was applied here, in its place. */
  async do(operation, options) {
    const { signal } = check.known(options, ['signal']);
    const bytes = this.#codec.encode(operation);
    return outcome(signal, () => this.#core.do(bytes.length, (buffer, at) => at + bytes.copy(buffer, at)));
  }

  /** Resolves once everything that was sent before by anybody is applied here. */
  async sync(options) {
    const { signal } = check.known(options, ['signal']);
    return outcome(signal, () => this.#core.sync());
  }

  /** Makes this part the primary by the operator's word: after the loss of all members that could say so. */
  forcePrimary() {
    this.#core.force();
  }

  stats() {
    return this.#core.stats();
  }

  /** Ends this replica; the last block of a group leaves it. */
  close() {
    return this.#core.close();
  }

  [asyncDispose]() {
    return this.close();
  }
}

/** Begins to run a machine at this member. */
function replicate(session, group, machine, options) {
  return new Replica(session, group, machine, options);
}

module.exports = { asyncDispose, replicate };
