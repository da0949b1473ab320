/** A network of daemons under random partitions, kills and hangs: the order checker finds nothing wrong in it. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { connect } = require('..');
const { OrderChecker, SpreadNetwork } = require('../lib/testing/index.js');
const counts = require('./helpers/counts.js');
const { random, seeds } = require('./helpers/seeds.js');
const { begin } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');

const NAMES = ['one', 'two', 'three'];
const GROUPS = ['g', 'h'];
/** Turns of the loop that the sessions have for each change, at least. */
const TURNS = 30;

const SERVICES = ['unreliable', 'reliable', 'fifo', 'causal', 'agreed', 'safe'];

/** Changes the network in some way, and resolves when it has changed. */
async function change(network, below) {
  switch (below(8)) {
    case 0: {
      const name = NAMES[below(3)];
      await network.kill(name);
      await network.start(name);
      return;
    }
    case 1:
      await network.hang(NAMES[below(3)], 20);
      return;
    case 2:
    case 3:
    case 4: {
      const parts = [[], []];
      for (const name of NAMES) {
        parts[below(2)].push(name);
      }
      await network.partition(...parts.filter(({ length }) => length > 0));
      return;
    }
    default:
      await network.heal();
  }
}

/** Sends, joins and leaves, as it comes. */
function act(session, below) {
  const group = GROUPS[below(2)];
  const chance = below(20);
  if (session.state !== 'connected') {
    return;
  }
  if (chance === 0) {
    session.leave(group).catch(() => {});
  } else if (chance < 4) {
    Promise.resolve(session.join(group)).catch(() => {});
  } else {
    const groups = below(4) === 0 ? GROUPS : group;
    const data = below(2) === 0 ? `again ${below(3)}` : Buffer.alloc(below(3000), below(256));
    try {
      session.send(groups, data, { service: SERVICES[below(6)], selfDiscard: below(8) === 0 });
    } catch (error) {
      // Its daemon was killed a moment ago.
      assert.equal(error.code, 'ERR_SPREAD_NOT_CONNECTED');
    }
  }
}

/** Has all that are left go from one view to the next together. */
async function together(sessions) {
  // A session notices here that its daemon was killed a moment ago.
  await Promise.all(sessions.map((session) => session.ping().catch(() => {})));
  await until(() => sessions.every(({ state }) => state === 'connected' || state === 'closed'));
  const left = sessions.filter(({ state }) => state === 'connected');
  const areIn = (count) => () => left.slice(0, count).every(({ groups }) => groups.get('g')?.members.length === count);
  await Promise.all(left.map((session) => session.join('g')));
  await until(areIn(left.length));
  left[0].send('g', 'the last');
  await left.at(-1).leave('g');
  await until(areIn(left.length - 1));
}

for (const seed of seeds()) {
  test(`sessions on three daemons, ${counts.partitions} random changes, seed ${seed}`, async (t) => {
    const below = random(seed);
    const network = await SpreadNetwork.start({ daemons: NAMES, seed, detectAfter: 5 });
    t.after(() => network.stop());
    const checker = new OrderChecker();
    const sessions = [];
    for (const name of NAMES) {
      const address = network.address(name);
      const modern = await connect({ address, name: 'modern', reconnect: { minDelay: 1, maxDelay: 20 } });
      const classic = await begin(address, 'classic').opened;
      for (const session of [modern, classic]) {
        checker.watch(session, session.privateGroup);
        Promise.resolve(session.join('g')).catch(() => {});
        sessions.push(session);
        t.after(() => session.disconnect());
      }
    }
    for (let round = 0; round < counts.partitions; round += 1) {
      let isOver = false;
      const changing = change(network, below).finally(() => {
        isOver = true;
      });
      for (let turn = 0; turn < TURNS || !isOver; turn += 1) {
        for (let times = 0; times < 5; times += 1) {
          act(sessions[below(sessions.length)], below);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      await changing;
      checker.verify();
    }
    await network.heal();
    await together(sessions);
    const { pairs, spans } = checker.verify();
    assert.ok(pairs > 0 && spans > 0, `${spans} stretches of ${pairs} pairs`);
  });
}
