//! Finds the installed `sp.h` and has C check it against the bindings; makes the bindings afresh, or links the
//! static library, if a feature asks for that. What was looked for and found is printed (`cargo build -vv`).

#[cfg(feature = "bindgen")]
#[path = "build/generate.rs"]
mod generate;

use std::env;
use std::path::{Path, PathBuf};

/// Where an installed library's header is looked for, unless `SPREAD_INCLUDE_DIR` says otherwise.
const INCLUDE_DIR: &str = "/usr/local/include";

/// Where the static library is looked for, unless `SPREAD_LIB_DIR` says otherwise.
const LIB_DIR: &str = "/usr/local/lib";

fn main() {
    for file in ["build.rs", "build/generate.rs", "src/abi_check.c", "include/sp.h"] {
        println!("cargo:rerun-if-changed={file}");
    }
    let header = find("SPREAD_INCLUDE_DIR", INCLUDE_DIR, "sp.h");
    match &header {
        Ok(header) => check(header),
        Err(looked_for) => println!("spread-sys: {looked_for}: the checked-in bindings are used as they are"),
    }
    #[cfg(feature = "bindgen")]
    match &header {
        Ok(header) => generate::generate(header),
        Err(looked_for) => panic!("feature bindgen: {looked_for}"),
    }
    if env::var_os("CARGO_FEATURE_STATIC").is_some() {
        link();
    }
}

/// A file in the directory a variable names, or else in the usual one. `Err` says how to have it found.
fn find(variable: &str, usual: &str, file: &str) -> Result<PathBuf, String> {
    println!("cargo:rerun-if-env-changed={variable}");
    let given = env::var_os(variable).filter(|given| !given.is_empty());
    let from = if given.is_some() { format!("as {variable} says") } else { format!("{variable} names another place") };
    // A relative one counts from this crate, where cargo runs its build: shown whole, so that nobody wonders.
    let here = env::current_dir().expect("cargo has set it");
    let path = here.join(given.map_or_else(|| PathBuf::from(usual), PathBuf::from)).join(file);
    println!("cargo:rerun-if-changed={}", path.display());
    if path.is_file() {
        println!("spread-sys: found {} ({from})", path.display());
        return Ok(path);
    }
    Err(format!("there is no {} ({from})", path.display()))
}

/// Compiles `abi_check.c`, all of which is assertions, against a header. Nothing of it is linked.
fn check(header: &Path) {
    let mut build = cc::Build::new();
    build.file("src/abi_check.c").cargo_metadata(false).std("c11");
    build.include(header.parent().expect("a file is in a directory"));
    let compiler = build.try_get_compiler().map_err(|error| error.to_string());
    // Whether it can be started at all: what it then says of this question is nothing to us.
    let started =
        compiler.and_then(|tool| tool.to_command().arg("--version").output().map_err(|error| error.to_string()));
    if let Err(error) = started {
        println!("cargo:warning={} was not checked against the bindings: no C compiler ({error})", header.display());
        return;
    }
    match build.try_compile("spread_abi_check") {
        Ok(()) => println!("spread-sys: {} agrees with the bindings", header.display()),
        Err(error) => panic!(
            "{} does not agree with the bindings of spread-sys: see the failed assertions of the C compiler. {error}. \
             SPREAD_INCLUDE_DIR names another header; feature bindgen makes bindings from it",
            header.display()
        ),
    }
}

/// Links the static library: the thread-safe core, or else all of it.
fn link() {
    let found = ["tspread-core", "spread"].map(|name| (name, find("SPREAD_LIB_DIR", LIB_DIR, &format!("lib{name}.a"))));
    let Some((name, Ok(path))) = found.iter().find(|(_, path)| path.is_ok()) else {
        let looked_for: Vec<_> = found.iter().filter_map(|(_, path)| path.as_ref().err().cloned()).collect();
        panic!("feature static: {}", looked_for.join("; "));
    };
    println!("cargo:rustc-link-search=native={}", path.parent().expect("a file is in a directory").display());
    println!("cargo:rustc-link-lib=static={name}");
}
