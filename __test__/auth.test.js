/** Authentication methods: what they exchange with the daemon, and what comes of it. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { connect } = require('..');
const { pword } = require('../examples/pword.js');
const { onLibspread } = require('./helpers/engine.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { daemonFor } = require('./helpers/sessions.js');

const skip = onLibspread && 'the C library keeps its methods for the whole process';

const ACCEPT = Buffer.from([1, 5, 0, 1, 9, ...Buffer.from('#me#alpha')]);

function slots(...names) {
  return Buffer.concat(
    names.map((name) => Buffer.concat([Buffer.from(name)], 30)),
    90,
  );
}

/**
 * Starts a daemon that offers these methods, up to where the first one has its turn. `finish` ends what a test has
 * begun.
 */
async function offering(t, names, options) {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const opened = connect({ name: 'me', ...options, address: daemon.address });
  opened.catch(() => {});
  const connection = await daemon.connection();
  await connection.request();
  const list = names.map((name) => `${name} `).join('');
  connection.socket.write(Buffer.concat([Buffer.from([list.length]), Buffer.from(list)]));
  return { daemon, opened, connection };
}

/**
 * Reads exactly so many bytes, one by one: Node emits 'readable' for a new listener at once if bytes wait, so a reader
 * that left some there and listened for more would loop before more could arrive.
 */
async function exactly(stream, length) {
  const bytes = [];
  while (bytes.length < length) {
    const byte = stream.read(1);
    if (byte === null) {
      await once(stream, 'readable');
    } else {
      bytes.push(byte[0]);
    }
  }
  return Buffer.from(bytes);
}

test('IP, and NULL by name', { skip }, async (t) => {
  const { address } = await daemonFor(t, { allowIp: ['local'] });
  for (const auth of [['IP'], [{ name: 'IP' }], ['IP', 'IP']]) {
    const session = await connect({ address, auth });
    await session.disconnect();
  }
  await assert.rejects(connect({ address, auth: ['NULL'] }), { code: 'ERR_SPREAD_REJECT_AUTH' });
  const open = await daemonFor(t, {});
  const session = await connect({ address: open.address, auth: ['NULL'] });
  await session.disconnect();
});

test('the libspread engine refuses what it cannot do', async () => {
  for (const auth of [['IP'], [pword('a', 'b')], ['NULL', pword('a', 'b')]]) {
    await assert.rejects(connect({ engine: 'libspread', auth }), { code: 'ERR_SPREAD_UNSUPPORTED' });
  }
});

test('wrong arguments', async () => {
  for (const [code, ...lists] of [
    ['ERR_INVALID_ARG_TYPE', 'NULL', {}, [5], [null], [{ name: 5 }], [{ name: 'X', authenticate: 5 }], [{ name: 'X' }]],
    ['ERR_INVALID_ARG_TYPE', ['X'], [{}]],
    [
      'ERR_INVALID_ARG_VALUE',
      [],
      ['NULL', 'NULL', 'NULL'],
      [{ name: '' }],
      [{ name: 'a b' }],
      [{ name: 'x'.repeat(30) }],
    ],
    ['ERR_INVALID_ARG_VALUE', [{ name: 'NULL', auth: 1 }]],
  ]) {
    for (const auth of lists) {
      await assert.rejects(connect({ auth, engine: 'native' }), { code }, JSON.stringify(auth));
    }
  }
});

