/** Test frameworks and old libraries: faked clocks, other realms, extended prototypes. None of them stops a session. */

const assert = require('node:assert/strict');
const { errorMonitor, once } = require('node:events');
const { test } = require('node:test');
const vm = require('node:vm');
const SpreadSession = require('..');
const { run } = require('./helpers/child.js');
const { openModern, scriptedModern } = require('./helpers/modern.js');
const { closed, daemonFor, unique } = require('./helpers/sessions.js');
const { inRealm } = require('./helpers/realm.js');

const { SpreadDaemon, connect } = SpreadSession;

test('every clock, timer and global that a framework fakes', async (t) => {
  const { exit, lines } = run(t, 'faked.js', []);
  const { code, errors } = await exit;
  assert.deepEqual([code, errors], [0, '']);
  assert.deepEqual(lines.entries.slice(0, -1), ['heard 20000', 'refused', 'came back']);
});

test('a realm without any of Node’s globals', async (t) => {
  const there = inRealm();
  assert.notEqual(there.SpreadDaemon, SpreadDaemon);
  const daemon = await there.SpreadDaemon.start({ port: 0 });
  t.after(() => daemon.stop());
  const session = await there.connect({ address: daemon.address, signal: new AbortController().signal });
  const iterator = session.messages();
  const room = unique('r');
  const view = await session.join(room, { signal: new AbortController().signal });
  assert.deepEqual([...view.members], [session.privateGroup]);
  const payloads = ['text', Buffer.from('small'), new Uint8Array([1, 2]), Buffer.alloc(300, 1), Buffer.alloc(5000, 2)];
  for (const payload of payloads) {
    session.send(room, payload, { type: 7 });
    const { data, type } = (await iterator.next()).value;
    assert.ok(Buffer.isBuffer(data));
    assert.deepEqual([data, type], [Buffer.from(payload), 7]);
  }
  await session.ping();
  await assert.rejects(session.join('a bad group'), { code: 'ERR_SPREAD_ILLEGAL_GROUP' });
  const refused = new Promise((resolve) => {
    const classic = new there.SpreadSession(daemon.address, '', () => {
      classic.onError = (_, error) => resolve(error);
      classic.send('a bad group', 'x');
    });
    t.after(() => classic.disconnect());
  });
  assert.equal((await refused).code, 'ERR_SPREAD_ILLEGAL_GROUP');
  await session.disconnect();
});

/** The warnings of the process, for as long as the test lasts. */
function warnings(t) {
  const heard = [];
  const hear = (warning) => heard.push(warning);
  process.on('warning', hear);
  t.after(() => process.off('warning', hear));
  return heard;
}

for (const [where, load] of Object.entries({ 'this realm': () => SpreadSession, another: inRealm })) {
  test(`a loss that nobody listens to is one warning, and errorMonitor hears it: ${where}`, async (t) => {
    const there = load();
    const daemon = await there.SpreadDaemon.start({ port: 0 });
    const session = await there.connect(daemon.address);
    const heard = warnings(t);
    const monitored = [];
    session.on(errorMonitor, (error) => monitored.push(error));
    const warned = once(process, 'warning');
    const over = closed(session);
    await daemon.stop();
    await Promise.all([over, warned]);
    const code = 'ERR_SPREAD_CONNECTION_CLOSED';
    assert.deepEqual(
      heard.map((warning) => [warning instanceof Error, warning.name, warning.code, warning.message]),
      [[true, 'SpreadError', code, monitored[0].message]],
    );
    assert.deepEqual([monitored.length, monitored[0].code], [1, code]);
    assert.ok(monitored[0] instanceof there.SpreadError);
  });
}

test('one that somebody listens to is no warning, and the monitor hears what listeners of errors do', async (t) => {
  const heard = warnings(t);
  const told = { disconnect: 0, error: 1, [errorMonitor]: 1 };
  const counts = { disconnect: 0, error: 0, [errorMonitor]: 0 };
  const daemon = await SpreadDaemon.start({ port: 0 });
  const session = await connect(daemon.address);
  for (const event of ['error', errorMonitor]) {
    session.on(event, () => {
      counts[event] += 1;
    });
  }
  const over = closed(session);
  await daemon.stop();
  await over;
  // A warning would come in the next tick.
  await new Promise(setImmediate);
  assert.deepEqual([counts, heard], [told, []]);
});

