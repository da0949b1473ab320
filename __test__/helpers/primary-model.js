/**
 * All histories of a small group under the rules of lib/replicated/primary.js.
 *
 * A history is a sequence of episodes. In each, some lives meet in a view, a set of them enters a round, and the network
 * cuts them apart at any step: after some have promised, while `form` arrives (at each before its signal, after it, or not
 * at all), or while the one marked operation arrives. Whoever does not hear what SAFE would have brought is dead, or has lost its
 * connection. Between episodes any lives may be anywhere. The marked operation must be in every primary that is formed after it was
 * acknowledged, and no two primaries may go on at once.
 */

const rules = require('../../lib/replicated/primary.js');

const [NOT_AT_ALL, AFTER, BEFORE] = [0, 1, 2];
const [ABSENT, TENTATIVE, APPLIED] = [0, 1, 2];

/** Yields all vectors of `length` digits below `base`. */
function* vectors(length, base) {
  const total = base ** length;
  for (let number = 0; number < total; number += 1) {
    const digits = [];
    for (let rest = number, at = 0; at < length; at += 1) {
      digits.push(rest % base);
      rest = Math.floor(rest / base);
    }
    yield digits;
  }
}

function* subsets(items) {
  for (const picks of vectors(items.length, 2)) {
    const chosen = items.filter((_, at) => picks[at] === 1);
    if (chosen.length > 0) {
      yield chosen;
    }
  }
}

/**
 * Yields how a SAFE message may arrive at `length` members. If it arrives before a signal anywhere it arrives everywhere,
 * but at one that is dead or has lost its connection.
 */
function* arrivals(length) {
  for (const arrived of vectors(length, 3)) {
    if (!arrived.includes(BEFORE) || arrived.filter((when) => when === NOT_AT_ALL).length < 2) {
      yield arrived;
    }
  }
}

const deadOf = (who, arrived) => (arrived.includes(BEFORE) ? who.filter((_, at) => arrived[at] === NOT_AT_ALL) : []);

class Model {
  /** `using` may replace rules, to see that the check finds their faults. */
  constructor({ lives, first, depth, late = true, using = {} }) {
    this.rules = { ...rules, ...using };
    this.ids = Array.from({ length: lives }, (_, life) => life);
    this.first = first;
    this.depth = depth;
    /** Whether members that hang through a round are in the view too. */
    this.late = late;
    this.seen = new Map();
    this.states = 0;
    this.primaries = 0;
  }

  run() {
    const members = this.ids.map((life) => ({
      life,
      knows: rules.NOTHING,
      base: 0,
      n: 0,
      mark: ABSENT,
      alive: true,
      quiet: false,
      suspect: false,
    }));
    this.explore({ members, acknowledged: false, sent: false }, this.depth);
    return { states: this.states, primaries: this.primaries };
  }

  explore(state, depth) {
    const key = JSON.stringify(state);
    if ((this.seen.get(key) ?? 0) >= depth) {
      return;
    }
    this.seen.set(key, depth);
    this.states += 1;
    if (depth === 0) {
      return;
    }
    const alive = this.ids.filter((life) => state.members[life].alive);
    for (const lost of depth > 1 ? subsets(alive.filter((life) => state.members[life].knows.primary !== null)) : []) {
      this.explore(change(state, lost, loseConnection), depth - 1);
    }
    for (const view of subsets(alive)) {
      for (const set of this.late ? subsets(view) : [view]) {
        this.round(state, depth, view, set);
      }
    }
  }

  round(state, depth, view, set) {
    const states = set.map((life) => ({ life, suspect: state.members[life].suspect, ...state.members[life].knows }));
    const { number, allowed } = this.rules.decide(states, { first: this.first });
    if (!allowed) {
      return;
    }
    // Some have promised, and nothing else comes of it.
    const cut = change(state, view, (it) => ({ ...it, quiet: false }));
    for (const promised of depth > 1 ? subsets(set) : []) {
      this.explore(
        change(cut, promised, (it) => ({ ...it, knows: this.rules.promise(it.knows, number) })),
        depth - 1,
      );
    }
    const { base, n } = this.rules.best(set.map((life) => state.members[life]));
    const leaders = set.filter((life) => state.members[life].base === base && state.members[life].n === n);
    // Of those that were cut apart either may be the one that is chosen: it is longer by an operation that nobody minds.
    for (const mark of new Set(leaders.map((life) => state.members[life].mark > ABSENT))) {
      const level = leaders.filter((life) => state.members[life].mark > ABSENT === mark);
      this.form(state, depth, view, set, { number, members: level });
    }
  }

