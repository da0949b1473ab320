/**
 * One session that watches groups for the page. It is a member of them like any other, counts what it is delivered, and keeps
 * a bounded part of it: in a flood it keeps samples, and says so.
 */

const { connect } = require('../index.js');

/** Messages kept in detail in one tick; further ones are counted. */
const MOST_A_TICK = 100;

/** Deliveries kept of each group, and senders counted of each group between two ticks. */
const MOST_KEPT = 1000;
const MOST_SENDERS = 1000;

/** Bytes of a payload that are kept. */
const MOST_BYTES = 256;

/** The longest wait before an attempt to come back, in ms. */
const MOST_WAIT = 2000;

class Observer {
  #connect;
  #report;
  #session;
  #closed = false;
  #timer;
  #shown = 0;
  /** Group → { messages, bytes, senders: Map(sender → { messages, bytes }) } since the last tick. */
  #counts = new Map();
  /** Group → the last deliveries, as lines that two members can be compared by. */
  #kept = new Map();
  wanted = new Set();
  /** The error that no further attempt can change: an address or option that is wrong. */
  fault;
  /** Resolves once the first attempt to connect is over. */
  tried;
  /** Group → why it could not be joined. */
  refused = new Map();

  /** `report` has view(about) and message(about), called as they come. */
  constructor(options, report) {
    this.#connect = options;
    this.#report = report;
    this.tried = this.#open();
  }

  get about() {
    const session = this.#session;
    return {
      address: session?.address ?? shownOf(this.#connect.address),
      privateGroup: session?.privateGroup ?? null,
      state: session?.state ?? 'connecting',
    };
  }

  /** Returns group → its view. */
  get groups() {
    return this.#session?.groups ?? new Map();
  }

  watch(group) {
    if (!this.wanted.has(group)) {
      this.wanted.add(group);
      this.#join(group);
    }
  }

  unwatch(group) {
    this.wanted.delete(group);
    this.#kept.delete(group);
    this.#session?.leave(group).catch(() => {});
  }

  /** Returns what was kept of a group's deliveries. */
  transcript(group) {
    return this.#kept.get(group) ?? [];
  }

  /** Returns the counts since the last call, group → { messages, bytes, senders }. */
  tick() {
    for (const [group, { messages, missed }] of this.#counts) {
      if (missed > 0) {
        this.#keep(group, { kind: 'missed', text: `${missed} of ${messages} messages not kept: they came too fast` });
      }
    }
    const counts = this.#counts;
    this.#counts = new Map();
    this.#shown = 0;
    return counts;
  }

  async close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#session?.disconnect();
  }

  async #open() {
    try {
      const session = await connect({ ...this.#connect, reconnect: { maxDelay: MOST_WAIT }, pingInterval: 10_000 });
      this.#session = session;
      if (this.#closed) {
        await session.disconnect();
        return;
      }
      this.#listen(session);
      for (const group of this.wanted) {
        this.#join(group);
      }
    } catch (error) {
      this.fault = /^ERR_SPREAD_(ILLEGAL_ADDRESS|LIBSPREAD_NOT_FOUND)$|^ERR_(?!SPREAD)/.test(error.code)
        ? error
        : undefined;
      // No daemon yet, or it refuses: the page shows that, and it is tried again.
      if (!this.#closed && this.fault === undefined) {
        this.#timer = setTimeout(() => this.#open(), MOST_WAIT);
      }
    }
  }

  #listen(session) {
    session.on('message', (message) => this.#message(message));
    session.on('membership', (membership) => this.#membership(membership));
    session.on('transition', ({ group, id }) => this.#keep(group, { kind: 'transition', text: `transition ${id}` }));
    session.on('disconnect', ({ willReconnect }) => {
      if (!willReconnect && !this.#closed) {
        this.#timer = setTimeout(() => this.#open(), MOST_WAIT);
      }
    });
    // A join that was under way when the connection was lost is not asked for again by itself.
    session.on('reconnect', () => {
      for (const group of this.wanted) {
        if (!session.groups.has(group)) {
          this.#join(group);
        }
      }
    });
    // It did not come back, or a group could not be joined again: the page shows the state.
    session.on('error', () => {});
  }

  #join(group) {
    this.#session?.join(group).then(
      () => this.refused.delete(group),
      (error) => this.refused.set(group, error.message),
    );
  }

  #message({ groups, sender, data, service, type }) {
    const isShown = this.#shown < MOST_A_TICK;
    for (const group of groups) {
      if (this.wanted.has(group)) {
        const count = this.#count(group, sender, data.length);
        if (isShown) {
          this.#keep(group, { kind: 'message', text: lineOf(sender, service, type, data) });
        } else {
          count.missed += 1;
        }
      }
    }
    if (isShown) {
      this.#shown += 1;
      const part = data.subarray(0, MOST_BYTES);
      const cut = data.length > MOST_BYTES;
      this.#report.message({ groups, sender, service, type, size: data.length, hex: part.toString('hex'), cut });
    }
  }

  #count(group, sender, size) {
    let count = this.#counts.get(group);
    if (count === undefined) {
      count = { messages: 0, bytes: 0, missed: 0, senders: new Map() };
      this.#counts.set(group, count);
    }
    count.messages += 1;
    count.bytes += size;
    let its = count.senders.get(sender);
    if (its === undefined && count.senders.size < MOST_SENDERS) {
      its = { messages: 0, bytes: 0 };
      count.senders.set(sender, its);
    }
    if (its !== undefined) {
      its.messages += 1;
      its.bytes += size;
    }
    return count;
  }

  #membership({ group, cause, member, joined, left, view }) {
    if (view !== null) {
      const members = view.members.length > MOST_BYTES ? `${view.members.length} members` : view.members.join(' ');
      this.#keep(group, { kind: 'view', id: String(view.id), text: `view ${view.id}: ${members}` });
      this.#report.view({ group, cause, member, joined, left, view });
    }
  }

  #keep(group, entry) {
    const kept = this.#kept.get(group) ?? [];
    this.#kept.set(group, kept);
    kept.push(entry);
    if (kept.length > 2 * MOST_KEPT) {
      kept.splice(0, MOST_KEPT);
    }
  }
}

/** Returns an address as it is shown before there is a connection. */
function shownOf(address) {
  const { path, host = 'localhost', port = 4803 } = typeof address === 'string' ? { path: address } : address;
  return path ?? `${host}:${port}`;
}

function lineOf(sender, service, type, data) {
  const cut = data.length > MOST_BYTES ? ` … ${data.length} bytes` : '';
  return `${sender} ${service} ${type} ${data.toString('utf8', 0, MOST_BYTES)}${cut}`;
}

module.exports = { Observer };
