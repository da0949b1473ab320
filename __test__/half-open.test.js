/**
 * A link on which packets vanish. It takes a network of the test's own, in which the loopback can be taken down: a peer
 * that merely keeps silent still has a kernel that answers.
 */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { test } = require('node:test');
const { run } = require('./helpers/child.js');
const { halfOpen, mode } = require('./helpers/counts.js');
const { onLibspread } = require('./helpers/engine.js');

/** Returns why there is no such network, or undefined. */
function noNetwork() {
  try {
    execFileSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up'], { stdio: 'pipe' });
    return false;
  } catch (error) {
    return `no network of its own can be made here: ${error.message.split('\n')[0]}`;
  }
}

const skip = noNetwork();

/** The 30 s of the kernel's own timers. */
const inFull = skip || (mode !== 'full' && 'it takes 30 s: with full counts only');

/** What the kernel's timers say. Of the C library nobody hears it. */
const byKernel = onLibspread ? 'daemon' : 'unreachable';

/** Runs the fixture in a network of its own; returns its output once packets vanish. */
async function vanished(t, how) {
  const { lines, exit } = run(t, 'half-open.js', [how], { through: ['unshare', '-rn'] });
  const { code, errors } = await exit;
  assert.equal(code, 0, errors);
  return JSON.parse(lines.entries[0]);
}

/** Several at once, each in a network of its own. */
function allVanished(t, how) {
  return Promise.all(Array.from({ length: halfOpen }, () => vanished(t, how)));
}

test('an idle link: found by keep-alive', { skip: inFull }, async (t) => {
  for (const { reason, seconds } of await allVanished(t, 'idle')) {
    assert.equal(reason, byKernel);
    assert.ok(seconds < 60, `${seconds} s`);
  }
});

test('a link with something to send: found by what is not acknowledged', { skip: inFull }, async (t) => {
  for (const { reason, seconds } of await allVanished(t, 'sending')) {
    assert.equal(reason, byKernel);
    assert.ok(seconds < 60, `${seconds} s`);
  }
});

test('a session that pings itself', { skip }, async (t) => {
  for (const { reason, code } of await allVanished(t, 'pinging')) {
    assert.deepEqual([reason, code], ['unreachable', 'ERR_SPREAD_PING_TIMEOUT']);
  }
});
