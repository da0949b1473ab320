/** The state of one watched group: its members, its last change, and the rates of its senders. */

/** Updates kept of each sender. */
const HISTORY = 60;

class Watched {
  views = 0;
  /** The last change, as `'membership'` emitted it. */
  last = undefined;
  members = [];
  /** As of the last update: { sender, messages, bytes, history }, rates a second, the busiest first. */
  rows = [];
  /** Sender → { messages, bytes, history }: since the last update, and messages a second at those before. */
  #senders = new Map();

  message({ sender, data }) {
    const entry = this.#senders.get(sender) ?? { messages: 0, bytes: 0, history: [] };
    entry.messages += 1;
    entry.bytes += data.length;
    this.#senders.set(sender, entry);
  }

  membership(membership) {
    this.views += 1;
    this.members = membership.view?.members ?? [];
    this.last = membership;
  }

  /** Updates the rates after so many seconds, and forgets senders that were silent for the whole history. */
  look(seconds) {
    this.rows = [];
    for (const [sender, entry] of this.#senders) {
      const [messages, bytes] = [entry.messages / seconds, entry.bytes / seconds];
      entry.history = [...entry.history, messages].slice(-HISTORY);
      [entry.messages, entry.bytes] = [0, 0];
      if (entry.history.some((rate) => rate > 0)) {
        this.rows.push({ sender, messages, bytes, history: entry.history });
      } else {
        this.#senders.delete(sender);
      }
    }
    this.rows.sort((a, b) => b.messages - a.messages || a.sender.localeCompare(b.sender));
  }
}

module.exports = { HISTORY, Watched };
