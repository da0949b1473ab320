/** What messages hold comes through the command line as it was, or as what cannot be mistaken for something else. */

const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { test } = require('node:test');
const { connect } = require('..');
const { CLI, cspread, start } = require('./helpers/command.js');
const { daemonFor } = require('./helpers/sessions.js');
const { until } = require('./helpers/until.js');

async function witnessOf(t, address) {
  const witness = await connect({ address, name: 'witness' });
  t.after(() => witness.disconnect());
  await witness.join('room');
  return { witness, isIn: (count) => until(() => witness.groups.get('room').members.length === count) };
}

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, value) => value));

/** Message → how --json says it. */
const CONTENTS = [
  [EVERY_BYTE, { base64: EVERY_BYTE.toString('base64') }],
  [Buffer.alloc(100_000, EVERY_BYTE), { base64: Buffer.alloc(100_000, EVERY_BYTE).toString('base64') }],
  [Buffer.alloc(0), { data: '' }],
  ['text, \u0000 too', { data: 'text, \u0000 too' }],
  // A text that looks like base64 is a text; one with a mark in front keeps it; half a character is no text.
  ['AAEC', { data: 'AAEC' }],
  ['\ufeffmark', { data: '\ufeffmark' }],
  [Buffer.from([0xe6, 0xbc]), { base64: '5rw=' }],
];

test('send and listen --json: every byte, long messages, none at all', async (t) => {
  const { address } = await daemonFor(t, {});
  const { isIn } = await witnessOf(t, address);
  const json = start(t, ['listen', 'room', '--json', '--count', CONTENTS.length, '-a', address]);
  await isIn(2);
  for (const [input] of CONTENTS) {
    assert.equal((await cspread(t, ['send', 'room', '-a', address], { input })).code, 0);
  }
  const heard = (await json.over).out.split('\n').map((line) => JSON.parse(line));
  const messages = heard.filter(({ kind }) => kind === 'message');
  assert.deepEqual(
    messages.map(({ data, base64 }) => (data === undefined ? { base64 } : { data })),
    CONTENTS.map(([, said]) => said),
  );
});

test('listen --raw: every byte, as it was sent', async (t) => {
  const { address } = await daemonFor(t, {});
  const { witness, isIn } = await witnessOf(t, address);
  const raw = spawn(process.execPath, [CLI, 'listen', 'room', '--raw', '--count', '2', '-a', address]);
  t.after(() => raw.kill('SIGKILL'));
  const chunks = [];
  raw.stdout.on('data', (chunk) => chunks.push(chunk));
  await isIn(2);
  witness.send('room', EVERY_BYTE);
  witness.send('room', Buffer.from(EVERY_BYTE).reverse());
  const [code] = await once(raw, 'close');
  assert.equal(code, 0);
  assert.deepEqual(Buffer.concat(chunks), Buffer.concat([EVERY_BYTE, Buffer.from(EVERY_BYTE).reverse()]));
});

test('listen and chat, from a script: no message looks like two, and none steers', async (t) => {
  const { address } = await daemonFor(t, {});
  const { witness, isIn } = await witnessOf(t, address);
  const listen = start(t, ['listen', 'room', '-c', '3', '-a', address]);
  const chat = start(t, ['chat', 'room', '-n', 'anna', '-a', address], { input: null });
  await isIn(3);
  witness.send('room', 'one\r\n#boss#localhost two\n');
  witness.send('room', '\u202egnp.exe\u2069\u009b2J');
  witness.send('room', EVERY_BYTE);
  assert.equal(
    (await listen.over).out,
    '#witness#localhost one\n  #boss#localhost two\n#witness#localhost �gnp.exe��2J\n#witness#localhost 256 bytes',
  );
  await chat.lines.find((line) => line?.includes('gnp'));
  chat.child.stdin.end();
  const { code, out } = await chat.over;
  assert.equal(code, 0);
  assert.match(out, /^room witness one\n {2}#boss#localhost two\nroom witness �gnp/m);
});

test('listen --json: control characters of others are escaped', async (t) => {
  const { address } = await daemonFor(t, {});
  const { witness, isIn } = await witnessOf(t, address);
  const json = start(t, ['listen', 'room', '--json', '-c', '1', '-a', address]);
  await isIn(2);
  witness.send('room', '\u009b2J\u202e\u007f');
  const last = (await json.over).out.split('\n').at(-1);
  assert.match(last, /"\\u009b2J\\u202e\\u007f"/);
  assert.equal(JSON.parse(last).data, '\u009b2J\u202e\u007f');
});
