/** The command line, by pipes: what comes back after a loss, transcripts, times, confirmed and paced messages, JSON. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { cspread, start } = require('./helpers/command.js');
const { openModern } = require('./helpers/modern.js');
const { daemonFor } = require('./helpers/sessions.js');
const { sendSignal } = require('./helpers/signal.js');
const { onTerminal, skip } = require('./helpers/terminal.js');
const { until } = require('./helpers/until.js');

/** Resolves once the session sees so many members of room. */
const members = (session, count) => until(() => session.groups.get('room')?.members.length === count);

test('CSPREAD_DAEMON comes before SPREAD_DAEMON, and --address before both', async (t) => {
  const { address } = await daemonFor(t, {});
  const nowhere = './nowhere.sock';
  const first = { CSPREAD_DAEMON: address, SPREAD_DAEMON: nowhere };
  const last = { CSPREAD_DAEMON: nowhere, SPREAD_DAEMON: nowhere };
  assert.equal((await cspread(t, ['send', 'room', 'x'], { env: first })).code, 0);
  assert.equal(
    (await cspread(t, ['send', 'room', 'x'], { env: { CSPREAD_DAEMON: '', SPREAD_DAEMON: address } })).code,
    0,
  );
  assert.equal((await cspread(t, ['send', 'room', 'x', '-a', address], { env: last })).code, 0);
  const { code, errors } = await cspread(t, ['ping'], { env: { CSPREAD_DAEMON: nowhere, SPREAD_DAEMON: address } });
  assert.equal(code, 1);
  // The C library knows Unix sockets named /tmp/PORT only, and says that.
  assert.match(errors, /nowhere\.sock|libspread connects to Unix sockets/);
  const { out } = await cspread(t, ['doctor'], { env: { CSPREAD_DAEMON: nowhere } });
  assert.match(out.replace(/\s+/g, ' '), /by --address or CSPREAD_DAEMON \(CSPREAD_DAEMON is \.\/nowhere\.sock now\)/);
});

for (const args of [
  ['listen', 'room', '--json'],
  ['top', 'room', '--json', '-i', '20'],
  ['chat', 'room'],
]) {
  test(`${args[0]} --reconnect comes back as a member of its groups`, async (t) => {
    const daemon = await daemonFor(t, {});
    const command = [...args, '--reconnect', '-a', daemon.address, '-n', 'anna'];
    const { child, over, written } = start(t, command, { input: null });
    await until(() => daemon.stats().groups === 1);
    await daemon.stop();
    const next = await daemonFor(t, { port: daemon.port });
    const friend = await openModern(t, next.address);
    await friend.join('room');
    await members(friend, 2);
    await until(() => friend.send('room', 'are you back?') && /are you back|"messages":\d/.test(written()));
    if (process.platform !== 'win32') {
      sendSignal(child, 'SIGTERM');
      assert.equal((await over).code, 0);
    }
  });
}

