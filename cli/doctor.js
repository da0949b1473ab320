/** `cspread doctor`: what there is, what is missing, and what to do about it. */

const os = require('node:os');
const path = require('node:path');
const { SpreadDaemon, connect, libspreadVersion } = require('..');
const { version } = require('../package.json');
const platform = require('../lib/platform.js');
const { time } = require('./layout.js');
const { CONNECTING, connecting } = require('./options.js');
const { dim, green, red, yellow } = require('./terminal.js');

const options = { address: CONNECTING.address, json: { type: 'boolean', about: 'the findings as one JSON object' } };

const examples = [
  ['cspread doctor', 'looks at this machine, and at the daemon on it'],
  ['cspread doctor -a 4803@db1', 'and whether that daemon answers'],
];

/** Name → function that resolves with { found }, { missing, cure } (no fault) or { fault, cure }. */
const CHECKS = {
  cspread: async () => ({ found: `${version}, on Node ${process.versions.node}, ${os.type()} ${os.release()}` }),
  'native code': async () => ({ found: nativeFile() }),
  engine: async () => ({ found: process.env.CSPREAD_ENGINE || 'native' }),
  'embedded daemon': embedded,
  libspread: async () => {
    try {
      return { found: `version ${libspreadVersion()}` };
    } catch (error) {
      const [first] = error.message.split('\n');
      return {
        missing: first,
        cure: 'No matter, unless you want the libspread engine: CSPREAD_LIBSPREAD names the library.',
      };
    }
  },
  daemon: reachable,
};

function nativeFile() {
  const file = Object.keys(require.cache).find((name) => name.endsWith('.node') && name.includes('cspread'));
  return `${platform}, ${path.relative(process.cwd(), file ?? '') || file}`;
}

async function embedded() {
  const daemon = await SpreadDaemon.start({ port: 0 });
  try {
    const session = await connect(daemon.address);
    const trip = await session.ping();
    await session.disconnect();
    return { found: `starts and answers, in ${time(trip * 1000)}` };
  } finally {
    await daemon.stop();
  }
}

async function reachable(values) {
  const wanted = connecting(values);
  try {
    const session = await connect({ ...wanted, membership: false, timeout: 3000 });
    const trip = await session.ping();
    await session.disconnect();
    const known = session.daemonVersion ? `Spread ${session.daemonVersion} ` : '';
    return { found: `${known}at ${session.address} answers, in ${time(trip * 1000)}` };
  } catch (error) {
    return {
      fault: error.message,
      cure: `Start one (npx cspread daemon), or name another one: --address, or SPREAD_DAEMON${
        process.env.SPREAD_DAEMON ? `, which is ${process.env.SPREAD_DAEMON} now` : ''
      }.`,
    };
  }
}

function show(name, { found, missing, fault, cure }) {
  const mark = fault ? red('✗') : missing ? yellow('–') : green('✓');
  console.log(`${mark} ${name.padEnd(16)} ${(found ?? missing ?? fault).replaceAll('\n', '\n   ')}`);
  if (cure) {
    console.log(dim(`  ${' '.repeat(16)} ${cure}`));
  }
}

async function run({ values }) {
  const findings = {};
  for (const [name, check] of Object.entries(CHECKS)) {
    findings[name] = await check(values).catch((error) => ({ fault: error.message }));
    if (!values.json) {
      show(name, findings[name]);
    }
  }
  if (values.json) {
    console.log(JSON.stringify(findings, null, 2));
  }
  return Object.values(findings).some(({ fault }) => fault) ? 1 : 0;
}

module.exports = {
  summary: 'looks at platform, native code, engines and daemon, and says what to fix',
  usage: '',
  notes: ['Exits with 1 if something has to be fixed.'],
  options,
  examples,
  run,
};
