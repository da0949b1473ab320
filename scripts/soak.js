/**
 * Runs a mixed load for so many minutes: messages of every service and size, joins and leaves, views, iterators, send
 * windows, connections that are cut and come back, workers that are terminated. It fails on a gap in the order, on
 * anything that rejects, and on what rises: memory by more than 5 MB an hour after the first third, descriptors, threads.
 *
 *   npm run soak -- --minutes 20
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { setTimeout: later } = require('node:timers/promises');
const { trend } = require('./soak/trend.js');
const { count } = require('./testing/options.js');

const HELP = `npm run soak -- [options]
  --minutes N       how long: 20
  --rate N          messages a second of each engine: 500
  --libspread FILE  a C library: its engine takes part, too; by default what CSPREAD_LIBSPREAD names`;

const HOUR_MS = 3_600_000;
/** What may rise by how much in an hour. */
const MOST = { memory: 5e6, descriptors: 2, threads: 2 };
/** What is made once, when it is first needed, and kept: the timer of streams, say. */
const KEPT = 2;
/** In less time chance makes any slope. */
const LEAST_MINUTES = 10;

function parse() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string' },
      rate: { type: 'string' },
      libspread: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const minutes = Number(values.minutes ?? '20');
  if (!(minutes > 0)) {
    throw new Error(`--minutes is a number above 0, not '${values.minutes}'`);
  }
  return {
    help: values.help,
    minutes,
    rate: count('rate', values.rate ?? '500'),
    libspread: values.libspread ?? process.env.CSPREAD_LIBSPREAD,
  };
}

/** A process of the soak, and what it says. */
class Side {
  constructor(name, role, options) {
    this.name = name;
    this.samples = [];
    this.end = undefined;
    const begun = performance.now();
    this.child = fork(path.join(__dirname, 'soak', 'side.js'), [role, JSON.stringify(options)], {
      execArgv: ['--expose-gc'],
    });
    this.child.on('message', ({ sample, end }) => {
      if (sample) {
        this.samples.push({ ...sample, at: performance.now() - begun });
      }
      this.end ??= end;
    });
    this.over = once(this.child, 'exit').then(([code, signal]) => {
      if (code !== 0) {
        throw new Error(`${name} has ended with ${signal ?? `exit status ${code}`}`);
      }
    });
  }

  /** What is wrong with it, line by line. */
  *faults(minutes) {
    for (const [what, most] of Object.entries(MOST)) {
      const { rise, error, isRising } = this.trend(what, most);
      if (isRising && minutes >= LEAST_MINUTES) {
        yield `${this.name}: ${what} rise by ${shown(what, rise)} an hour, give or take ${shown(what, 2 * error)}`;
      }
    }
    if (this.end) {
      const { before, after } = this.end;
      for (const what of ['descriptors', 'threads']) {
        if (after[what] > before[what] + KEPT) {
          yield `${this.name}: ${before[what]} ${what} before, ${after[what]} after everything was closed`;
        }
      }
    }
  }

  trend(what, most = 0) {
    return trend(
      this.samples.map((sample) => [sample.at / HOUR_MS, sample[what]]),
      most,
    );
  }

  report(minutes) {
    const last = this.samples.at(-1);
    const figures = Object.keys(MOST).map((what) => {
      const { rise, error } = this.trend(what);
      const slope = minutes < LEAST_MINUTES ? '' : ` (${shown(what, rise)} an hour ± ${shown(what, 2 * error)})`;
      return `${what} ${shown(what, last[what])}${slope}`;
    });
    console.log(`${this.name}: ${figures.join('; ')}; resident ${shown('memory', last.rss)}`);
    const counts = Object.entries(last.counts).filter(([, value]) => value > 0);
    console.log(`  ${counts.map(([name, value]) => `${name} ${value}`).join(', ')}`);
    if (this.end) {
      console.log(`  ${this.end.checked} deliveries in one order, without a gap`);
    }
  }
}

function shown(what, value) {
  return what === 'memory' ? `${(value / 1e6).toFixed(1)} MB` : value.toFixed(1);
}

async function main() {
  const { help, minutes, rate, libspread } = parse();
  if (help) {
    console.log(HELP);
    return;
  }
  const daemon = new Side('daemon', 'daemon', {});
  const [{ address, port }] = await once(daemon.child, 'message');
  const sides = [new Side('native engine', 'load', { address, port, engine: 'native', rate })];
  if (libspread) {
    sides.push(new Side('libspread engine', 'load', { address, port, engine: 'libspread', libspread, rate }));
  } else {
    console.log('skipped: the libspread engine: neither --libspread nor CSPREAD_LIBSPREAD names a C library');
  }
  const all = [daemon, ...sides];
  const wrong = Promise.all(all.map(({ over }) => over));
  wrong.catch(() => {});
  await Promise.race([later(minutes * 60_000), wrong]);
  for (const { child } of sides) {
    child.send('end');
  }
  await Promise.race([wrong, Promise.all(sides.map(({ over }) => over))]);
  daemon.child.send('end');
  await wrong;
  for (const side of all) {
    side.report(minutes);
  }
  const faults = all.flatMap((side) => [...side.faults(minutes)]);
  if (minutes < LEAST_MINUTES) {
    console.log(`slopes are judged from ${LEAST_MINUTES} minutes on`);
  }
  console.log(faults.length === 0 ? `${minutes} minutes: passed` : faults.join('\n'));
  process.exitCode = faults.length === 0 ? 0 : 1;
}

main().catch((error) => {
  console.error(error.message);
  // Its other processes end with it: their channel does.
  process.exit(1);
});
