/** The examples say what their texts promise. */

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { runFile } = require('./helpers/child.js');
const { daemonFor } = require('./helpers/sessions.js');

const SAY = {
  'unittest.js': /^both sessions have every number, in order$/m,
  'presence.js': [
    'monitor: join; up: monitor',
    'api: join; up: api, monitor',
    'queue: join; up: api, monitor, queue',
    'api: leave; up: monitor, queue',
    'queue: disconnect; up: monitor',
  ],
  'leader.js': ['anna leads, token 1', 'ben follows, token 1', 'ben leads, token 2', 'ben follows, token 2'],
  'request-reply.js': ['ONE, says s1', 'ONE, says s2', 'ONE, says s3', 'ALL, says s1; ALL, says s2; ALL, says s3'],
  'counter.js': ['all have 57, 57, 57'],
  'partition.js': ['parted: one has 36, three has 6', 'healed: all have 136, 136, 136', 'the order was right'],
  'shutdown.js': ['going down', 'job 1 done', 'job 2 done', 'job 3 done', 'down'],
};

const example = (name) => path.join(__dirname, '..', 'examples', name);

for (const [name, said] of Object.entries(SAY)) {
  test(name, async (t) => {
    const { lines, exit } = runFile(t, example(name));
    const { code, errors } = await exit;
    assert.deepEqual({ code, errors }, { code: 0, errors: '' });
    const all = lines.entries.slice(0, -1);
    if (said instanceof RegExp) {
      assert.match(all.join('\n'), said);
    } else {
      assert.deepEqual(all, said);
    }
  });
}

test('chat.js', async (t) => {
  const daemon = await daemonFor(t);
  const env = { SPREAD_DAEMON: daemon.address };
  const alice = runFile(t, example('chat.js'), ['alice'], { env });
  await alice.lines.find((line) => line === '* here: alice');
  const bob = runFile(t, example('chat.js'), ['bob'], { env });
  await bob.lines.find((line) => line === '* here: alice, bob');
  await alice.lines.find((line) => line === '* bob joined');
  alice.child.stdin.write('hello\n');
  await bob.lines.find((line) => line === 'alice: hello');
  bob.child.stdin.end('/who\nbye\n');
  await alice.lines.find((line) => line === '* bob left');
  assert.equal((await bob.exit).code, 0);
  alice.child.stdin.end();
  assert.equal((await alice.exit).code, 0);
  assert.deepEqual(alice.lines.entries.slice(0, -1), [
    '* alice joined',
    '* here: alice',
    '* bob joined',
    'alice: hello',
    'bob: bye',
    '* bob left',
    '* alice left',
  ]);
});

test('chat.js without a daemon says so', async (t) => {
  const daemon = await daemonFor(t, {});
  await daemon.stop();
  const { exit } = runFile(t, example('chat.js'), ['alice'], { env: { SPREAD_DAEMON: daemon.address } });
  const { code, errors } = await exit;
  assert.equal(code, 1);
  assert.match(errors, /no daemon answers/);
});
