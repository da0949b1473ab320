/** Sessions that a program drops without disconnect(): one warning when they pile up, and nobody's callbacks are lost. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { connect } = require('..');
const { runChild } = require('./helpers/dropping.js');
const { daemonFor, open } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');

const MANY = 100;

/** Opens many sessions in another process; what it warns of. */
const warnings = (t, how) => runChild(t, how, MANY);

test('sessions that are dropped without disconnect(): one warning, with the place that opened the first', async (t) => {
  const [warning, ...more] = await warnings(t, 'dropped');
  assert.deepEqual(more, []);
  assert.equal(warning.name, 'SpreadWarning');
  assert.equal(warning.code, 'CSPREAD_DROPPED_SESSIONS');
  assert.match(warning.message, /^100 sessions are connected that the program has dropped without disconnect\(\)/);
  assert.match(warning.detail, /openAndForget .*dropping-sessions\.js/);
});

test('classic sessions too', async (t) => {
  const found = await warnings(t, 'classic');
  assert.equal(found.length, 1);
  assert.match(found[0].detail, /forgetClassic .*dropping-sessions\.js/);
});

for (const how of [
  'referred to',
  'with a listener',
  'with an iterator',
  'with a handler',
  'disconnected',
  'reconnecting',
]) {
  test(`no warning for sessions ${how}`, async (t) => {
    assert.deepEqual(await warnings(t, how), []);
  });
}

/** As many sessions as make the package look for those that are dropped. */
async function crowd(t, address) {
  const sessions = await Promise.all(Array.from({ length: MANY }, () => connect(address)));
  t.after(() => Promise.all(sessions.map((session) => session.disconnect())));
  return sessions;
}

test('a listener, a handler or an iterator of one of many sessions that nobody refers to any more', async (t) => {
  const { address } = await daemonFor(t);
  const heard = [];
  const early = await Promise.all(Array.from({ length: 3 }, () => connect(address)));
  const classic = await open(address, { t });
  await crowd(t, address);
  const groups = early.map(({ privateGroup }) => privateGroup).concat(classic.privateGroup);
  // Now that they have been let go.
  await Promise.all(
    (function attach() {
      early[0].on('message', ({ data }) => heard.push(`listener ${data}`));
      classic.dataHandler = (_group, _sender, data) => heard.push(`handler ${data}`);
      const iterated = early[1].consume(({ data }) => heard.push(`iterator ${data}`));
      iterated.catch(() => {});
      const joined = early[2].join('late').then((view) => heard.push(`joined ${view.group}`));
      early.length = 0;
      return [joined];
    })(),
  );
  global.gc();
  await new Promise(setImmediate);
  global.gc();
  const sender = await open(address, { t });
  sender.multicast(sender.AGREED_MESS, groups, 'x');
  await until(() => heard.length === 4);
  assert.deepEqual(heard.sort(), ['handler x', 'iterator x', 'joined late', 'listener x']);
});

test('a dropped session ends like any other when its daemon does', async (t) => {
  const daemon = await daemonFor(t, {});
  const others = await crowd(t, daemon.address);
  await (await connect(daemon.address)).join('room');
  for (const session of others) {
    session.on('disconnect', () => {});
  }
  global.gc();
  const losses = Promise.all(others.map((session) => once(session, 'close')));
  await daemon.stop();
  await losses;
});
