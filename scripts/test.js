/**
 * Runs everything: the Rust tests, then the JavaScript suite, once with the loop reading and once with the guard
 * (CSPREAD_READER chooses one of the two). --full has the counts of __test__/helpers/counts.js that are named so.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

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

run('Rust', 'cargo', ['test', '--workspace', '--locked', '--quiet']);

const files = fs
  .readdirSync(path.join(root, '__test__'))
  .filter((name) => name.endsWith('.test.js'))
  .map((name) => path.join('__test__', name));
const readers = process.env.CSPREAD_READER ? [process.env.CSPREAD_READER] : ['loop', 'guard'];
for (const reader of readers) {
  const args = ['--test', '--expose-gc', '--unhandled-rejections=strict', '--test-reporter=spec', ...files];
  run(`JavaScript, read by the ${reader}`, process.execPath, args, { CSPREAD_READER: reader });
}
console.log(`\neverything passed (counts: ${counts}; readers: ${readers.join(', ')})`);
