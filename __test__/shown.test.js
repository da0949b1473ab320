/** What console.log() shows of sessions, daemons and iterators, and how `await using` ends them. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { inspect } = require('node:util');
const { buildSync } = require('esbuild');
const SpreadSession = require('..');
const platform = require('../lib/native/platform.js');
const { run } = require('./helpers/child.js');
const { openModern } = require('./helpers/modern.js');
const { begin, closed, daemonFor, unique } = require('./helpers/sessions.js');

const { SpreadDaemon, connect } = SpreadSession;

/** No line is broken, whatever the names' lengths. */
const show = (it, options) => inspect(it, { breakLength: Number.POSITIVE_INFINITY, ...options });

/** Of how anything works inside. */
const INSIDES = /_events|kState|cspread\.|Symbol\(|memberships|reporter|#|holding/;

test('a session shows who it is, where, and in which groups', async (t) => {
  const { address } = await daemonFor(t, {});
  const session = await openModern(t, address, { name: 'me' });
  const at = `address: '${session.address}', engine: '${session.engine}'`;
  const head = `SpreadSession { name: 'me', privateGroup: '#me#localhost', ${at}`;
  assert.equal(show(session), `${head}, state: 'connected', groups: [] }`);
  await session.join('room');
  await session.join('other');
  session.on('message', () => {});
  session.extra = 'of the program';
  const whole = `${head}, state: 'connected', groups: [ 'room', 'other' ] }`;
  assert.equal(show(session), whole);
  assert.doesNotMatch(show(session, { showHidden: true, depth: 9 }).replace('#me#', ''), INSIDES);
  assert.equal(show({ session }), `{ session: ${whole} }`);
  assert.equal(show({ deep: { er: { session } } }, { depth: 2 }), '{ deep: { er: { session: [SpreadSession] } } }');
  await session.disconnect();
  assert.equal(show(session), `${head}, state: 'closed', groups: [] }`);
});

test('a session of the constructor, at once, and of a class of its own', async (t) => {
  const { address } = await daemonFor(t, {});
  class Chat extends SpreadSession {}
  const session = new Chat(address, 'me');
  session.dataHandler = () => {};
  assert.match(show(session), /^Chat \{ name: 'me', privateGroup: undefined, .*state: 'connecting', groups: \[\] \}$/);
  session.disconnect();
  await closed(session);
  assert.equal(typeof show(SpreadSession.prototype), 'string');
});

test('a daemon shows where it listens', async (t) => {
  const daemon = await daemonFor(t, { name: 'alpha' });
  daemon.on('connect', () => {});
  const { address, port } = daemon;
  const whole = `SpreadDaemon { name: 'alpha', address: '${address}', port: ${port}, path: undefined }`;
  assert.equal(show(daemon), whole);
  assert.equal(show(daemon, { showHidden: true }), whole);
  assert.equal(show([[[daemon]]], { depth: 2 }), '[ [ [ [SpreadDaemon] ] ] ]');
});

test('iterators, groups and views', async (t) => {
  const { address } = await daemonFor(t, {});
  const session = await openModern(t, address, { name: 'me' });
  const iterator = session.deliveries();
  assert.equal(show(iterator, { showHidden: true }), 'DeliveryIterator {}');
  await iterator.return();
  await session.join('room');
  const id = session.groups.get('room').id.ints.join(' ');
  const members = "[ '#me#localhost' ]";
  const view = `View { group: 'room', id: GroupId ${id}, members: ${members}, index: 0, sets: [ ${members} ], ownSet: ${members} }`;
  assert.equal(show(session.groups.get('room')), view);
  assert.equal(show(session.groups), `Groups(1) [Map] { 'room' => ${view} }`);
});

test('classes by the names that documents have for them', () => {
  const { SpreadError, SpreadSession: itself } = SpreadSession;
  assert.deepEqual(
    [itself, SpreadDaemon, SpreadError].map(({ name }) => name),
    ['SpreadSession', 'SpreadDaemon', 'SpreadError'],
  );
});

const { asyncDispose } = Symbol;

test('whatever ends has an end for `await using`', { skip: !asyncDispose && 'no such symbol here' }, async () => {
  const daemon = await SpreadDaemon.start({ port: 0 });
  const session = await connect(daemon.address);
  const iterator = session.messages();
  const waiting = iterator.next();
  assert.equal(await iterator[asyncDispose](), undefined);
  assert.deepEqual([await waiting, await iterator.next()], Array(2).fill({ value: undefined, done: true }));
  const { opened, session: classic } = begin(daemon.address, unique());
  await opened;
  for (const one of [session, classic]) {
    assert.equal(await one[asyncDispose](), undefined);
    assert.equal(one.state, 'closed');
  }
  assert.equal(await daemon[asyncDispose](), undefined);
  await assert.rejects(connect(daemon.address), { code: 'ERR_SPREAD_COULD_NOT_CONNECT' });
  // Again, as a block does that has stopped it by itself.
  for (const one of [iterator, session, daemon]) {
    await one[asyncDispose]();
  }
});

test('the same in a program that a bundler has made small', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-names-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const root = path.join(__dirname, '..');
  const native = path.join(root, 'native', `cspread.${platform}.node`);
  const shape = { bundle: true, platform: 'node', logLevel: 'error' };
  for (const [name, options] of Object.entries({ bundled: {}, minified: { minify: true } })) {
    const outfile = path.join(folder, 'lib', `${name}.js`);
    buildSync({ ...shape, ...options, entryPoints: [path.join(root, 'lib', 'index.js')], outfile });
    const { exit, lines } = run(t, 'names.js', [outfile], { env: { CSPREAD_NATIVE_PATH: native } });
    const { errors } = await exit;
    assert.deepEqual(
      lines.entries.slice(0, -1),
      [
        'SpreadDaemon SpreadError SpreadSession SpreadDaemon SpreadSession View GroupId Groups DeliveryIterator SpreadError',
        'SpreadError: ',
      ],
      errors,
    );
  }
});
