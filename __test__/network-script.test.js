/** The language that steers a network: what it takes, what it refuses, and what its steps do. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { parseScript, parseStep } = require('../cli/network/script.js');
const { Steps } = require('../cli/network/steps.js');

const DAEMONS = ['one', 'two', 'three'];

/** A network that notes what it is asked for. */
function noting() {
  const calls = [];
  const note =
    (name) =>
    (...args) => {
      calls.push([name, ...args]);
      return Promise.resolve();
    };
  const names = ['partition', 'heal', 'kill', 'start', 'hang', 'latency', 'settled'];
  const methods = Object.fromEntries(names.map((name) => [name, note(name)]));
  return { calls, network: { ...methods, view: (name) => (name === 'two' ? null : { members: ['one', 'three'] }) } };
}

test('each step, as it is written, and the call that it is', async () => {
  const script = `
    # a comment, and blank lines

    part one two | three   # and another
    part one|two|three
    heal
    kill two
    start two
    hang three 2s
    hang three 1500ms unnoticed
    latency 5ms
    latency 5ms jitter 2ms from one to two
    wait 1ms
    settled
    expect-view one = one,three
    expect-view three=one,three
  `;
  const { calls, network } = noting();
  const steps = parseScript(script, DAEMONS);
  const taker = new Steps(network);
  for (const step of steps) {
    await taker.take(step);
  }
  await taker.end();
  assert.deepEqual(calls, [
    ['partition', ['one', 'two'], ['three']],
    ['partition', ['one'], ['two'], ['three']],
    ['heal'],
    ['kill', 'two'],
    ['start', 'two'],
    ['hang', 'three', 2000, { noticed: true }],
    ['hang', 'three', 1500, { noticed: false }],
    ['latency', { ms: 5 }],
    ['latency', { ms: 5, jitter: 2, from: 'one', to: 'two' }],
    ['settled'],
  ]);
  assert.deepEqual(
    steps.map(({ line }) => line),
    [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
  );
  assert.equal(steps[0].text, 'part one two | three');
});

const REFUSED = [
  ['paart one', /^line 3: unknown step 'paart': did you mean part\?$/, 'paart'],
  ['dance', /^line 3: unknown step 'dance': the steps are part, heal, /, 'dance'],
  ['constructor one', /^line 3: unknown step 'constructor'/, 'constructor'],
  ['part', /^line 3: missing daemon: part one two \| three$/],
  ['part one |', /^line 3: missing daemon/],
  ['part | one', /^line 3: no daemon '\|'|^line 3: an empty part/],
  ['part one two | two', /^line 3: 'two' stands there twice$/, 'two'],
  ['part one four', /^line 3: no daemon 'four': there are one, two, three$/, 'four'],
  ['heal one', /^line 3: unexpected 'one': heal$/, 'one'],
  ['kill', /^line 3: missing daemon: kill two$/],
  ['kill one two', /^line 3: unexpected 'two'/, 'two'],
  ['hang one', /^line 3: missing time: hang three 2s/],
  ['hang one 2', /^line 3: '2' is no time such as 500ms or 2s$/, '2'],
  ['hang one -2s', /'-2s' is no time/, '-2s'],
  ['wait 0.5ms', /'0\.5ms' is no time/, '0.5ms'],
  ['wait 9999999999s', /is no time/, '9999999999s'],
  ['latency 5ms from one two', /^line 3: 'two' stands where to should/, 'two'],
  ['latency 5ms from one', /^line 3: missing 'to'/],
  ['expect-view one one', /^line 3: 'one' stands where = should/, 'one'],
  ['expect-view one =', /^line 3: missing members/],
  ['expect-view one = one,four', /^line 3: no daemon 'four' in 'one,four'$/, 'four'],
];

for (const [text, message, word] of REFUSED) {
  test(`'${text}' is refused, with its line and word`, () => {
    const found = { line: 3, message };
    assert.throws(() => parseScript(`heal\n\n${text}\nheal`, DAEMONS), word === undefined ? found : { ...found, word });
  });
}

test('a line that was typed has no number', () => {
  assert.throws(() => parseStep('kill four', DAEMONS), { message: /^no daemon 'four'/, line: undefined });
  assert.equal(parseStep('  # nothing', DAEMONS), undefined);
});

test('a step that fails says where, and why', async () => {
  const { network } = noting();
  const [step] = parseScript('expect-view two = two', DAEMONS);
  await assert.rejects(new Steps(network).take(step), {
    message: 'line 1: expect-view two = two: it has no view',
    line: 1,
  });
  const refusing = { ...network, kill: () => Promise.reject(new Error('not that one')) };
  const [kill] = parseScript('kill one', DAEMONS);
  await assert.rejects(new Steps(refusing).take(kill), { message: 'line 1: kill one: not that one' });
});
