/** send(), false, 'drain' and drained(), and the send window. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { setTimeout: later } = require('node:timers/promises');
const { isPending, recordEvents, scriptedModern, settled } = require('./helpers/modern.js');
const { joined, message } = require('./helpers/scripted-session.js');
const wire = require('./helpers/wire.js');

const AGREED = 16;
const SERVICES = { unreliable: 1, reliable: 2, fifo: 4, causal: 8, agreed: 16, safe: 32 };

test('what goes out: services, selfDiscard, types, groups', async (t) => {
  const { session, connection, me } = await scriptedModern(t);
  const sent = async (...args) => {
    assert.equal(session.send(...args), true);
    const { type, groups, messType, body, sender } = await connection.next();
    assert.equal(sender, me);
    return [type, groups, messType, String(body)];
  };
  assert.deepEqual(await sent('room', 'x'), [AGREED, ['room'], 0, 'x']);
  for (const [service, bit] of Object.entries(SERVICES)) {
    assert.deepEqual(await sent('room', 'x', { service }), [bit, ['room'], 0, 'x']);
    assert.deepEqual(await sent('room', 'x', { service: bit }), [bit, ['room'], 0, 'x']);
    assert.deepEqual(await sent('room', 'x', { service, selfDiscard: true }), [bit | 0x40, ['room'], 0, 'x']);
  }
  for (const type of [-32_768, -1, 1, 32_767]) {
    assert.deepEqual(await sent('room', 'x', { type }), [AGREED, ['room'], type, 'x']);
  }
  assert.deepEqual(await sent(['a', '#b#d', 'c'], 'x'), [AGREED, ['a', '#b#d', 'c'], 0, 'x']);
  assert.deepEqual(await sent('#b#d', ''), [AGREED, ['#b#d'], 0, '']);
});

test('each message goes to its own groups, whatever went before it', async (t) => {
  const { session, connection } = await scriptedModern(t);
  const letters = ['r', 'o', 'o', 'm'];
  // Twice, since a call's leftovers must not mislead the calls after it.
  const steps = [
    'room',
    'room',
    letters.join(''),
    ['room'],
    'room',
    'hall',
    'no#name',
    'hall',
    'room',
    ['hall', 'room'],
    'room',
    ['room', ''],
    'room',
    'x'.repeat(40),
    'room',
    'Room',
    'room',
  ];
  for (const [index, groups] of [...steps, ...steps].entries()) {
    const isWrong = [groups].flat().some((group) => group.length > 31 || /#|^$/.test(group));
    if (isWrong) {
      assert.throws(() => session.send(groups, 'x'), { name: 'SpreadError' }, String(groups));
      assert.throws(() => session.send('room', 'x', { service: 3.5 }), RangeError);
      assert.throws(() => session.send('room', Buffer.alloc(200_000)), { code: 'ERR_SPREAD_MESSAGE_TOO_LONG' });
    } else {
      session.send(groups, String(index));
      const { groups: at, body } = await connection.next();
      assert.deepEqual([at, String(body)], [[groups].flat(), String(index)]);
    }
  }
});

test('what goes out: every kind of data, and several gathered to one message', async (t) => {
  const { session, connection } = await scriptedModern(t);
  const bytes = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
  const cases = [
    ['grüße, 世界', Buffer.from('grüße, 世界')],
    [Buffer.from(bytes), bytes],
    [bytes.subarray(2, 4), [3, 4]],
    [new Uint16Array(bytes.buffer, 2, 2), [3, 4, 5, 6]],
    [new DataView(bytes.buffer, 7), [8]],
    [new Float64Array(0), []],
    [[], []],
    [['a', 'ü', Buffer.from('b'), new Uint8Array(1)], Buffer.from('aüb\0')],
    [['', new Uint8Array(0), ''], []],
    [['€'.repeat(5400), 'x', bytes], Buffer.concat([Buffer.from(`${'€'.repeat(5400)}x`), bytes])],
    [
      ['a', new Uint16Array(bytes.buffer, 2, 2), new DataView(bytes.buffer, 7)],
      [97, 3, 4, 5, 6, 8],
    ],
    [[Buffer.alloc(16_384, 1), 'b'], Buffer.concat([Buffer.alloc(16_384, 1), Buffer.from('b')])],
    [['b', Buffer.alloc(16_383, 1)], Buffer.concat([Buffer.from('b'), Buffer.alloc(16_383, 1)])],
    [Array.from({ length: 2000 }, (_, index) => `${index % 10}`), Buffer.from('0123456789'.repeat(200))],
  ];
  for (const [data, expected] of cases) {
    session.send('room', data);
    assert.deepEqual((await connection.next()).body, Buffer.from(expected));
  }
});

test('a part whose memory was given away', async (t) => {
  const { session } = await scriptedModern(t);
  const part = new Uint8Array(8);
  structuredClone(part.buffer, { transfer: [part.buffer] });
  assert.throws(() => session.send('room', part), { code: 'ERR_INVALID_ARG_VALUE' });
  assert.throws(() => session.send('room', ['a', part]), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('the bytes are taken when the call returns', async (t) => {
  const { session, connection } = await scriptedModern(t);
  const buffer = Buffer.from('before');
  session.send('room', [buffer, buffer]);
  buffer.fill('x');
  assert.equal(String((await connection.next()).body), 'beforebefore');
});

const REFUSED = [
  ['ERR_SPREAD_ILLEGAL_GROUP', ['', 'x'], ['a b', 'x'], [[], 'x'], [['room', ''], 'x'], ['#a', 'x']],
  ['ERR_SPREAD_TOO_MANY_GROUPS', [Array(44).fill('room'), 'x']],
  ['ERR_SPREAD_MESSAGE_TOO_LONG', ['room', Buffer.alloc(139_969)], ['room', [Buffer.alloc(139_968), 'x']]],
  ['ERR_SPREAD_ILLEGAL_SERVICE', ...[0, 3, 63, 64, 0x10000].map((service) => ['room', 'x', { service }])],
  ['ERR_INVALID_ARG_TYPE', [5, 'x'], ['room', 5], ['room'], ['room', null], ['room', ['x', 5]], ['room', [['x']]]],
  ['ERR_INVALID_ARG_TYPE', ['room', 'x', 5], ['room', 'x', { service: null }], ['room', 'x', { selfDiscard: 1 }]],
  ['ERR_INVALID_ARG_TYPE', ['room', 'x', { type: '1' }], [['room', 5], 'x'], ['room', new ArrayBuffer(1)]],
  ['ERR_OUT_OF_RANGE', ...[-32_769, 32_768, 0.5, Number.NaN].map((type) => ['room', 'x', { type }])],
  ['ERR_INVALID_ARG_VALUE', ['room', 'x', { service: 'save' }], ['room', 'x', { service: 'toString' }]],
  ['ERR_INVALID_ARG_VALUE', ['room', 'x', { selfdiscard: true }], ['room', '\ud800'], ['room', ['ok', '\udfff']]],
];

test('what is refused is thrown, before anything is sent', async (t) => {
  const { session, connection } = await scriptedModern(t);
  for (const [code, ...calls] of REFUSED) {
    for (const args of calls) {
      assert.throws(() => session.send(...args), { code }, `${code} ${JSON.stringify(args)?.slice(0, 60)}`);
    }
  }
  assert.throws(() => session.multicast(3, 'room', 'x'), { code: 'ERR_SPREAD_ILLEGAL_SERVICE' });
  session.send('room', 'the first');
  assert.equal(String((await connection.next()).body), 'the first');
  assert.equal(session.stats().messagesSent, 1);
});

test('maxMessageBytes may be more, and less', async (t) => {
  const { session } = await scriptedModern(t, { maxMessageBytes: 143_152 });
  session.send('room', Buffer.alloc(143_120));
  assert.throws(() => session.send('room', Buffer.alloc(143_121)), { code: 'ERR_SPREAD_MESSAGE_TOO_LONG' });
  const { session: small } = await scriptedModern(t, { maxMessageBytes: 33 });
  small.send('room', 'x');
  assert.throws(() => small.send('room', 'xx'), { message: /33/ });
});

/** Sends until neither the kernel nor the queue accepts more. */
async function stuff(session, data) {
  let taken = 0;
  for (let before = -1; session.stats().bytesSent !== before; await later(20)) {
    before = session.stats().bytesSent;
    try {
      for (;;) {
        session.send('room', data);
        taken += 1;
      }
    } catch (error) {
      assert.equal(error.code, 'ERR_SPREAD_QUEUE_FULL');
    }
  }
  return taken;
}

