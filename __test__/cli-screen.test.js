/** What stands on the screen: wide characters, resizing, crowds, floods, terminals that are closed or odd. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { connect } = require('..');
const { daemonFor } = require('./helpers/sessions.js');
const { ESCAPE, longest, onTerminal, skip, steering } = require('./helpers/terminal.js');
const { until } = require('./helpers/until.js');

async function friendOf(t, address) {
  const friend = await connect({ address, name: 'ben' });
  t.after(() => friend.disconnect());
  await friend.join('room');
  return friend;
}

/** Lines of a text that are not empty. */
const filled = (lines) => lines.filter((line) => line !== '');

test('chat: wide characters are broken where the screen ends, and shown once', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const friend = await friendOf(t, address);
  const chat = onTerminal(t, ['chat', 'room', '-n', 'anna', '-a', address], { columns: 64 });
  await chat.until(/anna joined \(2\): ben/);
  friend.send('room', `漢字${'仮名交じり文。'.repeat(6)}`);
  await chat.until(/仮名交じり文。\n.*→/);
  const rows = filled(chat.lines).filter((line) => /文/.test(line));
  assert.equal(rows.length, 2);
  assert.match(rows[0], /^ {7}ben 漢字/);
  assert.match(rows[1], /^ {11}\S/, 'below the first');
  for (const letter of '你好'.repeat(30)) {
    chat.type(letter);
  }
  const isThere = (pattern) => until(() => pattern.test(chat.lines.join('').replace(/\s/g, '')));
  await isThere(/→room\(2\)(你好){30}$/);
  chat.type('\r');
  await isThere(/anna(你好){30}anna→room\(2\)$/);
  assert.equal(chat.lines.join('').match(/你/g).length, 30, chat.lines.join('\n'));
  chat.type('\u0004');
  assert.equal(await chat.exit, 0);
});

test('chat: what cannot be read as text, what would steer, what is very long', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const friend = await friendOf(t, address);
  const chat = onTerminal(t, ['chat', 'room', '-n', 'anna', '-a', address], { rows: 80 });
  await chat.until(/anna joined \(2\)/);
  friend.send('room', Buffer.from([0, 255, 128]));
  friend.send('room', `${ESCAPE}[2J\u009b2J\u202eecalp\tone\r\ntwo\n`);
  friend.send('room', 'x'.repeat(100_000));
  await chat.until(/x…\s+and\s+96,000\s+characters\s+more\n/);
  assert.match(chat.lines.join('\n'), /ben 3 bytes\n +ben �\[2J�2J�ecalp {2}one\n {11}two\n +ben x/);
  chat.type('/quit\r');
  assert.equal(await chat.exit, 0);
});

test('chat: a terminal that becomes another size', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const friend = await friendOf(t, address);
  const chat = onTerminal(t, ['chat', 'room', '-n', 'anna', '-a', address], { columns: 100 });
  await chat.until(/anna joined \(2\)/);
  const typed = 'what is typed while the terminal becomes narrow';
  chat.type(typed);
  await chat.until(/becomes narrow$/m);
  chat.resize(40, 24);
  await chat.until(/→ room \(2\) what[^\n]*\n[^\n]*narrow/);
  friend.send('room', 'hello');
  await chat.until(/ben hello\nanna → room \(2\) what/);
  chat.type('\r');
  await chat.until(/anna what is typed[\s\S]*→ room \(2\)\s*$/);
  chat.type('/quit\r');
  assert.equal(await chat.exit, 0);
});

test('chat and top: 200 members', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const names = Array.from({ length: 199 }, (_, index) => `m${index}`);
  const sessions = await Promise.all(names.map((name) => connect({ address, name })));
  t.after(() => Promise.all(sessions.map((session) => session.disconnect())));
  await Promise.all(sessions.map((session) => session.join('room')));
  const chat = onTerminal(t, ['chat', 'room', '-n', 'anna', '-a', address], { columns: 40, rows: 120 });
  await chat.until(/anna joined \(200\):[\s\S]* and\s+187 more\n/);
  chat.type('/who\r');
  await chat.until(/\nroom anna m0 [\s\S]*\n {2}.*m99 ?\n?/);
  assert.ok(longest(chat.shown.replace(/.*→.*/g, '')) <= 40);
  chat.type('/quit\r');
  assert.equal(await chat.exit, 0);

  const top = onTerminal(t, ['top', 'room', '-n', 'top', '-i', '50', '-a', address], { columns: 40, rows: 30 });
  await top.until(/200 members/);
  for (const session of sessions) {
    session.send('room', 'x');
  }
  await top.until(/^m\d+ +\d+\/s[\s\S]* more lines? below|lines? more below/m);
  assert.equal(top.screen.buffer.active.length, 30, 'nothing scrolls');
  top.type('q');
  assert.equal(await top.exit, 0);
});

