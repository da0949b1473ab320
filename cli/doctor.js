/** `cspread doctor`: reports what is there, what is missing, and how to fix it. */

const os = require('node:os');
const { engines, version } = require('../package.json');
const platform = require('../lib/native/platform.js');
const { indented, time, wrap } = require('./layout.js');
const { library } = require('./library.js');
const { CONNECTING, ENGINES, connecting, daemonOfEnvironment } = require('./options.js');
const { bold, dim, green, red, width, yellow } = require('./terminal.js');

const options = {
  address: CONNECTING.address,
  'connect-timeout': CONNECTING['connect-timeout'],
  json: { type: 'boolean', about: 'prints the findings as one JSON object' },
};

const examples = [
  ['cspread doctor', 'checks this machine, and the daemon on it'],
  ['cspread doctor -a 4803@db1', 'checks this machine, and that daemon'],
];

/**
 * The checks: a function that resolves with { found }, { missing } (no fault) or { fault }, each with a cure. What it
 * throws is a fault. A check is skipped if one that it `needs` is faulty.
 */
const CHECKS = {
  cspread: { look: itself },
  'native code': { look: nativeCode },
  engine: { look: engine },
  'embedded daemon': { look: embedded, needs: ['native code'] },
  libspread: { look: libspread, needs: ['native code'] },
  daemon: { look: reachable, needs: ['native code', 'engine', 'libspread'] },
};

function itself() {
  const found = `${version}, on Node ${process.versions.node}, ${os.type()} ${os.release()}`;
  const least = Number(/\d+/.exec(engines.node));
  return Number.parseInt(process.versions.node, 10) < least
    ? { fault: found, cure: `It needs Node ${least} or newer.` }
    : { found };
}

/** Reports the native code's file; library() checks its version when it loads it. */
function nativeCode() {
  library();
  const file = Object.keys(require.cache).find((name) => name.endsWith('.node')) ?? 'of unknown origin';
  return { found: `${platform}, ${file}` };
}

function engine() {
  const chosen = process.env.CSPREAD_ENGINE || 'native';
  return ENGINES.includes(chosen)
    ? { found: chosen }
    : { fault: `CSPREAD_ENGINE is ${chosen}`, cure: `Set it to ${ENGINES.join(' or ')}.` };
}

async function embedded() {
  const { SpreadDaemon, connect } = library();
  const daemon = await SpreadDaemon.start({ port: 0 });
  try {
    const session = await connect({ address: daemon.address, engine: 'native' });
    const trip = await session.ping();
    await session.disconnect();
    return { found: `starts and answers, in ${time(trip * 1000)}` };
  } finally {
    await daemon.stop();
  }
}

/** Reports the C library: a fault only if CSPREAD_ENGINE chooses it. */
function libspread() {
  try {
    return { found: `version ${library().libspreadVersion()}` };
  } catch (error) {
    // A line for each place, unless CSPREAD_LIBSPREAD names the only one.
    const [reason, ...places] = error.message.split('\n');
    const missing = places.length === 0 ? reason : `not found in ${places.length} places`;
    const cure = 'Name the library by CSPREAD_LIBSPREAD.';
    return process.env.CSPREAD_ENGINE === 'libspread'
      ? { fault: missing, cure: `${cure} The native engine does not need it: unset CSPREAD_ENGINE.`, places }
      : { missing, cure: `Only the libspread engine needs it. ${cure}`, places };
  }
}

async function reachable(values) {
  const { variable, address } = daemonOfEnvironment();
  try {
    const session = await library().connect({ ...connecting(values), membership: false });
    const trip = await session.ping();
    await session.disconnect();
    const known = session.daemonVersion ? `Spread ${session.daemonVersion} ` : '';
    return { found: `${known}at ${session.address} answers, in ${time(trip * 1000)}` };
  } catch (error) {
    const now = variable && values.address === undefined ? ` (${variable} is ${address} now)` : '';
    return {
      fault: error.message,
      cure: `Start a daemon (npx cspread daemon), or name another one by --address or CSPREAD_DAEMON${now}.`,
    };
  }
}

function show(name, { found, missing, fault, cure }) {
  const mark = fault ? red('✗') : missing ? yellow('–') : green('✓');
  const text = found ?? missing ?? fault;
  // On a narrow terminal the text goes below its name.
  const indent = ' '.repeat(width() < 70 ? 4 : 19);
  const first = width() < 70 ? `${mark} ${bold(name)}\n${indent}` : `${mark} ${name.padEnd(17)}`;
  const [line, ...more] = text.split('\n');
  console.log([wrap(line, first, indent), ...more.map((one) => indented(one, indent))].join('\n'));
  if (cure) {
    console.log(dim(wrap(cure, indent, indent)));
  }
}

async function run({ values }) {
  const findings = {};
  for (const [name, { look, needs = [] }] of Object.entries(CHECKS)) {
    const faulty = needs.find((one) => findings[one].fault);
    findings[name] = faulty
      ? { missing: `skipped: fix ${faulty} first` }
      : await Promise.resolve(values)
          .then(look)
          .catch((error) => ({ fault: error.message }));
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
  summary: 'checks platform, native code, engines and daemon, and reports what to fix',
  usage: '',
  notes: ['Exits with 1 if something must be fixed.'],
  options,
  examples,
  run,
};
