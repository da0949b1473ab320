/**
 * The native code as it is published: what this machine can build, for its own platform. On Linux with glibc it is
 * linked against an older glibc than the machine's, by zig (tools/zig), and what it then needs is read from it.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const platform = require('../lib/platform.js');
const { compile } = require('./compile.js');
const platforms = require('./platforms.js');

/** The glibc of RHEL 8 and Debian 10. */
const OLDEST_GLIBC = '2.28';

const tools = path.join(__dirname, '..', 'tools', 'zig');

/** All versions are exact. (A lock file would have to name packages of platforms that not every registry has.) */
function zig() {
  const file = path.join(tools, 'node_modules', '.bin', 'zig');
  if (!fs.existsSync(file)) {
    execFileSync('npm', ['install', '--no-package-lock', '--no-fund', '--no-audit'], {
      cwd: tools,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return file;
}

/** The newest version of glibc's interface that a file asks for: the names stand in its table of strings. */
function neededGlibc(file) {
  const names = fs
    .readFileSync(file)
    .toString('latin1')
    .matchAll(/\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)/g);
  const versions = Array.from(names, ([, major, minor]) => [Number(major), Number(minor)]);
  return versions.sort(([a, b], [c, d]) => a - c || b - d).at(-1);
}

/** Builds it; the file's path. */
function portable() {
  const { target, libc } = platforms[platform];
  if (libc !== 'glibc') {
    return compile('cspread');
  }
  const linker = `CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}_LINKER`;
  const env = {
    [linker]: path.join(__dirname, 'zig-cc.sh'),
    ZIG: zig(),
    ZIG_TARGET: `${target.split('-')[0]}-linux-gnu.${OLDEST_GLIBC}`,
  };
  const file = compile('cspread', { args: ['--target', target], env });
  const needed = neededGlibc(file);
  const [major, minor] = OLDEST_GLIBC.split('.').map(Number);
  if (needed === undefined || needed[0] > major || needed[1] > minor) {
    throw new Error(`${file} needs glibc ${needed?.join('.')}, and is to need ${OLDEST_GLIBC} at most`);
  }
  console.log(`it needs glibc ${needed.join('.')}`);
  return file;
}

module.exports = { portable };
