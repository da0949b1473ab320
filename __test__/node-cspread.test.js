/** node-cspread's interface, form by form: what its users wrote runs as they wrote it. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { inspect } = require('node:util');
const SpreadSession = require('..');
const { run } = require('./helpers/child.js');
const { onLibspread } = require('./helpers/engine.js');
const { Log, record } = require('./helpers/log.js');
const { openModern } = require('./helpers/modern.js');
const { refusing } = require('./helpers/nobody.js');
const { joined, message, scripted } = require('./helpers/scripted-session.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { begin, closed, daemonFor, open, unique } = require('./helpers/sessions.js');
const wire = require('./helpers/wire.js');

const { SAFE_MESS, SELF_DISCARD } = SpreadSession;

const HANDLERS = [
  'dataHandler',
  'memberJoinedGroup',
  'memberLeftGroup',
  'leaveCausedByNetwork',
  'leaveCausedByDisconnect',
  'onFailedToConnect',
  'onDisconnect',
  'onError',
];

/** Every way to call the constructor, as a function of its arguments. */
const WAYS = {
  'with new': (...args) => new SpreadSession(...args),
  // biome-ignore lint/complexity/useArrowFunction: it is called as users of node-cspread call it.
  'without new': function (...args) {
    return SpreadSession(...args);
  },
};

/** What may stand between the name and `success`: nothing, or anything that is no function. */
const FLAGS = [[], ...[1, true, 'x', {}, [], -1, 0, false, '', null, undefined, Number.NaN].map((flag) => [flag])];

function shown([flag]) {
  return typeof flag === 'number' ? String(flag) : (JSON.stringify(flag) ?? String(flag));
}

for (const [way, make] of Object.entries(WAYS)) {
  for (const flag of FLAGS) {
    const how = `${way}, ${4 + flag.length} arguments${flag.length ? ` (${shown(flag)})` : ''}`;
    test(`success is called with the session, also as this: ${how}`, async (t) => {
      const daemon = await ScriptedDaemon.listen();
      t.after(() => daemon.close());
      const failures = [];
      let session;
      const called = new Promise((resolve) => {
        function success(...args) {
          resolve({ self: this, args });
        }
        session = make(daemon.address, 'me', ...flag, success, (text) => failures.push(text));
      });
      assert.ok(session instanceof SpreadSession);
      assert.equal(session.state, 'connecting');
      const request = await (await daemon.connection()).accept();
      assert.equal(request.membership, flag.length === 0 || Boolean(flag[0]));
      assert.equal(request.name, 'me');
      const { self, args } = await called;
      assert.equal(self, session);
      assert.equal(args.length, 1);
      assert.equal(args[0], session);
      assert.equal(session.state, 'connected');
      assert.equal(session.privateGroup, '#me#script');
      assert.equal(session.daemonVersion, onLibspread ? undefined : '5.0.1');
      assert.deepEqual(failures, []);
    });

    test(`failure is called with text and error, also with the session as this: ${how}`, async () => {
      const address = await refusing();
      let session;
      const { self, args } = await new Promise((resolve) => {
        function failure(...given) {
          resolve({ self: this, args: given });
        }
        session = make(address, 'me', ...flag, () => assert.fail('it connected'), failure);
      });
      assert.equal(self, session);
      assert.equal(args.length, 2);
      assert.equal(args[0], args[1].message);
      assert.equal(args[1].code, 'ERR_SPREAD_COULD_NOT_CONNECT');
    });
  }

  test(`the argument after a success without a flag is failure, and further ones are ignored: ${way}`, async () => {
    const address = await refusing();
    await new Promise((resolve) => {
      make(
        address,
        'me',
        () => assert.fail('it connected'),
        resolve,
        () => assert.fail('a fifth'),
      );
    });
  });
}

test('of four arguments the third may be a success that was left open', async (t) => {
  const address = await refusing();
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  for (const nothing of [null, undefined]) {
    const error = await new Promise((resolve) =>
      SpreadSession(address, 'me', nothing, (_text, failure) => resolve(failure)),
    );
    assert.equal(error.code, 'ERR_SPREAD_COULD_NOT_CONNECT');
    SpreadSession(daemon.address, 'me', nothing, () => assert.fail('it failed'));
    const connection = await daemon.connection();
    assert.equal((await connection.accept()).membership, true);
    connection.socket.end();
  }
});

test('a flag without failure, without any callback, and nothing but the address', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  for (const [args, membership] of [
    [['me', 1, () => {}], true],
    [['me', 0, null, null], false],
    [['me', 1], true],
    [['me'], true],
    [[], true],
  ]) {
    SpreadSession(daemon.address, ...args);
    const connection = await daemon.connection();
    assert.equal((await connection.accept()).membership, membership, `${args.length} more arguments`);
    connection.socket.end();
  }
});

