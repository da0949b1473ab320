/**
 * Runs everything at full counts, in parts that may be run one by one and over several sittings:
 *
 *   npm run test:full -- --part guard
 *   npm run test:full -- --part seeds --seeds 1..50
 *
 * Each result goes into a summary file, by commit. Jobs that have passed there are not run again, failed ones are; an
 * issue is closed when all parts have passed at one commit.
 */

const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { MAJORS, node } = require('./nodes.js');
const { COLUMNS, allFiles, filesOf, library, root, rust, suite } = require('./testing/columns.js');
const { runJobs } = require('./testing/jobs.js');
const { Journal, commitOf } = require('./testing/journal.js');
const { count, known, list } = require('./testing/options.js');

const SEEDS = '1..100';
/** The time limit of a file at full counts. */
const WITHIN_MS = 90 * 60_000;

/** Returns a job for each of the files. */
const ofFiles = (part, files, { program = process.execPath, env }) =>
  files.map((file) => ({ job: `${part} ${file}`, command: program, args: suite([file]), env }));

/** Test files that make random choices. */
const seeded = () =>
  allFiles().filter((name) => /require\('.\/helpers\/seeds.js'\)/.test(fs.readFileSync(`${root}/__test__/${name}`)));

/** Part → what it is, and its jobs. */
const PARTS = {
  rust: { about: 'the Rust tests', jobs: () => [{ job: 'rust', ...rust('full') }] },
  ...Object.fromEntries(
    Object.entries(COLUMNS).map(([column, { what, env }]) => [
      column,
      { about: `the suite: ${what}`, jobs: () => ofFiles(column, filesOf(column), { env }) },
    ]),
  ),
  seeds: {
    about: 'tests with random choices, in each column, once for each seed',
    jobs: ({ seeds }) =>
      Object.entries(COLUMNS).flatMap(([column, { env }]) => {
        const files = filesOf(column, seeded());
        return seeds.flatMap((seed) =>
          ofFiles(`seeds ${column} ${seed}`, files, { env: { ...env, CSPREAD_SEEDS: `${seed}` } }),
        );
      }),
  },
  ...Object.fromEntries(
    MAJORS.map((major) => [
      `node-${major}`,
      {
        about: `the suite at quick counts, on Node ${major}`,
        jobs() {
          const program = node(major, path.join(root, 'target', 'nodes'));
          return ofFiles(`node-${major}`, allFiles(), { program, env: { CSPREAD_COUNTS: 'quick' } });
        },
      },
    ]),
  ),
  managers: {
    about: 'the packages, by each package manager',
    jobs: () => [{ job: 'managers', command: process.execPath, args: ['scripts/packages/managers.js'] }],
  },
};

const HELP = `npm run test:full -- [options]
  --part NAMES      only these parts, separated by commas:
${Object.entries(PARTS)
  .map(([name, { about }]) => `                      ${name.padEnd(11)}${about}`)
  .join('\n')}
  --seeds A..B      the seeds of the part seeds: ${SEEDS}
  --load L          jobs at once: 1
  --summary FILE    results of all runs: target/test-full.jsonl`;

function range(text) {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (first === undefined || Number(last) < Number(first)) {
    throw new Error(`--seeds takes A..B, two numbers, not '${text}'`);
  }
  return Array.from({ length: last - first + 1 }, (_, index) => Number(first) + index);
}

function parse() {
  const { values } = parseArgs({
    options: {
      part: { type: 'string' },
      seeds: { type: 'string' },
      load: { type: 'string' },
      summary: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  return {
    help: values.help,
    parts: values.part ? known('part', list(values.part), Object.keys(PARTS)) : Object.keys(PARTS),
    seeds: range(values.seeds ?? SEEDS),
    load: count('load', values.load ?? '1'),
    summary: path.resolve(values.summary ?? path.join(root, 'target', 'test-full.jsonl')),
  };
}

/** Runs the jobs of one part that have not passed yet; returns the figures, and whether all have passed. */
async function runPart(name, { seeds, load }, journal, env) {
  console.log(`\n== ${name}: ${PARTS[name].about}`);
  const jobs = PARTS[name].jobs({ seeds });
  const hasPassed = ({ job }) => journal.of(job).at(-1)?.passed === true;
  const left = jobs.filter((job) => !hasPassed(job));
  console.log(`${jobs.length} jobs, ${jobs.length - left.length} of them have passed already`);
  await runJobs(
    left.map((job) => ({ ...job, cwd: root, env: { ...env, ...job.env } })),
    { journal, load, within: WITHIN_MS },
  );
  const failed = jobs.filter((job) => !hasPassed(job));
  const again = jobs.filter((job) => hasPassed(job) && journal.of(job.job).length > 1);
  return { name, jobs: jobs.length, failed, again };
}

async function main() {
  const options = parse();
  if (options.help) {
    console.log(HELP);
    return;
  }
  const commit = commitOf(root);
  const journal = new Journal(options.summary, commit);
  console.log(`at ${commit}, into ${options.summary}`);
  process.env.CSPREAD_COUNTS = 'full';
  for (const [name, value] of Object.entries(require('../__test__/helpers/counts.js'))) {
    console.log(`  ${name}: ${value}`);
  }
  const env = { CSPREAD_COUNTS: 'full', CSPREAD_LIBSPREAD: library() };
  const ended = [];
  for (const part of options.parts) {
    ended.push(await runPart(part, options, journal, env));
  }
  console.log(`\nat ${commit}:`);
  for (const { name, jobs, failed, again } of ended) {
    console.log(`${name}: ${jobs} jobs, ${jobs - failed.length} passed, ${failed.length} failed`);
    for (const { job } of failed) {
      console.log(`  failed: ${job}: ${journal.of(job).at(-1).output}`);
    }
    for (const { job } of again) {
      console.log(`  passed, after it had failed: ${job}: ${journal.of(job)[0].output}`);
    }
  }
  const isFine = ended.every(({ failed }) => failed.length === 0);
  const all = options.parts.length === Object.keys(PARTS).length ? 'everything' : options.parts.join(', ');
  console.log(isFine ? `${all}: passed` : `${all}: failed`);
  process.exitCode = isFine ? 0 : 1;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