test('objects and arrays of another realm, and proxies of them', async (t) => {
  const { address } = await daemonFor(t);
  const there = (text) => vm.runInNewContext(`(${text})`, { address });
  const session = await openModern(t, there('[address]'), {});
  await session.disconnect();
  for (const wrap of [(value) => value, (value) => new Proxy(value, {})]) {
    const other = await connect(wrap(there('{ address, reconnect: { attempts: 1 }, keepAlive: false }')));
    const heard = once(other, 'message');
    const groups = there(`['${other.privateGroup}']`);
    other.send(wrap(groups), there('new Uint8Array([1, 2])'), wrap(there('{ type: 3, service: "fifo" }')));
    const [{ data, type, service }] = await heard;
    assert.deepEqual([data, type, service], [Buffer.from([1, 2]), 3, 'fifo']);
    await other.disconnect();
  }
});

/** The test with this on Object.prototype, which goes afterwards. */
function extended(name, descriptor, body) {
  return async (t) => {
    Object.defineProperty(Object.prototype, name, {
      __proto__: null,
      configurable: true,
      writable: true,
      ...descriptor,
    });
    try {
      await body(t);
    } finally {
      delete Object.prototype[name];
    }
  };
}

/** Calls of every kind, with no option at all and with some. */
async function callAll() {
  const daemon = await SpreadDaemon.start({ port: 0 });
  const { address } = daemon;
  await (await connect(address)).disconnect();
  await (await connect({ address: [address] })).disconnect({});
  await (await connect({ host: '127.0.0.1', port: daemon.port })).disconnect();
  const session = await connect({ address, reconnect: { attempts: 1 } });
  await session.join('room');
  const heard = once(session, 'message');
  session.send('room', 'x', { type: 1 });
  const [{ type, service, data }] = await heard;
  assert.deepEqual([type, service, String(data)], [1, 'agreed', 'x']);
  const iterator = session.messages();
  session.send('room', 'y', {});
  assert.equal(String((await iterator.next()).value.data), 'y');
  await iterator.return();
  await session.ping({});
  const classic = await new Promise((resolve, reject) => new SpreadSession(address, '', resolve, reject));
  await classic.join('room');
  await classic.disconnect();
  await session.leave('room');
  await session.disconnect();
  await daemon.stop();
}

const EXTENSIONS = {
  sum: { value() {}, enumerable: true },
  get: { value() {} },
  set: { value() {} },
  value: { value: 5, enumerable: true },
  // Names of options, with values that those have not.
  signal: { value: 'no signal', enumerable: true },
  type: { value: 'no number' },
  service: { value: 'none', enumerable: true },
  group: { value: 5 },
  name: { value: 5 },
  host: { value: 5, enumerable: true },
  path: { value: 5, enumerable: true },
  auth: { value: 5 },
  reconnect: { value: 5 },
  allowIp: { value: 5 },
  maxGroups: { value: -1, enumerable: true },
};

for (const [name, descriptor] of Object.entries(EXTENSIONS)) {
  test(`Object.prototype.${name}`, extended(name, descriptor, callAll));
}

test('options are the object’s own', async (t) => {
  const { session, connection } = await scriptedModern(t);
  session.send('room', 'x', Object.create({ type: 5, unknown: 1 }));
  assert.equal((await connection.next()).messType, 0);
  assert.throws(() => session.send('room', 'x', { unknown: 1 }), { code: 'ERR_INVALID_ARG_VALUE' });
});

test('the package is loaded where Object.prototype is extended already', async () => {
  for (const name of ['get', 'set', 'value', 'writable']) {
    await extended(name, { value() {}, enumerable: true }, () => {
      const { SpreadSession } = inRealm({});
      assert.equal(SpreadSession.SAFE_MESS, 32);
    })();
  }
});
