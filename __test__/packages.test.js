/** The manifests: one version, and a package for every platform. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { stale } = require('../scripts/packages.js');
const platforms = require('../scripts/platforms.js');
const main = require('../package.json');

const root = path.join(__dirname, '..');

test('the platforms’ manifests are what the main one makes them', () => {
  assert.deepEqual(
    stale().map(([file]) => file),
    [],
  );
  assert.deepEqual(fs.readdirSync(path.join(root, 'npm')).sort(), Object.keys(platforms).sort());
});

test('Rust and npm have one version', () => {
  const cargo = fs.readFileSync(path.join(root, 'Cargo.toml'), 'utf8');
  assert.equal(cargo.match(/^\[workspace\.package\]\nversion = "(.*)"$/m)[1], main.version);
});

test('the main package needs nothing, and runs nothing when it is installed', () => {
  assert.equal(main.dependencies, undefined);
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(main.scripts[script], undefined, script);
  }
});
