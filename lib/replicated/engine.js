/**
 * One member of a replicated state, as a deterministic state machine: `step(event)` returns actions. It does no I/O, looks at
 * no clock, and calls nobody, so that it can be run under any history that a network allows.
 *
 * | event | is |
 * |---|---|
 * | `view` `{ key, members, own, joined, parts, midway }` | the group's view; `parts`: how many sets it comes from; `midway`: it is not new |
 * | `transition` | the signal before a view that lost members |
 * | `message` `{ sender, kind, body }` | a message of this block, in the order of the group |
 * | `located` `{ position }`, `restored`, `failed` | a snapshot's first piece, its end, its failure; with its `id` |
 * | `late` | the deadline of the action `timer` passed |
 * | `force`, `close`, `lost` | the operator's word; this block ends; the connection ended |
 *
 * | action | asks for |
 * |---|---|
 * | `send` `{ kind, body, safe }` | a message to the group |
 * | `apply` `{ entry, index }`, `drop` `{ entry, outcome }` | the effect of an entry; the end of waiting for it |
 * | `give` `{ id, to, position }`, `stop` `{ to }` | a snapshot as of now to these names; the end of those to these |
| `install` `{ id }` | the state that was restored, in the place of the old one |
| `take` `{ id, from, sides }` | snapshots from these names; with `sides`, that of each side but the own one, to merge |
 * | `synced` `{ index, first }` | the state is here |
 * | `timer` `{ on }` | a deadline, or none |
 * | `status` | look at `accepts` again |
| `foreign` `{ sender, what }` | a report of a member whose state is of another kind |
 */

const { History } = require('./history.js');
const primary = require('./primary.js');
const { verdict } = require('./verdict.js');

const KIND = Object.freeze({ ASK: 1, STATE: 2, CUT: 3, READY: 4, FORM: 5, OPS: 6, BYE: 7 });

class Engine {
  #out = [];
  #policy;
  #first;
  #what;
  #tracksMembers;
  /** { key, members, own, parts } of the group; none while this member is in none. */
  #view;
  /** Whether the signal of the next view has come. */
  #signalled = false;
  /** A name of the view → its life, as far as it is known. */
  #lives = new Map();
  /** The round under way, or the last one of this view. */
  #round;
  /** Whether this member wants another round once this one is over. */
  #wants = false;
  /** Names of the view that have not answered in time: nobody waits for them again until they speak. */
  #silent = new Set();
  /** Whether this member counts the rounds of its view as the others do: not if it came into the middle of a view. */
  #inStep = true;
  #forced = false;
  /** Whether this member has lost its connection since it was last a voter. */
  #suspect = false;
  #closing = false;
  /** The snapshot that is coming. */
  #taking;
  /** Whether this member's state is from before it came into its view. */
  #stale = true;
  #knows = primary.NOTHING;
  /** Whether operations take effect where they are delivered, under 'primary'. */
  #active = false;
  /** Whether this part is likely to be the next primary. */
  #likely = false;
  #isSynced = false;

  /** `what` names the kind of state: members with another kind, or policy, take no part. */
  constructor({ life, policy, first = 1, what = '', tracksMembers = false }) {
    this.life = life;
    this.#policy = policy;
    this.#first = first;
    this.#what = `${what} ${policy}`;
    this.#tracksMembers = tracksMembers;
    this.history = new History(
      (entry, index) => this.#out.push({ do: 'apply', entry, index }),
      (entry, outcome) => this.#out.push({ do: 'drop', entry, outcome }),
    );
  }

  /** Whether an operation that is sent now may take effect. */
  get accepts() {
    return this.#policy === 'primary' ? this.isPrimary && this.#isVoter : !this.#stale && this.#view !== undefined;
  }

  /** Whether this part goes on: under 'primary' as the primary one. */
  get isPrimary() {
    return this.#policy === 'primary' ? this.#active || this.#likely : this.accepts;
  }

