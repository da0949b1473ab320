/**
 * A leader that all members agree on, with a fencing token. Members stand for it in the order in which they came, and the leader
 * stays while it is in the view; with `alive`, while its process answers too.
 */

const { EventEmitter } = require('node:events');
const { Buffer } = require('node:buffer');
const check = require('./check.js');
const { Core } = require('./core.js');
const { jsonMachine } = require('./json-machine.js');
const { outcome } = require('./outcome.js');
const { asyncDispose } = require('./replica.js');

class Election extends EventEmitter {
  #core;
  #clock;
  #alive;
  #firstToken;
  /** Candidates, `[life, name]`, the leader first; the last token given. */
  #state = { candidates: [], token: 0 };
  /** When the leader, or for the leader its own beat, was last heard. */
  #heard = 0;
  #timer;
  #told = { leader: null, isLeader: false, token: 0 };
  #isStanding = false;
  #hasResigned = false;

  constructor(session, group, options) {
    super();
    const given = check.block(session, group, options, ['partition', 'first', 'firstToken', 'alive'], 'election');
    const { policy, first } = check.partition(given);
    this.#firstToken = given.firstToken === undefined ? 1 : check.integer('firstToken', given.firstToken, 1);
    this.#alive = given.alive === undefined ? undefined : aliveOf(given.alive);
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
      what: 'election',
      policy,
      first,
      clock: given.clock,
      machine,
    });
    this.ready = this.#core.ready;
    this.on('primary', () => this.#stand());
    this.on('sync', () => this.#stand());
    this.#watch();
  }

  /** The leader's private group, as of `index`; `null` if there is none. */
  get leader() {
    return this.#state.candidates[0]?.[1] ?? null;
  }

  /** Whether this member leads: never in a part without the primary, or after a time of hanging. */
  get isLeader() {
    const isFirst = this.#state.candidates[0]?.[0] === this.#core.life;
    return isFirst && this.#core.isPrimary && (this.#alive === undefined || !this.#isOverdue);
  }

  /** The token of the leader: under 'primary' greater than that of every earlier one. */
  get token() {
    return this.#state.token;
  }

  get index() {
    return this.#core.index;
  }

  get isPrimary() {
    return this.#core.isPrimary;
  }

  /** Gives up the office, or stops standing for it. */
  async resign() {
    this.#hasResigned = true;
    await this.#do({ resign: this.#core.life });
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
    return this.#core.stats();
  }

  close() {
    this.#clock.clearTimeout(this.#timer);
    return this.#core.close();
  }

  [asyncDispose]() {
    return this.close();
  }

  #do(operation) {
    const bytes = Buffer.from(JSON.stringify(operation));
    return this.#core.do(bytes.length, (buffer, at) => at + bytes.copy(buffer, at));
  }

  /** Stands for the office, once. */
  #stand() {
    this.#tell();
    if (!this.#isStanding && !this.#hasResigned && this.#core.isPrimary) {
      this.#isStanding = true;
      this.#do({ stand: this.#core.life, name: this.#core.own, first: this.#firstToken }).catch(() => {
        this.#isStanding = false;
      });
    }
  }

  #run({ stand, name, first, resign, depose, beat }) {
    const { candidates, token } = this.#state;
    const [leader] = candidates;
    if (stand !== undefined) {
      const others = candidates.filter(([life, other]) => life !== stand && other !== name);
      const isThere = candidates.some(([life]) => life === stand);
      this.#state.candidates = isThere ? candidates : [...others, [stand, name, first]];
    } else if (resign !== undefined) {
      this.#state.candidates = candidates.filter(([life]) => life !== resign);
    } else if (depose === token && leader !== undefined) {
      this.#state.candidates = [...candidates.slice(1), leader];
    } else if (beat === leader?.[0]) {
      this.#heard = this.#clock.now();
    }
    this.#elect(leader, depose === token);
  }

  /** Forgets candidates that are gone, or whose names others have now. */
  #members({ names, lives }) {
    const { candidates } = this.#state;
    const isHere = ([life, name]) => names.includes(name) && (lives.get(name) ?? life) === life;
    this.#state.candidates = candidates.filter(isHere);
    const own = this.#state.candidates.some(([life]) => life === this.#core.life);
    if (!own && candidates.some(([life]) => life === this.#core.life)) {
      this.#isStanding = false;
      queueMicrotask(() => this.#stand());
    }
    this.#elect(candidates[0], false);
  }

  /** Gives a new leader the next token. */
  #elect(before, isDeposed) {
    const [leader] = this.#state.candidates;
    if (leader !== undefined && (leader[0] !== before?.[0] || isDeposed)) {
      this.#state.token = Math.max(this.#state.token + 1, leader[2]);
      this.#heard = this.#clock.now();
    }
    this.#tell();
  }

  #install(state) {
    this.#state = state;
    this.#heard = this.#clock.now();
    const isThere = state.candidates.some(([life]) => life === this.#core.life);
    if (!isThere && this.#isStanding) {
      this.#isStanding = false;
      queueMicrotask(() => this.#stand());
    }
    this.#tell();
  }

  #tell() {
    const { leader, isLeader, token } = this;
    if (token !== this.#told.token || isLeader !== this.#told.isLeader || leader !== this.#told.leader) {
      this.#told = { leader, isLeader, token };
      this.#core.emit('leader', { leader, isLeader, token });
    }
  }

  // Whether the leader's process answers: by each member's own clock.

  get #isOverdue() {
    return this.#clock.now() - this.#heard > this.#alive.timeout;
  }

  #watch() {
    if (this.#alive === undefined) {
      return;
    }
    this.#timer = this.#clock.setTimeout(() => {
      this.#tell();
      const [leader] = this.#state.candidates;
      if (leader !== undefined && this.#core.isPrimary) {
        if (leader[0] === this.#core.life) {
          this.#do({ beat: this.#core.life }).catch(() => {});
        } else if (this.#isOverdue) {
          this.#do({ depose: this.token }).catch(() => {});
        }
      }
      this.#watch();
    }, this.#alive.interval);
    this.#timer?.unref?.();
  }
}

function aliveOf(value) {
  const { interval, timeout } = check.known(value, ['interval', 'timeout']);
  check.integer('alive.interval', interval, 1);
  check.integer('alive.timeout', timeout, interval + 1);
  return { interval, timeout };
}

/** Merges parts: the first one's leader stays, with a token that none of them has given. */
function merged(sides) {
  const states = sides.map(({ state }) => state);
  const lives = new Map(states.flatMap(({ candidates }) => candidates).map((candidate) => [candidate[0], candidate]));
  return { candidates: [...lives.values()], token: Math.max(...states.map(({ token }) => token)) + 1 };
}

module.exports = { Election };
