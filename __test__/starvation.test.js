/** A flood of messages leaves timers and other work their turn: counted in messages, not in time. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const counts = require('./helpers/counts.js');
const { flooded } = require('./helpers/flood.js');
const { Log } = require('./helpers/log.js');
const { daemonFor, open, unique } = require('./helpers/sessions.js');
const { uncaught } = require('./helpers/uncaught.js');

/** Exceptions are slow; these are still more than one read takes. */
const THROWN = 50_000;

/** Sessions that get one message each. */
const SESSIONS = 100;

/** Does the work of a handler. */
function work() {
  let sum = 0;
  for (let index = 0; index < 1000; index += 1) {
    sum += Math.sqrt(index);
  }
  return sum;
}

for (const throws of [false, true]) {
  test(`a timer due in 1 ms has its turn in a flood${throws ? ' whose handler throws each time' : ''}`, async (t) => {
    const total = throws ? THROWN : counts.flood;
    const errors = throws ? uncaught(t) : undefined;
    const { sessions, start } = await flooded(t, total);
    const log = new Log();
    let delivered = 0;
    sessions[0].dataHandler = () => {
      work();
      delivered += 1;
      if (delivered === 1) {
        setTimeout(() => log.push(['timer', delivered]), 1);
        setImmediate(() => log.push(['immediate', delivered]));
      }
      if (delivered === total) {
        log.push(['all', delivered]);
      }
      if (throws) {
        throw new Error('again');
      }
    };
    start();
    await log.count(3);
    const at = Object.fromEntries(log.entries);
    assert.ok(at.immediate < total / 2, `an immediate waited for ${at.immediate} messages of ${total}`);
    assert.ok(at.timer < total / 2, `a timer waited for ${at.timer} messages of ${total}`);
    assert.equal(errors?.entries.length, throws ? total : undefined);
  });
}

test('nor do many sessions with a message each keep others waiting', async (t) => {
  const { address } = await daemonFor(t);
  const group = unique('g');
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => open(address, { t })));
  await Promise.all(sessions.map((session) => session.join(group)));
  const log = new Log();
  let delivered = 0;
  for (const session of sessions) {
    session.dataHandler = () => {
      const end = performance.now() + 1;
      while (performance.now() < end);
      delivered += 1;
      if (delivered === 1) {
        setImmediate(() => log.push(delivered));
      }
      if (delivered === SESSIONS) {
        log.push('all');
      }
    };
  }
  sessions[0].multicast(sessions[0].AGREED_MESS, group, 'to all');
  const [at] = await log.count(2);
  assert.ok(at < SESSIONS / 2, `it waited for ${at} messages of ${SESSIONS}`);
});

test('a session in a flood does not keep another one from its messages', async (t) => {
  const { sessions, start } = await flooded(t, counts.flood, { clients: 2 });
  const log = new Log();
  let delivered = 0;
  sessions[0].dataHandler = () => {
    work();
    delivered += 1;
    if (delivered === counts.flood) {
      log.push('all');
    }
  };
  sessions[1].dataHandler = () => log.push(delivered);
  start();
  const [at] = await log.count(2);
  assert.ok(at < counts.flood / 2, `it waited for ${at} messages of ${counts.flood}`);
});
