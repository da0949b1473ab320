/**
 * Builds the addon in release mode into native/, if there is none or it is older than its sources; with --force in
 * any case.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const platform = require('../lib/platform.js');

const root = path.join(__dirname, '..');
const native = path.join(root, 'native');
const sources = ['Cargo.toml', 'Cargo.lock', 'build.rs', 'src', 'spread-proto/src', 'spread-daemon/src'];

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

/** The library that cargo has made, wherever it puts it. */
function compile() {
  const args = [
    'build',
    '--release',
    '--locked',
    '--package',
    'cspread',
    '--message-format',
    'json-render-diagnostics',
  ];
  const stdio = ['ignore', 'pipe', 'inherit'];
  const said = execFileSync('cargo', args, { cwd: root, stdio, encoding: 'utf8', maxBuffer: 2 ** 30 });
  const messages = said
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const made = messages.find(({ reason, target }) => reason === 'compiler-artifact' && target.kind.includes('cdylib'));
  return made.filenames.find((name) => /\.(so|dylib|dll)$/.test(name));
}

function build() {
  const file = path.join(native, `cspread.${platform}.node`);
  fs.mkdirSync(native, { recursive: true });
  // Never written over: a process may have it loaded.
  fs.copyFileSync(compile(), `${file}.new`);
  fs.renameSync(`${file}.new`, file);
}

if (process.argv.includes('--force') || !isFresh()) {
  build();
}