  /** Whether the others can go on without this member. */
  get mayLeave() {
    if (this.#policy !== 'primary' || !this.#active || this.#view.members.length === 1) {
      return true;
    }
    const { members } = this.#knows.primary;
    const here = new Set(this.#lives.values());
    const isHeir = (life) => life !== this.life && here.has(life) && !this.#knows.resigned.includes(life);
    return this.#round.isOver && !this.#wants && members.some(isHeir);
  }

  get #isVoter() {
    return this.#knows.primary?.members.includes(this.life) ?? false;
  }

  /** Whether the state here is the one that the members of this view have agreed on. */
  get isSettled() {
    return this.#isSynced && this.#view?.isSettled === true && this.#round.isIn === true;
  }

  get index() {
    return this.history.index;
  }

  /** Returns whether a snapshot is still wanted. */
  awaits(id) {
    return id === this.#taking && this.history.pending !== null;
  }

  /** The name of a life in the view. */
  nameOf(life) {
    for (const [name, other] of this.#lives) {
      if (other === life) {
        return name;
      }
    }
    return undefined;
  }

  step(event) {
    const out = [];
    this.#out = out;
    switch (event.type) {
      case 'view':
        this.#viewed(event);
        break;
      case 'transition':
        this.#transition();
        break;
      case 'message':
        this.#message(event);
        break;
      case 'located':
        if (this.awaits(event.id)) {
          this.history.located(event.position);
        }
        break;
      case 'restored':
        this.#restored(event.id);
        break;
      case 'failed':
        this.#failed(event.id);
        break;
      case 'late':
        this.#late();
        break;
      case 'force':
        this.#forced = true;
        this.#want();
        break;
      case 'close':
        this.#close();
        break;
      case 'lost':
        this.#lost();
        break;
    }
    return out;
  }

