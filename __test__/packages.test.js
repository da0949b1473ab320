/** The packages: one version, one for every platform, what they carry, and how they are published. */

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { test } = require('node:test');
const { documents, linksOf } = require('../scripts/packages/links.js');
const { bundleLibrary, entriesOf } = require('../scripts/packages/bundle.js');
const { stageMain } = require('../scripts/packages/pack.js');
const { stale } = require('../scripts/packages/manifests.js');
const platforms = require('../scripts/packages/platforms.js');
const { publish } = require('../scripts/packages/publish.js');
const { objections, versions } = require('../scripts/packages/versions.js');
const main = require('../package.json');

const root = path.join(__dirname, '..');

test('the platforms’ manifests are what the main one makes them', () => {
  assert.deepEqual(
    stale().map(([file]) => file),
    [],
  );
  assert.deepEqual(fs.readdirSync(path.join(root, 'npm')).sort(), Object.keys(platforms).sort());
});

test('every place has one version', () => {
  for (const [place, its] of Object.entries(versions())) {
    assert.equal(its, main.version, place);
  }
});

test('a release is refused under another tag, and without a date', () => {
  const changelog = `# Changelog\n\n## ${main.version}, 2026-01-31\n`;
  assert.deepEqual(objections(`v${main.version}`, changelog), []);
  assert.deepEqual(objections(`v${main.version}`, '## Unreleased\n'), [
    `CHANGELOG.md has no "## ${main.version}, YYYY-MM-DD"`,
  ]);
  const others = objections('v99.0.0', changelog);
  assert.equal(others.length, Object.keys(versions()).length + 1);
  assert.ok(others.includes(`the tag is v99.0.0, and Cargo.toml has ${main.version}`));
});

test('the platforms’ packages carry the licences of what is linked in', () => {
  for (const platform of Object.keys(platforms)) {
    const { files } = require(`../npm/${platform}/package.json`);
    assert.deepEqual(files, [`cspread.${platform}.node`, 'LICENSE', 'NOTICE', 'THIRD-PARTY-LICENSES']);
  }
  const text = fs.readFileSync(path.join(root, 'THIRD-PARTY-LICENSES'), 'utf8');
  for (const name of ['napi', 'mio', 'windows-sys', 'libloading', 'The Rust standard library']) {
    assert.match(text, new RegExp(`^(.*, )?${name}\\b.*\nLicence: `, 'm'), name);
  }
  assert.doesNotMatch(text, /registry|\/root|\/home/);
});

/** Makes a folder with a tarball for each of these packages. */
function packed(t, names) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-publish-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  for (const name of names) {
    fs.writeFileSync(path.join(folder, `${name}-${main.version}.tgz`), '');
  }
  return folder;
}

/** Makes an npm that knows these packages, fails as npm does for others, and records what it is to publish. */
function registry({ has = [], fails = 'E404' } = {}) {
  const published = [];
  const run = ([command, what, ...options]) => {
    if (command === 'publish') {
      published.push([path.basename(what), options]);
      return '';
    }
    if (has.some((name) => what === `${name}@${main.version}`)) {
      return `"${main.version}"`;
    }
    throw Object.assign(new Error('npm failed'), { stdout: `{ "error": { "code": "${fails}" } }`, stderr: '' });
  };
  return { run, published, log: () => {} };
}

const native = Object.keys(platforms).map((platform) => `cspread-${platform}`);

test('publishing: the platforms first, each with provenance', (t) => {
  const { published, ...rest } = registry();
  const tag = main.version.includes('-') ? 'next' : 'latest';
  assert.deepEqual(publish(packed(t, ['cspread', ...native]), rest), [...native, 'cspread']);
  assert.deepEqual(
    published.map(([file]) => file),
    [...native, 'cspread'].map((name) => `${name}-${main.version}.tgz`),
  );
  for (const [, options] of published) {
    assert.deepEqual(options, ['--access', 'public', '--tag', tag, '--provenance']);
  }
});

test('publishing: what is there already is left out', (t) => {
  const { published, ...rest } = registry({ has: native.slice(1) });
  assert.deepEqual(publish(packed(t, ['cspread', ...native]), rest), [native[0], 'cspread']);
  assert.equal(published.length, 2);
});

