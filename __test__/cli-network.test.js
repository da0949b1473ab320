/** `cspread network`: daemons that are parted and healed by a script, or at a prompt. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { cspread } = require('./helpers/command.js');

test('a script: each step, what the daemons install, and the end', async (t) => {
  const input =
    'part one two | three\nexpect-view one = one,two\nheal\nexpect-view three = one,two,three\nhang three 5ms\n';
  const { code, out, errors } = await cspread(t, ['network', 'one', 'two', 'three', '--script', '-'], { input });
  assert.deepEqual({ code, errors }, { code: 0, errors: '' });
  const lines = out.split('\n');
  assert.deepEqual(
    lines.slice(0, 3).map((line) => line.replace(/ \d+@/, ' PORT@')),
    ['one PORT@127.0.0.1', 'two PORT@127.0.0.1', 'three PORT@127.0.0.1'],
  );
  assert.deepEqual(
    lines.filter((line) => line.startsWith('> ')),
    input
      .trim()
      .split('\n')
      .map((step) => `> ${step}`),
  );
  for (const line of ['* one has one two', '* two has one two', '* three has three', '* one has one two three']) {
    assert.ok(lines.includes(line), `${line} in ${out}`);
  }
});

test('a step that fails ends it with 1, and says where', async (t) => {
  const input = '# two\npart one | two\nexpect-view one = one,two\nheal';
  const { code, out, errors } = await cspread(t, ['network', 'one', 'two', '--script', '-'], { input });
  assert.equal(code, 1);
  assert.equal(errors, 'cspread: line 3: expect-view one = one,two: it has one\n');
  assert.ok(!out.includes('> heal'));
});

test('a script is read before anything starts, and what is wrong in it is said', async (t) => {
  const { code, out, errors } = await cspread(t, ['network', 'one', '--script', '-'], { input: 'heal\nkill four' });
  assert.deepEqual({ code, out }, { code: 1, out: '' });
  assert.equal(errors, "cspread: -: line 2: no daemon 'four': there are one\n");
  const missing = await cspread(t, ['network', 'one', '--script', 'no such file']);
  assert.equal(missing.code, 1);
  assert.match(missing.errors, /^cspread: cannot read the script: ENOENT/);
});

test('a prompt: steps, views, help, and a line that is none', async (t) => {
  const input = 'part one | two\nviews\npaart\nhelp\nkill one\nquit\n';
  const { code, out, errors } = await cspread(t, ['network', 'one', 'two'], { input });
  assert.deepEqual({ code, errors }, { code: 0, errors: '' });
  assert.match(out, /^\* one has one$/m);
  assert.match(out, /^unknown step 'paart': did you mean part\?$/m);
  assert.match(out, /^ {2}part one two \| three /m);
});

test('wrong calls', async (t) => {
  for (const [args, said] of [
    [['network'], /missing argument: DAEMON/],
    [['network', 'a|b'], /has none of/],
    [['network', 'one', 'one'], /differ/],
    [['network', 'one', '--seed', 'x'], /--seed/],
  ]) {
    const { code, errors } = await cspread(t, args);
    assert.equal(code, 2, errors);
    assert.match(errors, said);
  }
});
