/**
 * Installs the main tarball and this platform's into an empty folder where the only commands are node and npm, and uses
 * the package as its users do: use-packed.js FOLDER, with the tarballs that pack.js has put there.
 */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const platform = require('../../lib/native/platform.js');
const { npm } = require('../npm.js');
const { name, version } = require('../../package.json');

const root = path.join(__dirname, '..', '..');
const isWindows = process.platform === 'win32';

/** Makes a folder whose commands are node and npm: no compiler, no cargo. */
function onlyNode(work) {
  const folder = path.join(work, 'bin');
  fs.mkdirSync(folder);
  const beside = path.join(path.dirname(fs.realpathSync(process.execPath)), 'npm');
  const names = {
    node: process.execPath,
    npm: fs.existsSync(beside) ? beside : findOnPath('npm'),
    env: findOnPath('env'),
    sh: findOnPath('sh'),
  };
  for (const [command, file] of Object.entries(names)) {
    fs.symlinkSync(file, path.join(folder, command));
  }
  return folder;
}

function findOnPath(command) {
  const folders = process.env.PATH.split(path.delimiter);
  return folders.map((folder) => path.join(folder, command)).find((file) => fs.existsSync(file));
}

/** Returns the environment for Windows, where links need a privilege: the folders of Node and of the system. */
function windows(home) {
  const { SystemRoot, ComSpec, PATHEXT, TEMP, TMP } = process.env;
  const PATH = [path.dirname(process.execPath), path.join(SystemRoot, 'System32')].join(path.delimiter);
  return { SystemRoot, ComSpec, PATHEXT, TEMP, TMP, PATH, USERPROFILE: home, APPDATA: home, LOCALAPPDATA: home };
}

/** Programs that use the package: each prints `fine`. */
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
  'names of classes': [
    '-e',
    `const { SpreadDaemon, SpreadError, SpreadSession, connect } = require('cspread');
     SpreadDaemon.start({ port: 0 }).then(async (daemon) => {
       const session = await connect(daemon.address);
       const view = await session.join('room');
       const named = [SpreadDaemon, SpreadError, SpreadSession, view.constructor, view.id.constructor];
       await session.disconnect();
       await daemon.stop();
       const names = named.map(({ name }) => name).join(' ');
       console.log(names === 'SpreadDaemon SpreadError SpreadSession View GroupId' ? 'fine' : names);
     });`,
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

/** Uses the command line, as npx finds it: a daemon, a listener, a sender. */
const COMMAND = `
  const { once } = require('node:events');
  const { createInterface } = require('node:readline');
  const { spawn } = require('node:child_process');
  // npx has a batch file on Windows, which cannot be spawned.
  const [file, ...first] = process.platform === 'win32'
    ? [process.execPath, 'node_modules/cspread/bin/cspread.js']
    : ['node_modules/.bin/cspread'];
  const start = (...args) => spawn(file, [...first, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
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

function use({ main, native }, work) {
  const home = path.join(work, 'home');
  const app = path.join(work, 'app');
  fs.mkdirSync(app, { recursive: true });
  fs.mkdirSync(home);
  fs.writeFileSync(path.join(app, 'package.json'), '{ "private": true }\n');
  const env = {
    ...(isWindows ? windows(home) : { PATH: onlyNode(work), HOME: home }),
    npm_config_registry: npm(['config', 'get', 'registry'], { encoding: 'utf8' }).trim(),
    npm_config_cache: path.join(home, 'cache'),
    ...(process.env.NODE_EXTRA_CA_CERTS && { NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS }),
  };
  const options = { cwd: app, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
  const node = (...args) => execFileSync(process.execPath, args, options);

  npm(['install', '--no-fund', '--no-audit', main, native], options);
  const entries = fs.readdirSync(path.join(app, 'node_modules')).filter((entry) => !entry.startsWith('.'));
  console.log(`\ninstalled: ${entries.join(', ')}`);
  const installed = JSON.parse(fs.readFileSync(path.join(app, 'node_modules', name, 'package.json'), 'utf8'));
  assert.deepEqual(
    [installed.dependencies, installed.scripts],
    [undefined, undefined],
    'nothing runs, nothing is needed',
  );

  for (const [what, args] of Object.entries(USES)) {
    assert.equal(node(...args).trim(), 'fine', what);
    console.log(`${what}: fine`);
  }
  const example = fs.readFileSync(path.join(root, 'examples', 'unittest.js'), 'utf8');
  fs.writeFileSync(path.join(app, 'example.js'), example.replace("require('..')", "require('cspread')"));
  console.log(`example: ${node('example.js').trim().split('\n').at(-1)}`);

  assert.equal(npm(['exec', '--', 'cspread', '--version'], options).trim(), version);
  assert.equal(node('-e', COMMAND).trim(), 'fine');
  console.log('command line: fine');

  // Without the native code the error names what was tried, and the cure.
  fs.rmSync(path.join(app, 'node_modules', `cspread-${platform}`), { recursive: true });
  const complaint = node('-e', "try { require('cspread') } catch (error) { console.log(error.message) }");
  assert.match(complaint, new RegExp(`no native code for this machine \\(${platform}, Node v`));
  assert.match(complaint, /rm -rf node_modules package-lock.json\n {2}npm install\n$/);
  console.log(`without the platform's package:\n${complaint.replace(/^/gm, '  ')}`);
}

/** Uses these tarballs in a temporary folder. */
function usePacked(tarballs) {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-check-'));
  try {
    use(tarballs, work);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

module.exports = { usePacked };

if (require.main === module) {
  const folder = path.resolve(process.argv[2] ?? 'packed');
  usePacked({
    main: path.join(folder, `${name}-${version}.tgz`),
    native: path.join(folder, `${name}-${platform}-${version}.tgz`),
  });
  console.log(`the packages are fine on ${platform}, Node ${process.version}`);
}