test('false above the high-water mark; drained() and drain once half of it is sent', async (t) => {
  const { session, connection } = await scriptedModern(t, { highWaterMark: 300_000, maxQueuedBytes: 1_000_000 });
  const log = recordEvents(session);
  assert.equal(await session.drained(), undefined);
  connection.socket.pause();
  const data = Buffer.alloc(100_000);
  const taken = await stuff(session, data);
  // The bound is hard, and what exceeds it is not taken.
  assert.equal(session.stats().messagesSent, taken);
  assert.ok(session.stats().sendQueueBytes <= 1_000_000 + 80);
  assert.ok(session.stats().sendQueueBytes > 300_000);
  assert.equal(session.send('room', 'a little'), false);
  const drained = session.drained();
  const controller = new AbortController();
  const aborted = assert.rejects(session.drained({ signal: controller.signal }), { name: 'AbortError' });
  controller.abort();
  await aborted;
  assert.ok(await isPending(drained));
  connection.socket.resume();
  assert.equal(await drained, undefined);
  assert.equal(session.send('room', 'again'), true);
  await log.find(([event]) => event === 'drain');
  assert.deepEqual(
    log.entries.filter(([event]) => event !== 'drain'),
    [],
  );
});

/** Opens a session in `room` with a window of four. */
async function windowed(t) {
  const both = await scriptedModern(t, { sendWindow: 4 });
  const { session, connection, me } = both;
  const join = session.join('room');
  await connection.next();
  connection.send(joined('room', [me], me));
  await join;
  /** Sends back what the session has sent, as often as is said. */
  const back = async (count, type) => {
    for (let index = 0; index < count; index += 1) {
      connection.send(message('room', 'back', { sender: me, ...(type && { type }) }));
    }
    await settled(both);
  };
  return { ...both, log: recordEvents(session), back };
}

