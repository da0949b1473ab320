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
 */

class Memberships {
  /** Group → the last delivered view. */
  views = new Map();
  /** Group → the answers awaited, first to come first: { join: boolean, waiters: function[] }. */
  #awaited = new Map();

  /**
   * A join or a leave. `ask()` sends the request, or says that it is refused; `done(view)` is called with the answer.
   * Whether there is anything to leave.
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
        done(this.views.get(group));
      }
      return join;
    }
    if (ask()) {
      queue.push({ join, waiters: [done] });
      this.#awaited.set(group, queue);
    }
    return true;
  }

  /** A view was delivered: it answers a join if this member is in it. The functions to call. */
  joined(view) {
    this.views.set(view.group, view);
    return view.index >= 0 ? this.#answer(view.group, true) : [];
  }

  /** A leave was confirmed. */
  left(group) {
    this.views.delete(group);
    return this.#answer(group, false);
  }

  /** The session is over: nothing will be answered any more. The functions to call. */
  end() {
    this.views.clear();
    const waiters = [...this.#awaited.values()].flat().flatMap((answer) => answer.waiters);
    this.#awaited.clear();
    return waiters;
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