  form(state, depth, view, set, record) {
    const promised = change(state, set, (it) => ({ ...it, knows: this.rules.promise(it.knows, record.number) }));
    // In the last episode it only matters whether it is formed at all.
    for (const arrived of depth > 1 ? arrivals(view.length) : [view.map(() => BEFORE)]) {
      const dead = deadOf(view, arrived);
      const isWhole = arrived.every((when) => when === BEFORE);
      let next = change(promised, view, (it) => this.hear(it, arrived[view.indexOf(it.life)], record, isWhole));
      if (!arrived.includes(BEFORE)) {
        // Its sender remembers it in any case.
        next = change(next, [set[0]], (it) => ({ ...it, knows: this.rules.attempted(it.knows, record) }));
      } else {
        this.check(next, view, record, arrived);
      }
      for (const end of dead.length > 0 ? [die, (it) => this.miss(it, set, record)] : []) {
        this.explore(change(next, dead, end), depth - 1);
      }
      if (dead.length === 0) {
        this.explore(next, depth - 1);
      }
      next = change(next, dead, die);
      const heard = view.filter((life) => arrived[view.indexOf(life)] !== NOT_AT_ALL);
      this.operation(next, depth, heard, record, isWhole);
    }
  }

  /** What a member makes of `form`. */
  hear(it, arrived, record, quiet) {
    if (arrived === NOT_AT_ALL) {
      return { ...it, quiet };
    }
    const isLevel = record.members.includes(it.life);
    const base = isLevel ? record.number : it.base;
    const n = isLevel ? 0 : it.n;
    if (arrived === AFTER) {
      return { ...it, base, n, quiet, knows: this.rules.attempted(it.knows, record) };
    }
    const mark = isLevel && it.mark === TENTATIVE ? APPLIED : it.mark;
    const suspect = it.suspect && !isLevel;
    return { ...it, base, n, mark, quiet, suspect, knows: this.rules.formed(it.knows, record) };
  }

  /** A member loses its connection before `form` comes: it remembers what it has promised. */
  miss(it, set, record) {
    const lost = loseConnection(it);
    return set.includes(it.life) ? { ...lost, knows: this.rules.attempted(it.knows, record) } : lost;
  }

  check(state, view, record, arrived) {
    this.primaries += 1;
    const voters = record.members.filter((life) => arrived[view.indexOf(life)] === BEFORE);
    for (const life of voters) {
      if (state.acknowledged && state.members[life].mark === ABSENT) {
        throw new Error(`${JSON.stringify(record)} has lost what was acknowledged: ${JSON.stringify(state)}`);
      }
    }
    // Members that have had no signal since their primary was formed, and are in no view with these.
    const elsewhere = state.members.filter(({ life, alive, quiet }) => alive && quiet && !view.includes(life));
    for (const { knows } of elsewhere) {
      const same = elsewhere.filter((other) => other.knows.primary?.number === knows.primary?.number);
      if (knows.primary && rules.hasMajority(knows.primary, new Set(same.map(({ life }) => life)), new Set())) {
        throw new Error(`${JSON.stringify(record)} beside ${JSON.stringify(knows.primary)}: ${JSON.stringify(state)}`);
      }
    }
  }

  /**
   * The marked operation arrives at those who have heard `form`. If nobody has had a signal, some may have lost their
   * connections before: their histories are shorter.
   */
  operation(state, depth, heard, record, isWhole) {
    if (state.sent || depth === 1) {
      return;
    }
    const views = isWhole ? subsets(heard) : [heard];
    for (const view of views) {
      if (!rules.hasMajority(record, new Set(view), new Set())) {
        continue;
      }
      for (const arrived of arrivals(view.length)) {
        const isPossible = view.every(
          (life, at) => arrived[at] !== BEFORE || state.members[life].knows.primary?.number === record.number,
        );
        if (isPossible) {
          const dead = deadOf(view, arrived);
          // Who is no member of the primary sends nothing yet, and acknowledges nothing.
          const acknowledged = view.some((life, at) => arrived[at] === BEFORE && record.members.includes(life));
          const next = change(state, view, (it) => {
            const isLevel = record.members.includes(it.life);
            const mark = isLevel ? arrived[view.indexOf(it.life)] : it.mark;
            const quiet = it.quiet && arrived.every((when) => when === BEFORE);
            return { ...it, mark, quiet, n: isLevel && mark > ABSENT && view.length < heard.length ? 1 : it.n };
          });
          for (const end of dead.length > 0 ? [die, (it) => ({ ...loseConnection(it), n: -1 })] : [die]) {
            this.explore(change({ ...next, acknowledged, sent: true }, dead, end), depth - 1);
          }
        }
      }
    }
  }
}

const die = (it) => ({ ...it, alive: false });
const loseConnection = (it) => ({ ...it, suspect: true, quiet: false });

function change(state, lives, how) {
  return { ...state, members: state.members.map((it) => (lives.includes(it.life) ? how(it) : it)) };
}

module.exports = { Model };
