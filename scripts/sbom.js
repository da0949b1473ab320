/**
 * Writes a release's bills of materials (CycloneDX) into a folder: sbom.js FOLDER. npm makes the main package's;
 * cargo-cyclonedx, which has to be installed, makes one for the crates in each platform's native code.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { npm } = require('./npm.js');
const platforms = require('./packages/platforms.js');
const { name, version } = require('../package.json');

const root = path.join(__dirname, '..');

/** cargo-cyclonedx writes a file beside the manifest of every crate of the workspace. */
const WRITTEN = 'release-sbom';

function cargo(args) {
  return execFileSync('cargo', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function ofMain() {
  return npm(['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--omit', 'dev'], {
    cwd: root,
    encoding: 'utf8',
  });
}

function ofNative({ target }, folders) {
  const options = ['--format', 'json', '--spec-version', '1.5', '--no-build-deps'];
  cargo(['cyclonedx', '--quiet', '--target', target, '--override-filename', WRITTEN, ...options]);
  const text = fs.readFileSync(path.join(root, `${WRITTEN}.json`), 'utf8');
  for (const folder of folders) {
    fs.rmSync(path.join(folder, `${WRITTEN}.json`));
  }
  return text;
}

function main(folder = 'sbom') {
  const into = path.resolve(folder);
  fs.mkdirSync(into, { recursive: true });
  const write = (what, text) => {
    const file = path.join(into, `${what}-${version}.cdx.json`);
    fs.writeFileSync(file, text);
    console.log(`${file}: ${JSON.parse(text).components.length} components`);
  };
  write(name, ofMain());
  const { packages } = JSON.parse(cargo(['metadata', '--locked', '--no-deps', '--format-version', '1']));
  const folders = packages.map((crate) => path.dirname(crate.manifest_path));
  for (const [platform, about] of Object.entries(platforms)) {
    write(`${name}-${platform}`, ofNative(about, folders));
  }
}

main(...process.argv.slice(2));
