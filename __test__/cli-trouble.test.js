/** The command line where things are not as they should be: native code, engine, arguments, Ctrl-C, full disks. */

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { connect } = require('..');
const { version } = require('../package.json');
const { CLI, cspread, start } = require('./helpers/command.js');
const { daemonFor } = require('./helpers/sessions.js');
const { sendSignal } = require('./helpers/signal.js');
const { until } = require('./helpers/until.js');

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
  assert.match(findings.daemon.missing, /skipped: fix native code first/);
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

test('native code of another version is a fault in each command', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const env = { CSPREAD_NATIVE_PATH: path.join(folder, 'native.js') };
  const real = require.resolve(`../native/cspread.${require('../lib/native/platform.js')}.node`);
  const { address } = await daemonFor(t, {});
  for (const [own, code] of [
    [version, 0],
    ['0.0.1', 1],
  ]) {
    fs.writeFileSync(
      env.CSPREAD_NATIVE_PATH,
      `module.exports = { ...require(${JSON.stringify(real)}), version: () => '${own}' }`,
    );
    const doctor = await cspread(t, ['doctor', '-a', address], { env });
    assert.equal(doctor.code, code, doctor.out);
    const complaint = /native code version 0\.0\.1/;
    assert.equal(/✗ native code/.test(doctor.out) && complaint.test(doctor.out.replace(/\s+/g, ' ')), code === 1);
    const ping = await cspread(t, ['ping', '-a', address, '-c', '1'], { env });
    assert.equal(ping.code, code);
    assert.equal(complaint.test(ping.errors), code === 1);
  }
});

test('CSPREAD_ENGINE: what is no engine, and a C library that is not there', async (t) => {
  const { address } = await daemonFor(t, {});
  const java = await cspread(t, ['ping', '-a', address], { env: { CSPREAD_ENGINE: 'java' } });
  assert.equal(java.code, 2);
  assert.match(java.errors, /^cspread: CSPREAD_ENGINE must be native or libspread, not java\n/);
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
  assert.match(stderr, /^cspread: cannot write the output: .*\n$/);
  assert.equal(to(['ignore', 'pipe', descriptor], ['frobnicate']).status, 2);
});

test('send: stdin that does not end is not waited for: Ctrl-C, a daemon that dies, too long a message', async (t) => {
  const daemon = await daemonFor(t, {});
  const connected = () => once(daemon, 'connect');
  const endless = (...args) => start(t, ['send', 'room', '-a', daemon.address, ...args], { input: null });

  let up = connected();
  const stopped = endless('--lines');
  await up;
  // The signal's handler is there by then: the first line is sent after it.
  const witness = await connect(daemon.address);
  await witness.join('room');
  const heard = once(witness, 'message');
  stopped.child.stdin.write('a line\nhalf of a li');
  assert.equal(String((await heard)[0].data), 'a line');
  sendSignal(stopped.child, 'SIGINT');
  const { code, errors } = await stopped.over;
  assert.deepEqual([code, errors], [130, 'cspread: interrupted before everything was sent\n']);

  for (const [more, hint] of [
    [[], /^cspread: stdin has more than the 139968 bytes of a message; --lines .*\n$/],
    [['--lines'], /^cspread: stdin has more than the 139968 bytes of a message\n$/],
  ]) {
    const long = endless(...more);
    long.child.stdin.write(Buffer.alloc(200_000));
    const said = await long.over;
    assert.equal(said.code, 1);
    assert.match(said.errors, hint);
  }
  await witness.disconnect();

  up = connected();
  const lost = endless();
  await up;
  await daemon.stop();
  const said = await lost.over;
  assert.equal(said.code, 1);
  assert.match(said.errors, /^cspread: .*daemon.*\n$/);
});

