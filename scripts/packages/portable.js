/**
 * Builds the native code as it is published, for this machine's platform or for another one that its compiler knows.
 * For Linux zig links it (zig/): against an older glibc than the machine's, or against musl. The file is then
 * checked for the glibc that it needs.
 */

const fs = require('node:fs');
const path = require('node:path');
const here = require('../../lib/native/platform.js');
const { compile } = require('../compile.js');
const { npm } = require('../npm.js');
const platforms = require('./platforms.js');

/** The oldest glibc supported: of RHEL 8 and Debian 10. */
const OLDEST_GLIBC = '2.28';

/** Flags of the compiler, by the last word of its target. */
const FLAGS = {
  // Node brings its musl; an addon with one of its own would have two.
  musl: '-C target-feature=-crt-static',
  // Node needs no installed C runtime, so the addon may not need one either.
  msvc: '-C target-feature=+crt-static',
};

const tools = path.join(__dirname, 'zig');

/** Installs zig. All versions are exact. (A lock file would name platforms' packages that not every registry has.) */
function zig() {
  const file = path.join(tools, 'node_modules', '.bin', 'zig');
  if (!fs.existsSync(file)) {
    npm(['install', '--no-package-lock', '--no-fund', '--no-audit'], {
      cwd: tools,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  return file;
}

/** Returns cargo's environment for a target. */
function environment({ os, libc, target }) {
  const variable = (name) => `CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}_${name}`;
  const flags = FLAGS[target.split('-').at(-1)];
  const env = flags ? { [variable('RUSTFLAGS')]: flags } : {};
  if (os === 'linux') {
    env[variable('LINKER')] = path.join(tools, 'cc.sh');
    env.ZIG = zig();
    env.ZIG_TARGET = `${target.split('-')[0]}-linux-${libc === 'glibc' ? `gnu.${OLDEST_GLIBC}` : 'musl'}`;
  }
  return env;
}

/** Returns the newest version of glibc's interface that a file needs: the names are in its table of strings. */
function neededGlibc(file) {
  const names = fs
    .readFileSync(file)
    .toString('latin1')
    .matchAll(/\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)/g);
  const versions = Array.from(names, ([, major, minor]) => [Number(major), Number(minor)]);
  return versions.sort(([a, b], [c, d]) => a - c || b - d).at(-1);
}

function checkLibc(file, libc) {
  const needed = neededGlibc(file);
  if (libc === 'musl') {
    if (needed !== undefined) {
      throw new Error(`${file} needs glibc ${needed.join('.')}, but must run on musl`);
    }
    return;
  }
  const [major, minor] = OLDEST_GLIBC.split('.').map(Number);
  if (needed === undefined || needed[0] > major || needed[1] > minor) {
    throw new Error(`${file} needs glibc ${needed?.join('.')}, but may need at most ${OLDEST_GLIBC}`);
  }
  console.log(`it needs glibc ${needed.join('.')}`);
}

/** Builds the native code; returns the file's path. */
function portable(platform = here) {
  const about = platforms[platform];
  const file = compile('cspread', { args: ['--target', about.target], env: environment(about) });
  if (about.os === 'linux') {
    checkLibc(file, about.libc);
  }
  return file;
}

module.exports = { portable };
