/** How long `require` of each package takes in a new process: of cspread's, as it is published. */

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const platform = require('../../lib/native/platform.js');

const root = path.join(__dirname, '..', '..');
const run = promisify(execFile);

let staged;
/** The package, with this platform's beside it. */
function published() {
  if (staged === undefined) {
    staged = require('../../scripts/packages/pack.js').stageMain();
    const beside = path.join(staged, 'node_modules', `cspread-${platform}`);
    fs.cpSync(path.join(root, 'npm', platform), beside, { recursive: true });
    fs.cpSync(path.join(root, 'native'), beside, { recursive: true });
    process.on('exit', () => fs.rmSync(staged, { recursive: true }));
  }
  return staged;
}

const PACKAGES = {
  cspread: published,
  nats: () => '@nats-io/transport-node',
  ioredis: () => 'ioredis',
  mqtt: () => 'mqtt',
  zeromq: () => 'zeromq',
};
const CODE = 'const t = performance.now(); require(process.argv[1]); console.log(performance.now() - t)';
/** In each round. */
const TIMES = 5;

module.exports = {
  name: 'start',
  about: 'require() in a new process; ms',
  by: 'p50',
  sizes: [0],
  takes: ({ name }) => name in PACKAGES,
  columns: {
    'ms, median': (cell) => cell.p50,
    'of rounds': (cell) => `${cell.least.toFixed(1)} to ${cell.most.toFixed(1)}`,
  },
  async run({ peer }) {
    const took = [];
    const name = PACKAGES[peer.name]();
    for (let index = 0; index < TIMES; index += 1) {
      const { stdout } = await run(process.execPath, ['-e', CODE, name], { cwd: __dirname });
      took.push(Number(stdout));
    }
    return { p50: took.sort((a, b) => a - b)[Math.floor(TIMES / 2)] };
  },
  sides: {},
};