test('chat: a flood is counted where it comes too fast, and commands are heard meanwhile', { skip }, async (t) => {
  const daemon = await daemonFor(t, {});
  const friend = await friendOf(t, daemon.address);
  const chat = onTerminal(t, ['chat', 'room', '-n', 'anna', '-a', daemon.address]);
  await chat.until(/anna joined \(2\)/);
  /** All of them fit the chat's receive queue, however slow its screen is. */
  const flood = async (messages) => {
    for (let sent = 0; sent < messages; sent += 2000) {
      for (let count = 0; count < 2000; count += 1) {
        friend.send('room', 'x'.repeat(200));
      }
      await friend.ping();
    }
  };
  await flood(100_000);
  await chat.shows(/\d messages not shown: they came too fast/);
  const more = flood(100_000);
  chat.type('/service safe\r');
  await chat.shows(/safe from now on/);
  await more;
  await until(() => friend.send('room', 'the last') && /ben the last\nanna →/.test(chat.lines.join('\n')));
  chat.type('/quit\r');
  assert.equal(await chat.exit, 0);
});

for (const [what, screenOf] of [
  ['chat', ['chat', 'room']],
  ['top', ['top', 'room']],
  ['listen', ['listen', 'room']],
]) {
  test(`${what}: its terminal is closed: it says goodbye`, { skip }, async (t) => {
    const daemon = await daemonFor(t, {});
    const friend = await friendOf(t, daemon.address);
    const { child } = onTerminal(t, [...screenOf, '-n', 'anna', '-a', daemon.address]);
    await until(() => friend.groups.get('room').members.length === 2);
    const gone = once(daemon, 'disconnect');
    child.kill('SIGKILL');
    assert.equal((await gone)[0].cause, 'left');
  });

  test(`${what}: the daemon dies, and another one comes in its place`, { skip }, async (t) => {
    const daemon = await daemonFor(t, {});
    const friend = await friendOf(t, daemon.address);
    friend.on('disconnect', () => {});
    const lost = onTerminal(t, [...screenOf, '-n', 'anna', '-a', daemon.address], { columns: 70 });
    await until(() => friend.groups.get('room').members.length === 2);
    await daemon.stop();
    await lost.until(/trying to come back/);
    const next = await daemonFor(t, { port: daemon.port });
    await until(() => next.stats().groups === 1);
    await lost.until(what === 'top' ? /as anna · q ends/ : /back at /);
    const gone = once(next, 'disconnect');
    lost.type('\u0003');
    assert.equal(await lost.exit, 0);
    assert.equal((await gone)[0].cause, 'left');
    assert.equal(lost.shown.includes('?1049h'), lost.shown.includes('?1049l'), 'left as it was found');
  });
}

test('a terminal that does not know its size, and one that can do nothing', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const odd = onTerminal(t, ['doctor', '-a', address], { columns: 0 });
  assert.equal(await odd.exit, 0);
  assert.equal(longest(odd.shown) > 40, true, 'as if it had 80');
  const dumb = onTerminal(t, ['top', 'room', '-c', '2', '-i', '20', '-a', address], { env: { TERM: 'dumb' } });
  assert.equal(await dumb.exit, 0);
  assert.doesNotMatch(dumb.shown, steering('.*'), 'no steering at all');
  assert.match(dumb.shown, /1 member · 1 view/);
});

test('complaints and help in 40 columns break no word', { skip }, async (t) => {
  for (const args of [['frobnicate'], ['daemon', '--prot', '2'], ['send'], ['help', 'nix'], ['bench', 'x']]) {
    const wrong = onTerminal(t, args, { columns: 40 });
    assert.equal(await wrong.exit, 2);
    assert.ok(longest(wrong.shown) <= 40, wrong.shown);
  }
});
