/**
 * The views of groups, each one object that all sessions share which were delivered it. A join told here and a change of the
 * network told there are one view if id and members are equal.
 *
 * Ids repeat, with members of the same names: an emptied group counts from 1 again, and so may a daemon that was started again.
 * So a session's view is an earlier one only if that was first delivered after this session had asked to join, and neither it
 * nor somebody who was delivered that one has left and come back.
 */

const { Messages } = require('./contents.js');

class View {
  /** Deliveries of it that are kept. */
  kept = 0;
  /** Sequences that have it: lib/testing/order.js. */
  holders = 0;
  /** Who was delivered it: { life, membership }. */
  by = [];
  messages = new Messages();

  /** `since` is the time of its first delivery. */
  constructor(group, id, members, since) {
    this.group = group;
    this.id = id;
    this.members = members;
    this.since = since;
  }

  has(life) {
    return this.by.some((each) => each.life === life);
  }

  /** Returns whether no other view can have its id by now, since somebody who is in it has not come back to the group. */
  get isOnly() {
    return this.by.some(({ life, membership }) => !life.mayBeBackIn(this.group, membership));
  }
}

class Views {
  /** `group id` → the views that have it. */
  #found = new Map();

  /** Returns the views of this group with this id, oldest first. */
  withId(group, id) {
    return this.#found.get(`${group} ${id}`) ?? [];
  }

  /**
   * Returns the view that `life` is delivered in this membership: one that others were delivered before, or a new one if there
   * is none, or if it is not certain which.
   */
  take({ group, id, members }, life, membership, now) {
    const all = this.withId(group, id);
    const known = all.filter((it) => it.since >= membership.asked && !it.has(life) && sameNames(it.members, members));
    if (known.length === 1 && known[0].isOnly && !life.mayBeBackIn(group, membership)) {
      return known[0];
    }
    const view = new View(group, id, members, now);
    this.#found.set(`${group} ${id}`, [...all, view]);
    return view;
  }

  /** Forgets those that nobody keeps, and for which nobody waits; of too many the oldest ones. */
  sweep(isAwaited, most) {
    let count = [...this.#found.values()].reduce((sum, { length }) => sum + length, 0);
    for (const [key, all] of this.#found) {
      const rest = all.filter((view) => view.kept > 0 || (count <= most && isAwaited(view)));
      count -= all.length - rest.length;
      if (rest.length > 0) {
        this.#found.set(key, rest);
      } else {
        this.#found.delete(key);
      }
    }
  }
}

function sameNames(one, other) {
  return one.length === other.length && one.every((name, index) => name === other[index]);
}

module.exports = { View, Views, sameNames };
