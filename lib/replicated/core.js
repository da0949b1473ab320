/**
 * Runs an engine for one block: turns the session's events into the engine's, and carries out its actions.
 *
 * The block gives a `machine`: `run(bytes, from, to, sender, index)` applies an operation and returns its result,
 * `snapshot()`, `restore(chunks)` (resolves with a state), `install(state)`, `state()`, and where it has them `merge(sides)` and
 * `members({ names, lives }, index)`: the members of the group at this place, and their lives as far as they are known. Operations of one turn leave in one message.
 */

const crypto = require('node:crypto');
const process = require('node:process');
const { SpreadError } = require('../index.js');
const { Batch, MOST_OPERATION } = require('./batch.js');
const { Digests } = require('./digests.js');
const { Engine, KIND } = require('./engine.js');
const frames = require('./frames.js');
const { groupOf } = require('./group.js');
const { withOutcome } = require('./outcome.js');
const { Transfers } = require('./transfers.js');

const OWN_KIND = Object.freeze({ DIGEST: 10 });
/** How long a silent member delays a round, in ms. */
const PATIENCE = 1_000;
/** How long who closes waits for its heirs, in ms. */
const HAND_OVER = 10_000;

class Core {
  #session;
  #group;
  #block;
  #options;
  #engine;
  #machine;
  #heads = new Map();
  #service;
  #view;
  #timer;
  /** The operations of this turn. */
  #batch = new Batch();
  #seq = 0;
  /** The first number of a batch → its waiters, until it is applied or dropped. */
  #sent = new Map();
  #transfers;
  #digests;
  #warned = new Set();
  #isPrimary = false;
  #end;
  #closed;
  #onBye;
  #becomeReady;
  /** Called once operations may be accepted. */
  #onStatus = [];
  /** Where the state came from last. */
  #source = { from: null, bytes: 0 };

