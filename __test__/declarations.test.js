/** index.d.ts says what there is: no more, no less, and of these types. Live objects of every kind are held beside it. */

const assert = require('node:assert/strict');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const ts = require('typescript');
const SpreadSession = require('..');
const { exports: entries } = require('../package.json');
const { differences, exported, propertiesOf, typeOf } = require('./helpers/declared.js');
const { Log } = require('./helpers/log.js');
const { openModern, recordEvents, scriptedModern, settled } = require('./helpers/modern.js');
const { ScriptedDaemon } = require('./helpers/scripted-daemon.js');
const { joined, message } = require('./helpers/scripted-session.js');
const { begin, daemonFor, unique } = require('./helpers/sessions.js');
const wire = require('./helpers/wire.js');

const { SpreadDaemon, connect } = SpreadSession;

/** The types of each entry point. */
const DECLARATIONS = Object.values(entries).flatMap(({ types }) => types ?? []);

/** What `value` is beside the type by this name. */
function assertDeclared(value, name) {
  assert.deepEqual(differences(value, typeOf(name), name), []);
}

/** An event's value, beside the type that the list of events has for it. */
function assertEvent(events, event, value) {
  const [type] = propertiesOf(typeOf(events)).get(event).type.typeArguments ?? [];
  assert.deepEqual(type === undefined ? [value].filter((it) => it !== undefined) : differences(value, type, event), []);
}

test('the module', () => {
  const isValue = ({ flags }) => (flags & ts.SymbolFlags.Value) !== 0 && (flags & ts.SymbolFlags.Prototype) === 0;
  const declared = [...exported.values()].filter(isValue).map(({ name }) => name);
  // `default` is the module itself, for those who import it.
  assert.deepEqual(Object.keys(SpreadSession).sort(), [...declared, 'default'].sort());
});

test('sessions, daemons, iterators, their figures and errors', async (t) => {
  const daemon = await daemonFor(t, {});
  const session = await openModern(t, daemon.address);
  const classic = await begin(daemon.address, unique()).opened;
  t.after(() => classic.disconnect());
  const error = await session.join('a bad group').catch((it) => it);
  const iterator = session.messages();
  const view = await session.join('room');
  for (const [name, ...values] of [
    ['SpreadSession', session, classic],
    ['Session', session],
    ['SpreadDaemon', daemon],
    ['DeliveryIterator', iterator],
    ['SessionStats', session.stats()],
    ['DaemonStats', daemon.stats()],
    ['SpreadError', error],
    ['View', view, session.groups.get('room')],
    ['GroupId', view.id],
    ['GroupIdCopy', structuredClone(view.id), view.id.toJSON()],
  ]) {
    for (const value of values) {
      assertDeclared(value, name);
    }
  }
  await session.disconnect();
  await daemon.stop();
  assertDeclared(session.stats(), 'SessionStats');
  assertDeclared(session, 'SpreadSession');
  assertDeclared(daemon.stats(), 'DaemonStats');
});

/** A reject, which has its original type behind the header. */
function reject(me) {
  const frame = wire.frame({ type: 0x400000, sender: me, groups: ['room'], body: Buffer.from('x') });
  return Buffer.concat([frame.subarray(0, 48), wire.ints(0x80000090 | 0), frame.subarray(48)]);
}

test('everything that a session delivers, as events and by iterators', async (t) => {
  const both = await scriptedModern(t, { maxReceiveQueueBytes: 1024 * 1024, highWaterMark: 1, groups: ['room'] });
  const { session, connection, me } = both;
  const log = recordEvents(session);
  const iterator = session.deliveries();
  connection.send(
    joined('room', [me], me),
    message('room', 'x', { messType: 5 }),
    joined('room', [me, '#a#script'], '#a#script'),
    wire.view({ group: 'room', cause: 'leave', members: [me], changed: '#a#script' }),
    wire.transition('room'),
    wire.view({ group: 'room', cause: 'network', members: [me, '#b#script'], sets: [[me], ['#b#script']] }),
    reject(me),
    wire.selfLeave('room'),
  );
  await settled(both);
  session.send('room', 'x');
  await session.drained();
  session.pause();
  connection.send(...Array.from({ length: 600 }, () => message('room', 'x'.repeat(1000))));
  await log.find(([event]) => event === 'slowConsumer');
  session.resume();
  connection.socket.destroy();
  const taken = [];
  await assert.rejects(async () => {
    for await (const delivery of iterator) {
      taken.push(delivery);
    }
  });
  await log.find(([event]) => event === 'close');
  for (const [event, value] of log.entries) {
    assertEvent('Events', event, value);
  }
  for (const delivery of taken) {
    assertDeclared(delivery, 'Delivery');
  }
  const heard = new Set(log.entries.map(([event]) => event));
  const known = ['message', 'membership', 'transition', 'reject', 'drain', 'slowConsumer', 'disconnect', 'close'];
  assert.deepEqual([...heard].sort(), known.sort());
});

test('what a session says that comes back, or does not', async (t) => {
  const daemon = await ScriptedDaemon.listen();
  t.after(() => daemon.close());
  const reconnect = { minDelay: 1, maxDelay: 1, attempts: 1 };
  const opened = connect({ address: daemon.address, name: 'me', reconnect });
  const first = await daemon.connection();
  await first.accept();
  const session = await opened;
  const log = recordEvents(session);
  const join = session.join('room');
  first.send(joined('room', ['#me#script'], '#me#script'));
  await join;
  first.socket.destroy();
  const second = await daemon.connection();
  await second.accept();
  second.send(joined('room', ['#me#script'], '#me#script'));
  await log.find(([event]) => event === 'reconnect');
  second.socket.destroy();
  const third = await daemon.connection();
  third.socket.destroy();
  await log.find(([event]) => event === 'close');
  for (const [event, value] of log.entries) {
    assertEvent('Events', event, value);
  }
  const heard = new Set(log.entries.map(([event]) => event));
  const known = ['membership', 'disconnect', 'reconnecting', 'reconnect', 'error', 'close'];
  assert.deepEqual([...heard].sort(), known.sort());
});

