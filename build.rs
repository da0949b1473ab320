//! Sets up the linker for a Node addon, nothing else.

fn main() {
    napi_build::setup();
}
