/**
 * Writes the manifests of the platforms' packages, in npm/, from package.json and scripts/packages/platforms.js, so that
 * versions agree. With --check it writes nothing, and a difference is an error.
 */

const fs = require('node:fs');
const path = require('node:path');
const platforms = require('./platforms.js');

/** Files of the root that every platform's package carries beside its native code. */
const PAPERS = ['LICENSE', 'NOTICE', 'THIRD-PARTY-LICENSES'];

const root = path.join(__dirname, '..', '..');
const main = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));

function manifest(platform, { os, cpu, libc }) {
  const file = `cspread.${platform}.node`;
  return {
    name: `cspread-${platform}`,
    version: main.version,
    description: `The native code of cspread for ${platform}; install cspread, not this`,
    license: main.license,
    repository: main.repository,
    engines: main.engines,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
    main: file,
    files: [file, ...PAPERS],
  };
}

/** Returns path → content of every file that this writes. */
function files() {
  return Object.fromEntries(
    Object.entries(platforms).map(([platform, about]) => [
      path.join('npm', platform, 'package.json'),
      `${JSON.stringify(manifest(platform, about), null, 2)}\n`,
    ]),
  );
}

/** Returns the files that are out of date. */
function stale() {
  const now = (file) => (fs.existsSync(path.join(root, file)) ? fs.readFileSync(path.join(root, file), 'utf8') : '');
  return Object.entries(files()).filter(([file, content]) => now(file) !== content);
}

module.exports = { PAPERS, stale };

if (require.main === module) {
  const check = process.argv.includes('--check');
  for (const [file, content] of stale()) {
    if (check) {
      console.error(`${file} is out of date: run scripts/packages/manifests.js`);
      process.exitCode = 1;
    } else {
      fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
      fs.writeFileSync(path.join(root, file), content);
      console.log(file);
    }
  }
}
