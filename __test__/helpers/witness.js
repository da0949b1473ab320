/** What a session has heard, and whether it may hear that. Whatever is wrong is thrown by `check()`. */

const assert = require('node:assert/strict');

class Witness {
  /** Messages in the order heard: `sender incarnation:number`. */
  heard = [];
  views = new Map();
  closed = false;
  #wrong = [];
  #marks = new Map();

  constructor(session) {
    this.session = session;
    session.on('message', (message) => this.#note(() => this.#message(message)));
    session.on('membership', (change) => this.#note(() => this.#membership(change)));
    session.on('disconnect', () => this.#note(() => this.#lost()));
    for (const event of ['transition', 'reject', 'drain', 'slowConsumer', 'reconnecting', 'error']) {
      session.on(event, () => this.#note(() => {}));
    }
    session.on('reconnect', ({ views, privateGroup }) =>
      this.#note(() => {
        assert.equal(privateGroup, session.privateGroup);
        assert.deepEqual(views, [...this.views.values()]);
      }),
    );
    session.on('close', () => {
      this.#note(() => this.#lost());
      this.closed = true;
    });
  }

  /** Resolves once the session has heard this mark, or its connection is over. */
  mark(text) {
    return new Promise((resolve) => this.#marks.set(text, resolve));
  }

  check() {
    for (const error of this.#wrong) {
      throw error;
    }
    const last = new Map();
    for (const text of this.heard) {
      const [sender, number] = text.split(':');
      assert.ok(Number(number) > (last.get(sender) ?? 0), `${text} comes after ${last.get(sender)} of that sender`);
      last.set(sender, Number(number));
    }
  }

  #note(act) {
    try {
      assert.equal(this.closed, false, 'an event after close');
      act();
      assert.deepEqual([...this.session.groups], [...this.views], 'groups is what the last views were');
    } catch (error) {
      this.#wrong.push(error);
    }
  }

  #message({ data }) {
    const text = String(data);
    const mark = this.#marks.get(text);
    if (mark === undefined) {
      this.heard.push(text);
    } else {
      mark();
    }
  }

  #membership({ group, view, joined, left, cause, member }) {
    const before = this.views.get(group)?.members ?? [];
    if (view === null) {
      assert.deepEqual([cause, member, left, joined], ['leave', this.session.privateGroup, [member], []]);
      assert.ok(this.views.delete(group), 'a leave of a group it is in');
      return;
    }
    assert.equal(view.members[view.index], this.session.privateGroup);
    if (this.views.has(group)) {
      const expected = [...before.filter((name) => !left.includes(name)), ...joined];
      assert.deepEqual([...view.members].sort(), expected.sort(), 'the old members, less and more those told');
    } else {
      assert.deepEqual([joined, left], [[this.session.privateGroup], []]);
    }
    this.views.set(group, view);
  }

  #lost() {
    this.views.clear();
    for (const mark of this.#marks.values()) {
      mark();
    }
  }
}

/** Both heard what they both heard in one order. */
function assertOneOrder(a, b) {
  const [inA, inB] = [new Set(a.heard), new Set(b.heard)];
  assert.deepEqual(
    a.heard.filter((text) => inB.has(text)),
    b.heard.filter((text) => inA.has(text)),
  );
}

module.exports = { Witness, assertOneOrder };
