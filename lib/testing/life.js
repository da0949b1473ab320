/**
 * One connection of a watched session: what it was delivered, and what follows from that at once. A session that reconnects
 * has another one each time, since it is another member then.
 *
 * | item of the log | is |
 * |---|---|
 * | Message | a message, shared with the other connections |
 * | Change | a view as this connection was delivered it |
 * | Signal | a transitional signal |
 * | Farewell | the confirmation of a leave |
 */

const { Buffer } = require('node:buffer');
const { Message, bytesOf, digestOf, isOrdered } = require('./contents.js');
const { Own } = require('./own.js');
const { sameNames } = require('./views.js');

const SERVICES = ['unreliable', 'reliable', 'fifo', 'causal', 'agreed', 'safe'];
const SELF_DISCARD = 64;

/** A view, as delivered here: its cause and own set may differ from those at other members. */
class Change {
  constructor(view, cause, ownSet) {
    this.view = view;
    this.cause = cause;
    this.ownSet = ownSet;
  }

  get groups() {
    return [this.view.group];
  }
}

class Signal {
  constructor(group, id) {
    this.groups = [group];
    this.id = id;
  }
}

class Farewell {
  constructor(group) {
    this.groups = [group];
  }
}

/** One unbroken membership in a group. */
class Membership {
  /** The Change delivered last; none while only its begin is known. */
  change = undefined;
  isSignalled = false;
  /** Whether no end of it is known, nor asked for. */
  isOpen = true;

  /** `asked` is when the request to join was made, at the latest. */
  constructor(asked) {
    this.asked = asked;
  }
}

class Life {
  /** The items, oldest first, and when each was delivered. */
  log = [];
  times = [];
  /** How many items were forgotten. */
  forgotten = 0;
  isConnected = true;
  /** Group → the current Membership. */
  memberships = new Map();
  /** Group → its requests without an answer: { join, at }. */
  #asked = new Map();
  #history;
  /** The daemon, as a number. */
  #salt;

  /**
   * @param {import('./history.js').History} history
   * @param {string} label
   * @param {string} name the private group
   * @param {boolean} isWhole whether all is seen that the connection sends: not if the watch began later
   */
  constructor(history, label, name, isWhole) {
    this.#history = history;
    this.label = label;
    this.name = name;
    this.daemon = name.slice(name.lastIndexOf('#') + 1);
    this.since = history.now;
    this.#salt = digestOf({ sender: this.daemon, groups: [], service: '', type: 0, data: Buffer.alloc(0) });
    this.isWhole = isWhole;
    this.own = new Own(history.limit);
  }

