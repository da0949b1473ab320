/**
 * Rule `own`: a session's own messages come back to it, in the order in which it sent them, if their service is FIFO or
 * stronger and it was a member: it had been delivered its view of one of their groups, and had not asked to leave it.
 *
 * A message is missing once a later one has come back, or the confirmation of the leave that was asked for after it.
 */

class Own {
  #limit;
  /**
   * Messages under way, in the order of sending: { digest, due, text }: due has the
   * groups for which it must come back.
   */
  #pending = [];
  /** Index of the first one under way. */
  #head = 0;
  /** Digests of the messages that were sent with SELF_DISCARD. */
  #discarded = new Set();
  /** Whether there were too many of either to remember: then nothing is demanded any more. */
  #isFull = false;

  constructor(limit) {
    this.#limit = limit;
  }

  /** Notes a message that may come back, and for these groups has to. */
  sent(digest, due, text) {
    if (this.#pending.length - this.#head >= this.#limit) {
      this.#isFull = true;
      this.end();
    }
    if (!this.#isFull) {
      this.#pending.push({ digest, due, text });
    }
  }

  /** Notes a message that was sent with SELF_DISCARD. */
  discarded(digest) {
    this.#isFull ||= this.#discarded.size >= this.#limit;
    if (!this.#isFull) {
      this.#discarded.add(digest);
    }
  }

  /** Returns whether a message with this digest was, or may have been, sent with SELF_DISCARD. */
  hasDiscarded(digest) {
    return this.#isFull || this.#discarded.has(digest);
  }

  /**
   * Handles that a message has come back. Returns the first one that should have come before it. `isCertain` is false for one
   * that came to the private group alone: an earlier session of this name may have sent it.
   */
  returned(digest, isCertain) {
    let missing;
    for (let at = this.#head; at < this.#pending.length; at += 1) {
      const { due } = this.#pending[at];
      if (this.#pending[at].digest === digest) {
        if (missing !== undefined && !isCertain) {
          return undefined;
        }
        this.#head = this.#better(at, digest) + 1;
        this.#tidy();
        return missing;
      }
      missing ??= due.length > 0 ? this.#pending[at] : undefined;
    }
    return undefined;
  }

  /** Returns the place of an equal message that has to come back, if the one at this place need not. */
  #better(from, digest) {
    for (let at = from; at < this.#pending.length; at += 1) {
      if (this.#pending[at].due.length > 0) {
        return this.#pending[at].digest === digest ? at : from;
      }
    }
    return from;
  }

  /** Handles the confirmation of a leave. Returns a message to the group that should have come before it. */
  left(group) {
    return this.#pending.slice(this.#head).find(({ due }) => due.includes(group));
  }

  /** Handles the end of the connection: nothing has to come back any more. */
  end() {
    this.#pending = [];
    this.#head = 0;
  }

  #tidy() {
    if (this.#head > 64 && this.#head * 2 > this.#pending.length) {
      this.#pending.splice(0, this.#head);
      this.#head = 0;
    }
  }
}

module.exports = { Own };
