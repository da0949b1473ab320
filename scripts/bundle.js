/**
 * Bundles the tarball's files into fewer than a clone has.
 *
 * The packages that cli/bundled.js requires go into it, and their licences beside it: the published package depends on
 * none, and its command line looks as it does in a clone. All of lib/ goes into lib/index.js, since Node takes a
 * quarter of a millisecond to load a file.
 */

const { buildSync } = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** Returns the folders of the packages that the files come from. */
function packagesOf(files) {
  const folders = files.map((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean);
  return [...new Set(folders)].sort().map((folder) => path.join(root, folder));
}

/** Returns a package's name, version, and the text of its licence. */
function licenceOf(folder) {
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (file === undefined) {
    throw new Error(`${name} has no licence to put into the tarball`);
  }
  return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(folder, file), 'utf8').trim()}\n`;
}

/** Files of lib/ that the command line requires by themselves, and folders that are entry points of their own. */
const APART = ['platform.js', 'replicated'];

/** Bundles one file of the stage with what it requires. */
function build(stage, file, banner, external) {
  return buildSync({
    absWorkingDir: root,
    entryPoints: [file],
    outfile: path.join(stage, file),
    bundle: true,
    external,
    platform: 'node',
    target: 'node20',
    metafile: true,
    banner: { js: banner },
    logLevel: 'error',
  });
}

/** Bundles lib/ into lib/index.js and the files that the command line requires. */
function bundleLibrary(stage) {
  build(stage, 'lib/index.js', '// Made of the files of lib/ in the repository, by esbuild.', ['../package.json']);
  build(stage, 'lib/replicated/index.js', '// Made of the files of lib/replicated/, by esbuild.', ['../index.js']);
  for (const file of fs.readdirSync(path.join(stage, 'lib', 'replicated'))) {
    if (!file.startsWith('index.')) {
      fs.rmSync(path.join(stage, 'lib', 'replicated', file));
    }
  }
  for (const file of fs.readdirSync(path.join(stage, 'lib'))) {
    if (file !== 'index.js' && !APART.includes(file)) {
      fs.rmSync(path.join(stage, 'lib', file));
    }
  }
}

/** Bundles the packages that the command line uses, with their licences. */
function bundleCommand(stage) {
  const { metafile } = build(stage, 'cli/bundled.js', '// Made of the packages that stand in LICENSES, by esbuild.');
  const licences = packagesOf(Object.keys(metafile.inputs)).map(licenceOf);
  const head = 'The file bundled.js in this folder holds these packages, under these licences.\n';
  fs.writeFileSync(path.join(stage, 'cli', 'LICENSES'), [head, ...licences].join(`\n${'-'.repeat(80)}\n\n`));
}

/** Bundles a folder that has lib/ and cli/. */
function bundle(stage) {
  bundleLibrary(stage);
  bundleCommand(stage);
}

module.exports = { bundle };
