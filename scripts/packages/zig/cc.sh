#!/bin/sh
# Links with zig (ZIG) for a target of zig's (ZIG_TARGET). Rust names a flag of the linker that zig does not know; it
# allows what is the default.
for argument; do
    shift
    case $argument in
    -Wl,--undefined-version | -Wl,--no-undefined-version) ;;
    *) set -- "$@" "$argument" ;;
    esac
done
exec "$ZIG" cc -target "$ZIG_TARGET" "$@"
