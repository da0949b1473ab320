/**
 * What a session asked for its groups, and what it is waiting for.
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
 * While the connection is lost and to come back, there is nobody to ask: a join waits for the new connection, a leave
 * gives the group up at once.
 */

const { named } = require('./named.js');

/** session.groups: changed by what is delivered, and by nobody else. */
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
  /** The groups that this session is to be in, in the order of its joins. */
  wanted = new Set();
  /** Group → the answers awaited, first to come first: { join: boolean, waiters: function[] }. */
  #awaited = new Map();

  /**
   * A join or a leave. `ask()` sends the request, or says that it is refused; `done(error, view)` is called with the
   * answer. Whether there is anything to leave.
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

  /** A request was made that nobody answers. */
  want(join, group) {
    if (join) {
      this.wanted.add(group);
    } else {
      this.wanted.delete(group);
    }
  }

  /** Whether this session is in the group once all that it asked for has been answered. */
  willBeIn(group) {
    return this.wanted.has(group);
  }

  /** Whether this session has asked for the group: nobody else has views of it. */
  concerns(group) {
    return this.wanted.has(group) || this.views.has(group) || this.#awaited.has(group);
  }

  /** A view was delivered: it answers a join if this member is in it. The functions to call. */
  joined(view) {
    put.call(this.views, view.group, view);
    return view.index >= 0 ? this.#answer(view.group, true) : [];
  }

  /** A leave was confirmed. */
  left(group) {
    remove.call(this.views, group);
    return this.#answer(group, false);
  }

  /** The session is over: nothing will be answered any more. Those who wait: { joins, leaves }. */
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
   * The connection is lost and is to come back: whoever waits for a join of a group that is still wanted waits on.
   * Those whom the end of the connection answers: { joins (they were to be left again), leaves }.
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

  /** A join or a leave while there is no connection. Those who waited for a join that will not be. */
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

  /** The group is asked for anew on a new connection. */
  rejoin(group) {
    this.#expect(group);
  }

  /** Without membership nothing is answered: the requests are on their way. Those who waited for that. */
  handedOver() {
    const waiters = [...this.#awaited.values()].flat().flatMap((answer) => answer.waiters);
    this.#awaited.clear();
    return waiters;
  }

  /** It was refused. Those who wait for it. */
  refused(group) {
    return this.requestLater(false, group);
  }

  #expect(group) {
    const queue = this.#awaited.get(group) ?? [{ join: true, waiters: [] }];
    this.#awaited.set(group, queue);
    return queue[0];
  }

  /** Whether somebody waits for an answer. */
  isAwaited() {
    for (const queue of this.#awaited.values()) {
      if (queue.some(({ waiters }) => waiters.length > 0)) {
        return true;
      }
    }
    return false;
  }

  /** Those who wait. What they asked for is still to come. */
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
