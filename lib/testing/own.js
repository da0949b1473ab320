/**
 * Rule `own`: a session's own messages come back to it, in the order in which it sent them, if their service is FIFO or
 * stronger and it was a member: it had been delivered its view of one of their groups, and had not asked to leave it.
 *
 * A message is missing once a later one has come back, or the confirmation of the leave that was asked for after it.
 */

/** Most places that are thought possible. */
const MOST_HEADS = 64;

class Own {
  #limit;
  /** Messages in the order of sending: { digest, due, text }: due has the groups for which it must come back. */
  #pending = [];
  /**
   * How many of these have come back or will not, as far as that is certain: one number, or several if equal messages
   * leave open which of them came.
   */
  #heads = new Set([0]);
  /** Digests of the messages that were sent with SELF_DISCARD. */
  #discarded = new Set();
  /** Whether there were too many of either to remember: then nothing is demanded any more. */
  #isFull = false;

  constructor(limit) {
    this.#limit = limit;
  }

  /** Notes a message that may come back, and for these groups has to. */
  sent(digest, due, text) {
    this.#tidy();
    if (this.#pending.length >= this.#limit || this.#heads.size > MOST_HEADS) {
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
    const heads = new Set();
    for (const head of this.#heads) {
      for (let at = head; at < this.#pending.length; at += 1) {
        if (this.#pending[at].digest === digest) {
          heads.add(at + 1);
        }
        if (this.#pending[at].due.length > 0) {
          break;
        }
      }
    }
    if (!isCertain) {
      this.#heads = new Set([...this.#heads, ...heads]);
      return undefined;
    }
    if (heads.size > 0) {
      this.#heads = heads;
      return undefined;
    }
    return this.#first(() => true);
  }

  /** Handles the confirmation of a leave. Returns a message to the group that should have come before it. */
  left(group) {
    const isDue = ({ due }) => due.includes(group);
    const last = this.#pending.findLastIndex(isDue);
    const heads = [...this.#heads].filter((head) => head > last);
    if (heads.length > 0) {
      this.#heads = new Set(heads);
      return undefined;
    }
    return this.#first(isDue);
  }

  /** Returns the first message that had to come back, and is certain not to have. */
  #first(isIt) {
    return this.#pending.slice(Math.max(...this.#heads)).find((message) => message.due.length > 0 && isIt(message));
  }

  /** Handles the end of the connection: nothing has to come back any more. */
  end() {
    this.#pending = [];
    this.#heads = new Set([0]);
  }

  #tidy() {
    const least = Math.min(...this.#heads);
    if (least > 64 && least * 2 > this.#pending.length) {
      this.#pending.splice(0, least);
      this.#heads = new Set([...this.#heads].map((head) => head - least));
    }
  }
}

module.exports = { Own };
