/** Native code that is there and does not load, each time for another reason: what is said names the cure. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { buildSync } = require('esbuild');
const { SCRIPT, folderFor, installed, load } = require('./helpers/loader.js');
const platform = require('../lib/native/platform.js');

const root = path.join(__dirname, '..');
const built = path.join(root, 'native', `cspread.${platform}.node`);
const { bun, deno } = process.versions;

const onNode = (bun || deno) && 'these are flags of Node’s';
const onDeno = !deno && 'these are flags of Deno’s: npm run test:runtimes runs this';
const onLinux = process.platform !== 'linux' && 'these are files of Linux’s';
const onGlibc = !platform.endsWith('-gnu') && 'these are made for systems with glibc';
const asSomebody = process.platform === 'win32' && 'Windows has no such modes';

/** Returns the error's text about this file. A file that is there needs no new installation. */
function refused(t, file, options = {}) {
  const said = load(installed(t).app, { ...options, env: { CSPREAD_NATIVE_PATH: file } });
  assert.ok(said.startsWith(`CSPREAD_NATIVE_PATH names ${file}, which cannot be loaded: `), said);
  assert.doesNotMatch(said, /npm install$/);
  return said;
}

/** Returns the same of the platform's package, of which this is the main file. */
function refusedPackage(t, file, options) {
  const { app, write } = installed(t);
  const name = `node_modules/cspread-${platform}`;
  write(`${name}/package.json`, JSON.stringify({ main: 'native.node' }));
  fs.copyFileSync(file, path.join(app, name, 'native.node'));
  const said = load(app, options);
  assert.ok(said.startsWith(`cspread has native code that does not load here (${platform}, `), said);
  assert.doesNotMatch(said, /npm install$/);
  return said;
}

test('what loads, loads', (t) => {
  const { app } = installed(t);
  assert.equal(load(app, { env: { CSPREAD_NATIVE_PATH: built } }), 'native code');
});

test('Node’s permissions', { skip: onNode }, (t) => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';
  const said = [
    refused(t, built, { flags: [flag, '--allow-fs-read=*'] }),
    refusedPackage(t, built, { flags: [flag, '--allow-fs-read=*'] }),
  ];
  const { app } = installed(t);
  const flags = [flag, '--allow-addons', `--allow-fs-read=${path.join(app, 'node_modules', 'cspread')}${path.sep}`];
  said.push(load(app, { flags, env: { CSPREAD_NATIVE_PATH: built } }));
  for (const text of said) {
    assert.match(text, /started with --permission: add --allow-addons, and --allow-fs-read /);
    assert.match(text, /Permissions do not govern what native code does: see SECURITY\.md\.$/);
  }
});

test('Node’s --no-addons', { skip: onNode }, (t) => {
  for (const said of [
    refused(t, built, { flags: ['--no-addons'] }),
    refusedPackage(t, built, { env: { NODE_OPTIONS: '--no-addons' } }),
  ]) {
    assert.match(said, /\nNode was started with --no-addons, perhaps by NODE_OPTIONS: start it without\.$/);
  }
});

