/**
 * The rules of the primary component, over all histories of small groups: helpers/primary-model.js says which. Faults are
 * planted to see that the search finds them.
 */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const rules = require('../lib/replicated/primary.js');
const { mode } = require('./helpers/counts.js');
const { Model } = require('./helpers/primary-model.js');

const GROUPS = [
  { lives: 3, first: 2, depth: 3 },
  { lives: 4, first: 3, depth: 2 },
  { lives: 5, first: 3, depth: 2, late: false },
  ...(mode === 'full'
    ? [
        { lives: 3, first: 2, depth: 4, late: false },
        { lives: 4, first: 3, depth: 3, late: false },
      ]
    : []),
];

for (const group of GROUPS) {
  test(`all histories: ${JSON.stringify(group)}`, () => {
    const { states, primaries } = new Model(group).run();
    assert.ok(states > 1_000, `${states} states`);
    assert.ok(primaries > 10_000, `${primaries} primaries`);
  });
}

/** Rules with a fault, and where it shows. */
const FAULTS = {
  'attempts are forgotten': { attempted: (knowledge) => knowledge },
  'attempts need no majority': {
    decide: (states, options) =>
      rules.decide(
        states.map((state) => ({ ...state, attempts: [] })),
        options,
      ),
  },
  'the last primary needs no majority': {
    decide: (states, { first }) => ({ ...rules.decide(states, { first }), allowed: states.length >= first }),
  },
  'half of the last primary is enough': {
    decide(states, options) {
      const { primary } = rules.together(states);
      const present = (primary?.members ?? []).filter((member) => states.some(({ life }) => life === member));
      const isHalf = primary !== null && 2 * present.length >= primary.members.length;
      return { ...rules.decide(states, options), ...(isHalf && { allowed: true }) };
    },
  },
  'a shorter history is as good': {
    best: (positions) => ({ ...rules.best(positions), n: Math.min(...positions.map(({ n }) => n)) }),
  },
  'the oldest history wins': {
    best: (positions) => positions.reduce((one, other) => (other.base < one.base ? other : one)),
  },
  'one after a signal is formed too': { attempted: rules.formed },
  'a lost connection costs no vote': {
    decide: (states, options) =>
      rules.decide(
        states.map((state) => ({ ...state, suspect: false })),
        options,
      ),
  },
  'the first primary needs no number': { decide: (states) => rules.decide(states, { first: 1 }) },
};

for (const [fault, using] of Object.entries(FAULTS)) {
  test(`a planted fault is found: ${fault}`, () => {
    assert.throws(() => new Model({ lives: 3, first: 2, depth: 3, using }).run(), /has lost|beside/);
  });
}

test('promises keep numbers in the order of time', () => {
  // 3 never heard of the round that 4 and 5 remember as an attempt with a high number; its own is later all the same.
  const promised = rules.promise(rules.NOTHING, 9);
  const { number } = rules.decide(
    [
      { life: 3, ...promised },
      { life: 1, ...rules.NOTHING },
    ],
    { first: 2 },
  );
  assert.equal(number, 10);
});

test('who has resigned does not count, and half with the first member is a majority', () => {
  const record = { number: 1, members: ['a', 'b', 'c', 'd'] };
  const has = (lives, resigned = []) => rules.hasMajority(record, new Set(lives), new Set(resigned));
  assert.deepEqual([has(['a', 'b', 'c']), has(['a', 'd']), has(['b', 'c']), has(['b'])], [true, true, false, false]);
  assert.deepEqual([has(['b', 'c'], ['a']), has(['b'], ['a', 'c']), has(['d'], ['a', 'c'])], [true, true, false]);
  assert.equal(has([], ['a', 'b', 'c', 'd']), false);
});

test('a new primary forgets what is settled, and an older record changes nothing', () => {
  const first = { number: 1, members: ['a', 'b'] };
  const second = { number: 2, members: ['b', 'c'] };
  let knowledge = rules.resign(rules.resign(rules.attempted(rules.NOTHING, first), 'a'), 'b');
  knowledge = rules.formed(knowledge, second);
  assert.deepEqual(knowledge, { promised: 2, primary: second, attempts: [], resigned: ['b'] });
  assert.equal(rules.attempted(knowledge, first), knowledge);
  assert.equal(rules.resign(knowledge, 'b'), knowledge);
});

test('before the first primary its number of members decides, and an operator may overrule all', () => {
  const lives = (count) => Array.from({ length: count }, (_, life) => ({ life, ...rules.NOTHING }));
  assert.equal(rules.decide(lives(2), { first: 3 }).allowed, false);
  assert.equal(rules.decide(lives(3), { first: 3 }).allowed, true);
  const lost = { life: 9, ...rules.formed(rules.NOTHING, { number: 4, members: [1, 2, 3] }) };
  assert.equal(rules.decide([lost], { first: 1 }).allowed, false);
  assert.deepEqual(rules.decide([lost], { first: 1, forced: true }), { number: 5, allowed: true });
});
