/**
 * Packs the main package and this machine's platform package into a folder: pack.js FOLDER. One of them, or another
 * platform's, if it is named: pack.js FOLDER main, pack.js FOLDER linux-x64-musl.
 *
 * The main package is staged first: its manifest gets the platforms as optional dependencies (a clone could not install
 * them, since no registry has them before they are published) and loses the developers' part, bundle.js bundles files,
 * and links.js makes links to files outside of it absolute.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const here = require('../../lib/native/platform.js');
const { bundle } = require('./bundle.js');
const { mendLinks } = require('./links.js');
const { npm } = require('../npm.js');
const platforms = require('./platforms.js');
const { PAPERS, stale } = require('./manifests.js');
const { portable } = require('./portable.js');

const root = path.join(__dirname, '..', '..');

function copy(names, folder) {
  for (const name of names) {
    fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
}

/** Packs a folder and removes it; returns the tarball's path, npm's account of it, and the manifest. */
function tarball(folder, into) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', into];
  const [account] = JSON.parse(npm(args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  fs.rmSync(folder, { recursive: true });
  return { file: path.join(into, account.filename), ...account, manifest };
}

/** Stages the main package as it is published, in a folder of its own. */
function stageMain() {
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-main-'));
  const { scripts, devDependencies, ...manifest } = JSON.parse(
    fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  const names = Object.keys(platforms).map((platform) => [`cspread-${platform}`, manifest.version]);
  manifest.optionalDependencies = Object.fromEntries(names);
  copy(manifest.files, stage);
  // Made by `npm run docs`, of what is in the tarball anyway.
  fs.rmSync(path.join(stage, 'docs', 'api'), { recursive: true, force: true });
  // Half as large as all the rest: the README shows it from the repository.
  fs.rmSync(path.join(stage, 'docs', 'images', 'web.png'));
  fs.writeFileSync(path.join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  bundle(stage, manifest);
  mendLinks(stage, manifest);
  return stage;
}

const packMain = (into) => tarball(stageMain(), into);

/** Stages a platform's package; `file` is the native code, without which the package has none. */
function packPlatform(platform, file, into) {
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-platform-'));
  copy(PAPERS, stage);
  fs.copyFileSync(path.join(root, 'npm', platform, 'package.json'), path.join(stage, 'package.json'));
  if (file !== undefined) {
    fs.copyFileSync(file, path.join(stage, `cspread.${platform}.node`));
  }
  return tarball(stage, into);
}

function prepare(into) {
  const [first] = stale();
  if (first) {
    throw new Error(`${first[0]} is out of date: run scripts/packages/manifests.js`);
  }
  fs.mkdirSync(into, { recursive: true });
}

/** Packs both. */
function pack(into) {
  prepare(into);
  return { main: packMain(into), platform: packPlatform(here, portable(), into) };
}

module.exports = { pack, packPlatform, stageMain };

function main(folder = 'packed', which = undefined) {
  const into = path.resolve(folder);
  if (which === undefined) {
    return Object.values(pack(into));
  }
  if (which !== 'main' && !(which in platforms)) {
    throw new Error(`${which} is neither main nor one of ${Object.keys(platforms).join(', ')}`);
  }
  prepare(into);
  return [which === 'main' ? packMain(into) : packPlatform(which, portable(which), into)];
}

if (require.main === module) {
  for (const { file, size, unpackedSize } of main(...process.argv.slice(2))) {
    console.log(`${file}: ${size} bytes, ${unpackedSize} unpacked`);
  }
}
