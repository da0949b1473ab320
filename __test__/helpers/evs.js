/**
 * A network of daemons in memory, under extended virtual synchrony: its sessions are enough of a session for
 * cspread/replicated. A generator chooses what happens next, so that a seed is a history: messages are ordered, received and
 * delivered by each daemon at its own pace; parts split and merge at any moment.
 *
 * Of what it may do: from one view to the next, members that stay together deliver the same messages, each before or after its
 * own signal; a SAFE message is delivered before a signal only once every daemon of the view has it; what was not ordered at a
 * cut comes after the next view; a daemon that hangs, or a session that loses its connection, misses nothing of that.
 */

const { EventEmitter } = require('node:events');

class GroupId {
  constructor(ints) {
    this.ints = ints;
  }
  toString() {
    return this.ints.join(' ');
  }
}

class Session extends EventEmitter {
  groups = new Map();
  state = 'connected';
  hung = false;
  inbox = [];
  wanted = new Set();
  joins = new Map();

  constructor(net, name, daemon) {
    super();
    this.setMaxListeners(0);
    Object.assign(this, { net, name });
    this.connect(daemon);
  }

  connect(daemon) {
    this.daemon = daemon;
    this.privateGroup = `#${this.name}#${daemon.name}`;
    this.state = 'connected';
    daemon.sessions.add(this);
    this.net.lives += 1;
    this.life = this.net.lives;
    for (const group of this.wanted) {
      this.#ask('join', group);
    }
  }

  send(to, data, { service = 'agreed', type = 0 } = {}) {
    if (this.state !== 'connected') {
      throw Object.assign(new Error('not connected'), { code: 'ERR_SPREAD_NOT_CONNECTED' });
    }
    const bytes = Buffer.concat([data].flat().map((part) => Buffer.from(part)));
    const groups = [to].flat();
    this.daemon.put({
      kind: 'message',
      groups,
      group: groups[0],
      sender: this.privateGroup,
      data: bytes,
      service,
      type,
    });
    return true;
  }

  drained() {
    return Promise.resolve();
  }

  join(group) {
    this.wanted.add(group);
    this.#ask('join', group);
    return new Promise((resolve) => this.joins.set(group, resolve));
  }

  leave(group) {
    this.wanted.delete(group);
    this.#ask('leave', group);
    return new Promise((resolve) => this.joins.set(group, resolve));
  }

  /** As of now: it may have another life, and another name, when daemons come to it. */
  #ask(kind, group) {
    this.daemon.put({ kind, group, session: this, was: this.privateGroup, life: this.life });
  }

  /** The process is gone: nothing that it was sent has an effect any more. */
  kill() {
    this.state = 'dead';
    this.removeAllListeners();
    this.#gone();
  }

  lose() {
    if (this.state === 'connected') {
      this.state = 'reconnecting';
      this.#gone();
      this.hear('disconnect', { willReconnect: true });
    }
  }

  #gone() {
    this.groups.clear();
    this.inbox = [];
    this.daemon.sessions.delete(this);
    this.daemon.put({ kind: 'disconnect', session: this, was: this.privateGroup, life: this.life });
  }

  hear(event, item) {
    if (this.hung) {
      this.inbox.push([event, item]);
    } else {
      this.tell(event, item);
    }
  }

  wake() {
    this.hung = false;
    for (const [event, item] of this.inbox.splice(0)) {
      this.tell(event, item);
    }
  }

  tell(event, item) {
    if (this.state === 'dead') {
      return;
    }
    if (event === 'membership') {
      if (item.view === null) {
        this.groups.delete(item.group);
      } else {
        this.groups.set(item.group, item.view);
      }
    }
    this.emit(event, item);
    if (event === 'membership') {
      this.joins.get(item.group)?.(item.view ?? undefined);
      this.joins.delete(item.group);
    }
  }
}

class Daemon {
  sessions = new Set();
  outbox = [];
  /** Deliveries that are settled, and only wait for their time: [session, event, item]. */
  queue = [];
  received = 0;
  delivered = 0;
  /** Group → { id, members }: members are { name, daemon, session, life }. */
  groups = new Map();

  constructor(name) {
    this.name = name;
  }

  put(entry) {
    this.outbox.push({ ...entry, from: this });
  }
}

class Network {
  lives = 0;
  now = 0;
  timers = [];
  steps = 0;
  #count = 0;

  constructor(daemons, pick) {
    this.pick = pick;
    this.daemons = daemons.map((name) => new Daemon(name));
    this.components = [];
    this.#component(this.daemons);
    this.clock = {
      now: () => this.now,
      setTimeout: (fn, ms) => {
        const timer = { at: this.now + ms, fn };
        this.timers.push(timer);
        return timer;
      },
      clearTimeout: (timer) => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };
  }

  daemon(name) {
    return this.daemons.find((daemon) => daemon.name === name);
  }

