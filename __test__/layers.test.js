/** The layering (scripts/layers.js), and that its script sees what it is for. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { circlesOf, faults, pathsOf, upward } = require('../scripts/layers.js');

test('there is no circle of files, and no import that runs back up', () => {
  assert.deepEqual(faults(), []);
});

test('what is used is found in every form', () => {
  assert.deepEqual(pathsOf('crate::a::{b, c::{self, D as E}, f::*}'), [
    'crate::a::b',
    'crate::a::c',
    'crate::a::c::D',
    'crate::a::f::*',
  ]);
});

test('an import that runs back up is found, in lib/ and in src/', () => {
  const found = (within, file, target) => [...upward(new Map([[file, new Set([target])]]), within)];
  assert.deepEqual(found('lib', 'lib/classic/a.js', 'lib/session/b.js'), []);
  assert.match(found('lib', 'lib/session/b.js', 'lib/classic/a.js')[0], /not below it/);
  assert.match(found('lib', 'lib/classic/a.js', 'lib/modern/b.js')[0], /not below it/);
  assert.match(found('lib', 'lib/shared/a.js', 'index.js')[0], /above it/);
  assert.match(found('lib', 'lib/other.js', 'lib/shared/a.js')[0], /in no layer/);
  assert.deepEqual(found('src', 'src/js/a.rs', 'src/session/mod.rs'), []);
  assert.match(found('src', 'src/session/mod.rs', 'src/js/a.rs')[0], /not below it/);
});

test('circles are found, each once', () => {
  const graph = new Map(Object.entries({ a: ['b'], b: ['c', 'd'], c: ['b'], d: ['e'], e: [] }));
  assert.deepEqual(
    circlesOf(graph).map((files) => [...files].sort()),
    [['b', 'c']],
  );
});
