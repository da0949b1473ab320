/**
 * One script, the same events: every engine against every daemon there is. SPREAD_REAL names a real daemon
 * (4803@localhost); CSPREAD_LIBSPREAD names the C library, or the stand-in that the test runner builds.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { run } = require('./helpers/child.js');
const { daemonFor } = require('./helpers/sessions.js');

const { SPREAD_REAL, CSPREAD_LIBSPREAD } = process.env;
const ENGINES = { native: true, libspread: CSPREAD_LIBSPREAD ? true : 'CSPREAD_LIBSPREAD names no C library' };
const DAEMONS = { embedded: true, real: SPREAD_REAL ? true : 'SPREAD_REAL names no daemon' };

/** Returns what the script prints. */
async function transcript(t, script, engine, address) {
  const { lines, exit } = run(t, script, [address], { env: { CSPREAD_ENGINE: engine } });
  const { code, signal, errors } = await exit;
  assert.deepEqual({ code, signal, errors }, { code: 0, signal: null, errors: '' });
  return JSON.parse(lines.entries[0]);
}

/** Script → what the first engine and daemon made of it. */
const first = {};

for (const script of ['conformance.js', 'conformance-modern.js']) {
  for (const [engine, hasEngine] of Object.entries(ENGINES)) {
    for (const [daemon, hasDaemon] of Object.entries(DAEMONS)) {
      const skip = [hasEngine, hasDaemon].filter((reason) => reason !== true).join('; ') || false;
      test(`${script}: ${engine} engine, ${daemon} daemon`, { skip }, async (t) => {
        const address = daemon === 'real' ? SPREAD_REAL : (await daemonFor(t, {})).address;
        const heard = await transcript(t, script, engine, address);
        first[script] ??= heard;
        assert.deepEqual(heard, first[script]);
      });
    }
  }
}

test('the modern script hears what Spread promises', () => {
  const { outcomes, logs } = first['conformance-modern.js'];
  assert.deepEqual(Object.fromEntries(outcomes.map(([what, ...came]) => [what, came[0]])), {
    'join mod1': ['#mod1#DAEMON'],
    'join mod2': ['#mod1#DAEMON', '#mod2#DAEMON'],
    'join mod3': 'undefined',
    join: ['#mod1#DAEMON'],
    'join again': ['#mod1#DAEMON'],
    leave: 'undefined',
    'leave again': 'ERR_SPREAD_NOT_A_MEMBER',
    'join, leave, join': ['#mod1#DAEMON'],
    'another one': ['#mod1#DAEMON', '#mod2#DAEMON'],
    illegal: 'ERR_SPREAD_ILLEGAL_GROUP',
    ping: 'number',
    drained: 'undefined',
    'too many groups': 'ERR_SPREAD_TOO_MANY_GROUPS',
    'too long': 'ERR_SPREAD_MESSAGE_TOO_LONG',
    'two services': 'ERR_SPREAD_ILLEGAL_SERVICE',
    'name in use': 'ERR_SPREAD_REJECT_NOT_UNIQUE',
    'too late': 'ERR_SPREAD_NOT_CONNECTED',
    'too late to join': 'ERR_SPREAD_NOT_CONNECTED',
  });
  const sent = logs.mod3.filter(({ kind, sender }) => kind === 'message' && sender === '#mod1#DAEMON');
  assert.deepEqual(
    sent.slice(0, 6).map(({ service, type, data }) => [service, type, data]),
    ['unreliable', 'reliable', 'fifo', 'causal', 'agreed', 'safe'].map((name, index) => [name, index - 3, name]),
  );
  assert.ok(logs.mod3.every(({ kind }) => kind === 'message'));
  assert.equal(
    logs.mod1.filter(({ data }) => data === 'gathered').length,
    1,
    'once, though sent to three of its groups',
  );
  assert.ok(logs.mod1.some(({ data }) => data === 'discarded') && !logs.mod2.some(({ data }) => data === 'discarded'));
  const { cause, left } = logs.mod1.findLast(({ kind }) => kind === 'membership');
  assert.deepEqual([cause, left], ['disconnect', ['#mod2#DAEMON']]);
});

test('the classic script hears what Spread promises', () => {
  const { failures, sessions } = first['conformance.js'];
  assert.deepEqual(failures, [
    'ERR_SPREAD_REJECT_NOT_UNIQUE',
    'ERR_SPREAD_ILLEGAL_NAME',
    'ERR_SPREAD_COULD_NOT_CONNECT',
    'ERR_SPREAD_ILLEGAL_ADDRESS',
  ]);
  const { confA, confB, confC } = sessions;
  const data = (log) => log.filter(([kind]) => kind === 'data').map(([, , , text]) => text);
  assert.ok(data(confA).includes('discarded by its bit'));
  assert.ok(!data(confB).includes('discarded by its bit'));
  assert.equal(data(confB).filter((text) => text === 'to several, once').length, 1);
  assert.ok(!data(confC).includes('to one'));
  assert.ok(confC.every(([kind]) => !kind.startsWith('member') && !kind.startsWith('leave')));
  assert.deepEqual(confA[0], ['memberJoinedGroup', 'one', '#confA#DAEMON']);
  assert.deepEqual(
    confA.filter(([kind]) => kind === 'onError').map(([, code]) => code),
    [
      'ERR_SPREAD_TOO_MANY_GROUPS',
      'ERR_SPREAD_MESSAGE_TOO_LONG',
      'ERR_SPREAD_ILLEGAL_SERVICE',
      'ERR_SPREAD_ILLEGAL_SERVICE',
      'ERR_SPREAD_ILLEGAL_GROUP',
      'ERR_SPREAD_ILLEGAL_GROUP',
      'ERR_SPREAD_ILLEGAL_GROUP',
      'ERR_SPREAD_ILLEGAL_GROUP',
      'ERR_SPREAD_ILLEGAL_GROUP',
      'ERR_SPREAD_ILLEGAL_GROUP',
      'ERR_SPREAD_NOT_CONNECTED',
    ],
  );
});
