/**
 * Runs test files again and again, in each column, with several runs at once as load, to find what fails now and then:
 *
 *   npm run test:repeat -- --files reconnect,ping --times 100 --load 4
 *
 * Each result goes into a summary file, by commit. Called again, it continues where it was stopped; what has failed
 * stays failed.
 */

const path = require('node:path');
const { parseArgs } = require('node:util');
const { COLUMNS, allFiles, filesOf, library, root, suite, testFiles } = require('./testing/columns.js');
const { runJobs } = require('./testing/jobs.js');
const { Journal, commitOf } = require('./testing/journal.js');
const { count, known, list } = require('./testing/options.js');

const HELP = `npm run test:repeat -- [options]
  --files NAMES     test files, with or without .test.js, separated by commas or blanks; by default all
  --columns NAMES   ${Object.keys(COLUMNS).join(',')}
  --times N         runs of each file in each column: 20
  --load L          runs at once: 4
  --summary FILE    results of all runs: target/test-repeat.jsonl`;

function parse() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      files: { type: 'string', multiple: true },
      columns: { type: 'string' },
      times: { type: 'string' },
      load: { type: 'string' },
      summary: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const named = [...(values.files ?? []), ...positionals].flatMap(list);
  return {
    help: values.help,
    files: named.length === 0 ? allFiles() : testFiles(named),
    columns: values.columns ? known('column', list(values.columns), Object.keys(COLUMNS)) : Object.keys(COLUMNS),
    times: count('times', values.times ?? '20'),
    load: count('load', values.load ?? '4'),
    summary: path.resolve(values.summary ?? path.join(root, 'target', 'test-repeat.jsonl')),
  };
}

/** Returns the jobs, ordered so that runs of different files and columns overlap. */
function plan({ files, columns, times }) {
  const of = columns.flatMap((column) => filesOf(column, files).map((file) => ({ column, file })));
  return Array.from({ length: times }, (_, index) => index + 1).flatMap((run) =>
    of.map((one) => ({ ...one, job: `${one.column} ${one.file} ${run}` })),
  );
}

/** Prints a row for each file: runs and failures in each column. */
function table(jobs, journal) {
  const rows = new Map();
  for (const { column, file, job } of jobs) {
    const [end] = journal.of(job);
    const row = rows.get(file) ?? {};
    const cell = row[column] ?? { runs: 0, failed: 0 };
    cell.runs += end === undefined ? 0 : 1;
    cell.failed += end?.passed === false ? 1 : 0;
    rows.set(file, { ...row, [column]: cell });
  }
  return rows;
}

async function main() {
  const options = parse();
  if (options.help) {
    console.log(HELP);
    return;
  }
  const commit = commitOf(root);
  const journal = new Journal(options.summary, commit);
  const jobs = plan(options);
  const left = jobs.filter(({ job }) => journal.of(job).length === 0);
  console.log(`${jobs.length} runs at ${commit}, ${jobs.length - left.length} of them done: ${options.summary}`);
  const env = { CSPREAD_COUNTS: 'quick', CSPREAD_LIBSPREAD: library() };
  await runJobs(
    left.map(({ job, column, file }) => ({
      job,
      command: process.execPath,
      args: suite([file]),
      env: { ...env, ...COLUMNS[column].env },
      cwd: root,
    })),
    { journal, load: options.load },
  );
  const rows = table(jobs, journal);
  let failed = 0;
  for (const [file, row] of rows) {
    const cells = Object.entries(row).map(([column, cell]) => {
      failed += cell.failed;
      return `${column} ${cell.runs} runs, ${cell.failed} failed`;
    });
    console.log(`${file}: ${cells.join('; ')}`);
  }
  console.log(failed === 0 ? `none of ${jobs.length} runs failed` : `${failed} of ${jobs.length} runs failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