  asked({ join, group }) {
    const asked = this.#asked.get(group) ?? [];
    asked.push({ join, at: this.#history.now });
    this.#asked.set(group, asked);
    const membership = this.memberships.get(group);
    if (membership !== undefined && !join) {
      membership.isOpen = false;
    }
  }

  /** Returns since when this connection may have been in a group. */
  wantedSince(group) {
    return this.memberships.get(group)?.asked ?? this.#asked.get(group)?.find(({ join }) => join)?.at;
  }

  /** Returns whether this name may be in the group again, after this membership. */
  mayBeBackIn(group, membership) {
    const current = this.memberships.get(group);
    const isAsked = this.#asked.get(group)?.some(({ join }) => join) ?? false;
    return !this.isConnected || isAsked || (current !== undefined && current !== membership);
  }

  sent({ groups, bits, type, data }) {
    if (!this.isWhole) {
      // What it sent before comes back too, and cannot be told apart.
      return;
    }
    const service = SERVICES.findLast((_, index) => bits & (1 << index));
    if (bits & SELF_DISCARD) {
      this.own.discarded(this.#digest(groups, service, type, data));
    } else if (isOrdered(service)) {
      const mine = groups.filter((group) => group === this.name || this.wantedSince(group) !== undefined);
      if (mine.length > 0) {
        const due = mine.filter((group) => group === this.name || this.memberships.get(group)?.isOpen === true);
        this.own.sent(this.#digest(groups, service, type, data), due, due[0]);
      }
    }
  }

  #digest(groups, service, type, data) {
    return digestOf({ sender: this.name, groups, service, type, data: bytesOf(data) });
  }

  message(delivery) {
    const digest = digestOf(delivery);
    const message = this.#shared(delivery, digest);
    this.#keep(message);
    if (this.isWhole && message.sender === this.name && message.isOrdered) {
      const isCertain = message.groups.some((group) => this.memberships.has(group));
      const missing = this.own.returned(digest, isCertain);
      if (missing !== undefined) {
        this.#missing(missing, message.groups);
      }
    }
  }

  /** The daemon rejected a message of this session: it does not come back otherwise. */
  rejected(delivery) {
    this.own.returned(digestOf(delivery), false);
  }

  /** Returns the message that others were delivered too, or a new one. */
  #shared(delivery, digest) {
    const { sender, groups } = delivery;
    // The others were delivered those with SELF_DISCARD: there the number of equal ones is another.
    const isCounted = sender !== this.name || this.judgesOwn(digest);
    const views = isCounted ? groups.flatMap((group) => this.#viewOf(group) ?? []) : [];
    const key = isOrdered(delivery.service) ? digest : (digest + this.#salt) % Number.MAX_SAFE_INTEGER;
    const known = views.map((view) => view.messages.next(this, key)).filter((it) => it !== undefined);
    const message = known[0] ?? new Message(delivery, digest, key);
    for (const other of known.slice(1)) {
      message.join(other);
    }
    for (const view of views) {
      if (view.messages.note(this, message)) {
        message.places = message.places.concat([view]);
      }
    }
    return message;
  }

  /** Returns the view in which messages to a group are compared. */
  #viewOf(group) {
    const view = this.memberships.get(group)?.change?.view;
    return view === undefined || view.messages.isBroken ? undefined : view;
  }

  /** Returns whether a message of this session with this digest is certain to come back to it. */
  judgesOwn(digest) {
    return this.isWhole && !this.own.hasDiscarded(digest);
  }

  view({ view: { group, id, members, index, ownSet }, cause }) {
    const membership = this.#member(group);
    const before = membership.change?.view;
    const wasSignalled = membership.isSignalled;
    const known = { group, id: id.ints.join(' '), members };
    const view = this.#history.views.take(known, this, membership, this.#history.now);
    const change = new Change(view, cause, cause === 'network' ? ownSet : undefined);
    // The daemon's word for a join, leave or disconnect between the signal and the network's own view.
    const isTold = wasSignalled && before !== undefined && isNextOf(known.id, before.id);
    membership.change = change;
    membership.isSignalled = false;
    membership.isOpen &&= index >= 0;
    this.#keep(change);
    if (cause === 'network' && before !== undefined && !wasSignalled) {
      this.#signalled(before, view);
    }
    this.#one(view, membership, isTold);
    view.by.push({ life: this, membership, isTold });
  }

  /** Returns the membership of a group of which a view is delivered; a new one begins with it. */
  #member(group) {
    let membership = this.memberships.get(group);
    if (membership === undefined) {
      const asked = this.#asked.get(group);
      membership = new Membership(asked?.[0]?.join ? asked.shift().at : this.since);
      // A leave may be under way already.
      membership.isOpen = !(asked?.length > 0);
      this.memberships.set(group, membership);
    }
    return membership;
  }

  /** Rule `transition`: a signal comes before a network's view that lost members. */
  #signalled(before, view) {
    const lost = before.members.find((member) => !view.members.includes(member));
    if (lost !== undefined) {
      this.#history.fault({
        rule: 'transition',
        text: `${this.label} was delivered no transitional signal before a view of '${view.group}' that the network changed and that has lost ${lost}`,
        lives: [this],
        groups: [view.group],
        at: this.log.length - 1,
      });
    }
  }

  /** Rule `view`: equal ids are one view, while somebody was a member all the time. */
  #one(view, membership, isTold) {
    const { group, id } = view;
    for (const other of this.#history.views.withId(group, id)) {
      for (const each of other.by) {
        const isTwice = each.life === this && each.membership === membership;
        const differs =
          each.life !== this &&
          !sameNames(view.members, other.members) &&
          !isTold &&
          !each.isTold &&
          membership.isOpen &&
          each.membership.isOpen &&
          view.members.includes(each.life.name) &&
          other.members.includes(this.name);
        if (isTwice || differs) {
          const text = isTwice
            ? `${this.label} was delivered two views of '${group}' with the id ${id}`
            : `${each.life.label} and ${this.label} were delivered views of '${group}' with the id ${id} and other members`;
          const lives = isTwice ? [this] : [each.life, this];
          this.#history.fault({ rule: 'view', text, lives, groups: [group], at: this.log.length - 1, of: this });
          return;
        }
      }
    }
  }

  signal({ group, id }) {
    const membership = this.memberships.get(group);
    if (membership !== undefined) {
      membership.isSignalled = true;
    }
    this.#keep(new Signal(group, id.ints.join(' ')));
  }

  left({ group }) {
    const asked = this.#asked.get(group);
    if (asked?.[0]?.join === false) {
      asked.shift();
    }
    const membership = this.memberships.get(group);
    if (membership !== undefined) {
      membership.isOpen = false;
      this.memberships.delete(group);
    }
    this.#keep(new Farewell(group));
    const missing = this.own.left(group);
    if (missing !== undefined) {
      this.#missing(missing, [group]);
    }
  }

  /** Rule `own`. */
  #missing({ text: group }, groups) {
    this.#history.fault({
      rule: 'own',
      text: `${this.label} was not delivered its own message to '${group}' before what it did later`,
      lives: [this],
      groups: [...new Set([group, ...groups])],
      at: this.log.length - 1,
    });
  }

  /** Handles the end of the connection, or of the watch. */
  end() {
    this.isConnected = false;
    for (const membership of this.memberships.values()) {
      membership.isOpen = false;
    }
    this.memberships.clear();
    this.own.end();
  }

  #keep(item) {
    this.log.push(item);
    this.times.push(this.#history.now);
    const shared = item instanceof Change ? item.view : item;
    if (shared.kept !== undefined) {
      shared.kept += 1;
    }
    this.#history.kept();
  }
}

/** Returns whether an id differs from another one in the counter alone. */
function isNextOf(id, before) {
  return id.slice(0, id.lastIndexOf(' ')) === before.slice(0, before.lastIndexOf(' '));
}

module.exports = { Change, Farewell, Life, Signal };
