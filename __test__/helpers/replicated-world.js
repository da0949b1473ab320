/**
 * Random lives of a replicated block on the network of helpers/evs.js: cuts, merges, kills, hangs, late joiners, connections
 * that are lost and come back. A script of what happened is kept, for the failing seed's report.
 */

const { Network, turn } = require('./evs.js');
const { random } = require('./seeds.js');

const DAEMONS = ['d1', 'd2', 'd3'];

class World {
  members = [];
  script = [];
  /** Promises under way, and what was found wrong. */
  records = [];
  faults = [];
  /** Index → what was applied there. */
  history = new Map();
  #count = 0;
  #ticks = 0;

  /** `make(session, world)` makes a member's blocks; `most` members at a time. */
  constructor(seed, { make, most = 5 }) {
    this.seed = seed;
    this.pick = random(seed);
    this.net = new Network(DAEMONS, this.pick);
    this.make = make;
    this.most = most;
  }

  get open() {
    return this.members.filter((member) => !member.isDead);
  }

  get connected() {
    return this.open.filter(({ session }) => session.state === 'connected');
  }

  /** A number that only rises, to order beginnings and ends. */
  tickCount() {
    this.#ticks += 1;
    return this.#ticks;
  }

  log(line) {
    this.script.push(`${this.net.steps} ${line}`);
  }

  any(items) {
    return items[this.pick(items.length)];
  }

  start(daemon = this.any(DAEMONS)) {
    this.#count += 1;
    const name = `m${this.#count}`;
    this.log(`start ${name} ${daemon}`);
    const session = this.net.connect(name, daemon);
    const member = { name, session, isDead: false };
    member.clock = this.#clockOf(member);
    this.members.push(member);
    member.block = this.make(session, this, member);
    member.block.ready.then(
      () => {
        member.isReady = true;
      },
      () => {},
    );
    return member;
  }

  /** Each member's clock has a rate of its own, from half to twice that of the others; the dead have none. */
  #clockOf(member) {
    const { clock } = this.net;
    const rate = this.any([0.5, 1, 2]);
    return {
      now: () => clock.now() * rate,
      setTimeout: (fn, ms) => clock.setTimeout(() => !member.isDead && fn(), ms / rate),
      clearTimeout: (timer) => clock.clearTimeout(timer),
    };
  }

  kill(member) {
    this.log(`kill ${member.name}`);
    member.isDead = true;
    member.session.kill();
  }

  async steps(count) {
    for (let step = 0; step < count; step += 1) {
      this.net.step();
      await turn();
    }
  }

  /** One event of the kind that breaks things. */
  disturb() {
    const { open } = this;
    const kind = this.pick(12);
    const member = this.any(open);
    if (kind < 4) {
      const parts = DAEMONS.map(() => this.pick(2));
      const sides = [0, 1]
        .map((side) => DAEMONS.filter((_, at) => parts[at] === side))
        .filter((part) => part.length > 0);
      this.log(`part ${sides.map((side) => side.join(' ')).join(' | ')}`);
      this.net.partition(...sides);
    } else if (kind < 7) {
      this.log('heal');
      this.net.heal();
    } else if (kind === 7 && open.length > 3) {
      this.kill(member);
    } else if (kind === 8 && open.length < this.most && open.filter(({ isReady }) => !isReady).length < 2) {
      // So few have no state that they could not be taken for a first primary.
      this.start();
    } else if (kind === 9) {
      this.log(`lose ${member.name}`);
      member.session.lose();
    } else if (kind === 10) {
      this.log(`hang ${member.name}`);
      member.session.hung = true;
    } else {
      this.back();
    }
  }

  /** Whoever hangs goes on; whoever has lost its connection connects. */
  back() {
    for (const { session, name } of this.open) {
      if (session.hung) {
        this.log(`wake ${name}`);
        session.wake();
      }
      if (session.state === 'reconnecting') {
        const daemon = this.any(DAEMONS);
        this.log(`reconnect ${name} ${daemon}`);
        session.connect(this.net.daemon(daemon));
      }
    }
  }

  /** Heals everything, and resolves once nothing more happens. */
  async settle() {
    this.back();
    this.net.heal();
    this.log('settle');
    for (let quiet = 0, rounds = 0; quiet < 3 && rounds < 200_000; rounds += 1) {
      const moved = this.net.step();
      await turn();
      quiet = moved || this.net.tick() ? 0 : quiet + 1;
      await turn();
    }
  }

  async run({ rounds, act }) {
    for (let round = 0; round < rounds; round += 1) {
      await this.steps(this.pick(25));
      if (this.pick(3) === 0) {
        this.disturb();
      }
      if (this.pick(20) === 0) {
        this.net.tick();
      }
      const member = this.any(this.open.filter(({ session }) => !session.hung));
      if (member !== undefined) {
        act(member);
      }
    }
    await this.settle();
  }
}

module.exports = { World };
