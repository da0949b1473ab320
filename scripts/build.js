/**
 * Builds the addon in release mode into native/, if there is none or it is older than its sources; with --force in
 * any case.
 */

const fs = require('node:fs');
const path = require('node:path');
const platform = require('../lib/native/platform.js');
const { compile } = require('./compile.js');

const root = path.join(__dirname, '..');
const native = path.join(root, 'native');
const sources = [
  'Cargo.toml',
  'Cargo.lock',
  'build.rs',
  'src',
  'spread-proto/src',
  'spread-daemon/src',
  'spread-sys/src',
];

function newest(file) {
  const full = path.join(root, file);
  const stat = fs.statSync(full, { throwIfNoEntry: false });
  if (stat === undefined) {
    return 0;
  }
  return stat.isDirectory()
    ? Math.max(0, ...fs.readdirSync(full).map((name) => newest(path.join(file, name))))
    : stat.mtimeMs;
}

function isFresh() {
  const names = fs.existsSync(native) ? fs.readdirSync(native).filter((name) => name.endsWith('.node')) : [];
  return (
    names.length > 0 && names.every((name) => newest(path.join('native', name)) > Math.max(...sources.map(newest)))
  );
}

function build() {
  const file = path.join(native, `cspread.${platform}.node`);
  fs.mkdirSync(native, { recursive: true });
  // Replaced, never overwritten: a process may have it loaded.
  fs.copyFileSync(compile('cspread'), `${file}.new`);
  fs.renameSync(`${file}.new`, file);
}

if (process.argv.includes('--force') || !isFresh()) {
  build();
}
