/**
 * Seeds of the tests that choose by chance. `npm run test:full` runs them once for each seed of its part `seeds`; by
 * itself a run has one that nobody chose. The test's name has it, so that a failure can be had again:
 * CSPREAD_SEEDS=17 node --test …
 */

/** Those that CSPREAD_SEEDS names, as A or A..B. */
function seeds() {
  const given = process.env.CSPREAD_SEEDS;
  if (!given) {
    return [1 + Math.floor(Math.random() * 0x7fffffff)];
  }
  const [, first, last = first] = /^(\d+)(?:\.\.(\d+))?$/.exec(given);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(first) + index);
}

/** Makes a generator (mulberry32): whole numbers below `limit`. */
function random(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

module.exports = { random, seeds };
