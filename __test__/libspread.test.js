/**
 * The engine on the C library: how it is chosen, and what becomes of a library that will not do. What the engine does
 * is for the suite itself to say: the runner runs it once more on this engine, where there is a library.
 */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const SpreadSession = require('..');
const { begin, daemonFor, open } = require('./helpers/sessions.js');

const { libspreadVersion } = SpreadSession;
const { CSPREAD_LIBSPREAD } = process.env;
const noLibrary = CSPREAD_LIBSPREAD ? false : 'CSPREAD_LIBSPREAD names no C library';

/** Sets variables for one test. */
function withEnv(t, env) {
  for (const [name, value] of Object.entries(env)) {
    const before = process.env[name];
    process.env[name] = value;
    t.after(() => {
      if (before === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = before;
      }
    });
  }
}

/** What is no such library, and what is said of it. */
const BAD = {
  'nothing at all': [(file) => file, /no such file/i],
  'a directory': [(file) => fs.mkdirSync(file), /directory/i],
  'a text': [(file) => fs.writeFileSync(file, 'no library\n'), /not a (shared )?library/i],
  'an empty file': [(file) => fs.writeFileSync(file, ''), /not a (shared )?library/i],
  'a library of another kind': [(file) => fs.copyFileSync(addon(), file), /SP_\w+/],
};

function addon() {
  const folder = path.join(__dirname, '..', 'native');
  return path.join(
    folder,
    fs.readdirSync(folder).find((name) => name.endsWith('.node')),
  );
}

for (const [what, [make, said]] of Object.entries(BAD)) {
  test(`${what} in the library's place is reported, and the process lives on`, async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-'));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const file = path.join(folder, 'libspread.so');
    make(file);
    const daemon = await daemonFor(t);
    withEnv(t, { CSPREAD_ENGINE: 'libspread', CSPREAD_LIBSPREAD: file });
    const isTold = (error) => {
      assert.equal(error.code, 'ERR_SPREAD_LIBSPREAD_NOT_FOUND');
      assert.ok(error.message.includes(file), error.message);
      assert.match(error.message, said);
      return true;
    };
    await assert.rejects(begin(daemon.address).opened, isTold);
    assert.throws(() => libspreadVersion(), isTold);
    assert.throws(() => libspreadVersion(file), isTold);
    process.env.CSPREAD_ENGINE = 'native';
    await open(daemon.address, { t });
  });
}

test('an engine that does not exist is a wrong argument', (t) => {
  withEnv(t, { CSPREAD_ENGINE: 'perl' });
  assert.throws(() => new SpreadSession('4803', 'x'), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /^CSPREAD_ENGINE must be 'native' or 'libspread', not the string 'perl'$/,
  });
});

test('the native engine is the default, and for an empty CSPREAD_ENGINE too', async (t) => {
  const daemon = await daemonFor(t);
  for (const engine of ['', 'native']) {
    withEnv(t, { CSPREAD_ENGINE: engine });
    assert.equal((await open(daemon.address, { t })).engine, 'native');
  }
});

test('a path of the wrong type', () => {
  for (const value of [1, null, {}]) {
    assert.throws(() => libspreadVersion(value), { code: 'ERR_INVALID_ARG_TYPE' });
  }
});

test('a library says its version, and its sessions which engine they have', { skip: noLibrary }, async (t) => {
  assert.match(libspreadVersion(), /^\d+\.\d+\.\d+$/);
  assert.equal(libspreadVersion(CSPREAD_LIBSPREAD), libspreadVersion());
  withEnv(t, { CSPREAD_ENGINE: 'libspread' });
  const daemon = await daemonFor(t);
  const session = await open(daemon.address, { t });
  assert.equal(session.engine, 'libspread');
  assert.equal(session.daemonVersion, undefined);
});

test('a Unix socket that the library cannot reach is refused', { skip: noLibrary }, async (t) => {
  withEnv(t, { CSPREAD_ENGINE: 'libspread' });
  await assert.rejects(begin('/var/run/spread.sock').opened, {
    code: 'ERR_SPREAD_UNSUPPORTED',
    message: /\/tmp\/PORT/,
  });
});
