/** connect(): every form of address and option, what it rejects with, and that it never throws. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { SpreadDaemon, SpreadSession, connect } = require('..');
const { onLibspread } = require('./helpers/engine.js');
const { refusing, silent } = require('./helpers/nobody.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { daemonFor, unique } = require('./helpers/sessions.js');

/** Connects, says what came of it, and disconnects. */
async function tryOut(target) {
  const session = await connect(target);
  const { name, privateGroup, address, engine, state } = session;
  assert.ok(session instanceof SpreadSession);
  await session.disconnect();
  return { name, privateGroup, address, engine, state };
}

test('every form of address', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'a socket');
  const { port } = await daemonFor(t, { path: file });
  const forms = [
    `${port}@127.0.0.1`,
    `spread://127.0.0.1:${port}`,
    { host: '127.0.0.1', port },
    { port },
    [`${port}@127.0.0.1`],
    [await refusing(), { host: '127.0.0.1', port }],
    { address: `${port}@127.0.0.1` },
    { address: { host: 'localhost', port } },
    { address: [await refusing(), `${port}@localhost`] },
    { address: [{ host: '127.0.0.1', port }] },
    // The C library knows only sockets with a number for a name.
    ...(onLibspread ? [] : [{ path: file }, { address: { path: file } }]),
  ];
  for (const form of forms) {
    const { state, engine } = await tryOut(form);
    assert.deepEqual([state, engine], ['connected', onLibspread ? 'libspread' : 'native'], JSON.stringify(form));
  }
});

test('IPv6 literals in objects, with and without brackets', async (t) => {
  const daemon = await SpreadDaemon.start({ port: 0, host: '::1' }).catch((error) => error);
  if (daemon instanceof Error) {
    t.skip(`no IPv6 here: ${daemon.message}`);
    return;
  }
  t.after(() => daemon.stop());
  for (const host of ['::1', '[::1]']) {
    assert.equal((await tryOut({ host, port: daemon.port })).state, 'connected');
  }
});

test('the session knows its name, its private group and where it is', async (t) => {
  const { address } = await daemonFor(t, { name: 'alpha' });
  const name = unique();
  const session = await connect({ address, name });
  t.after(() => session.disconnect());
  assert.deepEqual([session.name, session.privateGroup], [name, `#${name}#alpha`]);
  assert.equal(session.address, `127.0.0.1:${address.split('@')[0]}`);
  assert.equal(session.daemonVersion, onLibspread ? undefined : '5.0.1');
  assert.equal(session.groups.size, 0);
  const nameless = await connect(address);
  assert.equal(nameless.privateGroup, `#${nameless.name}#alpha`);
  await nameless.disconnect();
  assert.equal(nameless.state, 'closed');
});

test('the connect request that the daemon gets', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  for (const membership of [true, false]) {
    const opened = connect({ address: daemon.address, name: 'me', membership, priority: 1 });
    const request = await (await daemon.connection()).accept();
    assert.deepEqual([request.name, request.membership], ['me', membership]);
    const session = await opened;
    t.after(() => session.disconnect());
  }
});

const WRONG = [
  ['ERR_INVALID_ARG_TYPE', [5, true, null, () => {}, Symbol('s')]],
  ['ERR_INVALID_ARG_TYPE', [{ address: 5 }, { address: [5] }, { address: null }, [null], { host: 1 }, { port: '1' }]],
  ['ERR_INVALID_ARG_VALUE', [[], { address: [] }, { host: 'h', path: '/p' }, { port: 1, path: '/p' }]],
  ['ERR_OUT_OF_RANGE', [{ port: 0 }, { port: 65_536 }, { host: 'h', port: 1.5 }]],
  ['ERR_INVALID_ARG_VALUE', [{ adress: 'x' }, { host: 'h', name: 'n' }, { address: { host: 'h', name: 'n' } }]],
  ['ERR_INVALID_ARG_TYPE', [{ name: 5 }, { name: null }, { membership: 1 }, { keepAlive: 'yes' }, { signal: {} }]],
  ['ERR_INVALID_ARG_TYPE', [{ timeout: '1' }, { priority: true }, { libspread: 1 }, { reconnect: 3 }]],
  ['ERR_OUT_OF_RANGE', [{ timeout: 0 }, { timeout: 2 ** 31 }, { priority: 3 }, { highWaterMark: 0 }]],
  ['ERR_OUT_OF_RANGE', [{ maxMessageBytes: 143_153 }, { maxMessageBytes: 31 }, { sendWindow: 0 }]],
  ['ERR_OUT_OF_RANGE', [{ maxReceiveQueueBytes: 1024 * 1024 - 1 }, { highWaterMark: 2, maxQueuedBytes: 1 }]],
  ['ERR_OUT_OF_RANGE', [{ pingInterval: 0 }, { pingInterval: 1, pingTimeout: 0 }, { reconnect: { attempts: 0 } }]],
  ['ERR_OUT_OF_RANGE', [{ reconnect: { minDelay: 2, maxDelay: 1 } }]],
  ['ERR_INVALID_ARG_VALUE', [{ pingTimeout: 5 }, { overflow: 'drop' }, { engine: 'other' }, { reconnect: { max: 1 } }]],
  ['ERR_SPREAD_ILLEGAL_NAME', [{ name: '' }, { name: 'a b' }, { name: 'ü' }, { name: 'elevenchars' }, { name: '#a' }]],
  ['ERR_SPREAD_ILLEGAL_ADDRESS', ['no address', '4803x', ['4803@h', 'x'], { host: 'a/b' }, { host: '' }]],
];