  connect(name, daemon) {
    return new Session(this, name, this.daemon(daemon));
  }

  #component(daemons) {
    this.#count += 1;
    const component = { number: this.#count, daemons, log: [], views: 0 };
    for (const daemon of daemons) {
      Object.assign(daemon, { component, received: 0, delivered: 0 });
    }
    this.components = [
      ...this.components.filter(({ daemons: those }) => !those.some((it) => daemons.includes(it))),
      component,
    ];
    return component;
  }

  /** Everything that could happen next, as functions. */
  #possible() {
    const moves = [];
    for (const daemon of this.daemons) {
      const { component } = daemon;
      if (daemon.outbox.length > 0) {
        moves.push(() => {
          component.log.push(daemon.outbox.shift());
          daemon.received = component.log.length;
        });
      }
      if (daemon.received < component.log.length) {
        moves.push(() => {
          daemon.received += 1 + this.pick(component.log.length - daemon.received);
        });
      }
      if (daemon.queue.length > 0) {
        moves.push(() => this.#tell(daemon));
      } else if (this.#isDeliverable(daemon)) {
        moves.push(() => this.#deliver(daemon));
      }
    }
    return moves;
  }

  /** Lets one thing happen. Returns whether there was one. */
  step() {
    const moves = this.#possible();
    this.steps += 1;
    if (moves.length > 0) {
      moves[this.pick(moves.length)]();
    }
    return moves.length > 0;
  }

  /** Lets time pass until the next timer. Returns whether there is one. */
  tick() {
    const next = this.timers.toSorted((one, other) => one.at - other.at)[0];
    if (next !== undefined) {
      this.now = Math.max(this.now, next.at);
      this.clock.clearTimeout(next);
      next.fn();
    }
    return next !== undefined;
  }

  #isDeliverable(daemon) {
    const { component, delivered, received } = daemon;
    const entry = component.log[delivered];
    return (
      delivered < received && (entry.service !== 'safe' || component.daemons.every((it) => it.received > delivered))
    );
  }

