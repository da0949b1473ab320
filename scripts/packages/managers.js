/**
 * Installs cspread from a registry with each package manager, the versions below, and loads it. Part of `npm run
 * test:full`; the managers themselves come from npm.
 */

const assert = require('node:assert/strict');
const { execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const { registry } = require('./registry.js');

const run = promisify(execFile);

const USE = `const { SpreadDaemon, connect } = require('cspread');
(async () => {
  const daemon = await SpreadDaemon.start({ port: 0 });
  const session = await connect(daemon.address);
  console.log((await session.join('room')).members.length === 1 ? 'fine' : '');
  await session.disconnect();
  await daemon.stop();
})();`;

/** Manager → its package, its command, its settings, and how to run a file where it has installed. */
const MANAGERS = {
  npm: { command: ['npm', 'install', '--no-audit', '--no-fund', 'cspread'] },
  pnpm: { from: 'pnpm@10.34.8', command: ['pnpm', 'add', 'cspread'] },
  'yarn 1': { from: 'yarn@1.22.22', command: ['yarn', 'add', 'cspread'] },
  'yarn 4': {
    from: '@yarnpkg/cli-dist@4.18.1',
    command: ['yarn', 'add', 'cspread'],
    files: { 'yarn.lock': '', '.yarnrc.yml': 'nodeLinker: pnp\n' },
    use: ['yarn', 'node', 'use.js'],
  },
};

async function install(work, name, { from, command, files = {}, use = ['node', 'use.js'] }, url) {
  const app = path.join(work, name.replace(' ', ''));
  const tools = path.join(app, 'tools');
  fs.mkdirSync(tools, { recursive: true });
  if (from) {
    fs.writeFileSync(path.join(tools, 'package.json'), '{}');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', from], { cwd: tools, stdio: 'ignore' });
  }
  const project = path.join(app, 'project');
  fs.mkdirSync(project);
  for (const [file, content] of Object.entries({ 'package.json': '{ "private": true }', 'use.js': USE, ...files })) {
    fs.writeFileSync(path.join(project, file), content);
  }
  const env = {
    ...process.env,
    PATH: [path.join(tools, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter),
    HOME: app,
    npm_config_registry: url,
    npm_config_cache: path.join(app, 'cache'),
    YARN_NPM_REGISTRY_SERVER: url,
    YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
    YARN_ENABLE_TELEMETRY: '0',
    YARN_CACHE_FOLDER: path.join(app, 'yarn'),
    // By default it installs nothing that is younger than a day.
    YARN_NPM_MINIMAL_AGE_GATE: '0',
  };
  const options = { cwd: project, env, encoding: 'utf8' };
  const { stdout } = await run(command[0], ['--version'], options);
  await run(command[0], command.slice(1), options);
  const { stdout: said } = await run(use[0], use.slice(1), options);
  assert.equal(said.trim(), 'fine', name);
  console.log(`${name} ${stdout.trim()}: installed, and fine`);
}

async function main() {
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-managers-'));
  try {
    const { url, close } = await registry(path.join(work, 'packed'));
    for (const [name, manager] of Object.entries(MANAGERS)) {
      await install(work, name, manager, url);
    }
    close();
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error.stdout ?? '', error.stderr ?? '', error);
  process.exit(1);
});
