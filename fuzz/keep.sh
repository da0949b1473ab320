#!/bin/sh
# Takes into corpus/ what runs have found and may be kept: the fewest inputs that reach all that the legal ones reach.
set -eu
cd "$(dirname "$0")"
export RUSTC_BOOTSTRAP=1

for target in $(cargo fuzz list); do
    all=target/keep/$target/all
    fewest=target/keep/$target/fewest
    rm -rf "target/keep/$target"
    mkdir -p "$all" "$fewest" "target/found/$target"
    for folder in "corpus/$target" "target/found/$target"; do
        cargo run --quiet --example keep "$target" "$folder" "$all"
    done
    cargo fuzz run --sanitizer none "$target" "$fewest" "$all" -- -set_cover_merge=1 2>/dev/null
    rm -rf "corpus/$target"
    mv "$fewest" "corpus/$target"
done
cargo test --quiet --lib
du -sh corpus
