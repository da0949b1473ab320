/** The loader of the native code: what it takes, what it does not look at, and what it says when there is none. */

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const platform = require('../lib/platform.js');
const { version } = require('../package.json');

const root = path.join(__dirname, '..');
const CURE = / {2}rm -rf node_modules package-lock\.json\n {2}npm install$/;

/** A file in place of native code. */
const code = (own, from) => `module.exports = { version: () => '${own}', from: '${from}' };\n`;

/** An installed package, with its loader alone. `own` is the version of the platform's package, if there is one. */
function installed(t, { own, packages = [`cspread-${platform}`] } = {}) {
  const app = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-loader-'));
  t.after(() => fs.rmSync(app, { recursive: true }));
  const write = (file, content) => {
    fs.mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
    fs.writeFileSync(path.join(app, file), content);
  };
  const optionalDependencies = Object.fromEntries(packages.map((name) => [name, version]));
  write('node_modules/cspread/package.json', JSON.stringify({ name: 'cspread', version, optionalDependencies }));
  for (const name of ['native.js', 'platform.js']) {
    write(`node_modules/cspread/lib/${name}`, fs.readFileSync(path.join(root, 'lib', name)));
  }
  if (own) {
    write(`node_modules/cspread-${platform}/index.js`, code(own, 'package'));
  }
  return { app, write };
}

/** Loads it with `app` as the working directory: where the code came from, or the complaint. */
function load(app, env = {}) {
  const script = `try { console.log(require('./node_modules/cspread/lib/native.js').from); }
    catch (error) { console.log(error.message); }`;
  const { CSPREAD_NATIVE_PATH, ...rest } = process.env;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: app,
    env: { ...rest, ...env },
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return stdout.trimEnd();
}

test('the platform’s package is taken', (t) => {
  const { app } = installed(t, { own: version });
  assert.equal(load(app), 'package');
});

test('one of another version is not: both are named, and the cure', (t) => {
  const { app } = installed(t, { own: '0.0.1' });
  const said = load(app);
  assert.ok(said.includes(`cspread is version ${version}, and its native code version 0.0.1: `), said);
  assert.ok(said.includes(path.join(`cspread-${platform}`, 'index.js')), said);
  assert.match(said, CURE);
});

test('without one: platform, Node, what was tried, npm’s defect, the cure', (t) => {
  const said = load(installed(t).app);
  assert.ok(said.startsWith(`cspread has no native code for this machine (${platform}, Node ${process.version}). `));
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
  assert.equal(load(app, { CSPREAD_NATIVE_PATH: path.join(app, 'chosen.js') }), 'chosen');
  const old = path.join(app, 'old.js');
  assert.ok(
    load(app, { CSPREAD_NATIVE_PATH: old }).includes(`${old}, which CSPREAD_NATIVE_PATH names, is not the one`),
  );
  const none = path.join(app, 'none.node');
  assert.ok(load(app, { CSPREAD_NATIVE_PATH: none }).startsWith(`CSPREAD_NATIVE_PATH names ${none}, which cannot be`));
});
