/** Wrong arguments to every public function: each says what was expected, and the session lives on. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const SpreadSession = require('..');
const { Log, record } = require('./helpers/log.js');
const { openModern, recordEvents } = require('./helpers/modern.js');
const { daemonFor, open } = require('./helpers/sessions.js');

const { SpreadDaemon, SpreadError, AGREED_MESS } = SpreadSession;

/** An object that throws at whatever is done to it. */
const hostile = new Proxy(function target() {}, {
  ...Object.fromEntries(
    ['get', 'set', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'apply', 'construct'].map((trap) => [
      trap,
      () => {
        throw new Error(`the trap ${trap}`);
      },
    ]),
  ),
});

function revoked() {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
}

function detached(view) {
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

const converts = {
  toString() {
    throw new Error('it was converted');
  },
};

const NUMBERS = [0, -0, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 31)];
const NO_STRINGS = [true, 1n, Symbol('s'), [], {}, () => {}, new Date(), hostile, converts, new String('boxed')];
const NOTHING = [undefined, null];

/** What makes no group and no groups, not even where a number does. */
const NO_GROUPS = [
  ...NOTHING,
  ...NO_STRINGS.filter((value) => !Array.isArray(value)),
  ['g', null],
  [['g']],
  [converts],
];

/** Every one of these is a type that the argument has not. */
const NOT = {
  string: [...NOTHING, ...NUMBERS, ...NO_STRINGS],
  callback: [...NUMBERS, 'text', 1n, Symbol('s'), {}, [], new Date()],
  groups: [...NO_GROUPS, ...NUMBERS, [1]],
  number: [...NOTHING, '16', true, 1n, Symbol('s'), [], {}, hostile, converts, new Number(16)],
  data: [
    ...NOTHING,
    ...NUMBERS,
    ...NO_STRINGS,
    new ArrayBuffer(8),
    new SharedArrayBuffer(8),
    ['gathered'],
    new Proxy(Buffer.from('x'), {}),
    { length: 1, 0: 65 },
  ],
  encoding: [undefined, ...NUMBERS, ...NO_STRINGS, '', 'utf-9', 'buffer', 'x'.repeat(1e6)],
};

const LONE = ['\ud800', 'a\udc00b', '\udc00\ud800'];

