/** The checker of histories: it accepts what is linearizable, and finds what is not. */

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { isLinearizable } = require('./helpers/linearizable.js');

const set = (value, start, end) => ({ kind: 'set', value, result: true, start, end });
const get = (result, start, end) => ({ kind: 'get', result, start, end });
const remove = (result, start, end) => ({ kind: 'delete', result, start, end });
const compare = (expected, value, result, start, end) => ({ kind: 'compare', expected, value, result, start, end });

const SOUND = {
  'one after the other': [set(1, 0, 1), get(1, 2, 3), remove(true, 4, 5), get(undefined, 6, 7)],
  'a read during a write has either': [set(1, 0, 1), set(2, 2, 9), get(1, 3, 4), get(2, 5, 6)],
  'writes at once in either order': [set(1, 0, 9), set(2, 0, 9), get(1, 10, 11)],
  'an unknown write that took effect late': [set(1, 0, 1), set(2, 2), get(1, 3, 4), get(2, 5, 6)],
  'an unknown write that never took effect': [set(1, 0, 1), set(2, 2), get(1, 3, 4), get(1, 5, 6)],
  'of two comparisons one succeeds': [
    set(1, 0, 1),
    compare(1, 2, true, 2, 9),
    compare(1, 3, false, 2, 9),
    get(2, 10, 11),
  ],
};

const FAULTY = {
  'a stale read': [set(1, 0, 1), set(2, 2, 3), get(1, 4, 5)],
  'a write that was acknowledged and lost': [set(1, 0, 1), get(undefined, 2, 3)],
  'a read of what nobody wrote': [set(1, 0, 1), get(7, 2, 3)],
  'a value that comes and goes': [set(1, 0, 1), set(2, 2, 9), get(2, 3, 4), get(1, 5, 6)],
  'two comparisons that both succeed': [set(1, 0, 1), compare(1, 2, true, 2, 9), compare(1, 3, true, 2, 9)],
  'a comparison that fails with the right value': [set(1, 0, 1), compare(1, 2, false, 2, 3)],
  'a deleted key that is back': [set(1, 0, 1), remove(true, 2, 3), get(1, 4, 5)],
  'a key that is deleted twice': [set(1, 0, 1), remove(true, 2, 3), remove(true, 4, 5)],
  'writes that two readers see in different orders': [set(1, 0, 9), set(2, 0, 9), get(1, 10, 11), get(2, 12, 13)],
  'an unknown write that takes effect twice': [set(2, 0), get(2, 1, 2), set(1, 3, 4), get(1, 5, 6), get(2, 7, 8)],
  'a write seen before it began': [get(1, 0, 1), set(1, 2, 3)],
};

for (const [what, history] of Object.entries(SOUND)) {
  test(`accepted: ${what}`, () => assert.equal(isLinearizable(history), true));
}

for (const [what, history] of Object.entries(FAULTY)) {
  test(`found: ${what}`, () => assert.equal(isLinearizable(history), false));
}
