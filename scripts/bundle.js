/**
 * Puts the packages that cli/bundled.js requires into it, for the tarball, and their licences beside it: the published
 * package depends on none, and its command line looks as it does in a clone.
 */

const { buildSync } = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** Folders of the packages that files come from. */
function packagesOf(files) {
  const folders = files.map((file) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]).filter(Boolean);
  return [...new Set(folders)].sort().map((folder) => path.join(root, folder));
}

/** A package's name, version, and licence as it stands in it. */
function licenceOf(folder) {
  const { name, version, license } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const file = fs.readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (file === undefined) {
    throw new Error(`${name} has no licence to put into the tarball`);
  }
  return `${name} ${version} (${license})\n\n${fs.readFileSync(path.join(folder, file), 'utf8').trim()}\n`;
}

/** Bundles into a folder that has the command line in cli/. */
function bundle(stage) {
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: ['cli/bundled.js'],
    outfile: path.join(stage, 'cli', 'bundled.js'),
    bundle: true,
    platform: 'node',
    target: 'node20',
    metafile: true,
    banner: { js: '// Made of the packages that stand in LICENSES, by esbuild.' },
    logLevel: 'error',
  });
  const licences = packagesOf(Object.keys(metafile.inputs)).map(licenceOf);
  const head = 'The file bundled.js in this folder holds these packages, under these licences.\n';
  fs.writeFileSync(path.join(stage, 'cli', 'LICENSES'), [head, ...licences].join(`\n${'-'.repeat(80)}\n\n`));
}

module.exports = { bundle };
