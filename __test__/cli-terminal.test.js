/** The command line on a terminal: prompts, screens of its own, keys, narrow ones. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const { test } = require('node:test');
const { stripVTControlCharacters } = require('node:util');
const { connect } = require('..');
const { daemonFor } = require('./helpers/sessions.js');
const { ESCAPE, longest, onTerminal, skip, steering } = require('./helpers/terminal.js');
const { until } = require('./helpers/until.js');

test('chat: a prompt, colours, what others say while one types', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const friend = await connect({ address, name: 'ben' });
  t.after(() => friend.disconnect());
  await friend.join('room');
  const heard = [];
  friend.on('message', ({ data }) => heard.push(String(data)));
  const chat = onTerminal(t, ['chat', 'room', '-n', 'anna', '-a', address]);
  await chat.shows(/\* room anna joined \(2\)/);
  chat.type('half of ');
  friend.send('room', 'hello');
  await chat.shows(/hello/);
  chat.type('a line\r');
  await until(() => heard.includes('half of a line'));
  assert.match(chat.shown, steering('\\d+m'), 'colours');
  chat.type('/who\r');
  await chat.shows(/room\S* \S*anna\S* \S*ben/);
  // Ctrl-D
  chat.type('\u0004');
  assert.equal(await chat.exit, 0);
  await until(() => friend.groups.get('room').members.length === 1);
});

test('chat: 40 columns, and more typed than one row takes', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const friend = await connect({ address, name: 'ben' });
  t.after(() => friend.disconnect());
  await friend.join('room');
  const chat = onTerminal(t, ['chat', 'room', '-n', 'anna', '-a', address], { columns: 40 });
  await chat.shows(/\* room anna joined \(2\)/);
  const long = 'a line that is longer than two rows of this terminal, as anybody may type one';
  for (const letter of long) {
    chat.type(letter);
  }
  await until(() => chat.text.replace(/\s/g, '').endsWith(long.replace(/\s/g, '')));
  friend.send('room', 'hello');
  // From the third row of what is typed to its first, and there is hello; what was typed comes again below.
  await chat.shows(steering('2A.*ben\\S* hello\\r\\n.*a line', 's'));
  assert.doesNotMatch(chat.text.split('hello').at(-1), /anybody may type one[\s\S]*a line/, 'not twice');
  chat.type('\r');
  await chat.shows(/anna\S* a line that is longer than two rows\r\n of this/);
  chat.type('\u0004');
  assert.equal(await chat.exit, 0);
});

test('chat: Tab', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  const friend = await connect({ address, name: 'ben' });
  t.after(() => friend.disconnect());
  await friend.join('room');
  const heard = once(friend, 'message');
  const chat = onTerminal(t, ['chat', 'room', '-n', 'anna', '-a', address]);
  await chat.shows(/\* room anna joined/);
  chat.type('/serv');
  chat.type('\t');
  await until(() => chat.text.includes('/service'));
  chat.type('sa\t');
  await until(() => chat.text.includes('/service safe'));
  chat.type('\r');
  await chat.shows(/safe from now on/);
  chat.type('/to be');
  await until(() => chat.text.endsWith('/to be'));
  chat.type('\t');
  await until(() => chat.text.endsWith('/to ben'));
  chat.type('\r');
  await chat.shows(/→ ben\b/);
  chat.type('for you\r');
  const [{ group, service, data }] = await heard;
  assert.deepEqual([group, service, String(data)], [friend.privateGroup, 'safe', 'for you']);
  chat.type('/quit\r');
  assert.equal(await chat.exit, 0);
});

test('chat: Ctrl-C ends it cleanly; NO_COLOR', { skip }, async (t) => {
  const { address } = await daemonFor(t, {});
  process.env.NO_COLOR = '1';
  t.after(() => delete process.env.NO_COLOR);
  const chat = onTerminal(t, ['chat', 'room', '-a', address]);
  await chat.shows(/joined \(1\)/);
  chat.type('\u0003');
  assert.equal(await chat.exit, 0);
  assert.doesNotMatch(chat.shown, steering('\\d*m'));
});

for (const columns of [40, 120]) {
  test(`top: a screen of its own, ${columns} columns; q ends`, { skip }, async (t) => {
    const { address } = await daemonFor(t, {});
    const session = await connect({ address, name: 'sender' });
    await session.join('room');
    const timer = setInterval(() => session.send('room', 'x'), 5);
    const top = onTerminal(t, ['top', 'room', '-i', '50', '-a', address], { columns, rows: 12 });
    const looks = (more) => until(() => top.text.split(/sender +\d+\/s/).length > more);
    await looks(2);
    assert.match(top.text, /2 members · \d views? · /);
    // An arrow begins with what escape is.
    top.type(`${ESCAPE}[A`);
    await looks(top.text.split(/sender +\d+\/s/).length + 2);
    top.type('q');
    const code = await top.exit;
    clearInterval(timer);
    await session.disconnect();
    assert.equal(code, 0);
    assert.match(top.shown, steering('\\?1049h'));
    assert.match(top.shown, steering('\\?1049l'), 'left as it was found');
    assert.ok(longest(top.shown) <= columns, `${longest(top.shown)} columns`);
  });
}

test('bench: a bar while it goes on', { skip }, async (t) => {
  const bench = onTerminal(t, ['bench', '--embedded', '-m', '300000', '--trips', '2000'], { columns: 40 });
  assert.equal(await bench.exit, 0);
  // The bar is drawn over and over.
  assert.ok(longest(bench.shown.replaceAll('\r', '\n')) <= 40, bench.shown);
  assert.match(stripVTControlCharacters(bench.shown), /flood ▕█+ *.*▏ \d+ % \S+ .\/s/);
  assert.match(stripVTControlCharacters(bench.shown), /round trip +p50/);
});

test('bench: Ctrl-C, which a daemon of its own gets too', { skip }, async (t) => {
  const bench = onTerminal(t, ['bench', '--embedded', '-m', '1000000000'], { columns: 60 });
  await bench.shows(/flood .*\/s/);
  bench.type('\u0003');
  assert.equal(await bench.exit, 130);
  const [, complaint] = stripVTControlCharacters(bench.shown).split('cspread: ');
  assert.equal(complaint, 'interrupted before it was done\r\n');
});

test('help in 40 columns stays within them', { skip }, async (t) => {
  for (const command of ['daemon', 'listen', 'bench']) {
    const help = onTerminal(t, [command, '--help'], { columns: 40 });
    assert.equal(await help.exit, 0);
    const [about] = help.shown.split('Examples:');
    assert.ok(longest(about) <= 40, `${command}: ${longest(about)} columns`);
  }
});
