/** The command line, by pipes. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { connect } = require('..');
const { version } = require('../package.json');
const { cspread, start } = require('./helpers/command.js');
const { daemonFor } = require('./helpers/sessions.js');
const { sendSignal } = require('./helpers/signal.js');
const { until } = require('./helpers/until.js');

const COMMANDS = ['daemon', 'chat', 'send', 'listen', 'top', 'web', 'bench', 'ping', 'doctor', 'network', 'completion'];

test('--version, --help, help of each command', async (t) => {
  assert.equal((await cspread(t, ['--version'])).out, version);
  const { code, out } = await cspread(t, ['--help']);
  assert.equal(code, 0);
  for (const name of COMMANDS) {
    assert.match(out, new RegExp(`^ {2}${name} `, 'm'));
    const about = await cspread(t, [name, '--help']);
    assert.equal(about.code, 0);
    assert.match(about.out, new RegExp(`^cspread ${name}\\b`));
    assert.match(about.out, /^Examples:\n {2}(source <\()?cspread /m);
    for (const exit of [0, 1, 2, 3, 129, 130]) {
      assert.match(about.out, new RegExp(`^ {2}${exit} +\\w`, 'm'));
      assert.match(out, new RegExp(`^ {2}${exit} +\\w`, 'm'));
    }
  }
  assert.equal((await cspread(t, ['help', 'send'])).out, (await cspread(t, ['send', '--help'])).out);
});

const WRONG = [
  [[], 2, undefined],
  [['lisen'], 2, /unknown command 'lisen': did you mean listen\?/],
  [['frobnicate'], 2, /the commands are daemon, chat/],
  [['daemon', '--prot', '1'], 2, /unknown option --prot: did you mean --port\?/],
  [['daemon', '--port', '70000'], 2, /--port takes a whole number from 0 to 65535, not 70000/],
  [['daemon', '--port', '0', '--max-sessions', 'many'], 2, /--max-sessions takes a whole number/],
  [['daemon', '--port', '0', '--host', 'nowhere'], 1, /IP address, which 'nowhere' is not/],
  [['daemon', 'now'], 2, /unexpected argument 'now'/],
  [['daemon', '--port'], 2, /--port takes a value: --port=PORT/],
  [['ping', '-c', '-1'], 2, /--count takes a value: --count=NUMBER/],
  [['ping', '--json=yes'], 2, /--json takes no value/],
  [['send', 'g', '-5'], 2, /unknown option -5 \(to send it as text, put it after --\)/],
  [['send'], 2, /missing argument: GROUP\n/],
  [['send', 'a b', 'x'], 2, /'a b' is not a valid group name/],
  [['send', 'g', 'x', '--service', 'fast'], 2, /--service takes one of unreliable, .* not fast/],
  [['send', 'g', 'x', '--type', '-1'], 2, /--type/],
  [['listen'], 2, /missing argument: GROUP\n/],
  [['listen', 'g', '--count', '0'], 2, /--count takes a whole number of at least 1, not 0/],
  [['bench', 'nonsense'], 2, /unexpected argument 'nonsense': .* compare A B/],
  [['bench', '--engine', 'java'], 2, /--engine takes one of native, libspread/],
  [['bench', 'compare', 'one'], 2, /takes two files/],
  [['bench', 'compare', 'package.json', 'package.json'], 1, /not a result of bench --json/],
  [['ping', '--name', 'elevenchars'], 2, /name/],
  [['ping', '--address', 'nowhere'], 2, /'nowhere' is no daemon address/],
  [['listen', 'g', '--raw', '--time'], 2, /--raw and --time cannot be used together/],
  [['listen', 'g', '--json', '--transcript'], 2, /--json and --transcript cannot be used together/],
  [['send', 'g', 'x', '--rate', '0'], 2, /--rate takes a whole number from 1 to/],
  [['send', 'g', '--lines', '-c', '2'], 2, /--lines and --count cannot be used together/],
  [['send', 'g', 'x', '--confirm', '-s', 'unreliable'], 2, /--confirm needs a service whose messages are not lost/],
  [['completion'], 2, /missing argument: bash\|zsh\|fish/],
  [['listen', 'g', '--raw', '--json'], 2, /--raw and --json cannot be used together/],
  [['daemon', '--port', '0', '--name', 'a b'], 2, /a daemon name is made of/],
  [['--json', 'ping'], 2, /missing command before --json: cspread COMMAND --json/],
];

for (const [args, code, text] of WRONG) {
  test(`wrong: ${args.join(' ')}`, async (t) => {
    const said = await cspread(t, args);
    assert.equal(said.code, code);
    if (text) {
      assert.match(said.errors, text);
      assert.match(said.errors, /^cspread: /);
    }
    assert.doesNotMatch(said.errors, /\n {4}at /, 'a stack trace is for faults of the program');
  });
}

test('no daemon: each says so, and fails', async (t) => {
  const daemon = await daemonFor(t, {});
  await daemon.stop();
  const env = { SPREAD_DAEMON: daemon.address };
  for (const args of [['send', 'g', 'x'], ['listen', 'g'], ['chat', 'g'], ['top', 'g'], ['ping'], ['bench']]) {
    const { code, errors } = await cspread(t, args, { env });
    assert.equal(code, 1, args[0]);
    assert.match(errors, /^cspread: no daemon answers: .*\n$/);
  }
  const { code, out } = await cspread(t, ['doctor'], { env });
  assert.equal(code, 1);
  assert.match(out, /✗ daemon .*no daemon answers/);
  assert.match(out, /npx cspread daemon/);
});

test('send and listen: text, bytes, lines, a count', async (t) => {
  const { address } = await daemonFor(t, {});
  const env = { SPREAD_DAEMON: address };
  const bytes = Buffer.from([0, 255, 10, 13, 128]);
  const witness = await connect(address);
  t.after(() => witness.disconnect());
  const isIn = (count) => until(() => witness.groups.get('room')?.members.length === count);
  await witness.join('room');

  const text = start(t, ['listen', 'room', '--count', '2'], { env });
  await isIn(2);
  assert.deepEqual(await cspread(t, ['send', 'room', 'hello', '-n', 'anna'], { env }), {
    code: 0,
    errors: '',
    out: '',
  });
  await cspread(t, ['send', 'room', '-', '-n', 'ben'], { env, input: 'from \u001b[31mstdin' });
  assert.equal((await text.over).out, '#anna#localhost hello\n#ben#localhost from �[31mstdin');
  await isIn(1);

  const json = start(t, ['listen', 'room', '--json', '--count', '1'], { env });
  await isIn(2);
  await cspread(t, ['send', 'room', '--service', 'safe', '--type', '7', '-n', 'anna'], { env, input: bytes });
  const said = (await json.over).out.split('\n').map((line) => JSON.parse(line));
  assert.equal(said[0].kind, 'membership');
  assert.deepEqual(said.at(-1), {
    kind: 'message',
    group: 'room',
    groups: ['room'],
    sender: '#anna#localhost',
    type: 7,
    service: 'safe',
    base64: bytes.toString('base64'),
  });
  await isIn(1);

  const flag = start(t, ['listen', 'room', '-c', '1'], { env });
  await isIn(2);
  await cspread(t, ['send', 'room', '-n', 'anna', '--', '-h'], { env });
  assert.equal((await flag.over).out, '#anna#localhost -h');
  await isIn(1);

  const raw = start(t, ['listen', 'room', '--raw', '--count', '3'], { env });
  await isIn(2);
  await cspread(t, ['send', 'room', '--lines'], { env, input: 'one\ntwo\nthree' });
  assert.deepEqual(await raw.over, { code: 0, errors: '', out: '' });
  assert.equal(raw.written(), 'onetwothree');
});

test('listen --timeout: 3 if the count was not reached, else 0', async (t) => {
  const { address } = await daemonFor(t, {});
  const env = { SPREAD_DAEMON: address };
  const counting = await cspread(t, ['listen', 'room', '--count', '1', '--timeout', '100'], { env });
  assert.equal(counting.code, 3);
  assert.match(counting.errors, /received 0 of 1 messages in 100 ms/);
  assert.equal((await cspread(t, ['listen', 'room', '--timeout', '100'], { env })).code, 0);
});

test('listen ends when nobody reads what it writes', async (t) => {
  const { address } = await daemonFor(t, {});
  const session = await connect(address);
  t.after(() => session.disconnect());
  await session.join('room');
  const { child, over } = start(t, ['listen', 'room', '-a', address]);
  await until(() => session.groups.get('room').members.length === 2);
  child.stdout.destroy();
  // The pipe's other end may take a message before it is gone.
  await until(() => session.send('room', 'x'.repeat(1000)) && child.exitCode !== null);
  assert.equal((await over).code, 0);
});

test('listen: Ctrl-C ends it, and a daemon that dies', async (t) => {
  const daemon = await daemonFor(t, {});
  const session = await connect(daemon.address);
  session.on('disconnect', () => {});
  await session.join('room');
  const first = start(t, ['listen', 'room', '-a', daemon.address]);
  const second = start(t, ['listen', 'room', '-a', daemon.address]);
  await until(() => session.groups.get('room').members.length === 3);
  sendSignal(first.child, 'SIGINT');
  assert.deepEqual(await first.over, { code: 0, errors: '', out: '' });
  await daemon.stop();
  const { code, errors } = await second.over;
  assert.equal(code, 1);
  assert.match(errors, /^cspread: the daemon closed the connection\n$/);
});

test('daemon: says where it listens and who comes and goes, stops on SIGTERM', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const unix = path.join(folder, 'socket');
  const { child, lines, over } = start(t, ['daemon', '--port', '0', '--unix', unix, '--log', 'json']);
  const { addresses } = JSON.parse(await lines.find((line) => line.includes('listening')));
  assert.equal(addresses[1], unix);
  for (const address of addresses) {
    const session = await connect({ address, name: 'anna', engine: 'native' });
    await session.disconnect();
  }
  await lines.count(2, (line) => line?.includes('"disconnect"'));
  sendSignal(child, 'SIGTERM');
  const { code, out } = await over;
  assert.equal(code, 0);
  const events = out.split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(
    events.map(({ event, privateGroup }) => [event, privateGroup]),
    [
      ['listening', undefined],
      ['connect', '#anna#localhost'],
      ['disconnect', '#anna#localhost'],
      ['connect', '#anna#localhost'],
      ['disconnect', '#anna#localhost'],
      ['stopped', undefined],
    ],
  );
  assert.equal(fs.existsSync(unix), false);
});

test('daemon: a path that is taken', { skip: process.platform === 'win32' }, async (t) => {
  const { code, errors } = await cspread(t, ['daemon', '--port', '0', '--unix', __filename]);
  assert.equal(code, 1);
  assert.match(errors, /choose another path with --unix/);
});

test('daemon: a port that is taken', async (t) => {
  const { port } = await daemonFor(t, {});
  const { code, errors } = await cspread(t, ['daemon', '--port', port]);
  assert.equal(code, 1);
  assert.match(errors, /Another daemon may be running/);
});

test('chat, from a script', async (t) => {
  const { address } = await daemonFor(t, {});
  const input = 'hello\n/nix\n/service safe\n/to #anna#localhost\nto me\n/leave room\nnowhere?\n/quit\n';
  const { code, out } = await cspread(t, ['chat', 'room', '-n', 'anna', '-a', address], { input });
  assert.equal(code, 0);
  // What commands say and what is heard come each in their order, but not in one.
  const lines = out.split('\n');
  const isSaid = (line) => line.startsWith('*');
  assert.deepEqual(lines.filter(isSaid), ['* unknown command /nix: /help lists the commands', '* safe from now on']);
  assert.deepEqual(
    lines.filter((line) => !isSaid(line)),
    [
      'room * anna joined (1)',
      'room anna hello',
      'to you anna safe to me',
      'room * anna left',
      'to you anna safe nowhere?',
    ],
  );
});

test('top --json, ping --json, doctor --json', async (t) => {
  const { address } = await daemonFor(t, {});
  const session = await connect({ address, name: 'anna' });
  await session.join('room');
  const timer = setInterval(() => session.send('room', 'x'.repeat(10)), 1);
  const top = await cspread(t, ['top', 'room', '--json', '-c', '2', '-i', '50', '-n', 'top', '-a', address]);
  assert.equal(top.code, 0);
  const { room } = JSON.parse(top.out.split('\n')[1]).groups;
  assert.deepEqual(room.members, ['#anna#localhost', '#top#localhost']);
  assert.equal(room.senders[0].sender, '#anna#localhost');
  assert.ok(room.senders[0].bytes > room.senders[0].messages);
  clearInterval(timer);
  await session.disconnect();
  const ping = await cspread(t, ['ping', '--json', '-c', '5', '-i', '0', '-a', address]);
  const { count, min, p50, p99, max } = JSON.parse(ping.out);
  assert.equal(count, 5);
  assert.ok(0 < min && min <= p50 && p50 <= p99 && p99 <= max);
  const doctor = await cspread(t, ['doctor', '--json', '-a', address]);
  assert.equal(doctor.code, 0);
  assert.match(JSON.parse(doctor.out).daemon.found, /answers/);
});

test('bench, and compare', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-cli-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const few = ['bench', '--embedded', '-m', '2001', '--trips', '50'];
  const files = ['a.json', 'b.json'].map((name) => path.join(folder, name));
  for (const [index, more] of [
    ['--senders', '2', '--receivers', '3'],
    ['--size', '1000'],
  ].entries()) {
    const { code, out } = await cspread(t, [...few, '--json', ...more]);
    assert.equal(code, 0);
    fs.writeFileSync(files[index], out);
  }
  const { flood, roundTrip, senders, receivers } = JSON.parse(fs.readFileSync(files[0], 'utf8'));
  assert.deepEqual([senders, receivers], [2, 3]);
  assert.ok(Math.abs(flood.delivered / flood.rate - 3) < 1e-9);
  assert.equal(
    roundTrip.histogram.reduce((sum, [, count]) => sum + count, 0),
    50,
  );
  const { code, out } = await cspread(t, ['bench', 'compare', ...files]);
  assert.equal(code, 0);
  assert.match(out, /^sent +\S+ \S+ +\S+ \S+ +[+-]/m);
  assert.match(out, /Measured differently: size 64 and 1000; senders 2 and 1; receivers 3 and 1/);
  const { measures, differences } = JSON.parse((await cspread(t, ['bench', 'compare', ...files, '--json'])).out);
  assert.equal(measures.rate.change, measures.rate.after / measures.rate.before - 1);
  assert.ok(measures.p50.before > 0);
  assert.deepEqual(differences, { size: [64, 1000], senders: [2, 1], receivers: [3, 1] });
  assert.match((await cspread(t, few)).out, /^round trip +p50 /m);
});
