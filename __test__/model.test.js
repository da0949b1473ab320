/**
 * Random lives: three sessions that join, leave, send, pause, give up, disconnect and come back, at a daemon that dies
 * and is started again. Whatever happens, every promise settles, nothing comes after 'close', each session's groups are
 * its last views, all agree about the members and the order of messages, and nothing is left over.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const fc = require('fast-check');
const { SpreadDaemon, connect } = require('..');
const { receivers } = require('../lib/native/pump.js');
const counts = require('./helpers/counts.js');
const { seeds } = require('./helpers/seeds.js');
const { Witness, assertOneOrder } = require('./helpers/witness.js');
const { until } = require('./helpers/until.js');

const SESSIONS = 3;
const GROUPS = ['a', 'b'];
const FAST = { minDelay: 1, maxDelay: 4 };

/** What a promise may reject with when daemons die and calls cross each other. */
const EXPECTED = new Set([
  'ERR_SPREAD_ABORTED',
  'ERR_SPREAD_CONNECTION_CLOSED',
  'ERR_SPREAD_COULD_NOT_CONNECT',
  'ERR_SPREAD_NOT_A_MEMBER',
  'ERR_SPREAD_NOT_CONNECTED',
  'ERR_SPREAD_REJECT_NOT_UNIQUE',
]);

class World {
  daemon;
  slots = Array.from({ length: SESSIONS }, () => undefined);
  witnesses = [];
  promises = [];
  /** Sessions that are ending: the daemon may not have heard of it yet. */
  leaving = [];
  #sent = 0;
  #incarnation = 0;

  static async create() {
    const world = new World();
    world.daemon = await SpreadDaemon.start({ port: 0, host: '127.0.0.1' });
    world.port = world.daemon.port;
    return world;
  }

  /** Tracks a promise that has to settle, with the errors expected if it rejects. */
  track(promise, what) {
    const settled = promise.then(
      (value) => value,
      (error) => {
        assert.ok(EXPECTED.has(error.code) || error === ABORTED, `${what}: ${error.stack}`);
      },
    );
    this.promises.push(settled);
    return settled;
  }

  async connect(slot, reconnect) {
    const options = { address: `${this.port}@127.0.0.1`, name: `s${slot}`, ...(reconnect && { reconnect: FAST }) };
    const session = await this.track(connect(options), 'connect');
    if (session !== undefined) {
      this.#incarnation += 1;
      const witness = new Witness(session);
      this.witnesses.push(witness);
      this.slots[slot] = { session, witness, reconnect, letter: `i${this.#incarnation}` };
    }
  }

  send(slot, groups, service) {
    const { session, letter } = this.slots[slot];
    this.#sent += 1;
    try {
      session.send(groups, `${letter}:${this.#sent}`, { service });
    } catch (error) {
      assert.equal(error.code, 'ERR_SPREAD_NOT_CONNECTED');
    }
  }

  async kill() {
    await this.daemon.stop();
    this.daemon = undefined;
  }

  async revive() {
    this.daemon = await SpreadDaemon.start({ port: this.port, host: '127.0.0.1' });
  }

  get open() {
    return this.slots.filter(Boolean).filter(({ session }) => session.state === 'connected');
  }

