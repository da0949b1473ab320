//! Writes the checked-in bindings, or with `--check` compares them with bindgen's output for the installed headers.
//! Run it by `corosync-sys/regenerate.sh`.

use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let check = env::args().any(|argument| argument == "--check");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bindings");
    let mut differs = false;
    for (name, fresh) in [
        ("cpg", include_str!(concat!(env!("OUT_DIR"), "/cpg.rs"))),
        ("cmap", include_str!(concat!(env!("OUT_DIR"), "/cmap.rs"))),
    ] {
        let path = source.join(format!("{name}.rs"));
        let fresh = format!("// Made by bindgen from corosync/{name}.h: run regenerate.sh, do not edit.\n\n{fresh}");
        if !check {
            fs::write(&path, fresh).expect("the crate's sources can be written");
            println!("src/bindings/{name}.rs written");
        } else if fs::read_to_string(&path).unwrap_or_default() == fresh {
            println!("src/bindings/{name}.rs is what bindgen makes of corosync/{name}.h");
        } else {
            differs = true;
            println!(
                "src/bindings/{name}.rs is not what bindgen makes of corosync/{name}.h: run regenerate.sh, then git diff"
            );
        }
    }
    if differs { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
