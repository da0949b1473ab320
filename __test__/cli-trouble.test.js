/** The command line where things are not as they should be: native code, engine, arguments, Ctrl-C, full disks. */

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { version } = require('../package.json');
const { CLI, cspread } = require('./helpers/command.js');
const { daemonFor } = require('./helpers/sessions.js');

test('without native code: help is there, doctor says what is wrong, the others fail in a line', async (t) => {
  const env = { CSPREAD_NATIVE_PATH: path.join(os.tmpdir(), 'nothing.node'), CSPREAD_ENGINE: 'native' };
  const help = await cspread(t, ['--help'], { env });
  assert.equal(help.code, 0);
  assert.match(help.out, /^ {2}doctor /m);
  const reason = /CSPREAD_NATIVE_PATH names .*nothing\.node, which cannot be loaded/;
  const doctor = await cspread(t, ['doctor', '--json'], { env });
  assert.equal(doctor.code, 1);
  const findings = JSON.parse(doctor.out);
  assert.match(findings['native code'].fault, reason);
  assert.match(findings.cspread.found, /on Node/);
  assert.match(findings.daemon.missing, /first mend native code/);
  for (const args of [
    ['daemon'],
    ['chat', 'g'],
    ['send', 'g', 'x'],
    ['listen', 'g'],
    ['top', 'g'],
    ['ping'],
    ['bench'],
  ]) {
    const { code, errors } = await cspread(t, args, { env });
    assert.equal(code, 1, args[0]);
    assert.match(errors, reason);
    assert.doesNotMatch(errors, /\n {4}at |Require stack/);
  }
});

test('doctor: native code of another version is a fault', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const env = { CSPREAD_NATIVE_PATH: path.join(folder, 'cspread.node') };
  fs.copyFileSync(require.resolve(`../native/cspread.${require('../lib/platform.js')}.node`), env.CSPREAD_NATIVE_PATH);
  const { address } = await daemonFor(t, {});
  for (const [own, code] of [
    [version, 0],
    ['0.0.1', 1],
  ]) {
    fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ version: own }));
    const { code: said, out } = await cspread(t, ['doctor', '-a', address], { env });
    assert.equal(said, code, out);
    assert.equal(/✗ native code .* is of version 0\.0\.1/.test(out), code === 1);
  }
});

test('CSPREAD_ENGINE: what is no engine, and a C library that is not there', async (t) => {
  const { address } = await daemonFor(t, {});
  const java = await cspread(t, ['ping', '-a', address], { env: { CSPREAD_ENGINE: 'java' } });
  assert.equal(java.code, 2);
  assert.match(java.errors, /^cspread: CSPREAD_ENGINE is java, and has to be native or libspread\n/);
  const doctor = async (env) => JSON.parse((await cspread(t, ['doctor', '--json', '-a', address], { env })).out);
  assert.match((await doctor({ CSPREAD_ENGINE: 'java' })).engine.fault, /CSPREAD_ENGINE is java/);
  const CSPREAD_LIBSPREAD = path.join(os.tmpdir(), 'nothing.so');
  assert.match((await doctor({ CSPREAD_LIBSPREAD, CSPREAD_ENGINE: 'native' })).libspread.missing, /nothing\.so/);
  assert.match((await doctor({ CSPREAD_LIBSPREAD, CSPREAD_ENGINE: 'libspread' })).libspread.fault, /nothing\.so/);
});

test('what cannot be written, or cannot be complained about', async (t) => {
  const full = '/dev/full';
  if (!fs.existsSync(full)) {
    t.skip(`there is no ${full}`);
    return;
  }
  const to = (stdio, args) => spawnSync(process.execPath, [CLI, ...args], { stdio, encoding: 'utf8' });
  const descriptor = fs.openSync(full, 'w');
  t.after(() => fs.closeSync(descriptor));
  const { status, stderr } = to(['ignore', descriptor, 'pipe'], ['--help']);
  assert.equal(status, 1);
  assert.match(stderr, /^cspread: what it says cannot be written: .*\n$/);
  assert.equal(to(['ignore', 'pipe', descriptor], ['frobnicate']).status, 2);
});