  /** Resolves once all requests have taken effect, and all members have received them. */
  async settle() {
    if (this.daemon === undefined) {
      await this.revive();
    }
    await Promise.all(this.leaving.splice(0));
    const here = this.slots.filter(Boolean);
    for (const { session } of here) {
      session.resume();
    }
    const isStill = () => here.every(({ session }) => ['connected', 'closed'].includes(session.state));
    // A session may not have noticed yet that its daemon has died.
    await until(async () => (await until(isStill)) && (await this.#round(1)) && (await this.#round(2)) && isStill());
  }

  /** Everybody hears from itself. Whether all are still there. */
  async #round(number) {
    const { open } = this;
    const heard = open.map(async ({ session, witness, letter }) => {
      const text = `mark ${letter} ${number}`;
      const mark = witness.mark(text);
      try {
        session.send(session.privateGroup, text);
      } catch (error) {
        assert.equal(error.code, 'ERR_SPREAD_NOT_CONNECTED');
      }
      await mark;
    });
    await Promise.all(heard);
    return open.every((it) => this.open.includes(it));
  }

  /** Everybody who is in a group says the same about who is. */
  assertAgreement() {
    for (const group of GROUPS) {
      const members = this.open.filter(({ session }) => session.groups.has(group));
      const names = members.map(({ session }) => session.privateGroup).sort();
      for (const { session } of members) {
        assert.deepEqual([...session.groups.get(group).members], names, `${session.privateGroup} about ${group}`);
      }
    }
  }

  async end() {
    await Promise.all(this.slots.filter(Boolean).map(({ session }) => session.disconnect()));
    await Promise.all(this.promises);
    for (const witness of this.witnesses) {
      assert.ok(witness.closed || witness.session.state !== 'closed');
      witness.check();
    }
    for (const [index, a] of this.witnesses.entries()) {
      for (const b of this.witnesses.slice(index + 1)) {
        assertOneOrder(a, b);
      }
    }
    await this.daemon?.stop();
    assert.equal(receivers.size, 0, 'a session is left over');
  }
}

/** No life takes this long unless it hangs. */
const HANG_MS = 30_000;

const ABORTED = new Error('aborted by the test');

/**
 * Makes a command: its needs of the model, and its action. The model knows who is there, and whether the daemon lives.
 */
function command(name, check, run) {
  return {
    check,
    run: async (model, world) => {
      await run(model, world);
    },
    toString: () => name,
  };
}

const slot = fc.nat({ max: SESSIONS - 1 });
const group = fc.constantFrom(...GROUPS);

const has = (index) => (model) => model.there[index];

const COMMANDS = [
  fc.tuple(slot, fc.boolean()).map(([index, reconnect]) =>
    command(
      `connect ${index}${reconnect ? ', to reconnect' : ''}`,
      (model) => !model.there[index] && model.daemon,
      async (model, world) => {
        await world.connect(index, reconnect);
        model.there[index] = world.slots[index] !== undefined;
      },
    ),
  ),
  fc.tuple(slot, group).map(([index, name]) =>
    command(`join ${index} ${name}`, has(index), (_model, world) => {
      world.track(world.slots[index].session.join(name), 'join');
    }),
  ),
  fc.tuple(slot, group).map(([index, name]) =>
    command(
      `await join ${index} ${name}`,
      (model) => model.there[index] && model.daemon,
      async (_model, world) => {
        const { session } = world.slots[index];
        session.resume();
        await world.track(session.join(name), 'join');
      },
    ),
  ),
  fc.tuple(slot, group).map(([index, name]) =>
    command(`leave ${index} ${name}`, has(index), (_model, world) => {
      world.track(world.slots[index].session.leave(name), 'leave');
    }),
  ),
  fc.tuple(slot, group, fc.boolean()).map(([index, name, join]) =>
    command(`abort ${join ? 'join' : 'leave'} ${index} ${name}`, has(index), (_model, world) => {
      const controller = new AbortController();
      const { session } = world.slots[index];
      const { signal } = controller;
      world.track(join ? session.join(name, { signal }) : session.leave(name, { signal }), 'aborted');
      controller.abort(ABORTED);
    }),
  ),
  fc
    .tuple(slot, group, fc.constantFrom('agreed', 'safe'), fc.integer({ min: 1, max: 30 }))
    .map(([index, name, service, times]) =>
      command(`send ${index} ${name} ${service} ${times} times`, has(index), (_model, world) => {
        for (let count = 0; count < times; count += 1) {
          world.send(index, name, service);
        }
      }),
    ),
  slot.map((index) =>
    command(`send ${index} to all groups`, has(index), (_model, world) => world.send(index, GROUPS, 'agreed')),
  ),
  slot.map((index) => command(`pause ${index}`, has(index), (_model, world) => world.slots[index].session.pause())),
  slot.map((index) => command(`resume ${index}`, has(index), (_model, world) => world.slots[index].session.resume())),
  slot.map((index) =>
    command(`ping ${index}`, has(index), (_model, world) => {
      world.track(world.slots[index].session.ping(), 'ping');
    }),
  ),
  slot.map((index) =>
    command(`drained ${index}`, has(index), (_model, world) => {
      world.track(world.slots[index].session.drained(), 'drained');
    }),
  ),
  slot.map((index) =>
    command(`iterate ${index}`, has(index), (_model, world) => {
      const { session, witness } = world.slots[index];
      const before = witness.heard.length;
      const taken = [];
      const done = session.consume((delivery) => {
        if (delivery.kind === 'message' && !String(delivery.data).startsWith('mark')) {
          taken.push(String(delivery.data));
        }
      });
      world.track(
        done.finally(() => assert.deepEqual(taken, witness.heard.slice(before), 'an iterator takes what comes')),
        'consume',
      );
    }),
  ),
  slot.map((index) =>
    command(`disconnect ${index}`, has(index), (model, world) => {
      world.leaving.push(world.track(world.slots[index].session.disconnect(), 'disconnect'));
      world.slots[index] = undefined;
      model.there[index] = false;
    }),
  ),
  fc.constant(
    command(
      'kill the daemon',
      (model) => model.daemon,
      async (model, world) => {
        await world.kill();
        model.daemon = false;
      },
    ),
  ),
  fc.constant(
    command(
      'start the daemon',
      (model) => !model.daemon,
      async (model, world) => {
        await world.revive();
        model.daemon = true;
      },
    ),
  ),
  fc.constant(
    command(
      'a turn',
      () => true,
      () => new Promise(setImmediate),
    ),
  ),
  fc.constant(
    command(
      'all agree',
      (model) => model.daemon,
      async (_model, world) => {
        await world.settle();
        world.assertAgreement();
      },
    ),
  ),
];

for (const seed of seeds()) {
  test(`${counts.modelRuns} random lives of three sessions and a daemon, of seed ${seed}`, async () => {
    const property = fc.asyncProperty(fc.commands(COMMANDS, { size: '+1' }), async (commands) => {
      const world = await World.create();
      try {
        await fc.asyncModelRun(
          () => ({ model: { there: Array(SESSIONS).fill(false), daemon: true }, real: world }),
          commands,
        );
        await world.settle();
        world.assertAgreement();
      } finally {
        await world.end();
      }
    });
    await fc.assert(property, {
      seed,
      numRuns: counts.modelRuns,
      endOnFailure: true,
      errorWithCause: true,
      timeout: HANG_MS,
    });
  });
}
