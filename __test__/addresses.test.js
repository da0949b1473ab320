/** Addresses that are seldom written: whole socket paths, zones, names beyond ASCII, and those of other programs. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { SpreadDaemon, connect } = require('..');
const { cspread } = require('./helpers/command.js');
const { onLibspread } = require('./helpers/engine.js');
const { begin, daemonFor } = require('./helpers/sessions.js');

/** The interface of ::1, which is its zone. */
const [LOOPBACK] =
  Object.entries(os.networkInterfaces()).find(([, list]) => list.some(({ address }) => address === '::1')) ?? [];

const noPaths =
  (process.platform === 'win32' && 'Windows has none') || (onLibspread && 'libspread knows only those named /tmp/PORT');

/** Both interfaces connect; `address` is a text for both of them. */
async function leadsTo(address, given = address) {
  const session = await connect(given);
  await session.disconnect();
  if (typeof given === 'string') {
    const classic = await begin(address).opened;
    assert.equal(classic.address, session.address);
    await classic.disconnect();
  }
  return session.address;
}

/** Neither does, and both say the same. */
async function refused(address, expected) {
  await assert.rejects(connect(address), expected, JSON.stringify(address));
  if (typeof address === 'string') {
    await assert.rejects(begin(address).opened, expected, JSON.stringify(address));
  }
}

