#!/bin/sh
# Makes src/bindings/cpg.rs and cmap.rs of Corosync's headers, or with --check compares. Needs them and libclang
# (Debian: libcpg-dev, libcmap-dev, libclang-dev).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
exec cargo run --quiet --manifest-path "$here/Cargo.toml" --features bindgen --example regenerate -- "$@"
