/**
 * Writes THIRD-PARTY-LICENSES, which the platforms' packages carry: every crate that is linked into the native code of
 * any platform, and its licence. The sources are cargo's metadata and the crates' own files; texts that no crate has
 * are in scripts/licences/. With --check it writes nothing, and a difference is an error.
 */

const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const platforms = require('./packages/platforms.js');

const root = path.join(__dirname, '..');
const file = path.join(root, 'THIRD-PARTY-LICENSES');

/** The licences to choose from several, in this order, and the file that has the text. */
const CHOICES = [
  ['MIT', /^license-mit(\.\w+)?$/i],
  ['ISC', /^license(\.\w+)?$/i],
  ['Zlib', /^license(\.\w+)?$/i],
];

/** Crates whose packages have no licence file: the text as their repository has it. */
const KEPT = { napi: 'napi.txt', 'napi-sys': 'napi.txt' };

const HEAD = `The native code of cspread has parts of other projects in it. These are their licences; where a project leaves the
choice, the one that is named here is taken. This file is made by scripts/licences.js.
`;

function metadata(target) {
  const args = ['metadata', '--locked', '--format-version', '1', '--filter-platform', target];
  const said = execFileSync('cargo', args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(said);
}

/** Adds the packages that are linked for a target, without those that only macros, build scripts or tests need. */
function addLinked(target, into) {
  const { packages, resolve } = metadata(target);
  const about = new Map(packages.map((crate) => [crate.id, crate]));
  const edges = new Map(resolve.nodes.map(({ id, deps }) => [id, deps]));
  const seen = new Set();
  const visit = (id) => {
    const crate = about.get(id);
    if (seen.has(id) || crate.targets.some(({ kind }) => kind.includes('proc-macro'))) {
      return;
    }
    seen.add(id);
    // Packages without a source are this project's own.
    if (crate.source !== null) {
      into.set(crate.id, crate);
    }
    for (const { pkg, dep_kinds: kinds } of edges.get(id)) {
      if (kinds.some(({ kind }) => kind === null)) {
        visit(pkg);
      }
    }
  };
  visit(packages.find(({ name, source }) => name === 'cspread' && source === null).id);
}

/** Returns the licence chosen for a crate, and its text. */
function licence({ name, license, manifest_path: manifest }) {
  const offered = license.split(/ OR |\//);
  const choice = CHOICES.find(([licence]) => offered.includes(licence));
  if (choice === undefined) {
    throw new Error(
      `${name} is under ${license}: if it may be linked, add the licence to choose to scripts/licences.js`,
    );
  }
  const [chosen, pattern] = choice;
  if (KEPT[name]) {
    return { chosen, text: fs.readFileSync(path.join(__dirname, 'licences', KEPT[name]), 'utf8') };
  }
  const folder = path.dirname(manifest);
  const names = fs.readdirSync(folder).sort();
  const found = names.find((entry) => pattern.test(entry)) ?? names.find((entry) => /^license$/i.test(entry));
  if (found === undefined) {
    throw new Error(`${name} has no file with the text of ${chosen}`);
  }
  return { chosen, text: fs.readFileSync(path.join(folder, found), 'utf8') };
}

/** Normalizes line ends and blanks. */
const tidy = (text) =>
  `${text
    .replaceAll('\r', '')
    .replace(/[ \t]+$/gm, '')
    .trim()}\n`;

/** Lists all crates by name, those with the same text together. */
function sections() {
  const crates = new Map();
  for (const { target } of Object.values(platforms)) {
    addLinked(target, crates);
  }
  const byText = new Map();
  const ordered = [...crates.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const crate of ordered) {
    const { chosen, text } = licence(crate);
    const key = `${chosen} ${text.split(/\s+/).join(' ').trim()}`;
    const section = byText.get(key) ?? { chosen, text: tidy(text), names: new Set() };
    byText.set(key, section);
    section.names.add(crate.name);
  }
  return [...byText.values()];
}

function content() {
  const rule = `\n${'-'.repeat(100)}\n`;
  const crates = sections().map(({ chosen, text, names }) => `${[...names].join(', ')}\nLicence: ${chosen}\n\n${text}`);
  const runtime = tidy(fs.readFileSync(path.join(__dirname, 'licences', 'runtime.txt'), 'utf8'));
  return [HEAD, ...crates, runtime].join(`${rule}\n`);
}

if (require.main === module) {
  const wanted = content();
  if (!process.argv.includes('--check')) {
    fs.writeFileSync(file, wanted);
  } else if (!fs.existsSync(file) || tidy(fs.readFileSync(file, 'utf8')) !== tidy(wanted)) {
    console.error('THIRD-PARTY-LICENSES is out of date: run scripts/licences.js');
    process.exitCode = 1;
  }
}