test('a name may be a number', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  for (const [given, name] of [
    [7, '7'],
    [0, '0'],
    [-1.5, '-1.5'],
  ]) {
    const { session, opened } = begin(daemon.address, given);
    const connection = await daemon.connection();
    assert.equal((await connection.accept()).name, name);
    await opened;
    assert.equal(session.name, name);
    connection.socket.end();
    await closed(session);
  }
});

test('an address may be a number: its digits', async () => {
  const [, error] = await new Promise((resolve) => {
    SpreadSession(
      70_000,
      'me',
      1,
      () => assert.fail('it connected'),
      (...args) => resolve(args),
    );
  });
  const [, same] = await new Promise((resolve) => {
    SpreadSession(
      '70000',
      'me',
      1,
      () => assert.fail('it connected'),
      (...args) => resolve(args),
    );
  });
  assert.equal(error.code, 'ERR_SPREAD_ILLEGAL_ADDRESS');
  assert.equal(error.message, same.message);
});

/** Every form of multicast(), as [arguments, what leaves: type, groups, payload]. */
const VIEW = new Uint16Array([0x4141, 0x4242]);
const MULTICASTS = [
  [
    [SAFE_MESS, 'room', 'text'],
    [32, ['room'], 'text'],
  ],
  [
    [SAFE_MESS | SELF_DISCARD, 'room', 'text'],
    [96, ['room'], 'text'],
  ],
  // README's form, and its flag by truth.
  ...[SELF_DISCARD, true, 1, 'x', {}, [], Symbol('s'), () => {}].map((flag) => [
    [SAFE_MESS, flag, 'room', 'text'],
    [96, ['room'], 'text'],
  ]),
  ...[0, false, '', null, undefined, Number.NaN].map((flag) => [
    [SAFE_MESS, flag, 'room', 'text'],
    [32, ['room'], 'text'],
  ]),
  // A fifth argument was never looked at.
  [
    [SAFE_MESS, 0, 'room', 'text', 'more'],
    [32, ['room'], 'text'],
  ],
  // Services in digits.
  ...['32', ' 32 ', '0x20', '32.0', '3.2e1'].map((service) => [
    [service, 'room', 'text'],
    [32, ['room'], 'text'],
  ]),
  [
    ['16', SELF_DISCARD, 'room', 'text'],
    [80, ['room'], 'text'],
  ],
  [
    ['80', 'room', 'text'],
    [80, ['room'], 'text'],
  ],
  // Groups.
  [
    [SAFE_MESS, 7, 'text'],
    [32, ['7'], 'text'],
  ],
  [
    [SAFE_MESS, 0, 7, 'text'],
    [32, ['7'], 'text'],
  ],
  [
    [SAFE_MESS, ['a', 7, 0], 'text'],
    [32, ['a', '7', '0'], 'text'],
  ],
  // Payloads: views are bytes, everything else is its text.
  ...[
    [Buffer.from('bytes'), 'bytes'],
    [VIEW, Buffer.from(VIEW.buffer).toString('latin1')],
    [new DataView(VIEW.buffer, 2), 'BB'],
    [1.5, '1.5'],
    [-0, '0'],
    [12n, '12'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [{}, '[object Object]'],
    [{ toString: () => 'its own' }, 'its own'],
    [['a', ['b', 3]], 'a,b,3'],
    [[], ''],
    [new Date(Number.NaN), 'Invalid Date'],
    [new URL('spread://host:4803/'), 'spread://host:4803/'],
    [new String('boxed'), 'boxed'],
    [new Error('text'), 'Error: text'],
    [new ArrayBuffer(8), '[object ArrayBuffer]'],
    ['Zürich 😀', Buffer.from('Zürich 😀').toString('latin1')],
    ['', ''],
  ].flatMap(([data, bytes]) => [
    [
      [SAFE_MESS, 'room', data],
      [32, ['room'], bytes],
    ],
    [
      [SAFE_MESS, SELF_DISCARD, 'room', data],
      [96, ['room'], bytes],
    ],
  ]),
  // A payload that was left out was undefined there, and sent as such.
  [
    [SAFE_MESS, 'room'],
    [32, ['room'], 'undefined'],
  ],
];

test('every form of multicast()', async (t) => {
  const { session, connection } = await scripted(t);
  const log = record(session);
  for (const [args, [type, groups, bytes]] of MULTICASTS) {
    assert.equal(session.multicast(...args), true);
    const sent = await connection.next();
    assert.deepEqual(
      [sent.type, sent.groups, sent.body.toString('latin1'), sent.messType],
      [type, groups, bytes, 0],
      `${args.length} arguments: ${args.map((arg) => typeof arg)}`,
    );
  }
  assert.deepEqual(log.entries, []);
});

test('what the text of a payload throws is thrown, and the session lives', async (t) => {
  const { session, connection } = await scripted(t);
  const throwing = {
    toString() {
      throw new Error('no text');
    },
  };
  assert.throws(() => session.multicast(SAFE_MESS, 'room', throwing), { message: 'no text' });
  assert.throws(() => session.multicast(SAFE_MESS, 'room', Object.create(null)), { name: 'TypeError' });
  // A text with half a character is refused like any other string that is none.
  assert.throws(() => session.multicast(SAFE_MESS, 'room', ['\ud800']), { code: 'ERR_INVALID_ARG_VALUE' });
  session.multicast(SAFE_MESS, 'room', 'alive');
  assert.equal(String((await connection.next()).body), 'alive');
});

test('join() and leave() take numbers, and look at no second argument', async (t) => {
  const { session, connection, me } = await scripted(t);
  const join = session.join(7, 'more');
  const asked = await connection.next();
  assert.deepEqual([asked.type, asked.groups], [0x10000, ['7']]);
  connection.send(joined('7', [me], me));
  assert.equal((await join).group, '7');
  const leave = session.leave(7, () => {});
  const left = await connection.next();
  assert.deepEqual([left.type, left.groups], [0x20000, ['7']]);
  connection.send(wire.selfLeave('7'));
  await leave;
});

test('mbox is -1 unless the session is connected, and another number for each', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const seen = new Map();
  for (const name of ['one', 'two']) {
    let session;
    const inSuccess = new Promise((resolve) => {
      session = SpreadSession(daemon.address, name, 1, ({ mbox }) => resolve(mbox));
    });
    const log = new Log();
    session.onDisconnect = function () {
      log.push(this.mbox);
    };
    assert.equal(session.mbox, -1);
    const connection = await daemon.connection();
    await connection.accept();
    assert.equal(await inSuccess, session.mbox);
    assert.ok(Number.isInteger(session.mbox) && session.mbox >= 0, `${session.mbox}`);
    seen.set(session.mbox, { session, connection, log });
  }
  assert.equal(seen.size, 2);
  for (const { session, connection, log } of seen.values()) {
    connection.socket.end();
    await closed(session);
    assert.deepEqual(log.entries, [-1], 'no connection any more when the loss is reported');
    assert.equal(session.mbox, -1);
  }
});

