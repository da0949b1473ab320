/**
 * Bundles the tarball's files into fewer than a clone has.
 *
 * The packages that cli/bundled.js and the entry points require go into them, and their licences beside them: the published
 * package depends on none, and works as it does in a clone. All of lib/ goes into a file for each entry point of `exports`,
 * since Node takes a quarter of a millisecond to load a file.
 */

const { buildSync } = require('esbuild');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..', '..');

/** Returns the folders of the packages that the files come from. */
function packagesOf(files) {
  const names = files.map((file) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]).filter(Boolean);
  return [...new Set(names)].sort().map((name) => path.join(root, 'node_modules', name));
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

/** Files of lib/ that the command line requires by themselves. */
const APART = ['lib/native/platform.js'];

/** Files that are others in the bundle: it lies elsewhere, has no build beside it, and is one module of Node's. */
const REPLACED = {
  'lib/native/builds.js': 'module.exports = { builds: () => [] };\n',
  'lib/native/own-module.js': 'module.exports = ownModule;\n',
};

/** Node's class of modules, before a bundle's own `module` hides it. */
const OWN_MODULE = 'var ownModule = typeof module === "object" ? module.constructor : undefined;';

/** Returns the files of lib/ that the entry points of a manifest's `exports` load. */
function entriesOf({ exports }) {
  const files = Object.values(exports).map((entry) => path.posix.normalize(entry.default ?? entry));
  return ['lib/index.js', ...files.filter((file) => file.startsWith('lib/'))];
}

/** Builds the page of cspread/web into the module that serves it. Returns the files that went into it. */
function bundlePage(stage) {
  const { assets, inputs } = require('../../lib/web/assets.js').build();
  const text = `module.exports = { assets: () => (${JSON.stringify(assets)}) };\n`;
  fs.writeFileSync(path.join(stage, 'lib', 'web', 'assets.js'), text);
  return inputs;
}

/** Bundles one file of `from`, with what it requires, into that place of the stage. */
function build(from, stage, file, banner, external = []) {
  return buildSync({
    absWorkingDir: from,
    entryPoints: [file],
    outfile: path.join(stage, file),
    allowOverwrite: true,
    bundle: true,
    external,
    nodePaths: [path.join(root, 'node_modules')],
    platform: 'node',
    target: 'node20',
    // Half as long, and V8 looks over all of it before it runs any; names stay, for stacks.
    minifyWhitespace: true,
    minifySyntax: true,
    metafile: true,
    banner: { js: banner },
    logLevel: 'error',
  });
}

/**
 * Bundles lib/ into one file for each entry point. lib/index.js has all that others are built on, and they require it, so
 * that there is one of each class and one native binding.
 */
function bundleLibrary(stage, manifest) {
  const entries = entriesOf(manifest);
  for (const [file, code] of Object.entries(REPLACED)) {
    fs.writeFileSync(path.join(stage, file), code);
  }
  const ofPage = { 'lib/web/index.js': bundlePage(stage) };
  for (const file of entries) {
    const external = file === 'lib/index.js' ? [] : ['../index.js'];
    const banner = `// Made of the files of lib/ in the repository, by esbuild.\n${OWN_MODULE}`;
    const { metafile } = build(stage, stage, file, banner, external);
    addLicences(stage, file, [...Object.keys(metafile.inputs), ...(ofPage[file] ?? [])]);
  }
  const kept = (file) =>
    entries.includes(file) || APART.includes(file) || file.endsWith('.d.ts') || file.endsWith('/LICENSES');
  const lib = path.join(stage, 'lib');
  for (const entry of fs.readdirSync(lib, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !kept(path.relative(stage, file).replaceAll(path.sep, '/'))) {
      fs.rmSync(file);
    }
  }
  removeEmpty(lib);
}

/** Removes the folders in which nothing is left. */
function removeEmpty(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      removeEmpty(path.join(folder, entry.name));
    }
  }
  if (fs.readdirSync(folder).length === 0) {
    fs.rmdirSync(folder);
  }
}

/** Bundles the packages that the command line uses, with their licences. */
function bundleCommand(stage) {
  const file = 'cli/bundled.js';
  const banner = '// Made of the packages that stand in LICENSES, by esbuild.';
  addLicences(stage, file, Object.keys(build(root, stage, file, banner).metafile.inputs));
}

/** Writes the licences of the packages that a bundled file holds beside it, if it holds any. */
function addLicences(stage, file, inputs) {
  const licences = packagesOf(inputs).map(licenceOf);
  if (licences.length > 0) {
    const head = `The file ${path.posix.basename(file)} in this folder holds these packages, under these licences.\n`;
    const beside = path.join(stage, path.dirname(file), 'LICENSES');
    fs.writeFileSync(beside, [head, ...licences].join(`\n${'-'.repeat(80)}\n\n`));
  }
}

/** Bundles a folder that has the manifest, lib/ and cli/. */
function bundle(stage, manifest) {
  bundleLibrary(stage, manifest);
  bundleCommand(stage);
}

module.exports = { bundle, bundleLibrary, entriesOf };
