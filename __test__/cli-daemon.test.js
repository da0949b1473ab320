/** `cspread daemon`: a service outlives its log; who can come is said; modes and strictness. */

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const path = require('node:path');
const { Writable } = require('node:stream');
const { test } = require('node:test');
const { connect } = require('..');
const { logger } = require('../cli/log.js');
const { CLI, cspread, start } = require('./helpers/command.js');
const { sendSignal } = require('./helpers/signal.js');
const { until } = require('./helpers/until.js');

const posix = process.platform === 'win32' ? 'Windows has no such sockets and files' : false;

function folderFor(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-daemon-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** It serves: two sessions come and go, one after the other. */
async function serves(address) {
  for (const name of ['anna', 'ben']) {
    const session = await connect({ address, name, engine: 'native' });
    assert.equal((await session.join('room')).members.length, 1);
    await session.disconnect();
  }
}

async function stops(child, over) {
  assert.equal(child.exitCode, null, 'it runs');
  sendSignal(child, 'SIGTERM');
  return over;
}

test('daemon: it goes on when nobody reads its log any more', async (t) => {
  const { child, lines, over } = start(t, ['daemon', '--port', '0', '--log', 'json', '--stats', '1']);
  const { addresses } = JSON.parse(await lines.find((line) => line.includes('listening')));
  child.stdout.destroy();
  child.stderr.destroy();
  await serves(addresses[0]);
  await serves(addresses[0]);
  const { code } = await stops(child, over);
  // On Windows it is ended from outside.
  assert.equal(code, process.platform === 'win32' ? null : 0);
});

const noFull = fs.existsSync('/dev/full') ? false : 'there is no /dev/full';

test('daemon: it goes on when the disk that its log is on is full', { skip: noFull }, async (t) => {
  const folder = folderFor(t);
  const unix = path.join(folder, 'socket');
  const full = fs.openSync('/dev/full', 'w');
  t.after(() => fs.closeSync(full));
  const child = spawn(process.execPath, [CLI, 'daemon', '--port', '0', '--unix', unix], {
    stdio: ['ignore', full, full],
  });
  t.after(() => child.kill('SIGKILL'));
  const gone = once(child, 'exit');
  await until(() => fs.existsSync(unix));
  await serves(unix);
  await serves(unix);
  const [code] = await stops(child, gone);
  assert.equal(code, 0);
});

test('daemon: a log that nobody reads is left out, and says so when somebody does', () => {
  const taken = [];
  let next;
  const slow = new Writable({
    highWaterMark: 1,
    decodeStrings: false,
    write(chunk, _encoding, done) {
      taken.push(chunk);
      next = done;
    },
  });
  const log = logger(slow, (count) => `${count} lost`);
  const line = 'x'.repeat(1023);
  for (let count = 0; count < 1100; count += 1) {
    log(line);
  }
  assert.ok(slow.writableLength <= 1025 * 1024, `${slow.writableLength} bytes wait`);
  while (slow.writableLength > 0) {
    next();
  }
  log('again');
  while (slow.writableLength > 0) {
    next();
  }
  const whole = taken.filter((chunk) => chunk === `${line}\n`).length;
  assert.deepEqual(taken.slice(whole), [`${1100 - whole} lost\n`, 'again\n']);
});

const WHO = [
  [[], undefined],
  [['--host', '127.0.0.1'], undefined],
  [['--host', '127.9.9.9'], undefined, process.platform === 'linux'],
  [['--host', '::1'], undefined, hasIpv6()],
  [
    ['--host', '0.0.0.0'],
    /^cspread: warning: it listens on 0\.0\.0\.0, port \d+, .*everybody who reaches it .*--allow-ip.*encrypted\.\n$/,
  ],
  [
    ['--host', '0.0.0.0', '--allow-ip', 'local'],
    /those whom --allow-ip lets in can read and send everything, and nothing is/,
  ],
  [['--host', '::'], /warning: it listens on ::/, hasIpv6()],
  [['--host', '0:0::0'], /warning: it listens on 0:0::0/, hasIpv6()],
];

function hasIpv6() {
  return Object.values(os.networkInterfaces()).some((all) => all.some(({ family }) => family === 'IPv6'));
}

for (const [args, warning, isThere = true] of WHO) {
  const skip = isThere ? false : 'this machine has no such address';
  test(`daemon ${args.join(' ')}: ${warning ? 'says who can come' : 'no warning'}`, { skip }, async (t) => {
    const { child, lines, over } = start(t, ['daemon', '--port', '0', '--log', 'json', ...args]);
    await lines.find((line) => line.includes('listening'));
    const { errors } = await stops(child, over);
    if (warning) {
      assert.match(errors, warning);
    } else {
      assert.equal(errors, '');
    }
  });
}

test('daemon --host ::: both kinds of addresses', {
  skip: hasIpv6() ? false : 'this machine has no IPv6',
}, async (t) => {
  const { lines } = start(t, ['daemon', '--port', '0', '--host', '::', '--log', 'json']);
  const { addresses } = JSON.parse(await lines.find((line) => line.includes('listening')));
  const port = addresses[0].split('@')[0];
  for (const host of ['127.0.0.1', '[::1]']) {
    await serves(`${port}@${host}`);
  }
});

test('daemon: an IPv4 address that is written as an IPv6 one is that address', async (t) => {
  const args = ['daemon', '--port', '0', '--log', 'json', '--allow-ip', '::ffff:127.0.0.1'];
  const { lines } = start(t, args);
  const { addresses } = JSON.parse(await lines.find((line) => line.includes('listening')));
  const session = await connect({ address: addresses[0], auth: ['IP'], engine: 'native' });
  await session.disconnect();
});

test('daemon --unix-mode', { skip: posix }, async (t) => {
  const folder = folderFor(t);
  for (const [args, mode] of [
    [[], 0o600],
    [['--unix-mode', '666'], 0o666],
    [['--unix-mode', '0660'], 0o660],
  ]) {
    const unix = path.join(folder, `socket${mode}`);
    const { child, lines, over } = start(t, ['daemon', '--port', '0', '--log', 'json', '--unix', unix, ...args]);
    await lines.find((line) => line.includes('listening'));
    assert.equal(fs.statSync(unix).mode & 0o777, mode);
    await stops(child, over);
    assert.deepEqual(fs.readdirSync(folder), [], 'it has left nothing');
  }
  for (const [args, reason] of [
    [['--unix-mode', '999', '--unix', 'x'], /--unix-mode takes three octal digits, such as 660, not 999/],
    [['--unix-mode', '600'], /--unix-mode is for the socket of --unix/],
  ]) {
    const { code, errors } = await cspread(t, ['daemon', '--port', '0', ...args]);
    assert.equal(code, 2);
    assert.match(errors, reason);
  }
});

test('daemon: of two at once on one path one listens, and the other is told', { skip: posix }, async (t) => {
  const unix = path.join(folderFor(t), 'socket');
  const args = ['daemon', '--port', '0', '--log', 'json', '--unix', unix];
  const both = [start(t, args), start(t, args)];
  const first = await Promise.race(both.map(({ over }) => over));
  assert.equal(first.code, 1);
  assert.match(first.errors, /in use.*\nAnother daemon may be listening there/);
  const other = both.find(({ child }) => child.exitCode === null);
  await other.lines.find((line) => line.includes('listening'));
  await serves(unix);
});

test('daemon --strict: a request in two writes is one that it does not know', async (t) => {
  const { lines } = start(t, ['daemon', '--port', '0', '--strict', '--log', 'json']);
  const { addresses } = JSON.parse(await lines.find((line) => line.includes('listening')));
  await serves(addresses[0]);
  const socket = net.connect(Number(addresses[0].split('@')[0]), '127.0.0.1');
  socket.write(Buffer.from([5, 0, 1, 1, 4]));
  const [answer] = await once(socket, 'data');
  assert.deepEqual([...answer], [0xfb]);
  socket.destroy();
});