test('the events of a daemon', async (t) => {
  const daemon = await daemonFor(t, {});
  const log = new Log();
  for (const event of ['connect', 'disconnect']) {
    daemon.on(event, (value) => log.push([event, value]));
  }
  await connect({ address: daemon.address, name: 'a b' }).catch(() => {});
  const session = await connect(daemon.address);
  await session.disconnect();
  await log.count(2);
  for (const [event, value] of log.entries) {
    assertEvent('DaemonEvents', event, value);
  }
});

/** The names of options that a call knows, as it says to whoever gives it another one. */
async function namesOf(call) {
  const error = await new Promise((resolve) => resolve(call({ none: 1 }))).catch((it) => it);
  assert.equal(error.code, 'ERR_INVALID_ARG_VALUE');
  return /it takes (.*)$/.exec(error.message)[1].split(', ');
}

const OPTIONS = {
  ConnectOptions: () => connect,
  ReconnectOptions: () => (reconnect) => connect({ reconnect }),
  AuthMethod: () => (method) => connect({ auth: [method], engine: 'native' }),
  DaemonOptions: () => SpreadDaemon.start,
  SendOptions: (session) => (options) => session.send('room', 'x', options),
  TakeOptions: (session) => (options) => session.messages(options).return(),
  Abortable: (session) => (options) => session.ping(options),
};

test('options: the calls know those that are declared, and each may be undefined', async (t) => {
  const { address } = await daemonFor(t, {});
  const session = await openModern(t, address);
  for (const [name, callOf] of Object.entries(OPTIONS)) {
    const declared = propertiesOf(typeOf(name));
    assert.deepEqual((await namesOf(callOf(session))).sort(), [...declared.keys()].sort(), name);
    const open = [...declared].filter(([, { isOptional }]) => isOptional);
    for (const [option, { type }] of open) {
      assert.deepEqual(differences(undefined, type, `${name}.${option}`), []);
    }
  }
  const undefinedOf = (name) => Object.fromEntries([...propertiesOf(typeOf(name)).keys()].map((it) => [it, undefined]));
  const other = await connect({
    ...undefinedOf('ConnectOptions'),
    address,
    reconnect: undefinedOf('ReconnectOptions'),
  });
  const heard = once(other, 'message');
  other.send(other.privateGroup, 'x', undefinedOf('SendOptions'));
  const [{ service, type }] = await heard;
  assert.deepEqual([service, type], ['agreed', 0]);
  await other.ping(undefinedOf('Abortable'));
  await other.messages(undefinedOf('TakeOptions')).return();
  await other.disconnect(undefinedOf('Abortable'));
  const daemon = await SpreadDaemon.start({ ...undefinedOf('DaemonOptions'), port: 0 });
  await (await connect({ host: '127.0.0.1', port: daemon.port, path: undefined })).disconnect();
  await daemon.stop();
});

/** Diagnostics of the declarations and of their users in __test__/types, in a project with these types of Node's. */
function compile(t, types) {
  const root = path.join(__dirname, '..');
  const project = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-types-'));
  t.after(() => fs.rmSync(project, { recursive: true }));
  const copy = (from, to) => fs.cpSync(path.join(root, from), path.join(project, to), { recursive: true });
  for (const file of [...DECLARATIONS, 'package.json']) {
    copy(file, `node_modules/cspread/${file}`);
  }
  copy(`node_modules/${types}`, 'node_modules/@types/node');
  const users = fs.readdirSync(path.join(root, '__test__', 'types')).map((name) => {
    const file = path.join(project, name);
    const text = fs.readFileSync(path.join(root, '__test__', 'types', name), 'utf8');
    fs.writeFileSync(file, text.replaceAll("'../..'", "'cspread'"));
    return file;
  });
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, project);
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram(users, options, { ...host, getCurrentDirectory: () => project });
  const read = program.getSourceFiles().filter(({ fileName }) => /\.ts$/.test(fileName));
  const isOurs = ({ fileName }) => users.includes(fileName) || fileName.includes('node_modules/cspread/');
  const found = read.filter(isOurs).flatMap((file) => [...program.getSemanticDiagnostics(file)]);
  return {
    files: read.filter(isOurs).length,
    nodes: read.find(({ fileName }) => fileName.endsWith('@types/node/index.d.ts'))?.fileName,
    found: ts.formatDiagnostics(found, host),
    users,
    project,
  };
}

test('the oldest @types/node that README names', (t) => {
  const { version } = require('types-node-oldest/package.json');
  const readme = fs.readFileSync(path.join(__dirname, '..', 'README.md'), 'utf8');
  assert.ok(readme.includes(`@types/node ${version.replace(/\.0$/, '')}`), version);
  for (const types of ['types-node-oldest', '@types/node']) {
    const { files, nodes, found, users, project } = compile(t, types);
    assert.equal(found, '');
    assert.deepEqual([files, nodes?.startsWith(project)], [users.length + DECLARATIONS.length, true]);
  }
});
