/**
 * Random lives of each block, on a network in memory (helpers/evs.js): cuts, merges, kills, hangs, late joiners, lost
 * connections. What the blocks promise is checked over all of it. A failing seed prints its script; CSPREAD_SEEDS=17 (or 1..300)
 * runs it again.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Election, Locks, ReplicatedMap, Shards, replicate } = require('../lib/replicated');
const counts = require('./helpers/counts.js');
const { isLinearizable } = require('./helpers/linearizable.js');
const { World } = require('./helpers/replicated-world.js');

/** The seeds of this run: those that CSPREAD_SEEDS names, else the first ones, so that each run of the gate asks the same. */
function chosen() {
  const [, first, last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(process.env.CSPREAD_SEEDS ?? '') ?? [];
  const from = Number(first ?? 1);
  return { from, to: last === undefined ? from + counts.replicatedSeeds - 1 : Number(last) };
}

const { from, to } = chosen();
const FIRST = 3;
const FAILURES = ['ERR_SPREAD_NO_PRIMARY', 'ERR_SPREAD_NOT_CONNECTED', 'ERR_SPREAD_CONNECTION_CLOSED'];

/** Runs `life(world)` for each seed, with three members to begin with. */
function lives(what, make, life, { rounds = 40 } = {}) {
  test(`${what}: seeds ${from}..${to}`, async () => {
    for (let seed = from; seed <= to; seed += 1) {
      const world = new World(seed, { make });
      try {
        for (const daemon of ['d1', 'd2', 'd3']) {
          world.start(daemon);
        }
        const { act, check } = life(world);
        await world.run({ rounds, act });
        assert.deepEqual(world.faults, []);
        check();
      } catch (error) {
        throw new Error(`seed ${seed}: ${error.message}\n${world.script.join('\n')}`, { cause: error });
      }
    }
  });
}

/** Keeps what becomes of a promise: `{ start, end, value | error }`, by a count that only rises. */
function follow(world, member, fields, promise) {
  const record = { ...fields, by: member, start: world.tickCount(), taken: promise };
  world.records.push(record);
  promise.then(
    (value) => Object.assign(record, { value, end: world.tickCount() }),
    (error) => Object.assign(record, { error, end: world.tickCount() }),
  );
  return record;
}

/** Every promise of a member that lives has settled, and rejections say what may have happened. */
function assertSettled(world) {
  for (const { by, end, error, what } of world.records) {
    assert.ok(by.isDead || end !== undefined, `${what} by ${by.name} has not settled`);
    if (error !== undefined && error.code !== 'ERR_SPREAD_VERSION') {
      assert.ok(FAILURES.includes(error.code), error.stack);
      assert.ok(['not-applied', 'unknown'].includes(error.outcome), `${what}: outcome ${error.outcome}`);
    }
  }
}

/** What members apply at an index is the same everywhere. */
function assertOneHistory(world, member, index, what) {
  const before = world.history.get(index);
  world.history.set(index, what);
  if (before !== undefined && before !== what) {
    world.faults.push(`${member.name} has ${what} at ${index}, others ${before}`);
  }
}

const partitions = ['primary', 'merge', 'largest'];
const list = {
  initial: () => ({ items: [] }),
  apply: ({ items }, item) => items.push(item),
  /** A piece for each item, so that transfers take their time. */
  snapshot: ({ items }) => [...items].map((item) => Buffer.from(`${item} `)),
  async restore(chunks) {
    let text = '';
    for await (const chunk of chunks) {
      text += chunk;
    }
    return { items: text.split(' ').slice(0, -1) };
  },
  merge: (sides) => ({ items: [...new Set(sides.flatMap(({ state }) => state.items))].sort() }),
};

function makeReplica(session, world, member) {
  const partition = partitions[world.seed % partitions.length];
  const options = { partition, clock: member.clock, ...(partition === 'primary' && { first: FIRST }) };
  const replica = replicate(session, 'group', list, options);
  if (partition === 'primary') {
    replica.on('change', ({ operation, index }) => assertOneHistory(world, member, index, operation));
  }
  let last = 0;
  replica.on('change', ({ index }) => {
    if (index <= last) {
      world.faults.push(`${member.name}: index ${index} after ${last}`);
    }
    last = index;
  });
  return replica;
}

lives('replicate()', makeReplica, (world) => ({
  act(member) {
    const item = `o${world.records.length}`;
    world.log(`${member.name} do ${item}`);
    follow(world, member, { what: item }, member.block.do(item));
  },
  check() {
    assertSettled(world);
    const members = world.connected;
    const isPrimary = world.seed % partitions.length === 0;
    if (isPrimary && !members.every(({ block }) => block.isPrimary)) {
      return;
    }
    const [{ block: first }] = members;
    for (const { block, name } of members) {
      assert.deepEqual(block.state, first.state, `${name} and ${members[0].name}`);
      assert.equal(block.index, first.index);
    }
    const { items } = first.state;
    for (const { what, error, value } of world.records) {
      const places = items.filter((item) => item === what).length;
      assert.ok(error?.outcome !== 'not-applied' || places === 0, `${what} was not to be applied, and is there`);
      assert.ok(!isPrimary || value === undefined || items[value - 1] === what, `${what} was acknowledged at ${value}`);
      assert.ok(places < 2 || !isPrimary, `${what} is there twice`);
    }
  },
}));

function makeMap(session, world, member) {
  const map = new ReplicatedMap(session, 'group', {
    partition: 'primary',
    first: FIRST,
    clock: member.clock,
    verify: 5,
  });
  map.on('change', ({ key, value, index }) => assertOneHistory(world, member, index, `${key}=${value}`));
  map.on('diverged', ({ index, members }) => world.faults.push(`diverged at ${index}: ${members}`));
  return map;
}

lives('ReplicatedMap', makeMap, (world) => ({
  act(member) {
    const key = world.any(['x', 'y']);
    const value = world.records.length + 1;
    const { block: map } = member;
    const kind = world.any(['set', 'set', 'get', 'compare', 'delete']);
    const fields = { what: `${kind} ${key} ${value}`, key, kind, given: value };
    world.log(`${member.name} ${fields.what}`);
    if (kind === 'compare') {
      fields.expected = map.get(key);
      follow(
        world,
        member,
        fields,
        map.compareAndSet(key, map.version(key), value).then(() => true),
      );
    } else if (kind === 'get') {
      follow(
        world,
        member,
        fields,
        map.sync().then(() => map.get(key)),
      );
    } else {
      follow(world, member, fields, kind === 'set' ? map.set(key, value).then(() => true) : map.delete(key));
    }
  },
  check() {
    assertSettled(world);
    for (const key of ['x', 'y']) {
      const history = world.records
        .filter((it) => it.key === key && it.error?.outcome !== 'not-applied')
        .map(operationOf);
      // A comparison that was refused has compared: by versions, which a value that came back does not have again.
      assert.ok(isLinearizable(history), `the history of ${key}: ${JSON.stringify(history)}`);
    }
  },
}));

/** An operation as the checker has it: one whose outcome is unknown has no end. */
function operationOf({ kind, given, expected, value, error, start, end }) {
  return { kind, value: given, expected, result: value, start, end: error === undefined ? end : undefined };
}

lives(
  'Election',
  (session, world, member) => {
    const election = new Election(session, 'group', { partition: 'primary', first: FIRST, clock: member.clock });
    let last = 0;
    election.on('leader', ({ leader, token }) => {
      world.log(`${member.name}: ${leader} leads with ${token}`);
      if (token < last) {
        world.faults.push(`${member.name}: token ${token} after ${last}`);
      }
      last = token;
      if (token > 0 && leader !== null) {
        assertOneHistory(world, member, token, leader);
      }
    });
    return election;
  },
  (world) => ({
    act(member) {
      if (world.pick(8) === 0 && world.open.length > 3 && !member.hasResigned) {
        member.hasResigned = true;
        world.log(`${member.name} resigns`);
        member.block.resign().catch(() => {});
      }
    },
    check() {
      const members = world.connected;
      if (members.every(({ block }) => block.isPrimary)) {
        const leaders = members.filter(({ block }) => block.isLeader);
        const isEmpty = members.every(({ hasResigned }) => hasResigned);
        assert.ok(leaders.length === 1 || isEmpty, `${leaders.length} leaders`);
        assert.equal(new Set(members.map(({ block }) => `${block.leader} ${block.token}`)).size, 1);
      }
    },
  }),
);

lives(
  'Locks',
  (session, _world, member) => {
    member.held = [];
    return new Locks(session, 'group', { partition: 'primary', first: FIRST, clock: member.clock });
  },
  (world) => {
    let most = 0;
    return {
      act(member) {
        const [lock] = member.held;
        if (lock !== undefined) {
          member.held = [];
          world.log(`${member.name} releases`);
          lock.release().catch(() => {});
          return;
        }
        world.log(`${member.name} acquires`);
        const record = follow(world, member, { what: 'acquire' }, member.block.acquire('door', { timeout: 60_000 }));
        record.taken.then(
          (lock) => {
            world.log(`${member.name} holds ${lock.token}`);
            assertOneHistory(world, member, lock.token, member.name);
            if (lock.token <= most && !lock.signal.aborted) {
              world.faults.push(`token ${lock.token} after ${most}`);
            }
            most = Math.max(most, lock.token);
            member.held.push(lock);
          },
          () => {},
        );
      },
      check() {
        for (const { by, end } of world.records) {
          assert.ok(by.isDead || end !== undefined, `an acquire by ${by.name} has not settled`);
        }
        const members = world.connected;
        if (members.every(({ block }) => block.isPrimary)) {
          assert.equal(new Set(members.map(({ block }) => block.holder('door'))).size, 1);
        }
      },
    };
  },
);

const SHARDS = 16;

/** Others that are in a member's view, and have come as far as it has. */
function beside(world, member) {
  const viewOf = ({ session }) => session.groups.get('group')?.id.toString();
  return world.connected.filter(
    (other) => other !== member && viewOf(other) === viewOf(member) && other.block.index >= member.block.index,
  );
}

lives(
  'Shards',
  (session, world, member) => {
    const gained = (shard) => {
      for (const { name, block } of beside(world, member)) {
        if (block.mine.has(shard)) {
          world.faults.push(`${member.name} gains ${shard}, which ${name} has`);
        }
      }
    };
    return new Shards(session, 'group', { count: SHARDS, onGained: gained, onLost: () => null, clock: member.clock });
  },
  (world) => ({
    act() {},
    check() {
      const all = world.connected.flatMap(({ block }) => [...block.mine]).sort((one, other) => one - other);
      assert.deepEqual(
        all,
        Array.from({ length: SHARDS }, (_, shard) => shard),
      );
      const owners = world.connected.map(({ block }) => ['a', 'b', 'c', 'd'].map((key) => block.owner(key)).join());
      assert.equal(new Set(owners).size, 1);
    },
  }),
);