test('Deno’s permissions', { skip: onDeno }, (t) => {
  const { app, write } = installed(t);
  write('load.cjs', SCRIPT);
  fs.mkdirSync(path.join(app, `node_modules/cspread-${platform}`));
  fs.copyFileSync(built, path.join(app, `node_modules/cspread-${platform}/index.node`));
  write(`node_modules/cspread-${platform}/package.json`, JSON.stringify({ main: 'index.node' }));
  const run = (...flags) => {
    const args = ['run', '--no-prompt', '--quiet', ...flags, 'load.cjs'];
    const { stdout } = new globalThis.Deno.Command(process.execPath, { args, cwd: app }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  };
  assert.equal(run('--allow-ffi', '--allow-read', '--allow-env'), 'native code');
  for (const flags of [
    ['--allow-read'],
    ['--allow-read', '--allow-env'],
    ['--allow-read', '--allow-ffi'],
    ['--allow-read', '--allow-env', '--deny-ffi'],
  ]) {
    const said = run(...flags);
    assert.match(said, /\nDeno has to allow it: --allow-ffi --allow-read --allow-env\. /, `${flags}`);
  }
});

test('a file that was cut off, which would end the process', { skip: onLinux }, (t) => {
  const whole = fs.readFileSync(built);
  for (const length of [0, 40, 100_000, whole.length - 1]) {
    const file = path.join(folderFor(t), 'cut.node');
    fs.writeFileSync(file, whole.subarray(0, length));
    for (const said of [refused(t, file), refusedPackage(t, file)]) {
      assert.match(
        said,
        new RegExp(`: ${length} bytes(,| of ${whole.length}).*\nThe file is damaged, .*: put it there again`),
      );
    }
  }
});

test('what is no native code, or another system’s', { skip: onLinux }, (t) => {
  const file = path.join(folderFor(t), 'pointer.node');
  fs.writeFileSync(file, `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1\n`);
  assert.match(refused(t, file), /bytes, which are no ELF file\nThe file is damaged, .* or of another system/);
});

test('another machine’s', { skip: onLinux }, (t) => {
  const [number, name] = process.arch === 'arm64' ? [62, 'x64'] : [183, 'arm64'];
  const code = fs.readFileSync(built);
  code.writeUInt16LE(number, 18);
  const file = path.join(folderFor(t), 'other.node');
  fs.writeFileSync(file, code);
  for (const said of [refused(t, file), refusedPackage(t, file)]) {
    assert.match(
      said,
      new RegExp(`made for ${name}, and this process runs on ${process.arch}\nIt has to be that of ${platform}: `),
    );
  }
});

/** Who may not read what root keeps for itself: root's tests start others, and everybody else is somebody. */
const uid = process.getuid?.() === 0 ? 65534 : undefined;

/** Returns what `look` finds while a file or folder has no modes at all. */
function closed(place, look) {
  const { mode } = fs.statSync(place);
  fs.chmodSync(place, 0);
  try {
    return look();
  } finally {
    fs.chmodSync(place, mode);
  }
}

test('a file, and a folder, that may not be read', { skip: asSomebody }, (t) => {
  const folder = folderFor(t);
  const file = path.join(folder, 'inner', 'hidden.node');
  fs.mkdirSync(path.dirname(file));
  fs.copyFileSync(built, file);
  const { app } = installed(t, { own: 'any' });
  for (const said of [
    closed(file, () => refused(t, file, { uid })),
    closed(path.dirname(file), () => refused(t, file, { uid })),
    closed(path.join(app, 'node_modules', `cspread-${platform}`), () => load(app, { uid })),
  ]) {
    assert.match(said, /\nThe user of this process may not read it: see to the modes of the file and of the folders /);
  }
});

test('a file system that is mounted noexec', { skip: onLinux }, (t) => {
  const folder = folderFor(t);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'noexec', 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    t.skip(`none can be mounted: ${error.message.split('\n').at(-2)}`);
    return;
  }
  try {
    const file = path.join(folder, 'native.node');
    fs.copyFileSync(built, file);
    assert.match(refused(t, file), /\nThe system runs no code from there: that file system is mounted noexec, /);
  } finally {
    execFileSync('umount', [folder]);
  }
});

/** Compiles a library in this folder. */
function compile(folder, name, source, ...flags) {
  fs.writeFileSync(path.join(folder, 'source.c'), source);
  const file = path.join(folder, name);
  execFileSync('cc', ['-shared', '-fPIC', '-o', file, 'source.c', ...flags], { cwd: folder, stdio: 'pipe' });
  return file;
}

/** Returns why nothing can be compiled here, or undefined. */
function noCompiler() {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' });
    return false;
  } catch {
    return 'it takes a C compiler to make such a file';
  }
}

