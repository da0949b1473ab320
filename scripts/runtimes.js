/** Other runtimes than Node, from npm in exact versions (tools/runtimes), and how each runs a file of tests. */

const fs = require('node:fs');
const path = require('node:path');
const { npm } = require('./npm.js');

const root = path.join(__dirname, '..');
const tools = path.join(root, 'tools', 'runtimes');
const runner = path.join(root, '__test__', 'helpers', 'runner.js');

/** A test takes no longer, unless it hangs. */
const HANG_MS = 90_000;

/** `test(file, report)`: the arguments to run a file of tests, and to write in JUnit's form what came of each. */
const RUNTIMES = {
  Deno: {
    name: '@deno/linux-x64-glibc',
    command: 'deno',
    test: (file, report) => [
      ...['test', '--allow-all', '--no-check', '--v8-flags=--expose-gc', `--preload=${runner}`],
      ...[`--junit-path=${report}`, file],
    ],
  },
  Bun: {
    name: '@oven/bun-linux-x64',
    command: 'bin/bun',
    test: (file, report) => [
      ...['test', `--timeout=${HANG_MS}`, `--preload=${runner}`],
      ...['--reporter=junit', `--reporter-outfile=${report}`, file],
    ],
  },
};

/** Installs what is not there yet: [{ runtime, version, command, test }]. */
function runtimes() {
  const { dependencies } = JSON.parse(fs.readFileSync(path.join(tools, 'package.json'), 'utf8'));
  const isThere = ([name, version]) => {
    const manifest = path.join(tools, 'node_modules', name, 'package.json');
    return fs.existsSync(manifest) && JSON.parse(fs.readFileSync(manifest, 'utf8')).version === version;
  };
  if (!Object.entries(dependencies).every(isThere)) {
    npm(['ci', '--no-fund', '--no-audit'], { cwd: tools, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return Object.entries(RUNTIMES).map(([runtime, { name, command, test }]) => ({
    runtime,
    version: dependencies[name],
    command: path.join(tools, 'node_modules', name, command),
    test,
  }));
}

module.exports = { HANG_MS, runtimes };
