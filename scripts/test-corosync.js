/**
 * Runs the tests on real Corosyncs: __test__/corosync. They run in namespaces of their own (network, mounts, processes), with
 * one of several nodes each inside. When the first process in there ends, or this one, the kernel ends all others and takes
 * the namespaces down: nothing is left, whatever ends how, and nothing listens on the machine's own network.
 *
 * Needs Linux, root, and the Debian packages corosync, libcpg4, libcmap4, iproute2 and nftables; without them it prints the
 * reason, and skips.
 */

const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const folder = path.join('__test__', 'corosync');
const COMMANDS = ['corosync', 'ip', 'nft', 'setpriv', 'unshare'];
const WITHIN_MS = 6 * 60_000;

/** Returns why the tests cannot run here, or undefined. */
function obstacle() {
  if (process.platform !== 'linux') {
    return `Corosync is for Linux, and this is ${process.platform}`;
  }
  if (process.getuid() !== 0) {
    return 'network namespaces take root';
  }
  const folders = process.env.PATH.split(path.delimiter);
  const isThere = (name) => folders.some((each) => fs.existsSync(path.join(each, name)));
  const missing = COMMANDS.filter((name) => !isThere(name));
  return missing.length > 0 ? `no ${missing.join(', no ')} in PATH` : undefined;
}

/** Compiles the example that prints a member's events; returns its path. */
function events() {
  const args = ['build', '--locked', '--package', 'corosync-sys', '--example', 'events', '--message-format', 'json'];
  const said = execFileSync('cargo', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  const messages = said.split('\n').filter(Boolean).map(JSON.parse);
  return messages.find(({ target, executable }) => target?.name === 'events' && executable).executable;
}

const why = obstacle();
if (why !== undefined) {
  console.log(`skipped: the tests on Corosync: ${why}`);
  process.exit(0);
}
const names = fs.readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.test.js'));
const suite = [
  '--test',
  '--test-concurrency=1',
  '--test-reporter=spec',
  ...names.map((name) => path.join(folder, name)),
];
const namespaces = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child=KILL', '--mount-proc'];
const { status, signal } = spawnSync('setpriv', ['--pdeathsig', 'KILL', ...namespaces, process.execPath, ...suite], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
  env: { ...process.env, CSPREAD_COROSYNC_EVENTS: events() },
  timeout: WITHIN_MS,
  killSignal: 'SIGKILL',
});
if (status !== 0) {
  console.error(`failed: the tests on Corosync (${signal ?? `exit status ${status}`})`);
}
process.exitCode = status ?? 1;
