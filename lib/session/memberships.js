/**
 * A session's requests for its groups, and the answers that it waits for.
 *
 * Spread answers a join with the first view that has this member, and a leave with the self-leave message, both in
 * the order of the requests. So each group has a queue of the answers that are still to come:
 *
 * | queue's end \ call | join | leave |
 * |---|---|---|
 * | (empty), not a member | ask, wait | not a member |
 * | (empty), a member | the current view | ask, wait |
 * | a join is awaited | wait with it | ask, wait |
 * | a leave is awaited | ask, wait | wait with it |
 *
 * While the connection is lost and to come back, no daemon can answer: a join waits for the new connection, a leave
 * gives the group up at once.
 */

const { named } = require('../shared/named.js');

/** session.groups: only deliveries change it. */
class Groups extends Map {
  set() {
    throw readOnly();
  }

  delete() {
    throw readOnly();
  }

  clear() {
    throw readOnly();
  }
}

named('Groups', Groups);

const put = Map.prototype.set;
const remove = Map.prototype.delete;
const empty = Map.prototype.clear;

function readOnly() {
  return new TypeError('session.groups is read-only: join() and leave() change it');
}

class Memberships {
  /** Group → the last delivered view. */
  views = new Groups();
  /** The groups that this session wants to be in, in the order of its joins. */
  wanted = new Set();
  /** Group → the answers awaited, first to come first: { join: boolean, waiters: function[] }. */
  #awaited = new Map();

  /**
   * Makes a join or a leave. `ask()` sends the request, or returns that it was refused; `done(error, view)` is called
   * with the answer. Returns whether there is anything to leave.
   */
  request(join, group, ask, done) {
    const queue = this.#awaited.get(group) ?? [];
    const last = queue.at(-1);
    if (last?.join === join) {
      last.waiters.push(done);
      return true;
    }
    if (last === undefined && this.views.has(group) === join) {
      if (join) {
        done(undefined, this.views.get(group));
      }
      return join;
    }
    if (ask()) {
      queue.push({ join, waiters: [done] });
      this.#awaited.set(group, queue);
      this.want(join, group);
    }
    return true;
  }

  /** Records a request that has no answer. */
  want(join, group) {
    if (join) {
      this.wanted.add(group);
    } else {
      this.wanted.delete(group);
    }
  }

  /** Returns whether this session will be in the group once all its requests are answered. */
  willBeIn(group) {
    return this.wanted.has(group);
  }

  /** Returns whether the session is in no group, and waits for none. */
  get isIdle() {
    return this.wanted.size === 0 && this.views.size === 0 && this.#awaited.size === 0;
  }

  /** Returns whether this session has asked for the group: otherwise it must have no views of it. */
  concerns(group) {
    return this.wanted.has(group) || this.views.has(group) || this.#awaited.has(group);
  }

  /** Takes a delivered view, which answers a join if this member is in it. Returns the functions to call. */
  joined(view) {
    put.call(this.views, view.group, view);
    return view.index >= 0 ? this.#answer(view.group, true) : [];
  }

  /** Takes the confirmation of a leave. */
  left(group) {
    remove.call(this.views, group);
    return this.#answer(group, false);
  }

  /** Ends all requests, since the session is over. Returns the waiters: { joins, leaves }. */
  end() {
    empty.call(this.views);
    this.wanted.clear();
    const answers = [...this.#awaited.values()].flat();
    this.#awaited.clear();
    return {
      joins: answers.filter(({ join }) => join).flatMap(({ waiters }) => waiters),
      leaves: answers.filter(({ join }) => !join).flatMap(({ waiters }) => waiters),
    };
  }

  /**
   * Handles a loss of a connection that is to come back: waiters for a join of a group that is still wanted wait on.
   * Returns the waiters that the loss answers: { joins (of groups to be left again), leaves }.
   */
  lost() {
    empty.call(this.views);
    const joins = [];
    const leaves = [];
    for (const [group, queue] of this.#awaited) {
      const last = queue.at(-1);
      for (const { join, waiters } of queue.slice(0, last.join ? -1 : undefined)) {
        (join ? joins : leaves).push(...waiters);
      }
      if (last.join) {
        this.#awaited.set(group, [last]);
      } else {
        this.#awaited.delete(group);
      }
    }
    return { joins, leaves };
  }

  /** Records a join or a leave while there is no connection. Returns the waiters for a join that this cancels. */
  requestLater(join, group, done) {
    if (join) {
      this.wanted.add(group);
      this.#expect(group).waiters.push(done);
      return [];
    }
    const waiters = this.#awaited.get(group)?.flatMap((answer) => answer.waiters) ?? [];
    this.#awaited.delete(group);
    this.wanted.delete(group);
    return waiters;
  }

  /** Records that the group is joined again on a new connection. */
  rejoin(group) {
    this.#expect(group);
  }

  /**
   * Handles that the kernel has the requests, which without membership have no answer. Returns the waiters for that.
   */
  handedOver() {
    const waiters = [...this.#awaited.values()].flat().flatMap((answer) => answer.waiters);
    this.#awaited.clear();
    return waiters;
  }

  /** Handles a refusal. Returns the waiters for it. */
  refused(group) {
    return this.requestLater(false, group);
  }

  #expect(group) {
    const queue = this.#awaited.get(group) ?? [{ join: true, waiters: [] }];
    this.#awaited.set(group, queue);
    return queue[0];
  }

  /** Returns whether a promise waits for an answer. */
  isAwaited() {
    for (const queue of this.#awaited.values()) {
      if (queue.some(({ waiters }) => waiters.length > 0)) {
        return true;
      }
    }
    return false;
  }

  /** Returns the waiters; their requests stay. */
  takeWaiters() {
    return [...this.#awaited.values()].flat().flatMap(({ waiters }) => waiters.splice(0));
  }

  #answer(group, join) {
    const queue = this.#awaited.get(group);
    if (queue === undefined || queue[0].join !== join) {
      return [];
    }
    const { waiters } = queue.shift();
    if (queue.length === 0) {
      this.#awaited.delete(group);
    }
    return waiters;
  }
}

module.exports = { Memberships };