  #tell(daemon) {
    const [session, event, item, life] = daemon.queue.shift();
    if (session.daemon === daemon && session.life === life && session.state === 'connected') {
      session.hear(event, item);
    }
  }

  #deliver(daemon, isLate = false) {
    const entry = daemon.component.log[daemon.delivered];
    daemon.delivered += 1;
    if (entry.kind === 'message') {
      this.#message(daemon, entry);
    } else {
      this.#change(daemon, entry);
    }
    while (!isLate && daemon.queue.length > 0) {
      this.#tell(daemon);
    }
  }

  #enqueue(daemon, session, event, item) {
    daemon.queue.push([session, event, item, session.life]);
  }

  #message(daemon, { groups, group, sender, data, service, type }) {
    for (const session of daemon.sessions) {
      const isMember = (name) =>
        name === session.privateGroup || daemon.groups.get(name)?.members.some((member) => member.session === session);
      if (groups.some(isMember)) {
        const item = {
          kind: 'message',
          group,
          groups,
          sender,
          data: Buffer.from(data),
          type,
          service,
          endianMismatch: false,
        };
        this.#enqueue(daemon, session, 'message', item);
      }
    }
  }

  #change(daemon, { kind, group, session, was, life, from }) {
    if (kind === 'join') {
      const member = { name: was, daemon: from, session, life };
      const members = daemon.groups.get(group)?.members ?? [];
      if (!members.some((other) => other.name === member.name)) {
        this.#view(daemon, group, [...members, member], { cause: 'join', member: member.name });
      }
      return;
    }
    for (const [name, { members }] of [...daemon.groups].filter(([it]) => group === undefined || it === group)) {
      const gone = members.find((it) => it.session === session && it.life === life);
      if (gone !== undefined) {
        const rest = members.filter((it) => it !== gone);
        if (kind === 'leave' && session.daemon === daemon && session.life === life) {
          const item = {
            kind: 'membership',
            group: name,
            view: null,
            cause: 'leave',
            member: gone.name,
            joined: [],
            left: [gone.name],
          };
          this.#enqueue(daemon, session, 'membership', item);
        }
        this.#view(daemon, name, rest, { cause: kind, member: was });
      }
    }
  }

  #view(daemon, group, members, { cause, member }) {
    if (members.length === 0) {
      daemon.groups.delete(group);
      return;
    }
    const ordered = this.#ordered(members);
    const id = new GroupId([daemon.component.number, 1, daemon.delivered + 1]);
    daemon.groups.set(group, { id, members: ordered });
    const joined = cause === 'join' ? [member] : [];
    const left = cause === 'join' ? [] : [member];
    this.#announce(daemon, group, [[member]], { cause, member, joined, left });
  }

  #ordered(members) {
    const place = ({ daemon }) => this.daemons.indexOf(daemon);
    return members.toSorted((one, other) => place(one) - place(other) || (one.name < other.name ? -1 : 1));
  }

  #announce(daemon, group, sets, how) {
    const { id, members } = daemon.groups.get(group);
    const names = members.map(({ name }) => name);
    for (const { session, life, name } of members) {
      if (session.daemon === daemon && session.life === life) {
        const ownSet = sets.find((set) => set.includes(name)) ?? sets[0];
        const view = { group, id, members: names, index: names.indexOf(name), sets, ownSet };
        this.#enqueue(daemon, session, 'membership', { kind: 'membership', group, view, ...how });
      }
    }
  }

  /** Parts the network: `parts` are lists of names; a daemon in none is alone. */
  partition(...parts) {
    const named = parts.map((part) => part.map((name) => this.daemon(name)));
    const alone = this.daemons
      .filter((daemon) => !named.some((part) => part.includes(daemon)))
      .map((daemon) => [daemon]);
    const old = this.components;
    for (const part of [...named, ...alone]) {
      const same = old.find(
        ({ daemons }) => daemons.length === part.length && part.every((it) => daemons.includes(it)),
      );
      if (same === undefined && part.length > 0) {
        this.#form(part, old);
      }
    }
  }

  heal() {
    this.partition(this.daemons.map(({ name }) => name));
  }

  /** Forms a component of daemons: those of one old component have gone through the same. */
  #form(part, old) {
    const stays = old
      .map((component) => component.daemons.filter((daemon) => part.includes(daemon)))
      .filter((it) => it.length > 0);
    const first = [];
    const before = new Map();
    for (const stay of stays) {
      first.push(...this.#end(stay, before));
    }
    const component = this.#component(part);
    component.log.push(...first);
    const names = [...new Set(part.flatMap((daemon) => [...daemon.groups.keys()]))].sort();
    for (const group of names) {
      this.#merge(part, stays, group, component, before);
    }
    for (const daemon of part) {
      daemon.received = component.log.length;
    }
  }

  /** Delivers the rest of a component to those that stay together; returns the changes that have to come later. */
  #end(stay, before) {
    const { component } = stay[0];
    const { log } = component;
    const lost = component.daemons.filter((daemon) => !stay.includes(daemon));
    const limit = Math.max(...stay.map(({ received }) => received));
    // A change that one has told comes before the signal at all of them.
    let told = Math.max(...stay.map(({ delivered }) => delivered));
    while (told > 0 && log[told - 1].kind === 'message') {
      told -= 1;
    }
    let later = [];
    for (const daemon of stay) {
      while (
        daemon.delivered < told ||
        (this.#isDeliverable(daemon) && log[daemon.delivered].kind === 'message' && this.pick(2))
      ) {
        this.#deliver(daemon, true);
      }
      for (const [group, { id, members }] of [...daemon.groups].sort()) {
        before.set(`${daemon.name} ${group}`, members);
        if (members.some((member) => lost.includes(member.daemon))) {
          for (const { session, daemon: its, life } of members) {
            if (its === daemon && session.life === life) {
              this.#enqueue(daemon, session, 'transition', { kind: 'transition', group, id });
            }
          }
        }
      }
      later = log
        .slice(daemon.delivered, limit)
        .filter((entry) => entry.kind !== 'message' && stay.includes(entry.from));
      for (const entry of log.slice(daemon.delivered, limit)) {
        if (entry.kind === 'message') {
          this.#message(daemon, entry);
        }
      }
      daemon.delivered = limit;
    }
    return later;
  }

  #merge(part, stays, group, component, before) {
    const sets = stays
      .map((stay) => (stay[0].groups.get(group)?.members ?? []).filter((member) => stay.includes(member.daemon)))
      .filter((set) => set.length > 0);
    const members = this.#ordered(sets.flat());
    const id = new GroupId([component.number, 1, 0]);
    const names = sets.map((set) => set.map(({ name }) => name));
    for (const daemon of part) {
      const old = (before.get(`${daemon.name} ${group}`) ?? []).map(({ name }) => name);
      const isChanged = sets.length > 1 || old.length !== members.length;
      if (members.length === 0) {
        daemon.groups.delete(group);
      } else if (isChanged) {
        daemon.groups.set(group, { id, members });
        const own =
          names.find((set) =>
            set.some(
              (name) =>
                old.includes(name) && stays.find((it) => it.includes(daemon)).some((d) => name.endsWith(`#${d.name}`)),
            ),
          ) ?? [];
        const joined = members.map(({ name }) => name).filter((name) => !own.includes(name));
        const left = old.filter((name) => !own.includes(name));
        this.#announce(daemon, group, names, { cause: 'network', member: null, joined, left });
      } else {
        daemon.groups.set(group, { id: daemon.groups.get(group).id, members });
      }
    }
  }
}

/** Lets the promises that are due settle. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

module.exports = { Network, turn };
