/**
 * Runs everything, at counts for ten minutes: the Rust tests, then the JavaScript suite in each column.
 * CSPREAD_LIBSPREAD names a C library to test with; by default it is the stand-in of __test__/fixtures/libspread.
 */

const { spawnSync } = require('node:child_process');
const { COLUMNS, filesOf, library, root, rust, suite } = require('./testing/columns.js');

const env = { ...process.env, CSPREAD_COUNTS: 'quick', CSPREAD_LIBSPREAD: library() };

function run(what, { command, args, env: more }) {
  console.log(`\n== ${what}`);
  const { status, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...env, ...more } });
  if (status !== 0) {
    console.error(`\nfailed: ${what} (${signal ?? `exit status ${status}`})`);
    process.exit(1);
  }
}

process.env.CSPREAD_COUNTS = 'quick';
for (const [name, count] of Object.entries(require('../__test__/helpers/counts.js'))) {
  console.log(`  ${name}: ${count}`);
}
run('Rust', rust('quick'));
for (const [column, { what, env: more }] of Object.entries(COLUMNS)) {
  run(`JavaScript, ${what}`, { command: process.execPath, args: suite(filesOf(column)), env: more });
}
const columns = Object.values(COLUMNS).map(({ what }) => what);
console.log(`\neverything passed (counts: quick; ${columns.join('; ')}; C library: ${env.CSPREAD_LIBSPREAD})`);
