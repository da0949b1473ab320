/** `cspread bench`: measures a daemon together with this machine; `cspread bench compare`: compares two results. */

const fs = require('node:fs');
const { flood } = require('./bench/flood.js');
const report = require('./bench/report.js');
const { roundTrips } = require('./bench/trips.js');
const { Failed, Usage } = require('./failures.js');
const { bar, short } = require('./layout.js');
const { CONNECTING, ENGINES, SERVICES, choice, connecting, integer } = require('./options.js');
const { canDraw, dim, interrupted, width } = require('./terminal.js');

/** An unreliable message may be lost, and then the receivers would wait for ever. */
const RELIABLE = SERVICES.filter((name) => name !== 'unreliable');

const options = {
  address: CONNECTING.address,
  engine: CONNECTING.engine,
  'connect-timeout': CONNECTING['connect-timeout'],
  embedded: { type: 'boolean', about: 'starts an embedded daemon in another process, and measures that' },
  messages: { type: 'string', short: 'm', argument: 'NUMBER', about: 'messages to send in total, 500000 by default' },
  size: { type: 'string', short: 'b', argument: 'BYTES', about: 'size of a message, 16 to 100000; 64 by default' },
  senders: { type: 'string', argument: 'NUMBER', about: 'sessions that send, each in its own thread; 1 by default' },
  receivers: { type: 'string', argument: 'NUMBER', about: 'sessions that receive every message; 1 by default' },
  service: {
    type: 'string',
    short: 's',
    argument: 'SERVICE',
    choices: RELIABLE,
    about: `${RELIABLE.join(', ')}; agreed by default`,
  },
  window: {
    type: 'string',
    argument: 'NUMBER',
    about: 'messages in flight; 800 by default: real daemons cut off a session with 1000 waiting',
  },
  trips: { type: 'string', argument: 'NUMBER', about: 'round trips to measure, 2000 by default; 0 for none' },
  json: { type: 'boolean', about: 'prints the result, or the comparison, as one JSON object' },
};

const examples = [
  ['cspread bench --embedded', 'measures this machine'],
  ['cspread bench -a 4803@db1 --senders 2 --receivers 4 --size 1000', 'measures a daemon on another machine'],
  ['cspread bench --embedded --json > before.json', 'saves a result'],
  ['cspread bench compare before.json after.json', 'compares two results'],
];

function plan(values) {
  const engine = choice(values, 'engine', undefined, ENGINES);
  const senders = integer(values, 'senders', 1, 1, 64);
  return {
    messages: integer(values, 'messages', 500_000, 1, 1e9),
    size: integer(values, 'size', 64, 16, 100_000),
    senders,
    receivers: integer(values, 'receivers', 1, 1, 1000),
    service: choice(values, 'service', 'agreed', RELIABLE),
    window: integer(values, 'window', 800, senders * 4, 1e6),
    trips: integer(values, 'trips', 2000, 0, 1e6),
    ...(engine && { engine }),
  };
}

/** Draws a progress bar on stderr, if that is a terminal. */
function progress(what) {
  if (!canDraw(process.stderr)) {
    return { at() {}, end() {} };
  }
  let last = 0;
  return {
    at(share, rate) {
      const now = performance.now();
      if (now - last < 100) {
        return;
      }
      last = now;
      const columns = Math.max(10, Math.min(40, width(process.stderr) - 36));
      const about = rate === undefined ? '' : ` ${short(rate)}/s`;
      process.stderr.write(
        `\r${what} ${dim('▕')}${bar(share, columns).padEnd(columns)}${dim('▏')} ${Math.round(share * 100)} %${about}\u001b[K`,
      );
    },
    end() {
      process.stderr.write('\r\u001b[K');
    },
  };
}

function compare([first, second, ...more], json) {
  if (second === undefined || more.length > 0) {
    throw new Usage('bench compare takes two files made by bench --json');
  }
  const [before, after] = [first, second].map((file) => {
    let result;
    try {
      result = JSON.parse(fs.readFileSync(file, 'utf8'));
    } catch (error) {
      throw new Failed(`cannot read ${file}: ${error.message}`);
    }
    if (typeof result?.flood?.rate !== 'number') {
      throw new Failed(`${file} is not a result of bench --json`);
    }
    return result;
  });
  const comparison = report.comparison(before, after);
  console.log(json ? JSON.stringify(comparison, null, 2) : report.compared(comparison));
}

async function run({ values, positionals: [word, ...files] }) {
  if (word === 'compare') {
    return compare(files, values.json);
  }
  if (word !== undefined) {
    throw new Usage(`unexpected argument '${word}': bench takes flags only, or compare A B`);
  }
  const wanted = plan(values);
  const { daemonFor } = require('./bench/embedded.js');
  const daemon = values.embedded ? await daemonFor() : undefined;
  const over = interrupted().then(() => {
    throw new Failed('interrupted before it was done', 130);
  });
  over.catch(() => {});
  try {
    const where = { ...connecting(values), ...(daemon && { address: daemon.address }) };
    const measured = async (what, measure) => {
      const { at, end } = progress(what);
      return measure({ ...wanted, where }, at, over).finally(end);
    };
    const flooded = await measured('flood', flood);
    const trips = wanted.trips > 0 ? await measured('round trips', roundTrips) : undefined;
    const result = {
      ...report.machine(),
      daemon: daemon ? 'embedded' : where.address,
      ...wanted,
      flood: flooded,
      ...(trips && { roundTrip: trips }),
    };
    console.log(values.json ? JSON.stringify(result, null, 2) : report.shown(result));
  } finally {
    await daemon?.stop();
  }
  return 0;
}

module.exports = {
  summary: 'measures throughput and round trips, and compares two results',
  usage: '[compare A B]',
  positionals: { least: 0, most: 100 },
  notes: [
    'Every receiver checks that it gets all messages of each sender, in order. Compare figures only with figures of the same machine.',
  ],
  options,
  examples,
  run,
};