test('a method exchanges bytes with the daemon; what it leaves is the daemon’s verdict', { skip }, async (t) => {
  const seen = [];
  const { connection, opened } = await offering(t, ['NULL', 'TALK'], {
    auth: [
      {
        name: 'TALK',
        async authenticate(stream, { address }) {
          seen.push(address);
          stream.write('hello');
          seen.push(String(await exactly(stream, 4)));
          stream.write(Buffer.from('bye'));
          seen.push(String(await exactly(stream, 2)));
        },
      },
    ],
  });
  assert.deepEqual(await connection.read(90), slots('TALK'));
  assert.equal(String(await connection.read(5)), 'hello');
  connection.socket.write('wh');
  connection.socket.write('at');
  assert.equal(String(await connection.read(3)), 'bye');
  // In one write: the method's last bytes, the verdict, and the first message.
  const { message } = require('./helpers/scripted-session.js');
  connection.socket.write(Buffer.concat([Buffer.from('ok'), ACCEPT, message('#me#alpha', 'early')]));
  const session = await opened;
  t.after(() => session.disconnect());
  assert.equal(session.privateGroup, '#me#alpha');
  assert.equal(String((await once(session, 'message'))[0].data), 'early');
  assert.deepEqual(seen, [`127.0.0.1:${connection.socket.localPort}`, 'what', 'ok']);
  connection.socket.end();
});

test('the verdict that comes only after the method is done', { skip }, async (t) => {
  const { connection, opened } = await offering(t, ['QUICK'], { auth: [{ name: 'QUICK', authenticate() {} }] });
  await connection.read(90);
  await new Promise(setImmediate);
  connection.socket.write(ACCEPT);
  const session = await opened;
  t.after(() => session.disconnect());
  connection.socket.end();
});

test('two methods, one after the other', { skip }, async (t) => {
  const order = [];
  const method = (name) => ({
    name,
    async authenticate(stream) {
      order.push(`${name} ${await exactly(stream, 1)}`);
      stream.write(name);
    },
  });
  const { connection, opened } = await offering(t, ['A', 'B'], { auth: [method('A'), method('B')] });
  assert.deepEqual(await connection.read(90), slots('A', 'B'));
  // The second one's first byte comes together with the first one's.
  connection.socket.write('12');
  assert.equal(String(await connection.read(2)), 'AB');
  connection.socket.write(ACCEPT);
  const session = await opened;
  t.after(() => session.disconnect());
  assert.deepEqual(order, ['A 1', 'B 2']);
  connection.socket.end();
});

test('what a method throws is the cause; the next daemon is asked all the same', { skip }, async (t) => {
  const reason = new Error('no ticket');
  let calls = 0;
  const auth = [
    {
      name: 'X',
      async authenticate() {
        calls += 1;
        throw reason;
      },
    },
  ];
  const { opened, connection } = await offering(t, ['X'], { auth });
  await assert.rejects(opened, { code: 'ERR_SPREAD_REJECT_AUTH', cause: reason, message: /no ticket/ });
  assert.equal(calls, 1);
  // The connection is given up.
  await connection.read(90);
  assert.equal(await connection.read(1), undefined);

  const daemons = [await ScriptedDaemon.listen(), await ScriptedDaemon.listen()];
  t.after(() => Promise.all(daemons.map((daemon) => daemon.close())));
  const both = connect({ address: daemons.map(({ address }) => address), auth });
  both.catch(() => {});
  for (const daemon of daemons) {
    const next = await daemon.connection();
    await next.request();
    next.socket.write(Buffer.from('\x02X '));
  }
  await assert.rejects(both, { code: 'ERR_SPREAD_REJECT_AUTH', cause: reason });
  assert.equal(calls, 3);
});

test('a method that the daemon does not offer has no turn', { skip }, async (t) => {
  const auth = [{ name: 'X', authenticate: () => assert.fail('it was called') }];
  const { opened } = await offering(t, ['NULL'], { auth });
  await assert.rejects(opened, { code: 'ERR_SPREAD_REJECT_AUTH', message: /X/ });
});

test('a daemon that hangs up within the exchange, or refuses after it', { skip }, async (t) => {
  const auth = [{ name: 'X', authenticate: (stream) => exactly(stream, 1) }];
  const hanging = await offering(t, ['X'], { auth });
  await hanging.connection.read(90);
  hanging.connection.socket.end();
  await assert.rejects(hanging.opened, { code: 'ERR_SPREAD_CONNECTION_CLOSED' });
  const refusing = await offering(t, ['X'], { auth });
  await refusing.connection.read(90);
  refusing.connection.socket.end(Buffer.from([0, 0xf7]));
  await assert.rejects(refusing.opened, { code: 'ERR_SPREAD_REJECT_AUTH' });
});

