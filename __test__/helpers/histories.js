/**
 * A network of daemons in memory that gives extended virtual synchrony: it makes right histories, by seed, and hands them to
 * watches of an order checker, each session as late as it likes.
 *
 * Each component has one log of operations; each of its daemons has received a prefix of it, and delivered a prefix of that.
 * At a change the daemons that stay together level their prefixes, deliver what they hold after the signals, and install
 * the new view with those that they meet. `isReal` is a looser network: its ids come again after a restart, and
 * unreliable and reliable messages overtake others.
 */

const { Buffer } = require('node:buffer');
const { grouped } = require('../../lib/testing/grouped.js');
const { Watch } = require('../../lib/testing/order-checker.js');
const { random } = require('./seeds.js');

const NAMES = ['ann', 'bob', 'cat'];
const GROUPS = ['g', 'h', 'k'];
const SERVICES = ['unreliable', 'reliable', 'fifo', 'causal', 'agreed', 'safe'];

class Session {
  isOpen = true;
  /** The groups that it has asked to be in. */
  wanted = new Set();
  /** Whether it has sent anything, or asked for anything. */
  hasBegun = false;
  /** Events that it is still to be handed. */
  queue = [];
  watch = undefined;

  constructor(name, daemon, serial) {
    this.name = name;
    this.daemon = daemon;
    this.serial = serial;
  }
}

class Daemon {
  isAlive = true;
  outbox = [];
  sessions = [];
  groups = new Map();
  received = 0;
  delivered = 0;

  constructor(name, index) {
    this.name = name;
    this.index = index;
  }
}

class Network {
  #random;
  #history;
  #isReal;
  #change;
  #clock = 1000;
  #serial = 0;
  #number = 0;
  daemons;

  /** `change(event)` may change what is handed to a watch: { session, what, about }; undefined leaves it out. */
  constructor(history, { seed, daemons = 3, isReal = false, change = (event) => event }) {
    this.#random = random(seed);
    this.#history = history;
    this.#isReal = isReal;
    this.#change = change;
    this.daemons = Array.from({ length: daemons }, (_, index) => new Daemon(`d${index + 1}`, index));
    this.#unite(this.daemons.map((daemon) => [daemon]));
  }

  /** Takes so many steps, and then hands over all that waits. */
  run(steps) {
    for (let step = 0; step < steps; step += 1) {
      this.#step();
    }
    this.settle();
  }

  settle() {
    for (const daemon of this.#alive()) {
      this.#submit(daemon, daemon.outbox.length);
    }
    // As far as the slowest lets the others, again and again.
    for (let round = 0; round < this.daemons.length; round += 1) {
      for (const daemon of this.#alive()) {
        while (this.#receive(daemon)) {}
      }
    }
    for (const daemon of this.#alive()) {
      while (this.#deliver(daemon)) {}
      for (const session of daemon.sessions) {
        this.#hand(session, Number.POSITIVE_INFINITY);
      }
    }
  }

  #alive() {
    return this.daemons.filter(({ isAlive }) => isAlive);
  }

  #one(list) {
    return list[this.#random(list.length)];
  }

  #step() {
    const daemon = this.#one(this.daemons);
    const chance = this.#random(1000);
    if (chance < 4) {
      this.#cut();
    } else if (chance < (daemon.isAlive ? 5 : 50)) {
      this.#crashOrStart(daemon);
    } else if (!daemon.isAlive) {
      return;
    } else if (chance < 30) {
      this.#connect(daemon);
    } else if (chance < 250) {
      this.#act(daemon);
    } else if (chance < 400) {
      this.#submit(daemon, 1 + this.#random(4));
    } else if (chance < 650) {
      this.#often(4, () => this.#receive(daemon));
    } else if (chance < 850) {
      this.#often(6, () => this.#deliver(daemon));
    } else if (daemon.sessions.length > 0) {
      this.#hand(this.#one(daemon.sessions), 1 + this.#random(20));
    }
  }

  #often(most, act) {
    for (let times = this.#random(most) + 1; times > 0 && act(); times -= 1) {}
  }

