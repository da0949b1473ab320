/**
 * Runs everything: the Rust tests, then the JavaScript suite in each of the ways below. --full has the counts of
 * __test__/helpers/counts.js that are named so, the suite on other versions of Node as well, and installs the packages
 * with each package manager. CSPREAD_LIBSPREAD names a C library to test with; by default it is the
 * stand-in of __test__/fixtures/libspread.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { compile } = require('./compile.js');
const { nodes } = require('./nodes.js');

/** Ways to run the suite, and the files that one leaves out, with the reason. */
const WAYS = [
  { what: 'native engine, read by the loop', env: { CSPREAD_ENGINE: 'native', CSPREAD_READER: 'loop' } },
  { what: 'native engine, read by the guard', env: { CSPREAD_ENGINE: 'native', CSPREAD_READER: 'guard' } },
  {
    what: 'libspread engine',
    env: { CSPREAD_ENGINE: 'libspread', CSPREAD_READER: 'loop' },
    without: { 'hostile.test.js': 'on this engine daemons are trusted' },
  },
];

const root = path.join(__dirname, '..');
const full = process.argv.includes('--full');
const counts = full ? 'full' : 'quick';
const env = {
  ...process.env,
  CSPREAD_COUNTS: counts,
  // Messages that eight members order among themselves, against the daemon alone.
  CSPREAD_ORDER_MESSAGES: full ? '1000000' : '100000',
  PROPTEST_CASES: full ? '20000' : '256',
};

function run(what, command, args, more = {}) {
  console.log(`\n== ${what}`);
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...env, ...more } });
  if (status !== 0) {
    console.error(`\nfailed: ${what} (${signal ?? `exit status ${status}`})`);
    process.exit(1);
  }
}

process.env.CSPREAD_COUNTS = counts;
console.log(`counts: ${counts}`);
for (const [name, count] of Object.entries(require('../__test__/helpers/counts.js'))) {
  console.log(`  ${name}: ${count}`);
}

const library = process.env.CSPREAD_LIBSPREAD ?? compile('libspread-stand-in');

run('Rust', 'cargo', ['test', '--workspace', '--locked', '--quiet'], { CSPREAD_LIBSPREAD: library });

const files = fs.readdirSync(path.join(root, '__test__')).filter((name) => name.endsWith('.test.js'));

const suite = (names) => [
  '--test',
  '--expose-gc',
  '--unhandled-rejections=strict',
  '--test-reporter=spec',
  ...names.map((name) => path.join('__test__', name)),
];

for (const { what, env: way, without = {} } of WAYS) {
  for (const [name, reason] of Object.entries(without)) {
    console.log(`\nskipped: ${name}, ${what}: ${reason}`);
  }
  const chosen = files.filter((name) => !(name in without));
  run(`JavaScript, ${what}`, process.execPath, suite(chosen), { ...way, CSPREAD_LIBSPREAD: library });
}

if (full) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-nodes-'));
  for (const { version, file } of nodes(folder)) {
    run(`JavaScript, Node ${version}`, file, suite(files), { CSPREAD_COUNTS: 'quick', CSPREAD_LIBSPREAD: library });
  }
  fs.rmSync(folder, { recursive: true });
  run('the package managers', process.execPath, ['scripts/managers.js']);
}
console.log(
  `\neverything passed (counts: ${counts}; ${WAYS.map(({ what }) => what).join('; ')}; C library: ${library})`,
);
