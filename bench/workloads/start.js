/** How long `require` of each package takes in a new process: of cspread's, as it is published. */

const { execFile } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const platform = require('../../lib/native/platform.js');

const run = promisify(execFile);

/** Checkout → where its package is. */
const staged = new Map();

/** A checkout's package, with this platform's beside it. */
function published({ checkout }) {
  let stage = staged.get(checkout);
  if (stage === undefined) {
    const scripts = ['scripts/packages/pack.js', 'scripts/pack.js'].map((file) => path.join(checkout, file));
    stage = require(scripts.find((file) => fs.existsSync(file))).stageMain();
    const beside = path.join(stage, 'node_modules', `cspread-${platform}`);
    fs.cpSync(path.join(checkout, 'npm', platform), beside, { recursive: true });
    fs.cpSync(path.join(checkout, 'native'), beside, { recursive: true });
    process.on('exit', () => fs.rmSync(stage, { recursive: true }));
    staged.set(checkout, stage);
  }
  return stage;
}

const PACKAGES = {
  cspread: published,
  before: published,
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
    const name = PACKAGES[peer.name](peer);
    for (let index = 0; index < TIMES; index += 1) {
      const { stdout } = await run(process.execPath, ['-e', CODE, name], { cwd: __dirname });
      took.push(Number(stdout));
    }
    return { p50: took.sort((a, b) => a - b)[Math.floor(TIMES / 2)] };
  },
  sides: {},
};