test('ping: a daemon that hangs, and Ctrl-C while it does', { skip: process.platform === 'win32' }, async (t) => {
  const daemon = start(t, ['daemon', '--port', '0', '--log', 'json']);
  const { addresses } = JSON.parse(await daemon.lines.find((line) => line.includes('listening')));
  const pinging = (...args) => start(t, ['ping', '-c', '0', '-i', '1', '-a', addresses[0], ...args]);
  t.after(() => sendSignal(daemon.child, 'SIGCONT'));
  const [late, stopped] = [pinging('--timeout', '500'), pinging('--timeout', '1000000')];
  for (const { lines } of [late, stopped]) {
    await lines.find((line) => /^ +3 /.test(line));
  }
  sendSignal(daemon.child, 'SIGSTOP');
  const said = await late.over;
  assert.equal(said.code, 1);
  assert.match(said.errors, /^cspread: \S+ did not answer within 500 ms\n$/);
  sendSignal(stopped.child, 'SIGINT');
  const { code, out, errors } = await stopped.over;
  assert.deepEqual([code, errors], [0, '']);
  assert.match(out, /^min .* max /m);
});

test('bench: Ctrl-C ends it in a line', async (t) => {
  const daemon = await daemonFor(t, {});
  const bench = start(t, ['bench', '-m', '1000000000', '--senders', '2', '-a', daemon.address]);
  await until(() => daemon.stats().messagesIn > 1000);
  sendSignal(bench.child, 'SIGINT');
  const { code, errors, out } = await bench.over;
  assert.deepEqual([code, errors, out], [130, 'cspread: interrupted before it was done\n', '']);
  await until(() => daemon.stats().sessions === 0);

  const before = daemon.stats().messagesIn;
  const trips = start(t, ['bench', '-m', '1', '--trips', '1000000', '-a', daemon.address]);
  await until(() => daemon.stats().messagesIn > before + 1000);
  sendSignal(trips.child, 'SIGINT');
  const said = await trips.over;
  assert.deepEqual([said.code, said.errors], [130, 'cspread: interrupted before it was done\n']);
});

test('bench: a daemon that dies', async (t) => {
  const daemon = await daemonFor(t, {});
  const bench = start(t, ['bench', '-m', '1000000000', '-a', daemon.address]);
  await until(() => daemon.stats().messagesIn > 1000);
  await daemon.stop();
  const { code, errors } = await bench.over;
  assert.equal(code, 1);
  assert.match(errors, /^cspread: .*daemon.*\n$/);
});

test('ping, top and chat: a daemon that dies', async (t) => {
  for (const [args, isUp] of [
    [['ping', '-c', '0', '-i', '1'], (stats) => stats.messagesIn > 10],
    [['top', 'room', '-i', '10'], (stats) => stats.groups === 1],
    [['chat', 'room'], (stats) => stats.groups === 1],
  ]) {
    const daemon = await daemonFor(t, {});
    const { over } = start(t, [...args, '-a', daemon.address], { input: null });
    await until(() => isUp(daemon.stats()));
    await daemon.stop();
    const { code, errors } = await over;
    assert.equal(code, 1, args[0]);
    assert.match(errors, /^cspread: .*daemon.*\n$/, args[0]);
  }
});

test('SIGTERM and SIGHUP: each says goodbye', { skip: process.platform === 'win32' }, async (t) => {
  const daemon = await daemonFor(t, {});
  for (const command of ['listen', 'top', 'chat']) {
    for (const signal of ['SIGTERM', 'SIGHUP']) {
      const { child, over } = start(t, [command, 'room', '-a', daemon.address], { input: null });
      const killed = once(child, 'exit');
      await until(() => daemon.stats().groups === 1);
      const gone = once(daemon, 'disconnect');
      sendSignal(child, signal);
      assert.equal((await gone)[0].cause, 'left', `${command}, ${signal}`);
      assert.equal((await over).errors, '');
      // A process whose terminal is gone ends by SIGHUP, after saying goodbye.
      assert.deepEqual(await killed, signal === 'SIGHUP' ? [null, 'SIGHUP'] : [0, null]);
    }
  }
});
