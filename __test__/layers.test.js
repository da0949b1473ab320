/** The layering (scripts/layers.js), and that its script sees what it is for. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { circlesOf, faults, pathsOf } = require('../scripts/layers.js');

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

test('circles are found, each once', () => {
  const graph = new Map(Object.entries({ a: ['b'], b: ['c', 'd'], c: ['b'], d: ['e'], e: [] }));
  assert.deepEqual(
    circlesOf(graph).map((files) => [...files].sort()),
    [['b', 'c']],
  );
});
