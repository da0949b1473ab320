/** Ways in which connecting fails: each is reported once, with its code, within its time. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { run } = require('./helpers/child.js');
const { onLibspread, said } = require('./helpers/engine.js');
const { record } = require('./helpers/log.js');
const { blackhole, hangingLookups, refusing, silent } = require('./helpers/nobody.js');
const { begin, daemonFor, open } = require('./helpers/sessions.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');

/** Opens a session that fails, and checks that nothing else is reported. */
async function fails(address, expected, name) {
  const { session, opened } = begin(address, name);
  const log = record(session);
  const [text, error] = await opened.then(
    () => assert.fail(`'${address}' was connected to`),
    (reason) => [reason.message, reason],
  );
  await log.find(([what]) => what === 'close');
  assert.deepEqual(log.entries, [['onFailedToConnect', text, error], ['close']], 'told once, then closed');
  assert.equal(session.state, 'closed');
  assert.equal(error.name, 'SpreadError');
  const { pattern, ...fields } = expected;
  for (const [field, value] of Object.entries(fields)) {
    assert.equal(error[field], value, `${field} of ${error.message}`);
  }
  assert.match(error.message, pattern);
}

const ILLEGAL = { code: 'ERR_SPREAD_ILLEGAL_ADDRESS', spreadCode: -1, spreadName: 'ILLEGAL_SPREAD' };

for (const address of [
  '4803@',
  '@host',
  'abc',
  '4803x',
  '0@127.0.0.1',
  '65536@127.0.0.1',
  '-1@127.0.0.1',
  '99999999999999999999@h',
  '4803@a@b',
  '4803@[::1',
  '4803@[localhost]',
  'spread://',
  'spread://h:x',
  'spread://::1',
  'http://h',
  '4803\0@h',
  '٤٨٠٣@h',
]) {
  test(`${JSON.stringify(address)} is no address`, () =>
    fails(address, { ...ILLEGAL, pattern: /is no daemon address/ }));
}

test('an address of any length is refused by its form, not by its length', () =>
  fails('x'.repeat(1e6), { ...ILLEGAL, pattern: /is no daemon address/ }));

test('a host without an address', () =>
  fails('4803@no.such.host.invalid', {
    code: 'ERR_SPREAD_HOST_NOT_FOUND',
    spreadCode: -1,
    spreadName: 'ILLEGAL_SPREAD',
    pattern: /no\.such\.host\.invalid/,
  }));

const REFUSED = { code: 'ERR_SPREAD_COULD_NOT_CONNECT', spreadCode: -2, spreadName: 'COULD_NOT_CONNECT' };

test('a port at which nobody listens', async () => {
  const address = await refusing();
  await fails(address, { ...REFUSED, pattern: said(new RegExp(`127\\.0\\.0\\.1:${address.split('@')[0]}`)) });
});

const noUnixSocket =
  (process.platform === 'win32' && 'Windows has none') || (onLibspread && 'libspread knows only those named /tmp/PORT');

test('a Unix socket that is not there', { skip: noUnixSocket }, () =>
  fails('/nowhere/spread.sock', { ...REFUSED, pattern: /\/nowhere\/spread\.sock/ }),
);

test('a name that is illegal is refused before anything is sent', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const expected = { code: 'ERR_SPREAD_ILLEGAL_NAME', spreadCode: -5, spreadName: 'REJECT_ILLEGAL_NAME' };
  for (const name of ['a blank', '#name', 'ümlaut', 'nul\0', '\u{1f600}', '\ud800']) {
    await fails(daemon.address, { ...expected, pattern: /private name/ }, name);
  }
});

/** Byte with which a daemon says no → code. */
const VERDICTS = [
  [-3, 'ERR_SPREAD_REJECT_QUOTA', 'REJECT_QUOTA'],
  [-4, 'ERR_SPREAD_REJECT_NO_NAME', 'REJECT_NO_NAME'],
  [-5, 'ERR_SPREAD_REJECT_ILLEGAL_NAME', 'REJECT_ILLEGAL_NAME'],
  [-6, 'ERR_SPREAD_REJECT_NOT_UNIQUE', 'REJECT_NOT_UNIQUE'],
  [-7, 'ERR_SPREAD_REJECT_VERSION', 'REJECT_VERSION'],
  [-9, 'ERR_SPREAD_REJECT_AUTH', 'REJECT_AUTH'],
];

