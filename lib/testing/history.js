/** All that the watched sessions were delivered, as long as it is kept; and the faults that were found in it. */

const { OrderError } = require('./order-error.js');
const { Change, Life } = require('./life.js');
const { Message } = require('./contents.js');
const { orderFault } = require('./order.js');
const { safeFault, setFault, stretchesOf } = require('./stretches.js');
const { Views } = require('./views.js');

/** Most faults that are kept: each was the first of its rule in a group. */
const MOST_FAULTS = 100;

class History {
  /** Rises by one with each event of any session. */
  now = 0;
  views = new Views();
  #lives = [];
  #count = 0;
  /** `rule group` → the error. */
  #faults = new Map();

  /** Keeps about so many deliveries at most. */
  constructor(limit) {
    this.limit = limit;
  }

  /** Begins a connection. Parameters as those of Life. */
  begin(label, name, isWhole) {
    const life = new Life(this, label, name, isWhole);
    this.#lives.push(life);
    return life;
  }

  /** Notes that one more delivery is kept. */
  kept() {
    this.#count += 1;
    if (this.#count > this.limit) {
      this.#check(() => true);
      this.#forget(this.#count - Math.ceil(this.limit * 0.75));
    }
  }

  /** Notes a fault: { rule, text, lives, groups, at }, at being its place in the first one's log. */
  fault(fault) {
    const key = `${fault.rule} ${fault.groups.join(' ')}`;
    if (!this.#faults.has(key) && this.#faults.size < MOST_FAULTS) {
      this.#faults.set(key, { groups: fault.groups, error: new OrderError(fault) });
    }
  }

  /** Checks all that is kept, of these groups or of all. Returns the figures, or throws the first fault. */
  verify(groups) {
    const isWanted = groups === undefined ? () => true : (its) => its.some((group) => groups.includes(group));
    this.#throwFound(groups);
    const figures = this.#check(isWanted);
    this.#throwFound(groups);
    return figures;
  }

  #throwFound(groups) {
    for (const found of this.#faults.values()) {
      if (groups === undefined || found.groups.every((group) => groups.includes(group))) {
        throw found.error;
      }
    }
  }

  #check(isWanted) {
    const order = orderFault(this.#lives, isWanted);
    if (order !== undefined) {
      this.fault(order);
    }
    const all = this.#lives.map((life) => stretchesOf(life, isWanted));
    const done = all.flatMap((each) => each.done);
    const open = all.flatMap((each) => each.open);
    const safe = safeFault(done, open);
    if (safe !== undefined) {
      this.fault(safe);
    }
    const { fault, spans } = setFault(done);
    if (fault !== undefined) {
      this.fault(fault);
    }
    const sum = (name) => all.reduce((total, { figures }) => total + figures[name], 0);
    return { messages: sum('messages'), views: sum('views'), pairs: pairsOf([...done, ...open]), spans };
  }

  /** Forgets the oldest deliveries, so many. */
  #forget(many) {
    const before = this.#cutoff(many);
    for (const life of this.#lives) {
      const count = placeOf(life.times, before);
      for (const item of life.log.splice(0, count)) {
        this.#release(item);
      }
      life.times.splice(0, count);
      life.forgotten += count;
      this.#count -= count;
    }
    this.#lives = this.#lives.filter(({ isConnected, log }) => isConnected || log.length > 0);
    this.views.sweep((view) => this.#readersOf(view).length > 0, this.limit);
  }

  /** Returns the time before which so many deliveries were made. */
  #cutoff(many) {
    let [low, high] = [0, this.now];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const older = this.#lives.reduce((sum, { times }) => sum + placeOf(times, middle), 0);
      [low, high] = older < many ? [middle + 1, high] : [low, middle];
    }
    return low;
  }

  #release(item) {
    if (item instanceof Change) {
      item.view.kept -= 1;
    } else if (item instanceof Message) {
      item.kept -= 1;
      if (item.kept === 0) {
        for (const view of item.places) {
          view.messages.forget(item, this.#readersOf(view));
        }
      }
    }
  }

  /** Returns the connections that are in a view, or are still to be delivered it. */
  #readersOf(view) {
    return this.#lives.filter((life) => {
      const delivered = view.by.find((each) => each.life === life);
      if (delivered !== undefined) {
        return isIn(life, delivered.membership, view);
      }
      return life.isConnected && view.members.includes(life.name) && life.wantedSince(view.group) <= view.since;
    });
  }
}

function isIn(life, membership, view) {
  return life.memberships.get(view.group) === membership && membership.change?.view === view;
}

/** Returns how many of these times, which rise, are before that one. */
function placeOf(times, before) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    [low, high] = times[middle] < before ? [middle + 1, high] : [low, middle];
  }
  return low;
}

/** Returns how many pairs of connections have a view in common. */
function pairsOf(stretches) {
  const views = new Map();
  for (const { from, life } of stretches) {
    const lives = views.get(from.view) ?? new Set();
    views.set(from.view, lives.add(life));
  }
  const partners = new Map();
  for (const lives of views.values()) {
    for (const life of lives) {
      const others = partners.get(life) ?? new Set();
      for (const other of lives) {
        others.add(other);
      }
      partners.set(life, others);
    }
  }
  return [...partners.values()].reduce((sum, { size }) => sum + size - 1, 0) / 2;
}

module.exports = { History };