test('a daemon that does not stop sending to a method', { skip }, async (t) => {
  const auth = [{ name: 'ECHO', authenticate: () => new Promise(() => {}) }];
  const { opened, connection } = await offering(t, ['ECHO'], { auth, timeout: 2 ** 31 - 1 });
  connection.socket.on('error', () => {});
  connection.socket.write(Buffer.alloc(4 * 1024 * 1024));
  await assert.rejects(opened, { code: 'ERR_SPREAD_PROTOCOL' });
});

test('the deadline and the signal end a method that waits for ever', { skip }, async (t) => {
  for (const how of ['timeout', 'signal']) {
    const controller = new AbortController();
    let closed;
    const auth = [
      {
        name: 'X',
        authenticate(stream) {
          closed = new Promise((resolve) => stream.once('close', resolve));
          controller.abort(how === 'signal' ? new Error('aborted') : undefined);
          return new Promise(() => {});
        },
      },
    ];
    const options = how === 'timeout' ? { timeout: 100 } : { signal: controller.signal };
    const { opened } = await offering(t, ['X'], { auth, ...options });
    await assert.rejects(opened, how === 'timeout' ? { code: 'ERR_SPREAD_TIMEOUT' } : { message: 'aborted' });
    await closed;
  }
});

test('a reconnect authenticates again', { skip }, async (t) => {
  let calls = 0;
  const auth = [
    {
      name: 'X',
      authenticate(stream) {
        calls += 1;
        stream.write(`${calls}`);
      },
    },
  ];
  const { opened, connection, daemon } = await offering(t, ['X'], { auth, reconnect: { minDelay: 1 } });
  await connection.read(91);
  connection.socket.write(ACCEPT);
  const session = await opened;
  t.after(() => session.disconnect());
  const back = once(session, 'reconnect');
  connection.socket.end();
  const next = await daemon.connection();
  await next.request();
  next.socket.write(Buffer.from('\x02X '));
  assert.equal(String((await next.read(91)).subarray(90)), '2');
  next.socket.write(ACCEPT);
  await back;
  next.socket.end();
});

test('PWORD: user and password, and a byte for an answer', { skip }, async (t) => {
  for (const [answer, code] of [
    [1, undefined],
    [0, 'ERR_SPREAD_REJECT_AUTH'],
  ]) {
    const { connection, opened } = await offering(t, ['PWORD'], { auth: [pword('ann', 'secret')] });
    assert.deepEqual(await connection.read(90), slots('PWORD'));
    assert.deepEqual(
      await connection.read(40),
      Buffer.concat([Buffer.concat([Buffer.from('ann')], 32), Buffer.from('secret\0\0')]),
    );
    connection.socket.write(Buffer.from([answer, ...(answer ? ACCEPT : [0xf7])]));
    if (code === undefined) {
      const session = await opened;
      connection.socket.end();
      await session.disconnect();
    } else {
      await assert.rejects(opened, { code });
    }
  }
  assert.throws(() => pword('ann', 'too long for it'), RangeError);
});

test('PWORD goes to no other machine in clear text without clearText: true', async () => {
  const written = [];
  const stream = { write: (bytes) => written.push(bytes), read: () => Buffer.from([1]) };
  for (const address of ['192.0.2.1:4803', '[2001:db8::1]:4803', 'localhost.example:4803', '127.0.0.1.example:4803']) {
    await assert.rejects(pword('ann', 'secret').authenticate(stream, { address }), /clear text/);
    assert.deepEqual(written, []);
    const warned = once(process, 'warning');
    await pword('ann', 'secret', { clearText: true }).authenticate(stream, { address });
    assert.equal((await warned)[0].name, 'SpreadPasswordWarning');
    assert.equal(written.pop().length, 40);
  }
  for (const address of ['127.0.0.1:4803', '127.9.9.9:1', '[::1]:4803', '/tmp/4803']) {
    await pword('ann', 'secret').authenticate(stream, { address });
  }
});
