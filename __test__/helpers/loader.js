/** The loader of the native code, alone, in packages that a test installs and has others load. */

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const platform = require('../../lib/native/platform.js');
const { version } = require('../../package.json');

const LIB = path.join(__dirname, '..', '..', 'lib', 'native');
const FILES = ['builds.js', 'own-module.js', 'load.js', 'load-errors.js', 'file.js', 'platform.js'];

/** Makes a folder for this test. Other users may look into it. */
function folderFor(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-loader-'));
  fs.chmodSync(folder, 0o755);
  t.after(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

/** Makes a file in place of native code. */
const code = (own, from) => `module.exports = { version: () => '${own}', from: '${from}' };\n`;

/**
 * Makes an installed package, with its loader alone. `own` is the version of the platform's package, if there is one.
 */
function installed(t, { own, packages = [`cspread-${platform}`] } = {}) {
  const app = folderFor(t);
  const write = (file, content) => {
    fs.mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
    fs.writeFileSync(path.join(app, file), content);
  };
  const optionalDependencies = Object.fromEntries(packages.map((name) => [name, version]));
  write('node_modules/cspread/package.json', JSON.stringify({ name: 'cspread', version, optionalDependencies }));
  for (const name of FILES) {
    write(`node_modules/cspread/lib/native/${name}`, fs.readFileSync(path.join(LIB, name)));
  }
  if (own) {
    write(`node_modules/cspread-${platform}/index.js`, code(own, 'package'));
  }
  return { app, write };
}

/** Says where the code came from, or the complaint. */
const SCRIPT = `try { console.log(require('./node_modules/cspread/lib/native/load.js').from ?? 'native code'); }
  catch (error) { console.log(error.message); }`;

/** Loads it with `app` as the working directory, by a process with these flags, of this user. */
function load(app, { env = {}, flags = [], uid } = {}) {
  const { CSPREAD_NATIVE_PATH, ...rest } = process.env;
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, [...flags, '-e', SCRIPT], {
    cwd: app,
    env: { ...rest, NODE_NO_WARNINGS: '1', ...env },
    uid,
    encoding: 'utf8',
  });
  assert.deepEqual({ stderr, status, signal }, { stderr: '', status: 0, signal: null });
  return stdout.trimEnd();
}

module.exports = { SCRIPT, code, folderFor, installed, load };
