/**
 * The load of a soak: members of every kind, which come and go at a daemon. Each kind is a loop that goes on until it is
 * told to stop; what is wrong rejects, and ends the soak.
 */

const { setTimeout: later } = require('node:timers/promises');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { connect } = require('../..');

const GROUP = 'all';
const SERVICES = ['unreliable', 'reliable', 'fifo', 'causal', 'agreed', 'safe'];
/** One message in so many has up to so many bytes. */
const SIZES = [
  [2000, 130_000],
  [200, 20_000],
  [20, 2000],
  [1, 200],
];
const BYTES = Buffer.alloc(130_000, 'soak');
const RECONNECT = { minDelay: 1, maxDelay: 200 };

class Load {
  #address;
  #engine;
  #libspread;
  #order;
  #isOver = false;
  #end;
  #over = new Promise((resolve) => {
    this.#end = resolve;
  });
  #lives = 0;
  counts = { sent: 0, received: 0, views: 0, sessions: 0, reconnects: 0, workers: 0 };

  constructor({ address, engine, libspread, order }) {
    this.#address = address;
    this.#engine = engine;
    this.#libspread = libspread;
    this.#order = order;
  }

  stop() {
    this.#isOver = true;
    this.#end();
  }

  /** Names come again, as they do in a service: those of members that are new every time fill tables for an hour. */
  async #connect(name, options) {
    this.counts.sessions += 1;
    const session = await connect({ ...this.#where(), name: this.#name(name), timeout: 30_000, ...options });
    session.on('membership', () => {
      this.counts.views += 1;
    });
    return session;
  }

  /** A pause of up to so many ms, by chance. */
  #pause(most) {
    return later(Math.random() * most);
  }

  /** Everything once that is made for good: the environment's threads, and the kernel's. */
  async warmUp() {
    const session = await this.#connect('warm');
    await session.join('warm');
    await session.disconnect();
    const worker = new Worker(path.join(__dirname, 'worker.js'), { workerData: this.#where() });
    await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  }

  #name(name) {
    return `${this.#engine[0]}${name}`;
  }

  #where() {
    return { address: this.#address, engine: this.#engine, libspread: this.#libspread };
  }

  /** Makes the member that stays all the time, and numbers what it receives. */
  async witness(joined) {
    const session = await this.#connect('witness');
    session.on('message', ({ data }) => this.#order.witnessed(headOf(data)));
    await session.join(GROUP);
    joined();
    while (!this.#isOver) {
      await later(100);
      this.#order.check();
      assertConnected(session);
    }
    return session;
  }

  /** Sends numbers of every service and size, within its window, and receives all there is. */
  async sender(index, perSecond) {
    while (!this.#isOver) {
      const session = await this.#connect(`send${index}`, { sendWindow: 200 });
      const receiver = this.#order.receiver(session.privateGroup);
      session.on('message', ({ data }) => {
        this.counts.received += 1;
        receiver.got(headOf(data));
      });
      await session.join(GROUP);
      const end = performance.now() + 20_000 + Math.random() * 40_000;
      await this.#sendUntil(session, end, perSecond);
      await session.leave(GROUP);
      receiver.end();
      await session.disconnect();
    }
  }

  async #sendUntil(session, end, perSecond) {
    const life = this.#newLife();
    const begun = performance.now();
    for (let number = 0; !this.#isOver && performance.now() < end; number += 1) {
      const [, most] = SIZES.find(([each]) => number % each === each - 1);
      const body = BYTES.subarray(0, Math.floor(Math.random() * most));
      // Of one sender's, what is unreliable may overtake nothing at a single daemon.
      const service = SERVICES[number % SERVICES.length];
      this.counts.sent += 1;
      if (!session.send(GROUP, [`${life} ${number} `, body], { service })) {
        await session.drained();
      }
      const due = begun + (number * 1000) / perSecond;
      if (due > performance.now()) {
        await later(due - performance.now());
      }
    }
  }

  #newLife() {
    this.#lives += 1;
    return `${this.#engine}-${this.#lives}`;
  }

  /** Receives by iterators, which it gives up and makes again. */
  async reader(index) {
    const session = await this.#connect(`read${index}`);
    await session.join(GROUP);
    // It may be waiting for a message by then, and nobody sends any more.
    const end = this.#over.then(() => session.disconnect());
    while (!this.#isOver) {
      const receiver = this.#order.receiver(`${session.privateGroup}, by an iterator`);
      let left = 100 + Math.random() * 3000;
      const whole = Math.random() < 0.5;
      for await (const { kind, data } of whole ? session.deliveries({ group: GROUP }) : session.messages()) {
        if (kind === 'message') {
          receiver.got(headOf(data));
          this.counts.received += 1;
        }
        left -= 1;
        if (left < 0 || this.#isOver) {
          break;
        }
      }
      receiver.end();
    }
    await end;
  }

  /** Joins and leaves groups, alone and with others, and has the view that it must. */
  async joiner(index) {
    while (!this.#isOver) {
      const session = await this.#connect(`join${index}`);
      for (let round = Math.random() * 200; round > 0 && !this.#isOver; round -= 1) {
        const group = `g${Math.floor(Math.random() * 20)}`;
        const view = await session.join(group);
        if (!view.members.includes(session.privateGroup) || session.groups.get(group) === undefined) {
          throw new Error(`${session.privateGroup} is not in its own view of ${group}: ${view.members}`);
        }
        await this.#pause(20);
        if (Math.random() < 0.7) {
          await session.leave(group);
        }
      }
      await session.disconnect();
    }
  }

  /** Loses its connection again and again, at `cut()`, and comes back into its groups. */
  async returner(index, address) {
    const session = await this.#connect(`back${index}`, { address, reconnect: RECONNECT });
    let receiver = this.#order.receiver(session.privateGroup);
    session.on('message', ({ group, data }) => group === GROUP && receiver.got(headOf(data)));
    session.on('disconnect', () => {
      receiver.end();
      receiver = this.#order.receiver(session.privateGroup);
    });
    session.on('reconnect', ({ views }) => {
      this.counts.reconnects += 1;
      if (views.length !== 2) {
        throw new Error(`${views.length} views after a reconnect`);
      }
    });
    await session.join(GROUP);
    await session.join('returners');
    while (!this.#isOver) {
      await this.#pause(1000);
    }
    receiver.end();
    await session.disconnect();
  }

  /** Workers that connect, and end by themselves or are terminated in the midst of it. */
  async workers() {
    while (!this.#isOver) {
      // The daemon may not have noticed yet that one is gone when the next one comes.
      const name = this.#name(`work${this.counts.workers % 50}`);
      const worker = new Worker(path.join(__dirname, 'worker.js'), { workerData: { ...this.#where(), name } });
      const ended = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
      if (Math.random() < 0.5) {
        await this.#pause(300);
        await worker.terminate();
      }
      await ended;
      this.counts.workers += 1;
      await this.#pause(2000);
    }
  }
}

/** What stands before the body: the sender's life and its number. */
function headOf(data) {
  return data.latin1Slice(0, data.indexOf(' ', data.indexOf(' ') + 1));
}

function assertConnected(session) {
  if (session.state !== 'connected') {
    throw new Error(`the witness is ${session.state}`);
  }
}

module.exports = { Load };
