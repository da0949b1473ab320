//! Writes the checked-in bindings, or with `--check` compares them with bindgen's output for our header.
//! Run it by `spread-sys/regenerate.sh`, which has the build make them of that header.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let check = env::args().any(|argument| argument == "--check");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bindings");
    let mut differs = false;
    for (name, fresh) in [
        ("generated.rs", include_str!(concat!(env!("OUT_DIR"), "/bindings.rs"))),
        ("linked.rs", include_str!(concat!(env!("OUT_DIR"), "/linked.rs"))),
    ] {
        let path = source.join(name);
        let fresh = format!("// Made by bindgen from include/sp.h: run regenerate.sh, do not edit.\n\n{fresh}");
        let stale = fs::read_to_string(&path).unwrap_or_default();
        if check && stale != fresh {
            differs = true;
            println!("src/bindings/{name} is not what bindgen makes of include/sp.h:");
            for (number, (old, new)) in
                stale.lines().zip(fresh.lines()).enumerate().filter(|(_, (a, b))| a != b).take(5)
            {
                println!("  line {}: {old:?}, should be {new:?}", number + 1);
            }
        } else if check {
            println!("src/bindings/{name} is what bindgen makes of include/sp.h");
        } else {
            fs::write(&path, fresh).expect("the crate's sources can be written");
            println!("src/bindings/{name} written");
        }
    }
    if differs { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
