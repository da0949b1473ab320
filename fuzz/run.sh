#!/bin/sh
# Runs every target for so many seconds, one after the other, and prints what came of it. Fails if one crashed.
set -eu
seconds=${1:?usage: run.sh SECONDS [TARGET...]}
shift
cd "$(dirname "$0")"

# Instrumentation needs flags that a stable compiler takes only so.
export RUSTC_BOOTSTRAP=1
# Neither spread-proto nor spread-daemon has unsafe code, so an address sanitizer finds nothing that a panic does not, at
# a sixth of the pace.
options='--sanitizer none'

# shellcheck disable=SC2086 # the options are words
cargo fuzz build $options
[ $# -gt 0 ] || set -- $(cargo fuzz list)

log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
printf '%-18s %12s %10s %8s %8s %8s\n' target executions 'a second' coverage corpus crashes
for target; do
    # A target that crashes keeps the input in artifacts/; the others get their turn all the same.
    mkdir -p "target/found/$target"
    # What is found stays out of corpus/: see keep.sh.
    # shellcheck disable=SC2086
    cargo fuzz run $options "$target" "target/found/$target" "corpus/$target" -- \
        -max_total_time="$seconds" -timeout=10 -print_final_stats=1 >"$log" 2>&1 || { failed=1; grep -aE 'panicked|SUMMARY|Test unit written' "$log" || true; }
    last=$(grep -aE '^#[0-9]+.*cov: ' "$log" | tail -n 1)
    word() { printf '%s' "$last" | sed -nE "s/.* $1: ([^ ]+).*/\1/p"; }
    executions=$(sed -nE 's/^stat::number_of_executed_units: ([0-9]+)/\1/p' "$log")
    crashes=$(find "artifacts/$target" -type f 2>/dev/null | wc -l)
    printf '%-18s %12s %10s %8s %8s %8s\n' "$target" "${executions:-?}" "$((${executions:-0} / seconds))" \
        "$(word cov)" "$(word corp)" "$crashes"
done
exit $failed
