/**
 * A group as the blocks of one session see it: joined for the first of them, left after the last one, its messages given to
 * the block that they name. Messages of other programs are counted.
 */

const { SpreadError } = require('../index.js');
const { TYPE, VERSION, headOf, readHead } = require('./frames.js');

/** Session → group → Group. */
const groups = new WeakMap();

class Group {
  #session;
  #name;
  /** Name → block: `viewed`, `signalled`, `received`, `lost`, `ended`, `misunderstood`. */
  #blocks = new Map();
  #listeners = {};
  #joining;
  #isIn = false;
  ignored = 0;

  constructor(session, name) {
    this.#session = session;
    this.#name = name;
    this.#listeners = {
      message: (message) => this.#message(message),
      membership: (change) => this.#membership(change),
      transition: ({ group }) => group === name && this.#each((block) => block.signalled()),
      disconnect: () => this.#lost(),
      close: () => this.#ended(),
    };
    for (const [event, listener] of Object.entries(this.#listeners)) {
      session.prependListener(event, listener);
    }
  }

  /** Adds a block. */
  add(name, block) {
    if (this.#blocks.has(name)) {
      const text = `this session has a block '${name}' in group '${this.#name}' already: give one another name`;
      throw Object.assign(new TypeError(text), { code: 'ERR_INVALID_ARG_VALUE' });
    }
    this.#blocks.set(name, block);
    if (this.#isIn) {
      block.viewed(this.#session.groups.get(this.#name), this.#session.privateGroup, [], true);
    }
  }

  /** Resolves once this session is in the group. */
  async join() {
    if (!this.#isIn) {
      this.#joining ??= this.#session.join(this.#name).finally(() => {
        this.#joining = undefined;
      });
      const view = await this.#joining;
      if (view !== undefined && !this.#isIn) {
        // It was in the group before any block was.
        this.#enter(view, [], true);
      }
    }
  }

  /** Removes a block; the last one leaves the group. */
  async remove(name) {
    this.#blocks.delete(name);
    if (this.#blocks.size === 0) {
      groups.get(this.#session)?.delete(this.#name);
      this.#stop();
      if (this.#isIn && this.#session.state === 'connected') {
        this.#isIn = false;
        await this.#session.leave(this.#name).catch(() => {});
      }
    }
  }

  /** Sends to the group. */
  send(head, body, service) {
    return this.#session.send(this.#name, [head, ...body], { service, type: TYPE });
  }

  /** Sends to one member alone. */
  sendTo(member, head, body) {
    return this.#session.send(member, [head, ...body], { service: 'agreed', type: TYPE });
  }

  /** Returns the head of the messages to members alone, which name the group too. */
  privateHead(kind, block) {
    return headOf(kind, `${this.#name}/${block}`);
  }

  drained() {
    return this.#session.drained();
  }

  get privateGroup() {
    return this.#session.privateGroup;
  }

  #message({ groups: to, sender, data, type }) {
    const isForGroup = to.includes(this.#name);
    if (!isForGroup && !to.includes(this.#session.privateGroup)) {
      return;
    }
    const head = type === TYPE ? readHead(data) : undefined;
    if (head === undefined) {
      this.ignored += isForGroup ? 1 : 0;
      return;
    }
    const name = isForGroup ? head.name : this.#blockOf(head.name);
    const block = this.#blocks.get(name);
    if (block === undefined) {
      return;
    }
    if (head.version !== VERSION) {
      block.misunderstood(sender, `version ${head.version} of the format; this is version ${VERSION}`);
    } else if (!block.received(sender, head.kind, data.subarray(head.at), !isForGroup)) {
      this.ignored += 1;
    }
  }

  #blockOf(name) {
    return name.startsWith(`${this.#name}/`) ? name.slice(this.#name.length + 1) : undefined;
  }

  #membership({ group, view, joined }) {
    if (group !== this.#name) {
      return;
    }
    if (view === null) {
      this.#isIn = false;
      this.#each((block) => block.lost());
    } else {
      this.#enter(view, joined, false);
    }
  }

  #enter(view, joined, midway) {
    this.#isIn = true;
    this.#each((block) => block.viewed(view, this.#session.privateGroup, joined, midway));
  }

  #lost() {
    if (this.#isIn) {
      this.#isIn = false;
      this.#each((block) => block.lost());
    }
  }

  #ended() {
    this.#lost();
    const error = new SpreadError('ERR_SPREAD_NOT_CONNECTED', 'the session is over');
    this.#each((block) => block.ended(error));
    this.#stop();
  }

  #each(fn) {
    for (const block of [...this.#blocks.values()]) {
      fn(block);
    }
  }

  #stop() {
    for (const [event, listener] of Object.entries(this.#listeners)) {
      this.#session.off(event, listener);
    }
  }
}

/** Returns the group of a session, for all its blocks. */
function groupOf(session, name) {
  if (!groups.has(session)) {
    groups.set(session, new Map());
  }
  const ofSession = groups.get(session);
  if (!ofSession.has(name)) {
    ofSession.set(name, new Group(session, name));
  }
  return ofSession.get(name);
}

module.exports = { groupOf };
