#!/bin/sh
# Makes src/bindings/generated.rs and linked.rs of include/sp.h, or with --check compares. Needs libclang (Debian: libclang-dev).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
SPREAD_INCLUDE_DIR=$here/include exec cargo run --quiet --manifest-path "$here/Cargo.toml" --features bindgen \
  --example regenerate -- "$@"