test('publishing: nothing if a tarball is missing, or the registry does not answer', (t) => {
  const one = registry();
  assert.throws(() => publish(packed(t, ['cspread', ...native.slice(1)]), one), /not in .*: cspread-linux-x64-gnu\. /);
  assert.deepEqual(one.published, []);
  const other = registry({ fails: 'ENOTFOUND' });
  assert.throws(() => publish(packed(t, ['cspread', ...native]), other), /npm failed/);
  assert.deepEqual(other.published, []);
});

test('the main package has what its documents, its types and its errors point to', (t) => {
  const stage = stageMain();
  t.after(() => fs.rmSync(stage, { recursive: true }));
  const all = documents(stage);
  assert.ok(all.includes('README.md') && all.includes('docs/guide.md') && all.includes('SECURITY.md'), `${all}`);
  for (const document of all) {
    for (const { target, place } of linksOf(stage, document)) {
      assert.ok(fs.existsSync(path.join(stage, place)), `${target} of ${document}`);
    }
  }
  const readme = fs.readFileSync(path.join(stage, 'README.md'), 'utf8');
  assert.ok(readme.includes(`](https://github.com/cspread/cspread/blob/v${main.version}/ARCHITECTURE.md)`));
  assert.ok(readme.includes(`](https://github.com/cspread/cspread/raw/v${main.version}/docs/images/web.png)`));
  for (const file of ['index.d.ts', 'lib/index.js']) {
    const text = fs.readFileSync(path.join(stage, file), 'utf8');
    const named = text.match(/\b(?:docs|examples)\/[\w-]+\.\w+|\b[A-Z]+\.md\b/g);
    assert.ok(named.length > 0, file);
    for (const name of named) {
      assert.ok(fs.existsSync(path.join(stage, name)), `${name} of ${file}`);
    }
  }
});

test('each entry point has its types, and is one file that shares all with the main one', (t) => {
  const stage = stageMain();
  t.after(() => fs.rmSync(stage, { recursive: true }));
  for (const [entry, { types, default: file }] of Object.entries(main.exports).filter(([, { types }]) => types)) {
    assert.ok(fs.existsSync(path.join(stage, types)), `${entry}: ${types}`);
    assert.ok(fs.existsSync(path.join(stage, file)), `${entry}: ${file}`);
  }
  const left = fs.readdirSync(path.join(stage, 'lib'), { recursive: true }).filter((name) => name.endsWith('.js'));
  const wanted = [...entriesOf(main), 'lib/native/platform.js'];
  assert.deepEqual(left.map((name) => path.posix.join('lib', name.replaceAll(path.sep, '/'))).sort(), wanted.sort());
});

test('a further entry point needs no more than its line in exports', (t) => {
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'cspread-entry-'));
  t.after(() => fs.rmSync(stage, { recursive: true }));
  fs.cpSync(path.join(root, 'lib'), path.join(stage, 'lib'), { recursive: true });
  fs.mkdirSync(path.join(stage, 'lib', 'probe'));
  const write = (file, text) => fs.writeFileSync(path.join(stage, file), text);
  const code =
    "const { SpreadError } = require('../index.js'); module.exports = { SpreadError, own: require('./own.js') };";
  write('lib/probe/index.js', code);
  write('lib/probe/own.js', 'module.exports = 7;');
  write('lib/probe/index.d.ts', 'export {};');
  const exports = { ...main.exports, './probe': { types: './lib/probe/index.d.ts', default: './lib/probe/index.js' } };
  write('package.json', JSON.stringify({ ...main, exports }));
  bundleLibrary(stage, { exports });
  assert.deepEqual(fs.readdirSync(path.join(stage, 'lib', 'probe')).sort(), ['index.d.ts', 'index.js']);
  const native = path.join(root, 'native', `cspread.${require('../lib/native/platform.js')}.node`);
  const script = `const { SpreadError, own } = require('cspread/probe');
    console.log(own, SpreadError === require('./lib/index.js').SpreadError);`;
  const env = { ...process.env, CSPREAD_NATIVE_PATH: native };
  assert.equal(execFileSync(process.execPath, ['-e', script], { cwd: stage, env, encoding: 'utf8' }), '7 true\n');
});

test('the main package needs nothing, and runs nothing when it is installed', () => {
  assert.equal(main.dependencies, undefined);
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(main.scripts[script], undefined, script);
  }
});
