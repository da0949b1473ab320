/**
 * Packs the main package and this machine's platform package into a folder: pack.js FOLDER. The main package is staged
 * first: its manifest gets the platforms as optional dependencies (which no registry has before they are published,
 * so that a clone could not install them) and loses what is for developers, and what the command line uses of other
 * packages is bundled.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const here = require('../lib/platform.js');
const { bundle } = require('./bundle.js');
const platforms = require('./platforms.js');
const { stale } = require('./packages.js');
const { portable } = require('./portable.js');

const root = path.join(__dirname, '..');

function copy(names, folder) {
  for (const name of names) {
    fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
}

/** Packs what is in a folder, which goes; the tarball's path, npm's account of it, and the manifest. */
function tarball(folder, into) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', into];
  const [account] = JSON.parse(
    execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  fs.rmSync(folder, { recursive: true });
  return { file: path.join(into, account.filename), ...account, manifest };
}

function packMain(into) {
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-main-'));
  const { scripts, devDependencies, ...manifest } = JSON.parse(
    fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  const names = Object.keys(platforms).map((platform) => [`cspread-${platform}`, manifest.version]);
  manifest.optionalDependencies = Object.fromEntries(names);
  copy(manifest.files, stage);
  bundle(stage);
  fs.writeFileSync(path.join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return tarball(stage, into);
}

/** `file` is the native code; without it the package has none. */
function packPlatform(platform, file, into) {
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-platform-'));
  copy(['LICENSE', 'NOTICE'], stage);
  fs.copyFileSync(path.join(root, 'npm', platform, 'package.json'), path.join(stage, 'package.json'));
  if (file !== undefined) {
    fs.copyFileSync(file, path.join(stage, `cspread.${platform}.node`));
  }
  return tarball(stage, into);
}

/** Both. */
function pack(into) {
  const [first] = stale();
  if (first) {
    throw new Error(`${first[0]} is out of date: run scripts/packages.js`);
  }
  fs.mkdirSync(into, { recursive: true });
  return { main: packMain(into), platform: packPlatform(here, portable(), into) };
}

module.exports = { pack, packPlatform };

if (require.main === module) {
  const { main, platform } = pack(path.resolve(process.argv[2] ?? 'packed'));
  for (const { file, size, unpackedSize } of [main, platform]) {
    console.log(`${file}: ${size} bytes, ${unpackedSize} unpacked`);
  }
}