for (const [code, targets] of WRONG) {
  test(`rejects with ${code}: ${targets.map((target) => require('node:util').inspect(target)).join(' ')}`, async () => {
    for (const target of targets) {
      // A synchronous throw would be another kind of failure.
      const promise = connect(target);
      await assert.rejects(promise, { code }, `${String(target)}`);
    }
  });
}

test('two arguments are one too many: nobody’s options are silently lost', async () => {
  await assert.rejects(connect('4803', { name: 'me' }), { code: 'ERR_INVALID_ARG_TYPE', message: /second argument/ });
});

test('Spread’s own refusals', async (t) => {
  const { address } = await daemonFor(t, {});
  const first = await connect({ address, name: 'taken' });
  t.after(() => first.disconnect());
  await assert.rejects(connect({ address, name: 'taken' }), { code: 'ERR_SPREAD_REJECT_NOT_UNIQUE', spreadCode: -6 });
  await assert.rejects(connect(await refusing()), { code: 'ERR_SPREAD_COULD_NOT_CONNECT', spreadCode: -2 });
});

test('one deadline over all addresses', async (t) => {
  const address = [await silent(t), await silent(t), await silent(t)];
  await assert.rejects(connect({ address, timeout: 200 }), { code: 'ERR_SPREAD_TIMEOUT' });
});

test('an address that answers after one that keeps silent', async (t) => {
  const { address } = await daemonFor(t, {});
  const { state } = await tryOut({ address: [await silent(t), address], timeout: 2000 });
  assert.equal(state, 'connected');
});

test('an aborted signal rejects with its reason: before, in between, and not after', async (t) => {
  const reason = new Error('the reason');
  await assert.rejects(connect({ address: '4803@127.0.0.1', signal: AbortSignal.abort(reason) }), reason);
  await assert.rejects(connect({ signal: AbortSignal.abort() }), { name: 'AbortError' });

  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const controller = new AbortController();
  const rejected = assert.rejects(
    connect({ address: `${server.address().port}@127.0.0.1`, signal: controller.signal }),
    reason,
  );
  const [socket] = await once(server, 'connection');
  controller.abort(reason);
  await rejected;
  // The connection is given up, not left to time out.
  socket.resume();
  await once(socket, 'close');
  server.close();

  const { address } = await daemonFor(t, {});
  const late = new AbortController();
  const session = await connect({ address, signal: late.signal });
  t.after(() => session.disconnect());
  late.abort(reason);
  assert.equal(session.state, 'connected');
  assert.ok((await session.ping()) >= 0);
});

test('a session that did not come about holds nothing and reports nothing else', async () => {
  const warnings = [];
  const warned = (warning) => warnings.push(warning);
  process.on('warning', warned);
  await assert.rejects(connect(await refusing()));
  await new Promise(setImmediate);
  process.off('warning', warned);
  assert.deepEqual(warnings, []);
});

test('what comes with the end of the handshake is missed by nobody who listens after connect()', async (t) => {
  const { scriptedModern } = require('./helpers/modern.js');
  const { message } = require('./helpers/scripted-session.js');
  const { session } = await scriptedModern(t, { rest: (me) => message(me, 'early') });
  const [heard] = await once(session, 'message');
  assert.equal(String(heard.data), 'early');
});