  #tell(session, what, about) {
    const event = session.watch && this.#change({ session, what, about });
    if (event) {
      session.watch.take(event.what, event.about);
    }
  }

  #connect(daemon) {
    const used = daemon.sessions.map(({ name }) => name);
    const name = NAMES.map((it) => `#${it}#${daemon.name}`).find((it) => !used.includes(it));
    if (name !== undefined) {
      this.#serial += 1;
      const session = new Session(name, daemon, this.#serial);
      daemon.sessions.push(session);
      // Some are never watched, some only later.
      if (this.#random(10) < 8) {
        session.watch = new Watch(this.#history);
        this.#tell(session, 'connected', { privateGroup: name });
      }
    }
  }

  /** Something that a session does. */
  #act(daemon) {
    if (daemon.sessions.length === 0) {
      return;
    }
    const session = this.#one(daemon.sessions);
    const chance = this.#random(100);
    if (chance < 1) {
      this.#leaveAll(session);
    } else if (chance < 2 && session.watch === undefined) {
      session.watch = new Watch(this.#history);
      session.watch.begin(session.name, !session.hasBegun);
    } else if (chance < 25) {
      this.#request(session, this.#one(GROUPS));
    } else {
      this.#send(session);
    }
  }

  #leaveAll(session) {
    const { daemon } = session;
    this.#hand(session, this.#random(10));
    session.isOpen = false;
    daemon.sessions = daemon.sessions.filter((it) => it !== session);
    daemon.outbox.push({ kind: 'gone', daemon, session });
    this.#tell(session, 'closed');
  }

  /** As a session does: it asks to join what it has not asked for, and to leave what it has. */
  #request(session, group) {
    const join = !session.wanted.has(group);
    if (!join && this.#random(3) > 0) {
      return;
    }
    session.hasBegun = true;
    session.wanted[join ? 'add' : 'delete'](group);
    session.daemon.outbox.push({ kind: join ? 'join' : 'leave', daemon: session.daemon, session, group });
    this.#tell(session, 'asked', { join, group });
  }

  #send(session) {
    const others = this.daemons.flatMap(({ sessions }) => sessions.map(({ name }) => name));
    const all = this.#random(10) === 0 ? others : GROUPS;
    const groups = [...new Set([this.#one(all), ...(this.#random(4) === 0 ? [this.#one(all)] : [])])];
    const service = SERVICES[this.#random(8)] ?? 'agreed';
    this.#number += 1;
    const data = Buffer.from(this.#random(2) === 0 ? `unique ${this.#number}` : `again ${this.#random(3)}`);
    const isDiscarded = this.#random(8) === 0;
    const { name: sender, daemon } = session;
    session.hasBegun = true;
    const message = { kind: 'message', group: groups[0], groups, sender, service, type: 0, data };
    daemon.outbox.push({ kind: 'send', daemon, session, message, isDiscarded });
    const bits = (1 << SERVICES.indexOf(service)) | (isDiscarded ? 64 : 0);
    this.#tell(session, 'sent', { groups, bits, type: 0, data });
  }

  /** Hands events over that wait for a session. */
  #hand(session, many) {
    for (const { what, about } of session.queue.splice(0, many)) {
      this.#tell(session, what, about);
    }
  }

  #submit(daemon, many) {
    daemon.component.log.push(...daemon.outbox.splice(0, many));
  }

  /** Nobody has a frame before its sender. Returns whether there was one. */
  #receive(daemon) {
    const operation = daemon.component.log[daemon.received];
    if (operation === undefined || (operation.daemon !== daemon && operation.daemon.received <= daemon.received)) {
      return false;
    }
    daemon.received += 1;
    if (this.#overtakes(operation)) {
      this.#message(daemon, operation);
    }
    return true;
  }

  #overtakes({ kind, message }) {
    return this.#isReal && kind === 'send' && SERVICES.indexOf(message.service) < 2;
  }

  /** Delivers one operation, unless it is a SAFE one that somebody has not received. Returns whether it did. */
  #deliver(daemon) {
    const { log, daemons } = daemon.component;
    const operation = log[daemon.delivered];
    const isHeld =
      operation?.message?.service === 'safe' && daemons.some(({ received }) => received <= daemon.delivered);
    if (daemon.delivered >= daemon.received || isHeld) {
      return false;
    }
    daemon.delivered += 1;
    this.#apply(daemon, operation);
    return true;
  }

  /** `stay` are the daemons that go on together, once the signals were given. */
  #apply(daemon, operation, stay) {
    const { kind, session, group } = operation;
    if (kind === 'join') {
      this.#joins(daemon, session, group, stay);
    } else if (kind === 'leave') {
      this.#leaves(daemon, session, group, 'leave', stay);
    } else if (kind === 'gone') {
      for (const each of [...daemon.groups.keys()].sort()) {
        this.#leaves(daemon, session, each, 'disconnect', stay);
      }
    } else if (!this.#overtakes(operation)) {
      this.#message(daemon, operation);
    }
  }

  #message(daemon, { session: sender, message, isDiscarded }) {
    if (message.service === 'unreliable' && this.#random(3) === 0) {
      return;
    }
    for (const session of daemon.sessions) {
      const isFor = message.groups.some((it) => it === session.name || isIn(daemon.groups.get(it), session));
      if (isFor && !(isDiscarded && session === sender)) {
        session.queue.push({ what: 'delivered', about: message });
      }
    }
  }

  #joins(daemon, session, name, stay) {
    let group = daemon.groups.get(name);
    if (isIn(group, session)) {
      return;
    }
    if (group === undefined) {
      const { daemons, time } = daemon.component;
      group = { id: [daemons[0].index, time, 0], members: [], isSignalled: false };
      daemon.groups.set(name, group);
    }
    group.members.push(session);
    group.members.sort(byPlace);
    const isLost = stay !== undefined && !stay.includes(session.daemon);
    this.#told(daemon, name, 'join', session, isLost ? [session] : []);
    if (isLost && !group.isSignalled) {
      this.#signal(daemon, name);
    }
  }

  #leaves(daemon, session, name, cause) {
    const group = daemon.groups.get(name);
    if (!isIn(group, session)) {
      return;
    }
    group.members = group.members.filter((it) => it !== session);
    if (cause === 'leave' && session.daemon === daemon && session.isOpen) {
      session.queue.push({ what: 'delivered', about: { kind: 'selfLeave', group: name } });
    }
    if (group.members.length === 0) {
      daemon.groups.delete(name);
    } else {
      this.#told(daemon, name, cause, session, []);
    }
  }

  /** Tells of one member's change: as the network's in a group that was signalled. */
  #told(daemon, name, cause, session, apart) {
    const group = daemon.groups.get(name);
    group.id = [group.id[0], group.id[1], group.id[2] + 1];
    const own = group.members.filter((it) => !apart.includes(it));
    const isTold = group.isSignalled;
    this.#view(daemon, name, isTold ? 'network' : cause, isTold ? null : session.name, isTold ? own : [session]);
    if (isTold) {
      this.#signal(daemon, name);
    }
  }

  #view(daemon, name, cause, member, ownSet) {
    const { id, members } = daemon.groups.get(name);
    const names = members.map((it) => it.name);
    for (const session of members.filter((it) => it.daemon === daemon && it.isOpen)) {
      const view = {
        group: name,
        id: { ints: id },
        members: names,
        index: names.indexOf(session.name),
        ownSet: ownSet.map((it) => it.name),
      };
      session.queue.push({ what: 'delivered', about: { kind: 'view', view, cause, member } });
    }
  }

  #signal(daemon, name) {
    const group = daemon.groups.get(name);
    group.isSignalled = true;
    for (const session of group.members.filter((it) => it.daemon === daemon && it.isOpen)) {
      session.queue.push({ what: 'delivered', about: { kind: 'transition', group: name, id: { ints: group.id } } });
    }
  }

  /** Parts and unites the daemons anew. */
  #cut() {
    const parts = Array.from({ length: Math.max(1, this.#random(5) - 1) }, () => []);
    for (const daemon of this.#alive()) {
      this.#one(parts).push(daemon);
    }
    this.#changeTo(parts.filter(({ length }) => length > 0));
  }

  #changeTo(parts) {
    const sets = parts.map((part) => [...grouped(part, ({ component }) => component).values()]);
    for (const set of sets.flat()) {
      this.#level(set);
    }
    for (const part of sets) {
      this.#unite(part);
    }
  }

  /** What daemons that stay together do at the end of a view. */
  #level(stay) {
    const { log } = stay[0].component;
    const bound = Math.max(...stay.map(({ received }) => received));
    for (const daemon of stay) {
      while (this.#random(4) > 0 && this.#deliver(daemon)) {}
    }
    for (const daemon of stay) {
      for (const [name, { members }] of [...daemon.groups].sort(byName)) {
        if (members.some((it) => !stay.includes(it.daemon))) {
          this.#signal(daemon, name);
        }
      }
      while (daemon.received < bound) {
        daemon.received += 1;
        if (this.#overtakes(log[daemon.received - 1])) {
          this.#message(daemon, log[daemon.received - 1]);
        }
      }
      while (daemon.delivered < bound) {
        daemon.delivered += 1;
        this.#apply(daemon, log[daemon.delivered - 1], stay);
      }
      // What was sent and came to nobody goes into the next view.
      daemon.outbox.unshift(...log.slice(bound).filter((operation) => operation.daemon === daemon));
    }
  }

  /** Installs a view of daemons that come in these sets. */
  #unite(sets) {
    // A real network takes seconds to agree. One that stands alone does not: it may come again with an id that was.
    this.#clock += this.#isReal ? 1 : this.#random(2);
    const daemons = sets.flat().sort((one, other) => one.index - other.index);
    const before = sets.map(([first]) => first.groups);
    const greatest = Math.max(0, ...before.flatMap((groups) => [...groups.values()].map(({ id }) => id[1])));
    const isBack = this.#isReal && daemons.length === 1 && greatest === 0;
    const time = isBack
      ? (daemons[0].component?.time ?? this.#clock)
      : Math.max(this.#clock, this.#isReal ? 0 : greatest + 1);
    const component = { daemons, log: [], time };
    const groups = new Map();
    const changed = new Map();
    for (const name of [...new Set(before.flatMap((each) => [...each.keys()]))].sort()) {
      const parts = before.map((each, index) =>
        (each.get(name)?.members ?? []).filter((it) => sets[index].includes(it.daemon) && it.daemon.isAlive),
      );
      const members = parts.flat().sort(byPlace);
      const from = parts.filter(({ length }) => length > 0).length;
      const old = before.map((each) => each.get(name)).filter((it) => it !== undefined);
      const isChanged = from > 1 || old.some((it) => it.isSignalled || it.members.length > members.length);
      if (members.length > 0) {
        const id = isChanged ? [daemons[0].index, time, 1] : old[0].id;
        groups.set(name, { id, members, isSignalled: false });
        changed.set(name, isChanged && parts);
      }
    }
    sets.forEach((set, index) => {
      for (const daemon of set) {
        const own = [...groups].map(([name, it]) => [name, { ...it, members: [...it.members] }]);
        Object.assign(daemon, { component, received: 0, delivered: 0, groups: new Map(own) });
        for (const [name, parts] of changed) {
          if (parts) {
            this.#view(daemon, name, 'network', null, parts[index]);
          }
        }
      }
    });
  }

  #crashOrStart(daemon) {
    if (daemon.isAlive) {
      daemon.isAlive = false;
      for (const session of daemon.sessions.splice(0)) {
        this.#hand(session, this.#random(20));
        session.isOpen = false;
        this.#tell(session, 'lost', {});
      }
      const rest = daemon.component.daemons.filter((it) => it !== daemon);
      if (rest.length > 0) {
        this.#changeTo([rest]);
      }
    } else {
      Object.assign(daemon, { isAlive: true, outbox: [], groups: new Map() });
      this.#unite([[daemon]]);
    }
  }
}

const byName = ([one], [other]) => (one < other ? -1 : 1);

function byPlace(one, other) {
  return one.daemon.index - other.daemon.index || (one.name < other.name ? -1 : 1);
}

function isIn(group, session) {
  return group?.members.includes(session) ?? false;
}

module.exports = { Network };
