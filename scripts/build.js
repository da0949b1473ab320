/**
 * Builds the addon in release mode into native/, if there is none or it is older than its sources; with --force in
 * any case.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

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

function build() {
  const cli = path.join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js');
  const args = [
    'build',
    '--platform',
    '--release',
    '--output-dir',
    'native',
    '--js',
    'binding.js',
    '--dts',
    'binding.d.ts',
  ];
  // Behind `--` for cargo: what the lock file says, nothing else.
  execFileSync(process.execPath, [cli, ...args, '--', '--locked'], { cwd: root, stdio: 'inherit' });
}

if (process.argv.includes('--force') || !isFresh()) {
  build();
}
