/**
 * A thread that JavaScript keeps busy for seconds finds all that came meanwhile, and was not cut off: even by a daemon
 * with a real one's rule of 1,000 waiting messages.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const counts = require('./helpers/counts.js');
const { run } = require('./helpers/child.js');
const { Log } = require('./helpers/log.js');
const { open, unique } = require('./helpers/sessions.js');

const BUSY_MS = 5000;

/** Starts a daemon in a process of its own, so that its thread competes with ours as a real one would. */
async function daemonProcess(t, options) {
  const { child, lines, exit } = run(t, 'daemon.js', [JSON.stringify(options)]);
  const [address] = await lines.count(1);
  return {
    address,
    async stop() {
      child.stdin.end();
      assert.equal((await exit).code, 0);
    },
  };
}

function standStill(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function spin(ms) {
  const end = Date.now() + ms;
  while (Date.now() < end);
}

for (const [how, busy] of Object.entries({ 'stands still': standStill, 'computes without a break': spin })) {
  test(`a thread that ${how} for ${BUSY_MS / 1000} s loses none of ${counts.messagesWhileBusy} messages`, async (t) => {
    const daemon = await daemonProcess(t, { maxSessionMessages: 1000 });
    const group = unique('g');
    const log = new Log();
    const session = await open(daemon.address);
    session.onDisconnect = (text) => log.push(text);
    let next = 0;
    let begun = false;
    session.dataHandler = (_group, _sender, data) => {
      if (data === 'begin') {
        begun = true;
        busy(BUSY_MS);
        return;
      }
      if (Number(data) !== next) {
        log.push(`${next} was expected, ${data} came`);
      }
      next += 1;
      if (next === counts.messagesWhileBusy) {
        log.push('all');
      }
    };
    await session.join(group);
    const sender = run(t, 'steady-sender.js', [daemon.address, group, counts.messagesWhileBusy, BUSY_MS]);
    await log.count(1);
    assert.deepEqual(log.entries, ['all']);
    assert.ok(begun);
    assert.equal((await sender.exit).code, 0);
    await session.disconnect();
    await daemon.stop();
  });
}
