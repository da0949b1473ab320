/**
 * Runs the JavaScript suite, in each column, with the addon under AddressSanitizer: a wrong read or write of native
 * code ends a process with a report; memory that native code leaves unreachable is reported at a process's end. Linux only.
 * Continues where it was stopped, by its summary:
 *
 *   npm run test:asan
 *   npm run test:asan -- --files payloads,workers --columns loop
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { compile } = require('./compile.js');
const { COLUMNS, allFiles, filesOf, library, root, suite, testFiles } = require('./testing/columns.js');
const { runJobs } = require('./testing/jobs.js');
const { Journal, commitOf } = require('./testing/journal.js');
const { count, known, list } = require('./testing/options.js');

const HELP = `npm run test:asan -- [options]
  --files NAMES     test files, with or without .test.js, separated by commas; by default all
  --columns NAMES   ${Object.keys(COLUMNS).join(',')}
  --load L          runs at once: 2
  --summary FILE    results of all runs: target/test-asan.jsonl`;

const folder = path.join(root, 'target', 'asan');
const commit = commitOf(root);
/** The sanitizer's reports of each process. A run that continues an interrupted one counts those of both. */
const reports = path.join(folder, 'reports', commit);

function parse() {
  const { values } = parseArgs({
    options: {
      files: { type: 'string' },
      columns: { type: 'string' },
      load: { type: 'string' },
      summary: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  return {
    help: values.help,
    files: values.files ? testFiles(list(values.files)) : allFiles(),
    columns: values.columns ? known('column', list(values.columns), Object.keys(COLUMNS)) : Object.keys(COLUMNS),
    load: count('load', values.load ?? '2'),
    summary: path.resolve(values.summary ?? path.join(root, 'target', 'test-asan.jsonl')),
  };
}

/** Builds the instrumented addon; returns its path. */
function instrumented() {
  const [, target] = /^host: (.*)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }));
  const addon = compile('cspread', {
    // With an explicit target, so that build scripts and macros are not instrumented.
    args: ['--target', target, '--target-dir', folder],
    env: {
      // The flag is for nightly compilers; a stable one accepts it only with RUSTC_BOOTSTRAP.
      RUSTC_BOOTSTRAP: '1',
      RUSTFLAGS: '-Zsanitizer=address -Cforce-frame-pointers=yes',
      CARGO_PROFILE_RELEASE_DEBUG: 'line-tables-only',
      CARGO_PROFILE_RELEASE_LTO: 'off',
      CARGO_PROFILE_RELEASE_STRIP: 'none',
    },
  });
  const file = path.join(folder, 'cspread.node');
  // The file is replaced, never overwritten: a process may have it loaded.
  fs.copyFileSync(addon, `${file}.new`);
  fs.renameSync(`${file}.new`, file);
  return file;
}

/** Returns the environment of a process with the sanitizer: its runtime is gcc's, since Node is not built with one. */
function sanitized() {
  const runtime = execFileSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
  if (!path.isAbsolute(runtime)) {
    throw new Error('gcc has no libasan.so: install it (Debian: libasan8, or gcc)');
  }
  const options = {
    detect_leaks: 1,
    // What is freed is kept back to be watched: not so much that tests of memory take it for a leak.
    quarantine_size_mb: 16,
    // For every process of a test, wherever its standard error goes.
    log_path: path.join(reports, 'asan'),
  };
  return {
    LD_PRELOAD: fs.realpathSync(runtime),
    ASAN_OPTIONS: joined(options),
    // Node, or a shell that a test starts, leaks when it ends: only the reports say whose leak it is (`isOurs`).
    LSAN_OPTIONS: joined({
      exitcode: 0,
      print_suppressions: 0,
      suppressions: path.join(__dirname, 'testing', 'leaks.txt'),
    }),
  };
}

function joined(options) {
  return Object.entries(options)
    .map((pair) => pair.join('='))
    .join(':');
}

/** Returns whether a report is about an error, or about a leak of memory that the addon asked for. */
function isOurs(report) {
  const text = fs.readFileSync(path.join(reports, report), 'utf8');
  return !text.includes('LeakSanitizer') || text.split('\n\n').some(isLeakOfOurs);
}

/** V8's own leaks have the addon in their stacks, too: below V8, where it called JavaScript. */
function isLeakOfOurs(stack) {
  const frames = stack.split('\n').filter((line) => /^ +#\d/.test(line));
  const addon = frames.findIndex((frame) => /cspread\.node|\bsrc\/\S+\.rs:/.test(frame));
  return (
    addon >= 0 && !frames.slice(0, addon).some((frame) => / in (v8::|Builtins_)|unknown module| {2}\(/.test(frame))
  );
}

async function main() {
  const { help, files, columns, load, summary } = parse();
  if (help) {
    console.log(HELP);
    return;
  }
  const env = { ...sanitized(), CSPREAD_COUNTS: 'quick', CSPREAD_LIBSPREAD: library() };
  env.CSPREAD_NATIVE_PATH = instrumented();
  fs.mkdirSync(reports, { recursive: true });
  // A test gives up its rights.
  fs.chmodSync(reports, 0o1777);
  const journal = new Journal(summary, commit);
  const jobs = columns.flatMap((column) =>
    filesOf(column, files).map((file) => ({
      job: `${column} ${file}`,
      command: process.execPath,
      args: suite([file]),
      env: { ...env, ...COLUMNS[column].env },
      cwd: root,
    })),
  );
  const hasPassed = ({ job }) => journal.of(job).at(-1)?.passed === true;
  const left = jobs.filter((job) => !hasPassed(job));
  console.log(`${jobs.length} files in all columns, ${jobs.length - left.length} of them have passed: ${summary}`);
  await runJobs(left, { journal, load });
  const failed = jobs.filter((job) => !hasPassed(job)).length;
  const ours = fs.readdirSync(reports).filter(isOurs);
  console.log(`${jobs.length} files, ${failed} failed; ${ours.length} reports of the sanitizer`);
  for (const report of ours) {
    console.log(`  ${path.join(reports, report)}`);
  }
  process.exitCode = failed === 0 && ours.length === 0 ? 0 : 1;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
