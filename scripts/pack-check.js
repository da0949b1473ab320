/**
 * Packs, installs the tarballs into an empty folder where there is node and npm and nothing else, and uses the package
 * as its users do. What the tarballs hold is listed.
 */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const platform = require('../lib/platform.js');
const { pack } = require('./pack.js');

const root = path.join(__dirname, '..');
const work = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-check-'));
const { name, version } = require('../package.json');

/** More than this is a mistake: something was packed that nobody needs. */
const MOST_BYTES = { main: 200_000, platform: 2_000_000 };

function list({ filename, size, unpackedSize, files }) {
  console.log(`\n${filename}: ${size} bytes, ${unpackedSize} unpacked`);
  for (const file of files) {
    console.log(`  ${String(file.size).padStart(8)}  ${file.path}`);
  }
}

/** A folder whose commands are node and npm: no compiler, no cargo. */
function onlyNode() {
  const bin = path.join(work, 'bin');
  fs.mkdirSync(bin);
  const npm = path.join(path.dirname(fs.realpathSync(process.execPath)), 'npm');
  const names = {
    node: process.execPath,
    npm: fs.existsSync(npm) ? npm : findOnPath('npm'),
    env: findOnPath('env'),
    sh: findOnPath('sh'),
  };
  for (const [command, file] of Object.entries(names)) {
    fs.symlinkSync(file, path.join(bin, command));
  }
  return bin;
}

function findOnPath(command) {
  const folders = process.env.PATH.split(path.delimiter);
  return folders.map((folder) => path.join(folder, command)).find((file) => fs.existsSync(file));
}

const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
const home = path.join(work, 'home');
const app = path.join(work, 'app');
const env = {
  PATH: onlyNode(),
  HOME: home,
  npm_config_registry: registry,
  npm_config_cache: path.join(home, 'cache'),
  ...(process.env.NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS }),
};

function inApp(command, args) {
  return execFileSync(command, args, { cwd: app, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What its users do: each prints `fine`. */
const USES = {
  require: [
    '-e',
    "const { SpreadSession } = require('cspread'); console.log(SpreadSession.SAFE_MESS === 32 ? 'fine' : '')",
  ],
  import: [
    '--input-type=module',
    '-e',
    "import S, { SpreadDaemon } from 'cspread'; console.log(S.SpreadDaemon === SpreadDaemon ? 'fine' : '')",
  ],
  'what is bundled': [
    '-e',
    "const { stringWidth, cliTruncate, distance } = require('./node_modules/cspread/cli/bundled.js');" +
      "console.log(stringWidth('漢字') === 4 && cliTruncate('漢字', 3) === '漢…' && distance('a', 'b') === 1 ? 'fine' : '')",
  ],
  worker: [
    '-e',
    `const { Worker } = require('node:worker_threads');
     new Worker(\`const S = require('cspread');
       S.SpreadDaemon.start({ port: 0 }).then((daemon) => {
         const session = new S(daemon.address, 'w', async () => {
           await session.join('room');
           await session.disconnect();
           await daemon.stop();
           console.log('fine');
         });
       });\`, { eval: true })`,
  ],
};

/** The command line, as npx finds it: a daemon, somebody who listens, somebody who sends. */
const COMMAND = `
  const { once } = require('node:events');
  const { createInterface } = require('node:readline');
  const { spawn } = require('node:child_process');
  const start = (...args) => spawn('node_modules/.bin/cspread', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  (async () => {
    const daemon = start('daemon', '--port', '0', '--log', 'json');
    const events = createInterface(daemon.stdout)[Symbol.asyncIterator]();
    const { addresses: [address] } = JSON.parse((await events.next()).value);
    const listener = start('listen', 'room', '--json', '--count', '1', '-a', address);
    const heard = createInterface(listener.stdout)[Symbol.asyncIterator]();
    const { members } = JSON.parse((await heard.next()).value);
    start('send', 'room', 'hello', '-n', 'anna', '-a', address);
    const { sender, data } = JSON.parse((await heard.next()).value);
    const [code] = await once(start('doctor', '-a', address), 'exit');
    daemon.kill();
    await once(daemon, 'exit');
    console.log(members.length === 1 && sender === '#anna#localhost' && data === 'hello' && code === 0 ? 'fine' : '');
  })();`;

function useCommand() {
  assert.equal(inApp('npm', ['exec', '--', 'cspread', '--version']).trim(), version);
  assert.equal(inApp('node', ['-e', COMMAND]).trim(), 'fine');
  console.log('command line: fine');
}

function check() {
  const packed = pack(path.join(work, 'packed'));
  for (const [which, account] of Object.entries(packed)) {
    list(account);
    assert.ok(account.size < MOST_BYTES[which], `${account.filename} has ${account.size} bytes`);
    assert.equal(account.version, version);
  }
  for (const entry of require('../package.json').files) {
    const has = packed.main.files.some((file) => file.path === entry || file.path.startsWith(`${entry}/`));
    assert.ok(has, `${entry} of "files" is not in the tarball`);
  }

  assert.ok(
    packed.main.files.some((file) => file.path === 'cli/LICENSES'),
    'the licences of what is bundled',
  );

  fs.mkdirSync(app, { recursive: true });
  fs.mkdirSync(home);
  fs.writeFileSync(path.join(app, 'package.json'), '{ "private": true }\n');
  inApp('npm', ['install', '--no-fund', '--no-audit', packed.main.file, packed.platform.file]);
  console.log(
    `\ninstalled: ${fs
      .readdirSync(path.join(app, 'node_modules'))
      .filter((entry) => !entry.startsWith('.'))
      .join(', ')}`,
  );
  const installed = JSON.parse(fs.readFileSync(path.join(app, 'node_modules', name, 'package.json'), 'utf8'));
  assert.deepEqual(
    [installed.dependencies, installed.scripts],
    [undefined, undefined],
    'nothing runs, nothing is needed',
  );

  for (const [use, args] of Object.entries(USES)) {
    assert.equal(inApp('node', args).trim(), 'fine', use);
    console.log(`${use}: fine`);
  }
  const example = fs.readFileSync(path.join(root, 'examples', 'unittest.js'), 'utf8');
  fs.writeFileSync(path.join(app, 'example.js'), example.replace("require('..')", "require('cspread')"));
  console.log(`example: ${inApp('node', ['example.js']).trim().split('\n').at(-1)}`);

  useCommand();

  // Without the native code the error says what was tried, and the cure.
  fs.rmSync(path.join(app, 'node_modules', `cspread-${platform}`), { recursive: true });
  const complaint = inApp('node', ['-e', "try { require('cspread') } catch (error) { console.log(error.message) }"]);
  assert.match(complaint, new RegExp(`no native code for this machine \\(${platform}, Node v`));
  assert.match(complaint, /rm -rf node_modules package-lock.json\n {2}npm install\n$/);
  console.log(`without the platform's package:\n${complaint.replace(/^/gm, '  ')}`);
}

try {
  check();
  console.log('the packages are fine');
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
