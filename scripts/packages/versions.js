/**
 * Prints the version in every place that has it. With a tag, `versions.js v1.2.3`: checks that all of them match it,
 * and that CHANGELOG has the version and its date.
 */

const fs = require('node:fs');
const path = require('node:path');
const platforms = require('./platforms.js');
const { version } = require('../../package.json');

const root = path.join(__dirname, '..', '..');
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');

/** Returns the version of a crate in a lock file. */
const locked = (file, crate) => new RegExp(`^name = "${crate}"\nversion = "(.*)"$`, 'm').exec(read(file))?.[1];

/** Place → version. */
function versions() {
  const lock = JSON.parse(read('package-lock.json'));
  const manifests = Object.keys(platforms).map((platform) => path.join('npm', platform, 'package.json'));
  return {
    'package.json': version,
    'package-lock.json': lock.version,
    'package-lock.json, packages': lock.packages[''].version,
    'Cargo.toml': /^\[workspace\.package\]\nversion = "(.*)"$/m.exec(read('Cargo.toml'))?.[1],
    'Cargo.lock': locked('Cargo.lock', 'cspread'),
    'fuzz/Cargo.lock': locked('fuzz/Cargo.lock', 'spread-proto'),
    ...Object.fromEntries(manifests.map((file) => [file, JSON.parse(read(file)).version])),
  };
}

/** Returns the objections to a release under this tag. */
function objections(tag, changelog = read('CHANGELOG.md')) {
  const found = Object.entries(versions())
    .filter(([, its]) => `v${its}` !== tag)
    .map(([place, its]) => `the tag is ${tag}, and ${place} has ${its}`);
  const dated = changelog.split('\n').some((line) => /^## (\S+), \d{4}-\d\d-\d\d$/.exec(line)?.[1] === tag.slice(1));
  return dated ? found : [...found, `CHANGELOG.md has no "## ${tag.slice(1)}, YYYY-MM-DD"`];
}

module.exports = { objections, versions };

if (require.main === module) {
  const found = objections(process.argv[2] ?? `v${version}`);
  for (const objection of found) {
    console.error(objection);
  }
  process.exitCode = found.length === 0 ? 0 : 1;
}
