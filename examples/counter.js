/**
 * A replicated counter: every replica has the same value, with no lock and no database, since all of them apply the
 * same additions in the same order. A replica that joins later receives the value from a member that has it.
 *
 * Runs on an embedded daemon, or on the one that SPREAD_DAEMON names.
 */

const { SpreadDaemon, connect } = require('..');

class Counter {
  #session;
  #group;
  /** Undefined until it is known. */
  #value;
  /** Members that have the value. All replicas agree on this set, since all see the same stream. */
  #informed = new Set();
  /** Additions, and the views between them, that arrived since this replica joined, while it has no value. */
  #since = [];
  #changed = () => {};

  static async join(address, name, group) {
    const counter = new Counter();
    counter.#session = await connect({ address, name });
    counter.#group = group;
    counter.#session.consume((delivery) => counter.#handle(delivery));
    await counter.#session.join(group);
    await counter.until(() => counter.value !== undefined);
    return counter;
  }

  get value() {
    return this.#value;
  }

  /** Sends an addition to all replicas. The value changes when it comes back, at its place in the order. */
  add(number) {
    this.#session.send(this.#group, JSON.stringify({ add: number }));
  }

  /** Resolves once the condition holds. */
  async until(condition) {
    while (!condition()) {
      await new Promise((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  leave() {
    return this.#session.disconnect();
  }

  #handle(delivery) {
    if (delivery.kind === 'membership' && delivery.view) {
      this.#viewed(delivery);
    } else if (delivery.kind === 'message') {
      const { add, value, view, to } = JSON.parse(delivery.data);
      if (add !== undefined) {
        this.#add(add);
      } else {
        this.#inform(value, view, to);
      }
    }
    this.#changed();
  }

  #add(number) {
    if (this.#value === undefined) {
      this.#since.push(number);
    } else {
      this.#value += number;
    }
  }

  #viewed({ view, cause }) {
    const { members, index, id } = view;
    if (members.length === 1) {
      // Alone: this replica's value is the value.
      this.#value ??= 0;
      this.#informed = new Set(members);
      return;
    }
    const own = members[index];
    if (cause === 'network') {
      // Parts that counted apart have merged. The value of the first member's part stands; the others need it again.
      const first = view.sets.find((set) => set.includes(members[0])) ?? members;
      this.#informed = new Set(first.filter((member) => member === members[0] || this.#informed.has(member)));
      if (!this.#informed.has(own)) {
        this.#value = undefined;
      }
    } else {
      this.#informed = new Set(members.filter((member) => this.#informed.has(member)));
      if (this.#value !== undefined) {
        this.#informed.add(own);
      }
    }
    this.#since.push(id.toString());
    // The first member that has the value sends it to those that do not, as of this view.
    const to = members.filter((member) => !this.#informed.has(member));
    if (to.length > 0 && members.find((member) => this.#informed.has(member)) === own) {
      this.#session.send(this.#group, JSON.stringify({ value: this.#value, view: id.toString(), to }));
    }
  }

  /** Handles the value as of a view, which was sent to these members. */
  #inform(value, view, to) {
    const own = this.#session.privateGroup;
    if (to.includes(own) && this.#value === undefined) {
      const after = this.#since.slice(this.#since.lastIndexOf(view) + 1);
      this.#value = after.filter((item) => typeof item === 'number').reduce((sum, number) => sum + number, value);
      this.#since = [];
    }
    for (const member of to) {
      this.#informed.add(member);
    }
  }
}

async function main() {
  const daemon = process.env.SPREAD_DAEMON ? undefined : await SpreadDaemon.start({ port: 0 });
  const address = process.env.SPREAD_DAEMON ?? daemon.address;

  const a = await Counter.join(address, 'a', 'counter');
  const b = await Counter.join(address, 'b', 'counter');
  for (let number = 1; number <= 50; number += 1) {
    a.add(number);
    b.add(-number);
    a.add(1);
  }
  // A replica that joins in the middle of it.
  const c = await Counter.join(address, 'c', 'counter');
  c.add(7);
  const all = [a, b, c];
  await Promise.all(all.map((counter) => counter.until(() => counter.value === 57)));
  console.log(`all have ${all.map(({ value }) => value).join(', ')}`);

  await Promise.all(all.map((counter) => counter.leave()));
  await daemon?.stop();
}

main();