test('two members’ transcripts are the same from a view that both are in', async (t) => {
  const { address } = await daemonFor(t, {});
  const friend = await openModern(t, address, { name: 'friend' });
  await friend.join('room');
  const listeners = [];
  for (const count of [2, 3]) {
    listeners.push(start(t, ['listen', 'room', '--transcript', '--count', '3', '-a', address]));
    await members(friend, count);
  }
  friend.send('room', 'a "text"\n', { type: 7, service: 'safe' });
  friend.send(['room', 'other'], Buffer.from([0, 255]));
  const other = await openModern(t, address, { name: 'other' });
  await other.join('room');
  await other.leave('room');
  friend.send('room', 'the end');
  const [first, second] = await Promise.all(listeners.map(({ over }) => over));
  const both = second.out.split('\n');
  assert.deepEqual(first.out.split('\n').slice(-both.length), both);
  assert.match(both[0], /^view room \d+ -?\d+ -?\d+ #/);
  assert.deepEqual(both.slice(1, 3), [
    `message room ${friend.privateGroup} safe 7 "a \\"text\\"\\n"`,
    `message room,other ${friend.privateGroup} agreed 0 base64 AP8=`,
  ]);
  assert.deepEqual(
    both.slice(3).map((line) => line.split(' ')[0]),
    ['view', 'view', 'message'],
  );
});

test('listen --time: the clock in a text, `time` in JSON', async (t) => {
  const { address } = await daemonFor(t, {});
  const friend = await openModern(t, address);
  await friend.join('room');
  const text = start(t, ['listen', 'room', '--time', '-c', '1', '-a', address]);
  const json = start(t, ['listen', 'room', '--time', '--json', '-c', '1', '-a', address]);
  await members(friend, 3);
  friend.send('room', 'hello');
  assert.match((await text.over).out, /^\d\d:\d\d:\d\d #\S+ hello$/);
  const [line] = (await json.over).out.split('\n');
  assert.match(JSON.parse(line).time, /^\d{4}-\d\d-\d\dT.*Z$/);
});

test('send --count, --rate and --confirm', async (t) => {
  const { address } = await daemonFor(t, {});
  const friend = await openModern(t, address);
  await friend.join('room');
  const got = [];
  friend.on('message', ({ data, groups }) => got.push([String(data), groups.length]));
  const env = { SPREAD_DAEMON: address };
  assert.deepEqual(await cspread(t, ['send', 'room', 'x', '-c', '3', '-r', '1000'], { env }), {
    code: 0,
    out: '',
    errors: '',
  });
  await until(() => got.length === 3);
  // More than the window, from stdin, to itself and to the group.
  const { code } = await cspread(t, ['send', 'room', '-c', '2000', '--confirm'], { env, input: 'y' });
  assert.equal(code, 0);
  await friend.ping();
  assert.equal(got.length, 2003);
  assert.deepEqual(got.at(-1), ['y', 2]);
  const long = 'z'.repeat(140_000 - 64);
  assert.equal((await cspread(t, ['send', 'room', '--confirm'], { env, input: long })).code, 0);
  const longer = await cspread(t, ['send', 'room', '--confirm'], { env, input: `${long}z` });
  assert.equal(longer.code, 1);
  assert.match(longer.errors, /more than the 139936 bytes/);
});

test('send --rate waits between messages, and Ctrl-C ends it', { skip: process.platform === 'win32' }, async (t) => {
  const { address } = await daemonFor(t, {});
  const friend = await openModern(t, address);
  const got = [];
  friend.on('message', ({ data }) => got.push(String(data)));
  await friend.join('room');
  const { child, over } = start(t, ['send', 'room', 'x', '-c', '1000000', '-r', '1', '-a', address]);
  await until(() => got.length === 1);
  sendSignal(child, 'SIGINT');
  const { code, errors } = await over;
  assert.deepEqual([code, errors], [130, 'cspread: interrupted before everything was sent\n']);
  await friend.ping();
  assert.ok(got.length < 1000, 'it did not send as fast as it could');
});

/** Returns command → its fields, of the tables in docs/cli.md under "JSON". */
function documented() {
  const text = fs.readFileSync(path.join(__dirname, '..', 'docs', 'cli.md'), 'utf8');
  const [, section] = /^### JSON\n([\s\S]*?)(?=^## )/m.exec(text);
  const rows = Array.from(section.matchAll(/^\| `([^|]+)` \| (.*) \|$/gm), ([, what, fields]) => [
    what,
    Array.from(fields.split(';')[0].matchAll(/`([^`]+)`/g), ([, field]) => field),
  ]);
  return Object.fromEntries(rows);
}

test('JSON has the fields that docs/cli.md lists', async (t) => {
  const daemon = await daemonFor(t, {});
  const env = { SPREAD_DAEMON: daemon.address };
  const lists = documented();
  const json = async (...args) => (await cspread(t, args, { env })).out;
  const has = (what, object) => assert.deepEqual(Object.keys(object), lists[what], what);
  has('ping --json', JSON.parse(await json('ping', '-c', '2', '-i', '1', '--json')));
  has('doctor --json', JSON.parse(await json('doctor', '--json')));
  const top = JSON.parse(await json('top', 'room', '-c', '1', '-i', '10', '--json'));
  has('top --json', top);
  has('top --json: a group', top.groups.room);
  const friend = await openModern(t, daemon.address);
  await friend.join('room');
  const listener = start(t, ['listen', 'room', '--json', '--time', '-c', '1', '-a', daemon.address]);
  await members(friend, 2);
  friend.send('room', 'x');
  const [view, message] = (await listener.over).out.split('\n').map(JSON.parse);
  has('listen --json --time: a membership', view);
  has('listen --json --time: a message', message);
});

test('at 40 columns no command’s help is wider, and examples can be copied', { skip }, async (t) => {
  for (const command of [
    'daemon',
    'chat',
    'send',
    'listen',
    'top',
    'web',
    'bench',
    'ping',
    'doctor',
    'network',
    'completion',
  ]) {
    const help = onTerminal(t, [command, '--help'], { columns: 40, rows: 100 });
    assert.equal(await help.exit, 0);
    const lines = help.text.split(/\r?\n/);
    for (const line of lines.filter((each) => each.length > 40)) {
      assert.match(line.trim(), /^\S+( \\)?$/, `${command}: a word is all that may be longer: ${line}`);
    }
  }
  const help = onTerminal(t, ['listen', '--help'], { columns: 40, rows: 100 });
  assert.equal(await help.exit, 0);
  assert.match(help.text, /^ {2}cspread listen backup --raw --count \\\r?\n {4}1 \| gunzip > state\r?$/m);
});
