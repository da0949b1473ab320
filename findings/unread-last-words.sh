#!/usr/bin/env bash
# What a server on loopback can still read, if a client writes many small messages and closes while the server's own first
# words are unread at its side.
#
# Guess: the client's kernel has sent what write() took, so that the server reads all of it, and only then ECONNRESET.
# Seen on Linux 6.18: close() with unread bytes resets at once, and what the send queue still held is gone. Of 500 messages of
# 100 bytes the server reads 34. Once it has set SO_RCVBUF on the accepted socket (204,800 bytes), it reads all 500. Setting it
# on the listening socket, which hands the size on, does not help.
# So: a server that wants the last words of clients that do not read sets SO_RCVBUF on each socket that it accepts.
set -euo pipefail
[ "$(uname -s)" = 'Linux' ] || { echo 'needs Linux' >&2; exit 2; }
command -v python3 >/dev/null || { echo 'needs python3' >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/close.py" <<'PY'
import socket, sys, time
SIZE = 204_800
COUNT, MESSAGE = 500, b'x' * 100
where = sys.argv[1]
listener = socket.socket()
if where == 'listener':
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SIZE)
listener.bind(('127.0.0.1', 0))
listener.listen(1)
client = socket.socket()
client.connect(listener.getsockname())
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
server, _ = listener.accept()
if where == 'accepted':
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SIZE)
server.sendall(b'first words')
time.sleep(0.1)
for _ in range(COUNT):
    client.sendall(MESSAGE)
client.close()
time.sleep(0.1)
read, end = 0, 'EOF'
try:
    while piece := server.recv(1 << 20):
        read += len(piece)
except ConnectionResetError:
    end = 'ECONNRESET'
print(f'{read // len(MESSAGE)} of {COUNT}, then {end}')
PY

failed=0
compare() { # compare NAME EXPECTED WHERE
  local seen
  seen=$(python3 "$work/close.py" "$3")
  echo "$1: $seen"
  [ "$seen" = "$2" ] || { echo "  was: $2" >&2; failed=1; }
}
echo "Linux $(uname -r), SO_RCVBUF of the server"
compare 'as it is' '34 of 500, then ECONNRESET' none
compare 'on the listening socket' '34 of 500, then ECONNRESET' listener
compare 'on the accepted socket' '500 of 500, then ECONNRESET' accepted
exit $failed
