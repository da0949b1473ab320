/** The loader of the native code: what it takes, what it does not look at, and what it says when there is none. */

const assert = require('node:assert/strict');
const path = require('node:path');
const { test } = require('node:test');
const { code, installed, load } = require('./helpers/loader.js');
const platform = require('../lib/native/platform.js');
const { version } = require('../package.json');

const CURE = / {2}rm -rf node_modules package-lock\.json\n {2}npm install$/;

test('the platform’s package is taken', (t) => {
  const { app } = installed(t, { own: version });
  assert.equal(load(app), 'package');
});

test('one of another version is not: both are named, and the cure', (t) => {
  const { app } = installed(t, { own: '0.0.1' });
  const said = load(app);
  assert.ok(said.startsWith(`cspread is version ${version}, and its native code version 0.0.1:\n`), said);
  assert.ok(said.includes(path.join(`cspread-${platform}`, 'index.js')), said);
  assert.match(said, CURE);
});

test('without one: platform, runtime, what was tried, npm’s defect, the cure', (t) => {
  const said = load(installed(t).app);
  const { bun, deno } = process.versions;
  const runtime = deno ? `Deno ${deno}` : bun ? `Bun ${bun}` : `Node ${process.version}`;
  assert.ok(said.startsWith(`cspread has no native code for this machine (${platform}, ${runtime}). Tried:\n`), said);
  assert.match(said, new RegExp(`\\n {2}\\S+cspread\\.${platform}\\.node: Cannot find module`));
  assert.match(said, new RegExp(`\\n {2}cspread-${platform}: Cannot find module`));
  assert.match(said, /npm\/cli issue 4828/);
  assert.match(said, CURE);
});

test('the working directory is never searched', (t) => {
  const { app, write } = installed(t);
  for (const folder of ['.', 'native', `cspread-${platform}`]) {
    write(`${folder}/cspread.${platform}.node`, code(version, 'working directory'));
    write(`${folder}/index.js`, code(version, 'working directory'));
  }
  assert.match(load(app), /^cspread has no native code/);
});

test('where there is no package for the platform, no command is promised to help', (t) => {
  const said = load(installed(t, { packages: ['cspread-plan9-mips', 'cspread-vms-vax'] }).app);
  assert.match(said, /There are packages for plan9-mips, vms-vax\./);
  assert.doesNotMatch(said, /npm install/);
});

test('CSPREAD_NATIVE_PATH is taken, or nothing', (t) => {
  const { app, write } = installed(t, { own: version });
  write('chosen.js', code(version, 'chosen'));
  write('old.js', code('0.0.1', 'chosen'));
  const choose = (name) => load(app, { env: { CSPREAD_NATIVE_PATH: name } });
  assert.equal(choose(path.join(app, 'chosen.js')), 'chosen');
  assert.equal(choose('chosen.js'), 'chosen');
  const old = choose(path.join(app, 'old.js'));
  assert.ok(
    old.endsWith(`${path.join(app, 'old.js')}, which CSPREAD_NATIVE_PATH names, is not the one that belongs to it.`),
  );
  const none = choose(path.join(app, 'none.node'));
  assert.ok(
    none.startsWith(`CSPREAD_NATIVE_PATH names ${path.join(app, 'none.node')}, which cannot be loaded: `),
    none,
  );
  assert.ok(none.endsWith('\nThere is no such file.'), none);
});
