/**
 * Loaded before the tests by runners other than Node's, for what those do not have: a choice of tests by their whole names,
 * the reason why one is skipped, and V8's name for Bun's way to collect garbage.
 */

const fs = require('node:fs');
const runner = require('node:test');

globalThis.gc ??= () => globalThis.Bun?.gc(true);

/** Names of tests: those to run alone, or those to run without. */
const { only, without = [] } = JSON.parse(process.env.CSPREAD_TESTS ?? '{}');

const { test } = runner;

/** Straight to the descriptor, since a runner may keep what a test prints. */
function tell(name, reason) {
  fs.writeSync(2, `skipped: ${name}: ${reason}\n`);
}

runner.test = (name, ...rest) => {
  if (without.includes(name) || (only && !only.includes(name))) {
    return;
  }
  const act = rest.pop();
  const [options] = rest;
  if (typeof options?.skip === 'string') {
    tell(name, options.skip);
  }
  test(name, ...rest, (t) => {
    const { skip } = t;
    t.skip = (reason) => {
      tell(name, reason);
      skip.call(t, reason);
    };
    return act(t);
  });
};