const compiled = onLinux || onGlibc || noCompiler();

test('code for musl', { skip: compiled }, (t) => {
  for (const name of ['libc.musl-x86_64.so.1', 'libcmusl.so']) {
    const folder = folderFor(t);
    const libc = compile(
      folder,
      'libc.so',
      'int puts(const char *s) { return 0; }',
      '-nostdlib',
      `-Wl,-soname,${name}`,
    );
    const file = compile(
      folder,
      'm.node',
      'int puts(const char *); int f(void) { return puts(""); }',
      '-nostdlib',
      libc,
    );
    fs.rmSync(libc);
    assert.match(
      refused(t, file),
      new RegExp(`\nIt is made for another C library than .*\nIt has to be that of ${platform}: `),
    );
  }
});

test('code for a newer glibc', { skip: compiled }, (t) => {
  const folder = folderFor(t);
  fs.writeFileSync(path.join(folder, 'map'), 'GLIBC_9.99 { global: z; };');
  const libc = compile(
    folder,
    'z.so',
    'int z(void) { return 0; }',
    '-Wl,--version-script=map',
    '-Wl,-soname,libc.so.6',
  );
  const file = compile(folder, 'new.node', 'int z(void); int f(void) { return z(); }', libc);
  fs.rmSync(libc);
  assert.match(
    refused(t, file),
    /`GLIBC_9\.99' not found .*\nThe glibc of this system is too old for it\. .*\n.*CSPREAD_NATIVE_PATH/,
  );
});

test('a library that the system lacks', { skip: compiled }, (t) => {
  const folder = folderFor(t);
  const lacking = compile(folder, 'libnowhere.so', 'int z(void) { return 0; }', '-Wl,-soname,libnowhere.so');
  const source = 'int puts(const char *); int z(void); int f(void) { return puts("") + z(); }';
  const file = compile(folder, 'needs.node', source, lacking);
  fs.rmSync(lacking);
  assert.match(refused(t, file), /libnowhere\.so: .*\nIt needs a library that this system lacks: install that one\.$/);
});

test('a library that is no addon', { skip: compiled }, (t) => {
  const file = compile(folderFor(t), 'plain.node', 'int f(void) { return 0; }');
  assert.match(refused(t, file), /\nIt is no addon: it has to be the native code of cspread\.$/);
});

/** How the bundlers' output differs: what a module has of its own place. */
const FORMATS = {
  'a bundle': { format: 'cjs', outfile: 'app.js' },
  'a bundle that is a module, which has no place of its own': {
    format: 'esm',
    outfile: 'app.mjs',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  },
};

for (const [what, { outfile, ...options }] of Object.entries(FORMATS)) {
  test(`${what}: the error's cure is to mark cspread external, or to name the file, and that helps`, (t) => {
    const folder = folderFor(t);
    const file = path.join(folder, 'dist', outfile);
    fs.mkdirSync(path.join(folder, 'native'));
    fs.writeFileSync(path.join(folder, 'package.json'), '{ "name": "app" }');
    const contents =
      "try { console.log(require('./index.js').SAFE_MESS) } catch ({ message }) { console.log(message) }";
    const stdin = { contents, resolveDir: root };
    buildSync({ stdin, bundle: true, platform: 'node', outfile: file, logLevel: 'error', ...options });
    const { CSPREAD_NATIVE_PATH, ...env } = process.env;
    const run = (more) => execFileSync(process.execPath, [file], { env: { ...env, ...more }, encoding: 'utf8' }).trim();
    const said = run();
    assert.match(said, /^cspread has no native code for this machine /);
    assert.match(
      said,
      /\nA bundle holds no native code: mark cspread external, .*\nCSPREAD_NATIVE_PATH name the file\. /,
    );
    assert.doesNotMatch(said, /npm/);
    assert.equal(run({ CSPREAD_NATIVE_PATH: built }), '32');
  });
}