for (const [spreadCode, code, spreadName] of VERDICTS) {
  for (const step of ['request', 'choice']) {
    test(`a daemon that answers the ${step} with ${spreadCode}`, async (t) => {
      const daemon = await ScriptedDaemon.listen();
      t.after(() => daemon.close());
      const failed = fails(daemon.address, { code, spreadCode, spreadName, pattern: new RegExp(`${spreadName}`) });
      const connection = await daemon.connection();
      await connection.request();
      if (step === 'choice') {
        connection.socket.write('\x05NULL ');
        await connection.read(90);
      }
      connection.socket.end(Buffer.from([spreadCode & 0xff]));
      await failed;
    });
  }
}

test('a daemon that wants an authentication we have not', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const failed = fails(daemon.address, { code: 'ERR_SPREAD_REJECT_AUTH', spreadCode: -9, pattern: said(/PWORD/) });
  const connection = await daemon.connection();
  connection.socket.write('\x06PWORD ');
  await failed;
});

test('a daemon that is older than version 3', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const failed = fails(daemon.address, { code: 'ERR_SPREAD_REJECT_VERSION', spreadCode: -7, pattern: said(/2\.9\.9/) });
  const connection = await daemon.connection();
  await connection.request();
  connection.socket.write('\x05NULL ');
  await connection.read(90);
  connection.socket.write(Buffer.from([1, 2, 9, 9, 5, ...Buffer.from('#a#bc')]));
  await failed;
});

// Each of these waits for the deadline of 5 s, so they run side by side.
test('deadlines', { concurrency: true }, async (t) => {
  const expected = { code: 'ERR_SPREAD_TIMEOUT', spreadCode: -8, spreadName: 'CONNECTION_CLOSED' };
  const [nobody, mute] = [await blackhole(t), await silent(t)];
  const half = await ScriptedDaemon.listen();
  t.after(() => half.close());
  await Promise.all([
    t.test('a port that neither accepts nor refuses', () =>
      fails(nobody, { ...expected, pattern: said(/connecting to/) }),
    ),
    t.test('a daemon that keeps silent', () => fails(mute, { ...expected, pattern: said(/silent in the handshake/) })),
    t.test('a daemon that stops in the middle', async () => {
      const failed = fails(half.address, { ...expected, pattern: said(/silent in the handshake/) });
      const connection = await half.connection();
      await connection.request();
      connection.socket.write('\x05NU');
      await failed;
    }),
    t.test('a look-up that hangs', async (t) => {
      const { env, reason } = hangingLookups(t);
      if (reason) {
        t.skip(reason);
        return;
      }
      const { exit, lines } = run(t, 'failing.js', ['4803@no-answer.invalid'], { env });
      const [line] = await lines.count(1);
      assert.match(line, said(/^ERR_SPREAD_TIMEOUT .*looking up 'no-answer.invalid'/));
      assert.match(line, /^ERR_SPREAD_TIMEOUT /);
      assert.deepEqual((await exit).code, 0);
    }),
  ]);
});

test('every form of address leads to the daemon', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const unix = noUnixSocket ? undefined : path.join(folder, 's.sock');
  const { port } = await daemonFor(t, { path: unix });
  const addresses = [
    `${port}@127.0.0.1`,
    `${port}@localhost`,
    ` ${port} @127.0.0.1 and more`,
    `spread://127.0.0.1:${port}`,
    `spread://localhost:${port}/`,
    ...(unix ? [unix] : []),
  ];
  if (Object.values(os.networkInterfaces()).some((list) => list.some(({ address }) => address === '::1'))) {
    addresses.push(`${port}@::1`, `${port}@[::1]`, `spread://[::1]:${port}`);
  } else {
    t.diagnostic('skipped: addresses of IPv6, which this machine has not');
  }
  for (const address of addresses) {
    const session = await open(address);
    assert.equal(session.state, 'connected', address);
    assert.match(session.address, unix && address === unix ? /s\.sock$/ : new RegExp(`:${port}$`));
    await session.disconnect();
  }
});

test('the daemon says no to one more session than it takes', async (t) => {
  const daemon = await daemonFor(t, { maxSessions: 2 });
  await open(daemon.address, { t });
  const second = await open(daemon.address);
  await fails(daemon.address, { code: 'ERR_SPREAD_REJECT_QUOTA', spreadCode: -3, pattern: /as many sessions/ });
  await second.disconnect();
  await open(daemon.address, { t });
});