test('the send window counts own messages until they come back', async (t) => {
  const { session, log, back } = await windowed(t);
  const drains = () => log.entries.filter(([event]) => event === 'drain').length;
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => session.send('room', 'x')),
    [true, true, true, false, false],
  );
  const drained = session.drained();
  await back(2);
  assert.ok(await isPending(drained));
  assert.equal(drains(), 0);
  await back(1);
  await drained;
  assert.equal(drains(), 1);
  assert.equal(session.send('room', 'x'), true);
  assert.equal(session.multicast(AGREED, 'room', 'x'), false, 'two were under way, and these two');
});

test('the send window does not count what does not come back', async (t) => {
  const { session, back, me, connection } = await windowed(t);
  for (let index = 0; index < 10; index += 1) {
    assert.equal(session.send('elsewhere', 'x'), true);
    assert.equal(session.send('room', 'x', { selfDiscard: true }), true);
    assert.equal(session.send('room', 'x', { service: 'unreliable' }), true);
    assert.equal(session.send(['elsewhere', '#other#script'], 'x'), true);
  }
  // Nor does what others sent, or what was unreliable, count as back.
  assert.equal(session.send(['elsewhere', me], 'to oneself'), true);
  assert.equal(session.send('room', 'x'), true);
  assert.equal(session.send('room', 'x'), true);
  await back(3, 1);
  connection.send(message('room', 'of another'));
  await back(0);
  assert.equal(session.send('room', 'x'), false);
});

test('what comes back after a leave was asked for still counts; what is sent then does not', async (t) => {
  const { session, connection } = await windowed(t);
  for (let index = 0; index < 4; index += 1) {
    session.send('room', 'x');
  }
  const drained = session.drained();
  const leave = session.leave('room');
  assert.ok(await isPending(drained));
  connection.send(
    ...Array.from({ length: 4 }, () => message('room', 'back', { sender: session.privateGroup })),
    wire.selfLeave('room'),
  );
  await Promise.all([drained, leave]);
  for (let index = 0; index < 10; index += 1) {
    assert.equal(session.send('room', 'x'), true);
  }
});