test('mbox of a session that ends itself, and of one of connect()', async (t) => {
  const { address } = await daemonFor(t, {});
  for (const session of [await open(address), await openModern(t, address)]) {
    assert.ok(session.mbox >= 0);
    const over = session.disconnect();
    assert.equal(session.mbox, -1);
    await over;
    assert.equal(session.mbox, -1);
  }
});

test('a handler that is unset can be read, called, put back and hidden', async (t) => {
  const { session, connection, me } = await scripted(t);
  for (const name of HANDLERS) {
    const old = session[name];
    assert.equal(typeof old, 'function', name);
    assert.equal(old('room', '#a#script', 'text'), undefined, name);
    assert.equal(session[name]('room', '#a#script', 'text'), undefined, name);
    for (const nothing of [null, undefined]) {
      session[name] = nothing;
      assert.equal(session[name], nothing);
    }
    session[name] = old;
    assert.equal(session[name], old);
    assert.equal(delete session[name], true);
    assert.equal(typeof session[name], 'function', name);
    assert.deepEqual(
      Object.keys(session).filter((key) => HANDLERS.includes(key)),
      [],
    );
  }
  // The old one goes on being called from within a new one, as node-cspread's users chain them.
  const log = new Log();
  const old = session.dataHandler;
  session.dataHandler = (group, from, data) => {
    old(group, from, data);
    log.push([group, from, data]);
  };
  connection.send(message(me, 'text'));
  await log.count(1);
  assert.deepEqual(log.entries, [[me, '#peer#script', 'text']]);
});

