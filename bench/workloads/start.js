/** How long `require` of each package takes in a new process. */

const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');

const run = promisify(execFile);
const PACKAGES = {
  cspread: path.join(__dirname, '..', '..'),
  nats: '@nats-io/transport-node',
  ioredis: 'ioredis',
  mqtt: 'mqtt',
  zeromq: 'zeromq',
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
    for (let index = 0; index < TIMES; index += 1) {
      const { stdout } = await run(process.execPath, ['-e', CODE, PACKAGES[peer.name]], { cwd: __dirname });
      took.push(Number(stdout));
    }
    return { p50: took.sort((a, b) => a - b)[Math.floor(TIMES / 2)] };
  },
  sides: {},
};