function folderFor(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

const NAMES = [
  'a blank',
  ' one in front, two  within, and one behind ',
  'straße über 漢字 😀',
  'per%20cent %41 %',
  'tab\tand\nline',
  'quote\'"`$(x)',
  '4803@host',
  'unix:',
  'é composed, and e\u0301 not',
];

test('the path of a Unix socket is taken whole, at both ends', { skip: noPaths }, async (t) => {
  const folder = folderFor(t);
  for (const name of NAMES) {
    const file = path.join(folder, name);
    const daemon = await SpreadDaemon.start({ port: 0, path: file });
    assert.equal(daemon.path, file);
    for (const given of [file, `unix:${file}`, { path: file }]) {
      assert.equal(await leadsTo(typeof given === 'string' ? given : file, given), file);
    }
    await daemon.stop();
    assert.equal(fs.existsSync(file), false, `${file} is left`);
  }
});

test('a relative path is one of the working directory', { skip: noPaths }, async (t) => {
  const before = process.cwd();
  process.chdir(folderFor(t));
  t.after(() => process.chdir(before));
  for (const file of ['./rel ative', '../'.concat(path.basename(process.cwd()), '/up'), './.hidden']) {
    const daemon = await SpreadDaemon.start({ port: 0, path: file });
    for (const given of [file, { path: file }, { path: path.resolve(file) }]) {
      await leadsTo(file, given);
    }
    await daemon.stop();
  }
  const daemon = await SpreadDaemon.start({ port: 0, path: 'bare' });
  t.after(() => daemon.stop());
  for (const given of ['unix:bare', { path: 'bare' }]) {
    await leadsTo('unix:bare', given);
  }
});

const noNames = noPaths || (process.platform !== 'linux' && 'Linux alone has such names');

test('a name in no file system', { skip: noNames }, async (t) => {
  const name = `\0cspread ${process.pid}`;
  const daemon = await SpreadDaemon.start({ port: 0, path: name });
  t.after(() => daemon.stop());
  assert.equal(await leadsTo(`unix:${name}`, { path: name }), name);
  await assert.rejects(SpreadDaemon.start({ port: 0, path: name }), { code: 'ERR_SPREAD_DAEMON', message: /in use/ });
});

const noSockets = process.platform === 'win32' && 'Windows has none';

test('a path that cannot be one is refused, at both ends', { skip: noSockets }, async (t) => {
  const folder = folderFor(t);
  const most = process.platform === 'linux' ? 107 : 103;
  const fill = (bytes) => `${folder}/`.padEnd(bytes, 'x');
  const daemon = await SpreadDaemon.start({ port: 0, path: fill(most) });
  await daemon.stop();
  const illegal = [
    [fill(most + 1), new RegExp(`too long: it has ${most + 1} bytes, and that of a Unix socket at most ${most}`)],
    [path.join(folder, 'ü'.repeat(60)), /too long/],
    [`/${'x'.repeat(100_000)}`, /too long/],
    [path.join(folder, 'nul\0'), /NUL/],
    [path.join(folder, '\0'), /NUL/],
    ['', /empty/],
  ];
  for (const [file, message] of illegal) {
    await assert.rejects(SpreadDaemon.start({ port: 0, path: file }), { code: 'ERR_SPREAD_DAEMON', message });
    for (const address of [{ path: file }, `unix:${file}`, ...(file === '' ? [] : [file])]) {
      await refused(address, { code: 'ERR_SPREAD_ILLEGAL_ADDRESS', spreadCode: -1, message });
    }
  }
  assert.deepEqual(fs.readdirSync(folder), [], 'nothing was made');
});

test('a lone surrogate, which would become another character', async () => {
  const wrong = { name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE', message: /lone surrogates/ };
  await assert.rejects(SpreadDaemon.start({ port: 0, path: '/tmp/\ud800' }), wrong);
  for (const address of ['/tmp/\ud800', '4803@\udc00', { path: '/tmp/\ud800' }, { host: 'a\ud800' }]) {
    await refused(address, wrong);
  }
});

test('a zone', { skip: LOOPBACK ? false : 'this machine has no IPv6' }, async (t) => {
  const { port } = await daemonFor(t, {});
  const index = fs.existsSync(`/sys/class/net/${LOOPBACK}/ifindex`)
    ? fs.readFileSync(`/sys/class/net/${LOOPBACK}/ifindex`, 'utf8').trim()
    : LOOPBACK;
  for (const zone of [LOOPBACK, index]) {
    for (const address of [`${port}@[::1%${zone}]`, `${port}@::1%${zone}`, `spread://[::1%${zone}]:${port}`]) {
      assert.match(await leadsTo(address), new RegExp(`:${port}$`), address);
    }
    for (const host of [`::1%${zone}`, `[::1%${zone}]`]) {
      assert.match(await leadsTo('', { host, port }), new RegExp(`:${port}$`), host);
    }
  }
  await leadsTo(`spread://[::1%25${LOOPBACK}]:${port}`);
  await refused(`${port}@fe80::1%no-such`, {
    code: 'ERR_SPREAD_HOST_NOT_FOUND',
    message: /there is no interface 'no-such'/,
  });
  for (const address of [`${port}@::1%`, `${port}@[::1%]`, `${port}@127.0.0.1%${LOOPBACK}`, { host: '::1%' }]) {
    await refused(address, { code: 'ERR_SPREAD_ILLEGAL_ADDRESS' });
  }
});

/** Returns whether Node connects to this host. */
function nodeConnects(port, host) {
  return new Promise((resolve) => {
    const socket = net.connect(port, host);
    socket.on('error', () => resolve(false)).on('connect', () => socket.destroy() && resolve(true));
  });
}

const WIDE = [
  'ｌｏｃａｌｈｏｓｔ',
  'LOCALHOST',
  'ℓocalhost',
  'lo\u00adcalhost',
  '１２７.0.0.1',
  '127。0。0。1',
  '①27.0.0.1',
];

// Bun itself does not take such names.
test('a name beyond ASCII is looked up as Node does', async (t) => {
  const { port } = await daemonFor(t, {});
  for (const host of WIDE) {
    assert.ok(process.versions.bun || (await nodeConnects(port, host)), host);
    for (const given of [`${port}@${host}`, `${port} @${host} rest`, `spread://${host}:${port}/`, { host, port }]) {
      await leadsTo(given);
    }
  }
  const nowhere = { code: 'ERR_SPREAD_HOST_NOT_FOUND', message: /xn--bcher-kva\.invalid/ };
  for (const given of ['4803@bücher.invalid', '4803@BÜCHER.invalid', { host: 'bu\u0308cher.invalid' }]) {
    await refused(given, nowhere);
  }
  for (const host of [
    'localhost\u200d',
    '\u0301a.invalid',
    'a℀b.invalid',
    '：：1',
    'a\u3000b',
    'bücher%lo',
    '\ufffd',
  ]) {
    await refused({ host, port }, { code: 'ERR_SPREAD_ILLEGAL_ADDRESS', message: /its host is no name/ });
    await refused(`${port}@${host}`, { code: 'ERR_SPREAD_ILLEGAL_ADDRESS', message: /its host is no name/ });
  }
});

test('the error about an address in another program’s form names the right form', async (t) => {
  const meant = {
    'localhost:4803': '4803@localhost',
    'tcp://localhost:4803': '4803@localhost',
    '[::1]:4900': '4900@::1',
    'localhost@4803': '4803@localhost',
    'http://ｌｏｃａｌｈｏｓｔ:4900/path': '4900@localhost',
    localhost: '4803@localhost',
    'run/spread.sock': './run/spread.sock',
  };
  for (const [address, form] of Object.entries(meant)) {
    const message = new RegExp(`is no daemon address: .*; did you mean '${form.replaceAll('.', '\\.')}'\\?$`);
    await refused(address, { code: 'ERR_SPREAD_ILLEGAL_ADDRESS', message });
    await refused([`4803@127.0.0.1`, address], { code: 'ERR_SPREAD_ILLEGAL_ADDRESS', message });
  }
  await refused({ host: 'localhost:4900', port: 4900 }, { message: /did you mean '4900@localhost'\?$/ });
  for (const env of [{}, { SPREAD_DAEMON: 'localhost:4803' }]) {
    const args = env.SPREAD_DAEMON ? ['ping'] : ['ping', '-a', 'localhost:4803'];
    const { code, errors } = await cspread(t, args, { env });
    assert.equal(code, 2);
    assert.match(errors, /did you mean '4803@localhost'\?/);
  }
});
