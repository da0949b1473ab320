/** The documents: their code is JavaScript, the README's example prints what it says, links lead somewhere. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const vm = require('node:vm');
const { execFileSync } = require('node:child_process');

const root = path.join(__dirname, '..');
const documents = [
  ...fs.readdirSync(root).filter((name) => name.endsWith('.md')),
  ...fs.readdirSync(path.join(root, 'docs')).map((name) => path.join('docs', name)),
].filter((name) => name.endsWith('.md'));

const read = (file) => fs.readFileSync(path.join(root, file), 'utf8');

function blocks(text, language) {
  return Array.from(text.matchAll(/^```(\w*)\n(.*?)^```$/gms))
    .filter(([, name]) => name === language)
    .map(([, , code]) => code);
}

for (const document of documents) {
  test(`${document}: its code is JavaScript`, () => {
    for (const code of blocks(read(document), 'js')) {
      // Pieces of a larger whole may await.
      assert.ok(new vm.Script(`(async () => {\n${code}\n})`), code);
    }
  });

  test(`${document}: its links lead somewhere`, () => {
    const links = Array.from(read(document).matchAll(/\]\((?!https?:)([^)#]*)(#[^)]*)?\)/g), ([, target]) => target);
    for (const target of links.filter(Boolean)) {
      const file = path.join(root, path.dirname(document), target);
      assert.ok(fs.existsSync(file), `${target} of ${document}`);
    }
  });
}

test('the README’s example prints what it says', () => {
  const text = read('README.md');
  const [code] = blocks(text, 'js');
  const [said] = blocks(text, 'text');
  assert.ok(code.trim().split('\n').length <= 22, 'about 20 lines');
  assert.equal(execFileSync(process.execPath, ['-e', code], { cwd: root, encoding: 'utf8' }), said);
});
