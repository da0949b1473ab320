/** The project's documents: their blocks of code, links, headings and commands. */

const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '..', '..');
const FOLDERS = ['', 'docs', 'bench', 'fuzz', 'spread-sys', 'spread-proto/testdata/transcripts'];

const DOCUMENTS = FOLDERS.flatMap((folder) =>
  fs
    .readdirSync(path.join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.posix.join(folder, name)),
);

/** Also within a list, where a block is indented. */
const FENCED = /^( *)```(\S*)\n(.*?)^\1```$/gms;

const read = (file) => fs.readFileSync(path.join(ROOT, file), 'utf8');

/** Returns all of a document's blocks: { language, code, line }. */
function blocks(document) {
  const text = read(document);
  return Array.from(text.matchAll(FENCED), ({ 2: language, 3: code, index }) => ({
    language,
    code,
    line: text.slice(0, index).split('\n').length + 1,
  }));
}

/** Those of one language. */
const blocksOf = (document, language) => blocks(document).filter((block) => block.language === language);

/** Returns a document's text outside blocks. */
const prose = (document) => read(document).replaceAll(FENCED, '');

/** Returns the targets of a document's links within the project. */
function links(document) {
  const targets = Array.from(prose(document).matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target);
  return targets.filter((target) => !/^https?:/.test(target));
}

/** Returns the anchors of a document's headings, as GitHub makes them. */
function anchors(document) {
  const seen = new Map();
  return Array.from(prose(document).matchAll(/^#+ (.+)$/gm), ([, heading]) => {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

/** Returns the commands of a document: the lines of its sh blocks, and those within its text. */
function commands(document) {
  const typed = blocksOf(document, 'sh').flatMap(({ code }) => code.trim().split('\n'));
  const told = Array.from(prose(document).matchAll(/`((?:[A-Z_]+=\S* )*(?:npm|npx|node) [^`]+)`/g), ([, text]) => text);
  return [...typed, ...told].flatMap((line) => line.split('#')[0].split('&&')).map((command) => command.trim());
}

module.exports = { DOCUMENTS, ROOT, anchors, blocks, blocksOf, commands, links, prose, read };
