/** Links of the packed documents: what the tarball does not have is in the repository, at the tarball's version. */

const fs = require('node:fs');
const path = require('node:path');

const FENCED = /(^ *```.*?^ *```$)/gms;

/** The documents in a folder: paths within it. */
function documents(folder) {
  const names = fs.readdirSync(folder, { recursive: true }).map((name) => name.replaceAll(path.sep, '/'));
  return names.filter((name) => name.endsWith('.md'));
}

/** Where the links of a document lead within its folder: { target, place }. Those to elsewhere are not among them. */
function linksOf(folder, document) {
  const prose = fs.readFileSync(path.join(folder, document), 'utf8').replaceAll(FENCED, '');
  return Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target)
    .filter((target) => !/^(https?:|#)/.test(target))
    .map((target) => ({ target, place: path.posix.join(path.posix.dirname(document), target.split('#')[0]) }));
}

/** Has the links of a package's documents lead to what there is. */
function mendLinks(folder, { repository, version }) {
  const base = repository.url.replace(/^git\+(.*)\.git$/, '$1');
  for (const document of documents(folder)) {
    const file = path.join(folder, document);
    const missing = linksOf(folder, document).filter(({ place }) => !fs.existsSync(path.join(folder, place)));
    let text = fs.readFileSync(file, 'utf8');
    for (const { target, place } of missing) {
      const anchor = /#.*$/.exec(target)?.[0] ?? '';
      // A picture itself, and of a document the page that shows it.
      const kind = place.endsWith('.png') ? 'raw' : 'blob';
      text = text.replaceAll(`](${target})`, `](${base}/${kind}/v${version}/${place}${anchor})`);
    }
    fs.writeFileSync(file, text);
  }
}

module.exports = { documents, linksOf, mendLinks };
