/**
 * What the page shows, bounded in each part: daemons with their members, groups, the steps of the timeline, the last messages
 * and rates. `subscribe()` gives all of it once, and then what changes, tick by tick.
 */

const { Observer } = require('./observer.js');

/** Time between two ticks, and between two looks at an embedded daemon, in ms. */
const TICK = 500;
const LOOK = 1000;

/** Time in which a wrong address is known, in ms. */
const PATIENCE = 250;

const MOST_STEPS = 500;
const MOST_MESSAGES = 300;
/** Names of a step. */
const MOST_NAMES = 200;
/** Groups and senders whose rates are plotted: the busiest. */
const MOST_RATES = 8;
/** Ticks of which rates are kept: five minutes. */
const MOST_POINTS = 600;
/** Groups that are watched at a time. */
const MOST_WATCHED = 100;
/** Sessions, groups and memberships that the page lists. */
const MOST_LISTED = 12_000;

class Model {
  #daemon;
  #observers;
  #subscribers = new Set();
  #timers;
  #steps = [];
  #messages = [];
  #points = [];
  #number = 0;
  #fresh = { steps: [], messages: [] };
  #sent = '';
  #snapshot;
  #since = performance.now();

  constructor({ addresses, daemon, groups, engine }) {
    this.#daemon = daemon;
    const options = daemon
      ? [{ address: daemon.address, engine: 'native' }]
      : addresses.map((address) => ({ address }));
    this.#observers = options.map((each, index) => {
      const report = {
        view: (about) => this.#view(index, about),
        message: (about) => this.#message(index, about),
      };
      return new Observer({ ...each, ...(engine && { engine }) }, report);
    });
    for (const group of groups) {
      this.watch(group);
    }
    this.#timers = [setInterval(() => this.#tick(), TICK)];
    if (daemon) {
      this.#look();
      this.#timers.push(setInterval(() => this.#look(), LOOK));
    }
  }

  /**
   * Resolves with the error that keeps an observer from ever connecting, if there is one: a wrong address is known at once, and
   * a daemon that does not answer is not waited for.
   */
  async fault() {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, PATIENCE);
    });
    await Promise.race([late, Promise.all(this.#observers.map(({ tried }) => tried))]);
    clearTimeout(timer);
    return this.#observers.find(({ fault }) => fault !== undefined)?.fault;
  }

  /** Watches a group. Returns whether there is room for it. */
  watch(group) {
    const { wanted } = this.#observers[0];
    if (wanted.size >= MOST_WATCHED && !wanted.has(group)) {
      return false;
    }
    for (const observer of this.#observers) {
      observer.watch(group);
    }
    return true;
  }

  unwatch(group) {
    for (const observer of this.#observers) {
      observer.unwatch(group);
    }
    return true;
  }

  /** Returns what an observer has kept of a group. */
  transcript(index, group) {
    return this.#observers[index]?.transcript(group) ?? [];
  }

  /** Calls `take(event, data)` with all there is, and with each change from now on. Returns a function that ends that. */
  subscribe(take) {
    take('all', {
      ...this.#structure(),
      steps: this.#steps,
      messages: this.#messages,
      points: this.#points,
      tick: TICK,
    });
    this.#subscribers.add(take);
    return () => this.#subscribers.delete(take);
  }

  async close() {
    for (const timer of this.#timers) {
      clearInterval(timer);
    }
    await Promise.all(this.#observers.map((observer) => observer.close()));
  }

  async #look() {
    this.#snapshot = await this.#daemon.snapshot({ limit: MOST_LISTED });
  }

  /** Returns who is where: by the snapshot of an embedded daemon, else by the views of the observers. */
  #structure() {
    const groups = this.#snapshot ? groupsOf(this.#snapshot) : this.#groupsSeen();
    const sessions = this.#snapshot?.sessions.map(({ privateGroup }) => privateGroup) ?? [];
    const wanted = new Set(this.#observers.flatMap((observer) => [...observer.wanted]));
    return {
      observers: this.#observers.map(({ about }) => about),
      sessions,
      groups: groups.map((group) => ({ ...group, watched: wanted.has(group.name) })),
      waiting: [...wanted].filter((name) => !groups.some((group) => group.name === name)),
      refused: this.#observers.flatMap(({ refused }) => [...refused]),
      truncated: this.#snapshot?.truncated ?? false,
      isComplete: this.#snapshot !== undefined,
    };
  }

  /** Returns the groups that the observers are in; observers that the network has parted see different members. */
  #groupsSeen() {
    const seen = new Map();
    for (const [index, observer] of this.#observers.entries()) {
      for (const [name, { id, members }] of observer.groups) {
        const group = seen.get(name) ?? { name, views: [] };
        seen.set(name, group);
        const same = group.views.find((view) => view.id === String(id));
        if (same) {
          same.observers.push(index);
        } else {
          group.views.push({ id: String(id), members: members.slice(0, MOST_LISTED), observers: [index] });
        }
      }
    }
    return [...seen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #view(observer, { group, cause, member, joined, left, view }) {
    const cut = (names) => names.slice(0, MOST_NAMES);
    this.#number += 1;
    const step = {
      number: this.#number,
      time: Date.now(),
      observer,
      group,
      cause,
      member,
      joined: cut(joined),
      left: cut(left),
      id: String(view.id),
      count: view.members.length,
      members: cut(view.members),
      sets: view.sets.slice(0, MOST_NAMES).map(cut),
    };
    add(this.#steps, step, MOST_STEPS);
    add(this.#fresh.steps, step, MOST_STEPS);
  }

  /** Keeps a message, of the first observer that is connected: the others get the same ones. */
  #message(observer, about) {
    if (this.#observers.findIndex(({ about: { state } }) => state === 'connected') === observer) {
      this.#number += 1;
      const message = { number: this.#number, time: Date.now(), ...about };
      add(this.#messages, message, MOST_MESSAGES);
      add(this.#fresh.messages, message, MOST_MESSAGES);
    }
  }

  #tick() {
    const now = performance.now();
    const seconds = (now - this.#since) / 1000;
    this.#since = now;
    const counts = this.#observers.map((observer) => observer.tick());
    const point = pointOf(counts.find(({ size }) => size > 0) ?? new Map(), seconds);
    add(this.#points, point, MOST_POINTS);
    const { steps, messages } = this.#fresh;
    this.#fresh = { steps: [], messages: [] };
    if (this.#subscribers.size === 0) {
      return;
    }
    const structure = this.#structure();
    const text = JSON.stringify(structure);
    const changed = text === this.#sent ? {} : structure;
    this.#sent = text;
    for (const take of this.#subscribers) {
      take('tick', { ...changed, steps, messages, point });
    }
  }
}

function add(list, entry, most) {
  list.push(entry);
  if (list.length > most) {
    list.shift();
  }
}

/** Returns the rates of a tick: { time, missed, groups, members }, each of these name → [messages, bytes] a second. */
function pointOf(counts, seconds) {
  const rates = (entries) =>
    Object.fromEntries(
      [...entries]
        .sort(([, a], [, b]) => b.messages - a.messages)
        .slice(0, MOST_RATES)
        .map(([name, { messages, bytes }]) => [name, [messages / seconds, bytes / seconds]]),
    );
  const senders = new Map();
  let missed = 0;
  for (const { senders: its, missed: some } of counts.values()) {
    missed += some;
    for (const [sender, { messages, bytes }] of its) {
      const sum = senders.get(sender) ?? { messages: 0, bytes: 0 };
      senders.set(sender, { messages: sum.messages + messages, bytes: sum.bytes + bytes });
    }
  }
  return { time: Date.now(), missed, groups: rates(counts), members: rates(senders) };
}

function groupsOf({ groups }) {
  return groups.map(({ name, id, members }) => ({ name, views: [{ id: String(id), members, observers: [0] }] }));
}

module.exports = { MOST_WATCHED, Model };
