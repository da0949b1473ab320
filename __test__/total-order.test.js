/** Eight members send at once, each in a process or worker of its own: all see the same messages in one order. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const path = require('node:path');
const { test } = require('node:test');
const { Worker } = require('node:worker_threads');
const counts = require('./helpers/counts.js');
const { run } = require('./helpers/child.js');
const { daemonFor, unique } = require('./helpers/sessions.js');

const MEMBERS = 8;
/** So many of them share a process's loop; the others are processes. */
const HERE = 2;
const WORKERS = 3;

test(`${counts.orderedMessages} messages of mixed sizes from ${MEMBERS} members reach each of them in one order`, async (t) => {
  const daemon = await daemonFor(t);
  const group = unique('g');
  const each = counts.orderedMessages / MEMBERS;
  const args = [daemon.address, group, MEMBERS, each];
  const member = require('./fixtures/ordered-member.js');
  const results = [
    ...Array.from({ length: HERE }, () => member.run(...args)),
    ...Array.from({ length: WORKERS }, () => inWorker(args)),
    ...Array.from({ length: MEMBERS - HERE - WORKERS }, () => inProcess(t, args)),
  ];
  // The others would wait for ever for whoever is lost.
  const whole = results.map(async (result) => {
    const one = await result;
    assert.deepEqual(one.wrong, []);
    return one;
  });
  const seen = await Promise.all(whole);
  for (const one of seen) {
    assert.equal(one.messages, each * MEMBERS);
    assert.equal(one.checksum, seen[0].checksum, 'the same messages in the same order');
  }
  // Everybody saw the views that everybody after them saw: the tail of the first member's.
  const longest = seen.map(({ views }) => views).sort((a, b) => b.length - a.length)[0];
  assert.equal(longest.length, MEMBERS);
  for (const { views } of seen) {
    assert.deepEqual(views, longest.slice(-views.length), 'views agree');
  }
});

async function inWorker(args) {
  const worker = new Worker(path.join(__dirname, 'fixtures', 'ordered-member.js'), { workerData: args });
  const exit = once(worker, 'exit');
  const [result] = await once(worker, 'message');
  await exit;
  return result;
}

async function inProcess(t, args) {
  const { exit, lines } = run(t, 'ordered-member.js', args);
  const [line] = await lines.count(1);
  const { code, errors } = await exit;
  assert.equal(code, 0, errors);
  return JSON.parse(line);
}