test('each of the eight handlers is called as node-cspread called it', async (t) => {
  const { session, connection, me } = await scripted(t, { groups: ['room'] });
  const log = record(session);
  connection.send(
    joined('room', [me], me),
    joined('room', [me, '#a#script'], '#a#script'),
    wire.view({ group: 'room', cause: 'leave', members: [me], changed: '#a#script' }),
    joined('room', [me, '#b#script', '#c#script'], '#b#script'),
    wire.view({ group: 'room', cause: 'disconnect', members: [me, '#c#script'], changed: '#b#script' }),
    wire.view({ group: 'room', cause: 'network', members: [me], changed: me, sets: [[me]] }),
    message('room', 'text'),
  );
  await log.count(1, ([what]) => what === 'data');
  session.multicast(0, 'room', 'refused');
  await log.count(1, ([what]) => what === 'onError');
  connection.socket.end();
  await closed(session);
  const failing = new SpreadSession(await refusing());
  record(failing, log);
  await closed(failing);
  const heard = log.entries
    .filter(([what]) => what !== 'close')
    .map(([what, ...args]) =>
      what.startsWith('on') ? [what, args.length, args[0] === args[1].message] : [what, ...args],
    );
  assert.deepEqual(heard, [
    ['memberJoinedGroup', 'room', me],
    ['memberJoinedGroup', 'room', '#a#script'],
    ['memberLeftGroup', 'room', '#a#script'],
    ['memberJoinedGroup', 'room', '#b#script'],
    ['leaveCausedByDisconnect', 'room', '#b#script'],
    ['leaveCausedByNetwork', 'room', '#c#script'],
    ['data', 'room', '#peer#script', 'text'],
    ['onError', 2, true],
    ['onDisconnect', 2, true],
    ['onFailedToConnect', 2, true],
  ]);
});

test('its own example: the constructor without new and with 1, handlers in success, JSON as it comes', async (t) => {
  const { address } = await daemonFor(t);
  const [odd, even] = [unique('o'), unique('e')];
  const log = new Log();
  const sessions = [];
  t.after(() => Promise.all(sessions.map((session) => session.disconnect())));

  function member(own, other, first) {
    return (session) => {
      session.join(own);
      session.dataHandler = (group, sender, data) => {
        log.push([group, sender, JSON.parse(data).message]);
      };
      session.memberJoinedGroup = (group, joining) => {
        if (joining === session.privateGroup) {
          log.push(['joined', group]);
        }
      };
      session.tell = () => {
        for (let count = first; count < 20; count += 2) {
          const data = JSON.stringify({ message: count });
          if (count % 4 < 2) {
            session.multicast(session.SAFE_MESS | session.SELF_DISCARD, other, data);
          } else {
            session.multicast(session.SAFE_MESS, session.SELF_DISCARD, other, data);
          }
        }
      };
    };
  }

  function failed(text) {
    assert.fail(text);
  }

  sessions.push(SpreadSession(address, unique('p'), 1, member(odd, even, 0), failed));
  sessions.push(SpreadSession(address, unique('p'), 1, member(even, odd, 1), failed));
  await log.count(2, ([what]) => what === 'joined');
  for (const session of sessions) {
    session.tell();
  }
  await log.count(20, ([what]) => what !== 'joined');
  for (const [group, first, sender] of [
    [even, 0, sessions[0]],
    [odd, 1, sessions[1]],
  ]) {
    const numbers = Array.from({ length: 10 }, (_, index) => [group, sender.privateGroup, first + 2 * index]);
    assert.deepEqual(
      log.entries.filter(([to]) => to === group),
      numbers,
    );
  }
});

/** Returns the output of a process that sets no handler: see the fixture. */
async function printed(t, value) {
  const { address } = await daemonFor(t, {});
  const { exit, lines } = run(t, 'unset-handlers.js', [address, await refusing()], {
    env: { CSPREAD_CLASSIC_LOG: value },
  });
  const { code, errors } = await exit;
  assert.equal(code, 0, errors);
  return { errors, output: lines.entries.filter((line) => line !== undefined) };
}

test('unset handlers print nothing', async (t) => {
  for (const value of [undefined, '', '0']) {
    assert.deepEqual(await printed(t, value), { errors: '', output: ['done'] });
  }
});

test('unset handlers print a line each with CSPREAD_CLASSIC_LOG=1, on standard error', async (t) => {
  const { errors, output } = await printed(t, '1');
  assert.deepEqual(output, ['done']);
  const [failed, ...lines] = errors.trimEnd().split('\n');
  assert.match(failed, /^cspread: not connected: .+/);
  const refused = lines.pop();
  assert.match(refused, /^cspread: refused: .+/);
  assert.deepEqual(lines, [
    'cspread: #me#localhost has joined room',
    'cspread: #other#localhost has joined room',
    `cspread: #other#localhost says to room: ${inspect('two\nlines and \x1b[31mred')}`,
    'cspread: #other#localhost says to room: <Buffer 00 ff>',
    'cspread: #other#localhost has left room',
    'cspread: #other#localhost has joined room',
    'cspread: #other#localhost of room has disconnected',
    'cspread: called by the program of room was cut off by the network',
    'cspread: the connection is lost: called by the program',
  ]);
});
