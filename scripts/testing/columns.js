/** The columns that the JavaScript suite runs in, and the arguments to run it: for every script that runs tests. */

const fs = require('node:fs');
const path = require('node:path');
const { compile } = require('../compile.js');
const { known } = require('./options.js');

const root = path.join(__dirname, '..', '..');

const OF_SCRIPTS = 'it is of scripts, and runs in the first column';

const IN_MEMORY = 'it opens no session, and runs in the first column';

/** Files that one column is enough for, with the reason. */
const ONCE = {
  'soak.test.js': OF_SCRIPTS,
  'test-commands.test.js': OF_SCRIPTS,
  'replicated-linearizable.test.js': IN_MEMORY,
  'replicated-primary.test.js': IN_MEMORY,
  'replicated-seeds.test.js': IN_MEMORY,
};

/** Column → what it is, its environment, and the files that it leaves out, with the reason. */
const COLUMNS = {
  loop: { what: 'native engine, read by the loop', env: { CSPREAD_ENGINE: 'native', CSPREAD_READER: 'loop' } },
  guard: {
    what: 'native engine, read by the guard',
    env: { CSPREAD_ENGINE: 'native', CSPREAD_READER: 'guard' },
    without: ONCE,
  },
  libspread: {
    what: 'libspread engine',
    env: { CSPREAD_ENGINE: 'libspread', CSPREAD_READER: 'loop' },
    without: { ...ONCE, 'hostile.test.js': 'on this engine daemons are trusted' },
  },
};

/** Returns the test files, by name. */
function allFiles() {
  return fs.readdirSync(path.join(root, '__test__')).filter((name) => name.endsWith('.test.js'));
}

/** Returns the test files of these names, given with or without `.test.js`. */
function testFiles(names) {
  const files = names.map((name) => `${path.basename(name).replace(/\.test\.js$/, '')}.test.js`);
  return [...new Set(known('test file', files, allFiles()))];
}

/** Returns the files that run in the column, and prints which do not, and why. */
function filesOf(column, files = allFiles()) {
  const { what, without = {} } = COLUMNS[column];
  for (const name of files.filter((file) => file in without)) {
    console.log(`skipped: ${name}, ${what}: ${without[name]}`);
  }
  return files.filter((file) => !(file in without));
}

/** Returns the arguments with which Node runs these test files. */
function suite(files) {
  return [
    '--test',
    '--expose-gc',
    '--unhandled-rejections=strict',
    '--test-reporter=spec',
    ...files.map((name) => path.join('__test__', name)),
  ];
}

/** Returns the commands of the Rust tests, at `quick` or `full` counts. */
function rust(counts) {
  const [cases, messages] = counts === 'full' ? ['20000', '1000000'] : ['256', '100000'];
  return {
    command: 'cargo',
    args: ['test', '--workspace', '--locked', '--quiet'],
    env: {
      PROPTEST_CASES: process.env.PROPTEST_CASES ?? cases,
      // Messages that eight members order among themselves, against the daemon alone.
      CSPREAD_ORDER_MESSAGES: messages,
    },
  };
}

/** Returns the C library of the column `libspread`: the one that CSPREAD_LIBSPREAD names, by default the stand-in. */
function library() {
  return process.env.CSPREAD_LIBSPREAD ?? compile('libspread-stand-in');
}

module.exports = { COLUMNS, allFiles, filesOf, library, root, rust, suite, testFiles };
