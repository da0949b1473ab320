/** A network of embedded daemons: parted, healed, killed, started again, hung; with real clients. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { connect } = require('..');
const { SpreadNetwork } = require('../lib/testing/index.js');
const { until } = require('./helpers/until.js');

const NAMES = ['one', 'two', 'three'];

async function networkFor(t, options) {
  const network = await SpreadNetwork.start({ daemons: NAMES, seed: 7, detectAfter: 20, ...options });
  t.after(() => network.stop());
  return network;
}

/** A client of each daemon, all in one group, and what each was delivered after that. */
async function members(t, network) {
  const sessions = [];
  for (const daemon of network.daemons) {
    const session = await connect({ address: network.address(daemon), name: `at-${daemon}` });
    t.after(() => session.disconnect().catch(() => {}));
    await session.join('room');
    sessions.push(session);
  }
  await until(() => sessions.every((session) => session.groups.get('room')?.members.length === sessions.length));
  const logs = sessions.map((session) => {
    const log = [];
    session.on('membership', ({ view: { members } }) => log.push(members.map((name) => name.split('#')[1]).join(' ')));
    session.on('message', ({ data }) => log.push(`< ${data}`));
    session.on('disconnect', () => log.push('cut'));
    return log;
  });
  return { sessions, logs };
}

test('a network is parted and healed', async (t) => {
  const network = await networkFor(t, {});
  const views = [];
  network.on('view', ({ daemon, members }) => views.push(`${daemon}: ${members.join(' ')}`));
  const { sessions, logs } = await members(t, network);
  await network.partition(['one', 'two'], ['three']);
  assert.deepEqual(
    NAMES.map((name) => network.view(name).members.join(' ')),
    ['one two', 'one two', 'three'],
  );
  assert.deepEqual(network.view('three').left, ['one', 'two']);
  await until(() => logs.every((log) => log.length === 1));
  await sessions[0].send('room', 'here', { service: 'safe' });
  await sessions[2].send('room', 'there');
  await until(() => logs.every((log) => log.length === 2));
  await network.heal();
  await until(() => logs.every((log) => log.length === 3));
  const all = 'at-one at-two at-three';
  assert.deepEqual(logs, [
    ['at-one at-two', '< here', all],
    ['at-one at-two', '< here', all],
    ['at-three', '< there', all],
  ]);
  await network.settled();
  assert.deepEqual(views.slice(-3).sort(), NAMES.map((name) => `${name}: one two three`).sort());
});

test('a daemon is killed and comes back on the same port', async (t) => {
  const network = await networkFor(t, {});
  const { sessions, logs } = await members(t, network);
  const address = network.address('two');
  const lost = once(sessions[1], 'disconnect');
  await network.kill('two');
  await lost;
  await until(() => logs[0].length === 1 && logs[2].length === 1);
  assert.deepEqual(logs[0], ['at-one at-three']);
  assert.equal(network.view('two'), null);
  await network.start('two');
  assert.equal(network.address('two'), address);
  const back = await connect({ address, name: 'at-two' });
  await back.join('room');
  await until(() => logs[0].length === 2);
  assert.equal(logs[0][1], 'at-one at-two at-three');
  await back.disconnect();
});

test('a daemon stands still, and goes on', async (t) => {
  const network = await networkFor(t, {});
  const { sessions, logs } = await members(t, network);
  const goesOn = network.hang('three', 300);
  await until(() => network.view('one').members.length === 2);
  await sessions[0].send('room', 'meanwhile');
  await until(() => logs[1].length === 2);
  assert.deepEqual(logs[2], []);
  await goesOn;
  await until(() => logs[2].at(-1) === 'at-one at-two at-three');
  assert.equal(logs[2].includes('< meanwhile'), false);
});

test('latency, and what is delivered where', async (t) => {
  const network = await networkFor(t, { latency: { ms: 2, jitter: 1 } });
  const { sessions, logs } = await members(t, network);
  network.latency({ ms: 5, from: 'one', to: 'three' });
  for (const [index, session] of sessions.entries()) {
    for (let number = 0; number < 20; number += 1) {
      session.send('room', `${index}.${number}`, { service: ['agreed', 'safe'][number % 2] });
    }
  }
  await until(() => logs.every((log) => log.length === 60));
  assert.deepEqual(logs[1], logs[0]);
  assert.deepEqual(logs[2], logs[0]);
  const { ordering } = network.stats('one');
  assert.equal(ordering.layer, 'simulated');
  assert.ok(ordering.framesIn > 0 && ordering.framesOut > 0 && ordering.bytesIn > ordering.framesIn);
});

test('arguments that are wrong', async (t) => {
  for (const daemons of [[], ['a', 'a'], 0, 65, undefined, 'one', ['']]) {
    await assert.rejects(SpreadNetwork.start({ daemons }), /daemon/);
  }
  const network = await networkFor(t, {});
  assert.throws(() => network.address('four'), { code: 'ERR_INVALID_ARG_VALUE', message: /one, two, three/ });
  await assert.rejects(network.partition(['one'], ['two', 'one']), { code: 'ERR_INVALID_ARG_VALUE' });
  await assert.rejects(network.partition(['four']), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => network.latency({ ms: 1, from: 'one' }), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => network.detectAfter('soon'), { code: 'ERR_INVALID_ARG_TYPE' });
  assert.throws(() => network.hang('one', -1), { code: 'ERR_OUT_OF_RANGE' });
});

test('the single daemon has a view of itself', async (t) => {
  const { SpreadDaemon } = require('..');
  const daemon = await SpreadDaemon.start({ port: 0, name: 'alone' });
  t.after(() => daemon.stop());
  await until(() => daemon.view !== null);
  assert.deepEqual({ ...daemon.view, id: '' }, { id: '', members: ['alone'], joined: ['alone'], left: [] });
  assert.equal(daemon.stats().ordering.layer, 'alone');
});