  /** `block` is the emitter; `options`: name, what, policy, first, clock, machine, verify. */
  constructor(session, group, block, options) {
    this.#session = session;
    this.#block = block;
    this.#options = options;
    this.#machine = options.machine;
    this.life = crypto.randomBytes(6).readUIntBE(0, 6) + 1;
    const { policy, first, what } = options;
    const tracksMembers = this.#machine.members !== undefined;
    this.#engine = new Engine({ life: this.life, policy, first, what, tracksMembers });
    this.#service = policy === 'primary' ? 'safe' : 'agreed';
    this.#group = groupOf(session, group);
    this.#digests = new Digests(this.#machine, (found) => this.emit('diverged', found));
    this.#transfers = new Transfers({
      group: this.#group,
      name: options.name,
      machine: this.#machine,
      awaits: (id) => this.#engine.awaits(id),
      step: (event) => this.#step(event),
      report: (error) => this.report(error),
      progress: (value) => this.emit('progress', value),
      isOwn: (life) => life === this.life,
      nameOf: (life) => this.#engine.nameOf(life),
    });
    this.ready = new Promise((resolve, reject) => {
      this.#becomeReady = { resolve, reject };
    });
    this.ready.catch(() => {});
    this.#group.add(options.name, this);
    this.#group.join().catch((error) => this.#becomeReady.reject(error));
  }

  get index() {
    return this.#engine.index;
  }

  get isPrimary() {
    return this.#engine.isPrimary;
  }

  /** Whether the state here is the one that the members of this view have agreed on, where every part goes on. */
  get isSettled() {
    return this.#engine.isSettled;
  }

  /** The members of the group, as of the last view. */
  get members() {
    return this.#view?.members ?? [];
  }

  get own() {
    return this.#group.privateGroup;
  }

  stats() {
    return { index: this.index, waiting: this.#sent.size, ignored: this.#group.ignored };
  }

  /**
   * Sends an operation of at most `size` bytes, which `write(buffer, at)` writes, returning where it ends. Resolves with its
   * result once it was applied here.
   */
  do(size, write) {
    if (!this.#engine.accepts || this.#end !== undefined) {
      return this.#doLater(size, write);
    }
    if (size > MOST_OPERATION) {
      const text = `the operation may have ${size} bytes, and at most ${MOST_OPERATION} are sent`;
      return Promise.reject(notApplied(new SpreadError('ERR_SPREAD_MESSAGE_TOO_LONG', text)));
    }
    if (!this.#batch.hasRoom(size)) {
      this.#flush();
    }
    if (this.#batch.isEmpty) {
      queueMicrotask(() => this.#flush());
    }
    return this.#batch.add(size, write);
  }

  /** An operation that cannot be sent now: at once an error, or after this member has come into its group. */
  async #doLater(size, write) {
    if (this.#end !== undefined) {
      throw notApplied(this.#end);
    }
    if (this.#options.policy === 'primary' && !this.#engine.isPrimary) {
      throw notApplied(new SpreadError('ERR_SPREAD_NO_PRIMARY'));
    }
    if (this.#session.state !== 'connected') {
      throw notApplied(new SpreadError('ERR_SPREAD_NOT_CONNECTED'));
    }
    await new Promise((resolve) => {
      this.#onStatus.push(resolve);
    });
    return this.do(size, write);
  }

  sync() {
    return this.do(0, (_, at) => at);
  }

  #flush() {
    if (this.#batch.isEmpty) {
      return;
    }
    const { bytes, waiters } = this.#batch.take();
    const count = waiters.length / 2;
    try {
      this.#group.send(this.#head(KIND.OPS), [frames.opsHead(this.life, this.#seq, count), bytes], this.#service);
      this.#sent.set(this.#seq, waiters);
      this.#seq += count;
    } catch (error) {
      rejectAll(waiters, () => notApplied(error));
    }
  }

  #head(kind) {
    if (!this.#heads.has(kind)) {
      this.#heads.set(kind, frames.headOf(kind, this.#options.name));
    }
    return this.#heads.get(kind);
  }

  /** Sends a message of the engine. A lost connection is reported in its own place. */
  #send(kind, body, safe) {
    try {
      this.#group.send(this.#head(kind), [JSON.stringify(body)], safe ? 'safe' : 'agreed');
    } catch (error) {
      if (error.code !== 'ERR_SPREAD_NOT_CONNECTED') {
        this.report(error);
      }
    }
  }

  // What the group calls.

  viewed(view, own, joined, midway) {
    const { members, id, sets } = view;
    this.#view = view;
    this.#transfers.keep(members);
    this.#step({
      type: 'view',
      key: `${id}:${members.length}`,
      members,
      own,
      joined,
      parts: midway ? 1 : sets.length,
      midway,
    });
    this.#digests.compare(members);
  }

  signalled() {
    this.#step({ type: 'transition' });
  }

  lost() {
    this.#view = undefined;
    this.#transfers.keep([]);
    this.#step({ type: 'lost' });
    const error = new SpreadError(
      'ERR_SPREAD_CONNECTION_CLOSED',
      'the connection was lost before the operation came back',
    );
    this.#failAll(() => unknown(error));
    this.#onBye?.();
  }

  ended(error) {
    this.#end ??= error;
    this.#becomeReady.reject(error);
    this.#goOn();
    this.#failAll(() => unknown(error));
    this.#onBye?.();
  }

  misunderstood(sender, what) {
    if (!this.#warned.has(sender)) {
      this.#warned.add(sender);
      this.report(new SpreadError('ERR_SPREAD_FORMAT', `${sender} sends ${what}`));
    }
  }

  /** Handles a message of this block. Returns whether it is well-formed. */
  received(sender, kind, body, isPrivate) {
    if (isPrivate) {
      return this.#transfers.received(sender, kind, body);
    }
    if (kind === KIND.OPS) {
      const entry = frames.readOps(sender, body);
      if (entry !== undefined) {
        this.#step({ type: 'message', sender, kind, body: entry });
      }
      return entry !== undefined;
    }
    const fields = frames.readJson(body);
    if (!isSound(kind, fields)) {
      return false;
    }
    if (kind === OWN_KIND.DIGEST) {
      this.#digests.hear(sender, fields, this.members);
      return true;
    }
    this.#step({ type: 'message', sender, kind, body: fields });
    if (kind === KIND.BYE && fields.life === this.life) {
      this.#onBye?.();
    }
    return true;
  }

  // What the engine asks for.

  #step(event) {
    for (const action of this.#engine.step(event)) {
      this.#carryOut(action);
    }
  }

  #carryOut(action) {
    switch (action.do) {
      case 'send':
        this.#send(action.kind, action.body, action.safe);
        break;
      case 'apply':
        this.#apply(action.entry, action.index);
        break;
      case 'drop':
        this.#drop(action.entry, action.outcome);
        break;
      case 'give':
        this.#transfers.give(action);
        break;
      case 'stop':
        this.#transfers.stop(action.to);
        break;
      case 'take':
        this.#transfers.take(action);
        break;
      case 'install':
        this.#source = this.#transfers.install();
        break;
      case 'synced':
        this.#synced(action.index);
        break;
      case 'timer':
        this.#setTimer(action.on);
        break;
      case 'foreign':
        this.misunderstood(action.sender, `state of another kind or policy: '${action.what}'`);
        break;
      case 'status':
        this.#status();
        break;
    }
  }

  #apply(entry, index) {
    if (entry.type === 'members') {
      this.#machine.members(entry, index);
      return;
    }
    const { body, sender, count } = entry;
    const waiters = entry.life === this.life ? this.#sent.get(entry.seq) : undefined;
    this.#sent.delete(waiters && entry.seq);
    let at = frames.OPS_HEAD;
    for (let op = 0; op < count; op += 1) {
      const from = at + 4;
      at = from + body.readUInt32BE(at);
      const place = index + op + 1;
      try {
        const result = at > from ? this.#machine.run(body, from, at, sender, place) : undefined;
        waiters?.[2 * op](result);
      } catch (error) {
        waiters?.[2 * op + 1](notApplied(error));
      }
      if (this.#options.verify !== undefined && place % this.#options.verify === 0) {
        this.#digest(place);
      }
    }
  }

  #drop({ type, life, seq }, outcome) {
    const waiters = type === 'ops' && life === this.life ? this.#sent.get(seq) : undefined;
    if (waiters !== undefined) {
      this.#sent.delete(seq);
      const error = new SpreadError('ERR_SPREAD_NO_PRIMARY');
      rejectAll(waiters, () => Object.assign(new SpreadError(error.code), { outcome }));
    }
  }

  #failAll(makeError) {
    for (const [seq, waiters] of this.#sent) {
      this.#sent.delete(seq);
      rejectAll(waiters, makeError);
    }
  }

  #synced(index) {
    this.emit('sync', { index, ...this.#source });
    this.#source = { from: null, bytes: 0 };
    this.#becomeReady.resolve(this.#block);
  }

  #status() {
    const { isPrimary } = this.#engine;
    if (isPrimary !== this.#isPrimary) {
      this.#isPrimary = isPrimary;
      this.emit('primary', { isPrimary, view: this.#view ?? null });
    }
    this.#goOn();
  }

  /** Lets the operations that wait look again. */
  #goOn() {
    for (const resolve of this.#onStatus.splice(0)) {
      resolve();
    }
  }

  #setTimer(on) {
    const { clock } = this.#options;
    if (this.#timer !== undefined) {
      clock.clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    if (on) {
      // Each place in the view has its own time, so that not all speak at once.
      const place = Math.max(0, this.members.indexOf(this.own));
      this.#timer = clock.setTimeout(() => this.#step({ type: 'late' }), PATIENCE + (place * PATIENCE) / 4);
      this.#timer?.unref?.();
    }
  }

  async #digest(index) {
    try {
      this.#send(OWN_KIND.DIGEST, { index, digest: await this.#digests.make() }, false);
    } catch (error) {
      this.report(error);
    }
  }

  /** Makes this part the primary, whatever the rules say. */
  force() {
    this.#step({ type: 'force' });
  }

  /** Emits an event of the block. What a listener throws is an uncaught exception, and stops nothing. */
  emit(event, value) {
    try {
      this.#block.emit(event, value);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  /** Reports an error that belongs to no call: without a listener it becomes a process warning. */
  report(error) {
    if (this.#block.listenerCount('error') > 0) {
      this.emit('error', error);
    } else {
      process.emitWarning(error.message, { type: error.name, code: error.code });
    }
  }

  /** Ends this block; the last one of a group leaves it. */
  close() {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Waits until others can go on without this member: until they have the state, and a vote; not for ever. */
  async #handOver() {
    const { clock } = this.#options;
    let isLate = false;
    const timer = clock.setTimeout(() => {
      isLate = true;
      this.#goOn();
    }, HAND_OVER);
    while (!isLate && this.#view !== undefined && !this.#engine.mayLeave) {
      await new Promise((resolve) => {
        this.#onStatus.push(resolve);
      });
    }
    clock.clearTimeout(timer);
  }

  async #close() {
    this.#flush();
    const error = new SpreadError('ERR_SPREAD_NOT_CONNECTED', 'it is closed');
    this.#end ??= error;
    await this.#handOver();
    if (this.#view !== undefined && this.#session.state === 'connected') {
      const returned = new Promise((resolve) => {
        this.#onBye = resolve;
      });
      this.#step({ type: 'close' });
      await returned;
    }
    this.#setTimer(false);
    this.#transfers.abandon();
    this.#transfers.keep([]);
    this.#goOn();
    this.#failAll(() => unknown(error));
    this.#becomeReady.reject(error);
    await this.#group.remove(this.#options.name);
  }
}

const isText = (value) => typeof value === 'string';

/** Returns whether a message of this kind has what it must have. */
function isSound(kind, fields) {
  if (fields === undefined) {
    return false;
  }
  switch (kind) {
    case KIND.BYE:
      return frames.isLife(fields.life);
    case OWN_KIND.DIGEST:
      return frames.isNumber(fields.index) && isText(fields.digest);
    case KIND.STATE:
      return isText(fields.v) && frames.isNumber(fields.r) && frames.isState(fields);
    case KIND.READY:
      return isText(fields.v) && frames.isNumber(fields.r) && frames.isLife(fields.life);
    case KIND.ASK:
    case KIND.CUT:
    case KIND.FORM:
      return isText(fields.v) && frames.isNumber(fields.r);
    default:
      return false;
  }
}

function rejectAll(waiters, makeError) {
  for (let at = 1; at < waiters.length; at += 2) {
    waiters[at](makeError());
  }
}

/** Marks an error: the operation has no effect anywhere. */
function notApplied(error) {
  return withOutcome(error, 'not-applied');
}

/** Returns a new error like this one: the operation may have an effect, or may have had one. */
function unknown({ code, message }) {
  return withOutcome(new SpreadError(code, message), 'unknown');
}

module.exports = { Core };