function wrongType(value, what) {
  return { what, value, name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' };
}

function wrongRange(value, what) {
  return { what, value, name: 'RangeError', code: 'ERR_OUT_OF_RANGE' };
}

function wrongValue(value, what) {
  return { what, value, name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' };
}

/**
 * Checks that the call throws (or its promise rejects) with this error, whose text names the argument and its legal
 * values.
 */
async function refused(act, { what, value, name, code }) {
  let error;
  try {
    await act(value);
  } catch (thrown) {
    error = thrown;
  }
  const of = `${what}: ${typeof value}`;
  assert.ok(error, `${of} was taken`);
  assert.equal(error.name, name, `${of}: ${error.stack}`);
  assert.equal(error.code, code, of);
  assert.match(error.message, new RegExp(`${what}.* (must be|is) `), of);
  assert.ok(error.message.length < 400, `${of}: a text of ${error.message.length}`);
}

test('the constructor', async (t) => {
  const { address } = await daemonFor(t);
  const fine = () => {};
  for (const make of [(...args) => new SpreadSession(...args), (...args) => SpreadSession(...args)]) {
    for (const value of NO_STRINGS) {
      await refused((given) => make(given, 'n', fine, fine), wrongType(value, 'address'));
      await refused((given) => make(address, given, fine, fine), wrongType(value, 'uniqueName'));
    }
    for (const value of NOT.callback) {
      await refused((given) => make(address, 'n', true, given, fine), wrongType(value, 'success'));
      await refused((given) => make(address, 'n', fine, given), wrongType(value, 'failure'));
      await refused((given) => make(address, 'n', true, fine, given), wrongType(value, 'failure'));
    }
  }
  assert.throws(() => SpreadSession.call({}, true), { name: 'TypeError' });
});

/** Returns the calls that check their arguments strictly on a session of connect(), as [call, what is wrong]. */
function strictly(session, me) {
  return [
    ...NOT.number.map((value) => [(it) => session.multicast(it, me, 'x'), wrongType(value, 'service')]),
    ...NOT.number.map((value) => [(it) => session.multicast(it, true, me, 'x'), wrongType(value, 'service')]),
    ...[...NOTHING, 0, 1, 'true', {}].map((value) => [
      (it) => session.multicast(AGREED_MESS, it, me, 'x'),
      wrongType(value, 'selfDiscard'),
    ]),
    ...NOT.groups
      .filter((value) => typeof value !== 'boolean')
      .map((value) => [(it) => session.multicast(AGREED_MESS, it, 'x'), wrongType(value, 'group')]),
    ...NOT.groups.map((value) => [(it) => session.multicast(AGREED_MESS, true, it, 'x'), wrongType(value, 'group')]),
    ...NOT.data.map((value) => [(it) => session.multicast(AGREED_MESS, me, it), wrongType(value, 'data')]),
    ...NOT.data.map((value) => [(it) => session.multicast(AGREED_MESS, true, me, it), wrongType(value, 'data')]),
    ...NOT.string.map((value) => [(it) => session.join(it), wrongType(value, 'group')]),
    ...NOT.string.map((value) => [(it) => session.leave(it), wrongType(value, 'group')]),
    [() => session.multicast(), wrongType(undefined, 'service')],
    [() => session.multicast(AGREED_MESS), wrongType(undefined, 'group')],
    [() => session.multicast(AGREED_MESS, me), wrongType(undefined, 'data')],
    [() => session.multicast(AGREED_MESS, true, me), wrongType(undefined, 'data')],
  ];
}

/** Returns what these calls refuse on a session of the constructor. */
function leniently(session, me) {
  const notNumber = NOT.number.filter((value) => value !== '16');
  const notString = NOT.string.filter((value) => typeof value !== 'number');
  return [
    ...[...notNumber, '', ' ', 'safe', '16 bits', 'NaN', '٣٢'].flatMap((value) => [
      [(it) => session.multicast(it, me, 'x'), wrongType(value, 'service')],
      [(it) => session.multicast(it, true, me, 'x'), wrongType(value, 'service')],
    ]),
    ...['-1', '1.5', 'Infinity', '4294967296'].map((value) => [
      (it) => session.multicast(it, me, 'x'),
      wrongRange(value, 'service'),
    ]),
    ...NO_GROUPS.flatMap((value) => [
      [(it) => session.multicast(AGREED_MESS, it, 'x'), wrongType(value, 'group')],
      [(it) => session.multicast(AGREED_MESS, true, it, 'x'), wrongType(value, 'group')],
    ]),
    [(it) => session.multicast(AGREED_MESS, me, it), wrongType(Symbol('s'), 'data')],
    [(it) => session.multicast(AGREED_MESS, true, me, it), wrongType(Symbol('s'), 'data')],
    ...notString.map((value) => [(it) => session.join(it), wrongType(value, 'group')]),
    ...notString.map((value) => [(it) => session.leave(it), wrongType(value, 'group')]),
    [() => session.multicast(), wrongType(undefined, 'service')],
    [() => session.multicast(AGREED_MESS), wrongType(undefined, 'group')],
  ];
}

/** Returns what both refuse. */
function always(session, me) {
  return [
    ...[-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 32, 2 ** 53].map((value) => [
      (it) => session.multicast(it, me, 'x'),
      wrongRange(value, 'service'),
    ]),
    ...LONE.map((value) => [(it) => session.multicast(AGREED_MESS, me, it), wrongValue(value, 'data')]),
    ...[
      detached(new Uint8Array(8)),
      detached(Buffer.from(new ArrayBuffer(8))),
      detached(new DataView(new ArrayBuffer(8))),
      detached(new Float64Array(2)),
    ].map((value) => [(it) => session.multicast(AGREED_MESS, me, it), wrongValue(value, 'data')]),
    ...NOT.encoding.map((value) => [(it) => session.setEncoding(it), wrongValue(value, 'encoding')]),
  ];
}

const KINDS = {
  'a session of the constructor': [(t, { address }) => open(address, { t }), leniently],
  'a session of connect()': [(t, { address }) => openModern(t, address), strictly],
};

for (const [kind, [opens, refuses]] of Object.entries(KINDS)) {
  test(`multicast, join, leave, setEncoding: ${kind}`, async (t) => {
    const session = await opens(t, await daemonFor(t));
    const me = session.privateGroup;
    const [told, log] = [record(session), recordEvents(session)];
    for (const [act, expected] of [...refuses(session, me), ...always(session, me)]) {
      await refused(act, expected);
    }
    // Nothing of all that was sent, onError was not called, and the session is as it was.
    session.multicast(AGREED_MESS, me, 'alive');
    const [[what, message]] = await log.count(1);
    assert.deepEqual([what, message.sender, String(message.data)], ['message', me, 'alive']);
    assert.deepEqual(told.entries, kind.endsWith('constructor') ? [['data', me, me, 'alive']] : []);
  });
}

test('what an argument’s own code throws is thrown on, and the session lives', async (t) => {
  const session = await open((await daemonFor(t)).address, { t });
  const log = record(session);
  const me = session.privateGroup;
  const getter = Object.defineProperty(['a'], 0, {
    get() {
      throw new Error('the getter');
    },
  });
  const iterator = Object.assign(['a'], {
    [Symbol.iterator]() {
      throw new Error('the iterator');
    },
  });
  const proxy = new Proxy(['a'], {
    get() {
      throw new Error('the trap');
    },
  });
  assert.throws(() => session.multicast(AGREED_MESS, getter, 'x'), { message: 'the getter' });
  assert.throws(() => session.multicast(AGREED_MESS, iterator, 'x'), { message: 'the iterator' });
  assert.throws(() => session.multicast(AGREED_MESS, proxy, 'x'), { message: 'the trap' });
  assert.throws(() => session.multicast(AGREED_MESS, revoked(), 'x'), { name: 'TypeError' });
  // An argument that ends the session while it is read: the call that is under way finds it ended.
  session.multicast(AGREED_MESS, me, 'alive');
  await log.count(1);
  const ending = Object.defineProperty([me], 0, {
    get() {
      session.disconnect();
      return me;
    },
  });
  assert.equal(session.multicast(AGREED_MESS, ending, 'x'), undefined);
  await log.find(([what]) => what === 'close');
  assert.deepEqual(
    log.entries.map(([what, , error]) => error?.code ?? what),
    ['data', 'ERR_SPREAD_NOT_CONNECTED', 'close'],
  );
});

test('a proxy of an array of groups, and an array without some, are read as arrays', async (t) => {
  const session = await open((await daemonFor(t)).address, { t });
  const log = record(session);
  const me = session.privateGroup;
  assert.equal(session.multicast(AGREED_MESS, new Proxy([me], {}), 'by proxy'), true);
  await log.count(1);
  // biome-ignore lint/suspicious/noSparseArray: that is what is tested.
  assert.throws(() => session.multicast(AGREED_MESS, [me, , 'g'], 'x'), { code: 'ERR_INVALID_ARG_TYPE' });
});

test('methods on what is no session', async () => {
  const modern = ['send', 'drained', 'ping', 'messages', 'deliveries', 'consume', 'pause', 'resume'];
  for (const method of [
    ...modern,
    'multicast',
    'join',
    'leave',
    'disconnect',
    'setEncoding',
    'ref',
    'unref',
    'stats',
  ]) {
    for (const self of [undefined, null, {}, 1, Object.create(SpreadSession.prototype)]) {
      let error;
      try {
        await SpreadSession.prototype[method].call(self, AGREED_MESS, 'g', 'x');
      } catch (thrown) {
        error = thrown;
      }
      assert.equal(error?.name, 'TypeError', `${method} of ${typeof self}`);
    }
  }
});

test('SpreadDaemon.start', async () => {
  const table = [
    ...[null, 1, 'text', true, 1n, Symbol('s'), [], () => {}, hostile].map((value) => [
      (it) => SpreadDaemon.start(it),
      wrongType(value, 'options'),
    ]),
    ...NOT.number
      .filter((value) => value !== undefined)
      .map((value) => [(it) => SpreadDaemon.start({ port: it }), wrongType(value, 'port')]),
    ...[-1, 65_536, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53].map((value) => [
      (it) => SpreadDaemon.start({ port: it }),
      { what: 'port', value, name: 'RangeError', code: 'ERR_OUT_OF_RANGE' },
    ]),
    ...['name', 'host', 'path'].flatMap((what) =>
      [...NUMBERS, ...NO_STRINGS].map((value) => [
        (it) => SpreadDaemon.start({ port: 0, [what]: it }),
        wrongType(value, what),
      ]),
    ),
    ...NOT.number
      .filter((value) => value !== undefined)
      .map((value) => [(it) => SpreadDaemon.start({ port: 0, mode: it }), wrongType(value, 'mode')]),
    ...[-1, 0o1000, 1.5, Number.NaN].map((value) => [
      (it) => SpreadDaemon.start({ port: 0, mode: it }),
      { what: 'mode', value, name: 'RangeError', code: 'ERR_OUT_OF_RANGE' },
    ]),
    ...[...NUMBERS, ...NO_STRINGS.filter((value) => typeof value !== 'boolean'), 'yes'].map((value) => [
      (it) => SpreadDaemon.start({ port: 0, strict: it }),
      wrongType(value, 'strict'),
    ]),
    ...['maxSessions', 'maxSessionMessages', 'maxSessionBytes', 'handshakeTimeout'].flatMap((what) => [
      ...NOT.number
        .filter((value) => value !== undefined && value !== null)
        .map((value) => [(it) => SpreadDaemon.start({ port: 0, [what]: it }), wrongType(value, what)]),
      ...[0, -1, 1.5, Number.NaN, 2 ** 60].map((value) => [
        (it) => SpreadDaemon.start({ port: 0, [what]: it }),
        { what, value, name: 'RangeError', code: 'ERR_OUT_OF_RANGE' },
      ]),
    ]),
  ];
  for (const [act, expected] of table) {
    await refused(act, expected);
  }
  for (const name of ['', 'a b', '#a', 'n'.repeat(20), 'ü']) {
    await assert.rejects(SpreadDaemon.start({ port: 0, name }), (error) => {
      assert.match(error.message, /daemon name/);
      return error instanceof SpreadError && /^ERR_SPREAD_/.test(error.code);
    });
  }
  for (const host of ['', 'localhost', '300.1.1.1', '203.0.113.1', '127.0.0.1:4803', '\0']) {
    await assert.rejects(SpreadDaemon.start({ port: 0, host }), { code: 'ERR_SPREAD_DAEMON' }, host);
  }
  for (const path of ['/no/such/folder/s.sock', `/${'long/'.repeat(100)}`, '/tmp/\0']) {
    await assert.rejects(SpreadDaemon.start({ port: 0, path }), { code: 'ERR_SPREAD_DAEMON' }, path);
  }
  await assert.rejects(SpreadDaemon.start({ port: 0, maxSesions: 5 }), {
    name: 'TypeError',
    code: 'ERR_INVALID_ARG_VALUE',
    message: /has no maxSesions: it takes name, host, port/,
  });
  assert.throws(() => new SpreadDaemon(), { name: 'TypeError' });
});

test('a port that is taken', async (t) => {
  const daemon = await daemonFor(t, {});
  await assert.rejects(SpreadDaemon.start({ port: daemon.port }), (error) => {
    assert.ok(error instanceof SpreadError);
    assert.equal(error.code, 'ERR_SPREAD_DAEMON');
    // Windows has other words for it.
    assert.match(error.message, /in use|os error 10048/);
    return true;
  });
  const log = new Log();
  const session = await open(daemon.address, { t, dataHandler: (...args) => log.push(args) });
  session.multicast(AGREED_MESS, session.privateGroup, 'the first daemon lives');
  await log.count(1);
});

test('a daemon that has stopped', async () => {
  const daemon = await SpreadDaemon.start({ port: 0 });
  await Promise.all([daemon.stop(), daemon.stop()]);
  await daemon.stop();
  assert.equal(typeof daemon.stats(), 'object');
  assert.equal(daemon.ref().unref(), daemon);
});