  #send(kind, body, safe = false) {
    this.#out.push({ do: 'send', kind, body, safe });
  }

  // The group.

  #viewed({ key, members, own, joined, parts, midway = false }) {
    const isOwnFirst = this.#view === undefined;
    this.#endView();
    for (const name of [...this.#lives.keys()]) {
      if (!members.includes(name) || joined.includes(name)) {
        this.#lives.delete(name);
        this.#silent.delete(name);
      }
    }
    this.#inStep = !midway;
    if (this.history.pending?.some((life) => this.nameOf(life) === undefined)) {
      // Its giver has been away, and gives no more.
      this.#breakOff();
    }
    this.#lives.set(own, this.life);
    this.#view = { key, members, own, parts, isSettled: false };
    const { history } = this;
    if (this.#policy === 'primary') {
      const isHere = this.#hasMajority();
      this.#likely = isHere && this.isPrimary && !isOwnFirst;
      this.#active = this.#active && isHere && !this.#signalled;
      history.mode = this.#active ? 'open' : 'held';
    } else {
      history.mode = parts > 1 || this.#stale ? 'held' : 'open';
    }
    this.#signalled = false;
    this.#deliverMembers();
    this.#begin(0);
    this.#out.push({ do: 'status' });
  }

  /** Members are a part of the history: where they change, and where a round has told their lives. */
  #deliverMembers(round) {
    if (!this.#tracksMembers) {
      return;
    }
    const lives = new Map();
    for (const [name, { life }] of round?.states ?? []) {
      lives.set(name, life);
    }
    this.history.deliver({ type: 'members', names: this.#view.members, lives });
  }

  /** Ends what the last view has left. */
  #endView(isLost = false) {
    const { sentForm, isIn, isOver, record } = this.#round ?? {};
    // With the connection a member loses what comes of its promise.
    if (record !== undefined && (sentForm || (isLost && isIn && !isOver))) {
      this.#knows = primary.attempted(this.#knows, record);
    }
    if (this.#policy === 'primary' || this.#stale) {
      this.history.dropHeld('unknown');
    } else {
      this.history.takeHeld();
      this.history.settle();
    }
    if (this.#round !== undefined) {
      this.#endRound();
    }
  }

  #hasMajority() {
    const lives = new Set(this.#view.members.map((name) => this.#lives.get(name)));
    return (
      this.#knows.primary !== null && primary.hasMajority(this.#knows.primary, lives, new Set(this.#knows.resigned))
    );
  }

  #transition() {
    this.#signalled = true;
    if (this.#policy === 'primary') {
      if (this.#active) {
        this.history.mode = 'tentative';
      }
      this.#likely ||= this.#active;
      this.#active = false;
    }
  }

  #lost() {
    this.#endView(true);
    this.#suspect = true;
    this.history.abandon();
    this.history.mode = 'none';
    this.#view = undefined;
    this.#round = undefined;
    this.#signalled = false;
    this.#active = false;
    this.#likely = false;
    this.#stale = true;
    this.#isSynced = false;
    this.#lives.clear();
    this.#out.push({ do: 'timer', on: false }, { do: 'status' });
  }

  #close() {
    this.#closing = true;
    if (this.#view !== undefined) {
      this.#send(KIND.BYE, { life: this.life }, true);
    }
    this.#out.push({ do: 'timer', on: false });
  }

  #message({ sender, kind, body }) {
    if (this.#view === undefined) {
      return;
    }
    if (kind === KIND.OPS) {
      this.history.deliver(body);
      return;
    }
    if (kind === KIND.BYE) {
      this.#knows = primary.resign(this.#knows, body.life);
      return;
    }
    if (body.v !== this.#view.key || this.#closing) {
      return;
    }
    if (kind === KIND.ASK) {
      this.#asked(body);
    } else if (body.r === this.#round.number && (kind !== KIND.STATE || this.#round.set === undefined)) {
      this.#inRound(sender, kind, body);
    } else if (kind === KIND.STATE && this.#round.set?.[0]?.life === this.life) {
      // It came into the middle of this view, or too late for the round.
      this.#silent.delete(sender);
      this.#want();
    }
  }

  // Rounds: see primary.js.

  #begin(number) {
    const { key } = this.#view;
    const { position, pending } = this.history;
    this.#round = { number, states: new Map(), set: undefined, ready: new Set(), isOver: false };
    this.#round.saidPending = pending !== null;
    this.history.since = 0;
    this.#send(KIND.STATE, {
      v: key,
      r: number,
      life: this.life,
      what: this.#what,
      position: position ?? null,
      pending,
      back: this.history.backed(),
      stale: this.#stale,
      knows: this.#knows,
      suspect: this.#suspect,
      forced: this.#forced,
    });
    this.#out.push({ do: 'timer', on: true });
  }

  #asked({ r, late }) {
    const { number, isOver } = this.#round;
    const isNext = this.#inStep ? r === number + 1 && (isOver || late) : r > number;
    if (!isNext) {
      return;
    }
    if (this.history.mode === 'none') {
      this.history.mode = 'held';
    }
    this.#endRound();
    this.#begin(r);
  }

  #inRound(sender, kind, body) {
    const round = this.#round;
    if (kind === KIND.STATE) {
      this.#hear(sender, body);
    } else if (kind === KIND.CUT && round.set === undefined) {
      this.#cut();
    } else if (kind === KIND.READY && round.set !== undefined) {
      round.ready.add(body.life);
      const [first] = round.set;
      if (first.life === this.life && round.set.every(({ life }) => round.ready.has(life)) && !round.sentForm) {
        round.sentForm = true;
        this.#send(KIND.FORM, { v: this.#view.key, r: round.number }, true);
      }
    } else if (kind === KIND.FORM && round.set !== undefined && !round.isOver) {
      this.#form();
    }
  }

  #hear(sender, state) {
    if (!this.#view.members.includes(sender) || state.what !== this.#what) {
      if (state.what !== this.#what) {
        this.#out.push({ do: 'foreign', sender, what: state.what });
      }
      return;
    }
    this.#lives.set(sender, state.life);
    this.#silent.delete(sender);
    this.#round.states.set(sender, state);
    this.#cutIfAll();
  }

  /** The first member fixes the set once all have answered. */
  #cutIfAll() {
    const expected = this.#view.members.filter((name) => !this.#silent.has(name));
    if (expected[0] === this.#view.own && expected.every((name) => this.#round.states.has(name))) {
      this.#sendCut();
    }
  }

  #sendCut() {
    if (!this.#round.sentCut) {
      this.#round.sentCut = true;
      this.#send(KIND.CUT, { v: this.#view.key, r: this.#round.number });
    }
  }

  /** The set of the round is fixed: those whose States have come. */
  #cut() {
    const round = this.#round;
    const [answered, silent] = [[], []];
    for (const name of this.#view.members) {
      (round.states.has(name) ? answered : silent).push(name);
    }
    for (const name of silent) {
      this.#silent.add(name);
    }
    round.set = answered.map((name) => round.states.get(name));
    this.#inStep ||= round.states.has(this.#view.own);
    round.verdict = verdict(round.set, { policy: this.#policy, first: this.#first });
    round.isIn = round.states.has(this.#view.own);
    this.#wants ||= !round.isIn;
    if (this.#policy !== 'primary') {
      this.#settle();
      return;
    }
    const { number, allowed, present } = round.verdict;
    if (!allowed) {
      this.#refuse();
      return;
    }
    round.record = { number, members: present };
    this.#knows = round.isIn ? primary.promise(this.#knows, number) : this.#knows;
    if (round.isIn) {
      this.#send(KIND.READY, { v: this.#view.key, r: round.number, life: this.life });
    }
    this.#out.push({ do: 'timer', on: true });
  }

  /** The set may not form a primary: nothing that comes in this view has an effect. */
  #refuse() {
    this.#active = false;
    this.#likely = false;
    this.history.mode = 'none';
    this.history.dropHeld('not-applied');
    // What is tentative may still be applied one day, but nobody should wait for that.
    for (const entry of this.history.waiting) {
      this.#out.push({ do: 'drop', entry, outcome: 'unknown' });
    }
    this.#over();
  }

  #form() {
    const round = this.#round;
    const { record, verdict: made } = round;
    const isLevel = made.level.includes(this.life) || (!round.isIn && this.#active);
    round.sentForm = false;
    if (this.#signalled) {
      this.#knows = primary.attempted(this.#knows, record);
      if (isLevel) {
        this.#rebase(record.number);
        this.history.mode = 'tentative';
        this.history.takeHeld();
        this.#deliverMembers(round);
      }
      return;
    }
    this.#knows = primary.formed(this.#knows, record);
    this.#forced = false;
    if (isLevel) {
      this.#rebase(record.number);
      this.#active = true;
      this.#likely = true;
      this.history.mode = 'open';
      this.history.takeHeld();
      this.history.settle();
      this.#deliverMembers(round);
      this.#give();
      this.#synced();
    } else {
      this.history.dropHeld('unknown');
      this.#active = round.isIn;
      this.#likely = round.isIn;
      this.history.mode = round.isIn ? 'open' : 'apart';
      if (round.isIn) {
        this.#take([made.giver]);
      }
    }
    this.#suspect &&= !this.#isVoter;
    this.#wants ||= isLevel && !this.#isVoter && this.history.pending === null;
    this.#over();
  }

  #rebase(base) {
    const { history } = this;
    if (history.position !== undefined) {
      history.position = { ...history.position, base };
    }
  }

  /** Settles a round where every part goes on. */
  #settle() {
    const round = this.#round;
    const { reverts, isFirst, level, sides, position, raise } = round.verdict;
    const { history } = this;
    const isHeld = !this.#view.isSettled && (this.#view.parts > 1 || isFirst);
    this.#view.isSettled = true;
    if (!round.isIn) {
      // Others have settled without this member: what it holds waits for a round that it is in.
      this.#over();
      return;
    }
    if (reverts) {
      history.revert();
    }
    if (!isHeld) {
      // Whoever holds something has it in the snapshot that comes.
      history.dropHeld('unknown');
    }
    if (sides.length > 0) {
      // What has come since the round began is in the sides, unless it was held.
      this.#merge(sides, { ...position, index: position.index + (isHeld ? 0 : history.since) });
    } else if (level.includes(this.life)) {
      history.raise(raise);
      this.#give();
    } else {
      this.#take([round.verdict.giver]);
    }
    this.#stale = false;
    history.mode = 'open';
    history.takeHeld();
    history.settle();
    this.#deliverMembers(round);
    this.#synced();
    this.#over();
  }

  #merge(sides, position) {
    const own = sides.find(({ lives }) => lives.includes(this.life));
    const others = sides.filter((side) => side !== own).map(({ lives: [first] }) => first);
    if (own?.lives[0] === this.life) {
      const to = this.#round.set.filter(({ life }) => !own.lives.includes(life));
      this.#gives(to.map(({ life }) => this.nameOf(life)));
    }
    this.#take(others, position, sides);
  }

  #idOf() {
    return `${this.#view.key}/${this.#round.number}`;
  }

  /** Gives the state to those that lack it, if this member is the one to do so. */
  #give() {
    const { set, verdict: made } = this.#round;
    const takers = set.filter(({ life }) => !made.level.includes(life)).map(({ life }) => this.nameOf(life));
    if (made.giver !== this.life) {
      this.#out.push({ do: 'stop', to: takers });
    } else {
      this.#gives(takers);
    }
  }

  #gives(to) {
    if (to.length > 0) {
      this.#out.push({ do: 'give', id: this.#idOf(), to, position: this.history.position });
    }
  }

  #take(from, position, sides) {
    this.#taking = this.#idOf();
    this.history.awaitContent(from, position);
    this.#isSynced = false;
    this.#out.push({ do: 'take', id: this.#taking, from: from.map((life) => this.nameOf(life)), sides });
  }

  #restored(id) {
    if (!this.awaits(id)) {
      return;
    }
    if (this.#round?.saidPending && !this.#round.isOver) {
      // The round judges what its States say.
      this.#round.restored = id;
      return;
    }
    this.#out.push({ do: 'install', id });
    this.history.arrived();
    this.#synced();
    if (this.#policy === 'primary') {
      this.#want();
    }
  }

  #failed(id) {
    if (this.awaits(id)) {
      this.#breakOff();
    }
  }

  /** Waits for another snapshot in place of the one that was to come. */
  #breakOff() {
    this.history.position = undefined;
    this.#taking = undefined;
  }

  #synced() {
    if (this.history.pending === null && !this.#isSynced) {
      this.#isSynced = true;
      this.#out.push({ do: 'synced', index: this.history.index });
    }
  }

  /** The round is over: whoever wants another one asks for it. */
  #over() {
    this.#endRound();
    this.#out.push({ do: 'timer', on: false }, { do: 'status' });
    if (this.#wants) {
      this.#want();
    }
  }

  #endRound() {
    this.#round.isOver = true;
    if (this.#round.restored !== undefined) {
      this.#restored(this.#round.restored);
    }
  }

  #want() {
    this.#wants = true;
    if (this.#view !== undefined && this.#round.isOver && !this.#signalled) {
      this.#wants = false;
      this.#send(KIND.ASK, { v: this.#view.key, r: this.#round.number + 1 });
    }
  }

  /** Somebody has not answered in time. */
  #late() {
    const round = this.#round;
    if (round === undefined || round.isOver || this.#closing) {
      return;
    }
    if (round.set === undefined) {
      if (round.states.size > 0) {
        this.#sendCut();
      }
    } else {
      this.#send(KIND.ASK, { v: this.#view.key, r: round.number + 1, late: true });
    }
    this.#out.push({ do: 'timer', on: true });
  }
}

module.exports = { Engine, KIND };
