#!/usr/bin/env bash
# The time that a process waits for one more descriptor, with one thread and with two.
#
# Guess: dup(), open() and accept() of a descriptor take microseconds each; a table that must grow is copied, and that is all.
# Seen: where the table doubles (at 256, 512, 1024, 2048), Linux waits for an RCU grace period if the process has more than
# one thread: milliseconds, 6 to 65 on this machine, in which the calling thread does nothing. With one thread it does not.
# So: a server with threads that must answer within milliseconds takes a high descriptor once, when it starts
# (fcntl(fd, F_DUPFD, high), and closes it): the table never shrinks.
set -euo pipefail
[ "$(uname -s)" = 'Linux' ] || { echo 'needs Linux' >&2; exit 2; }
command -v python3 >/dev/null || { echo 'needs python3' >&2; exit 2; }
[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 4096 ] || { echo 'needs 4096 descriptors' >&2; exit 2; }
ulimit -n 4096
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat > "$work/dup.py" <<'PY'
import fcntl, os, sys, threading, time
threads, grown = int(sys.argv[1]), sys.argv[2] == 'grown'
for _ in range(threads - 1):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
zero = os.open('/dev/null', os.O_RDONLY)
if grown:
    os.close(fcntl.fcntl(zero, fcntl.F_DUPFD, 3000))
took = {}
for _ in range(2500):
    start = time.perf_counter()
    descriptor = os.dup(zero)
    took[descriptor] = time.perf_counter() - start
growths = [256, 512, 1024, 2048]
print(' '.join(f'{took[at] * 1000:.1f}' for at in growths), file=sys.stderr)
print('waits' if sum(took[at] > 0.002 for at in growths) >= 3 else 'does not')
PY

failed=0
compare() { # compare NAME EXPECTED ARGUMENTS...
  local name=$1 expected=$2 seen
  shift 2
  seen=$(python3 "$work/dup.py" "$@")
  echo "$name: $seen"
  [ "$seen" = "$expected" ] || { echo "  was: $expected" >&2; failed=1; }
}
echo "Linux $(uname -r); milliseconds of the descriptors 256, 512, 1024, 2048"
compare 'one thread' 'does not' 1 small
compare 'two threads' 'waits' 2 small
compare 'two threads, the table grown before' 'does not' 2 grown
exit $failed
