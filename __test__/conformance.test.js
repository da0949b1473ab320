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

/** What the script prints. */
async function transcript(t, engine, address) {
  const { lines, exit } = run(t, 'conformance.js', [address], { env: { CSPREAD_ENGINE: engine } });
  const { code, signal, errors } = await exit;
  assert.deepEqual({ code, signal, errors }, { code: 0, signal: null, errors: '' });
  return JSON.parse(lines.entries[0]);
}

let first;

for (const [engine, hasEngine] of Object.entries(ENGINES)) {
  for (const [daemon, hasDaemon] of Object.entries(DAEMONS)) {
    const skip = [hasEngine, hasDaemon].filter((reason) => reason !== true).join('; ') || false;
    test(`${engine} engine, ${daemon} daemon`, { skip }, async (t) => {
      const address = daemon === 'real' ? SPREAD_REAL : (await daemonFor(t, {})).address;
      const heard = await transcript(t, engine, address);
      first ??= heard;
      assert.deepEqual(heard, first);
    });
  }
}

test('the script hears what Spread promises', () => {
  assert.deepEqual(first.failures, [
    'ERR_SPREAD_REJECT_NOT_UNIQUE',
    'ERR_SPREAD_ILLEGAL_NAME',
    'ERR_SPREAD_COULD_NOT_CONNECT',
    'ERR_SPREAD_ILLEGAL_ADDRESS',
  ]);
  const { confA, confB, confC } = first.sessions;
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
