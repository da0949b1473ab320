//! Loading: what cannot be loaded is refused with its path and the reason.
#![cfg(target_os = "linux")]

use std::fs;

use corosync_sys::{Cmap, Code, Cpg, Error, Libraries, Search};

#[test]
fn an_error_lists_all_that_was_tried() {
    let (first, second, third) = (tempfile::tempdir(), tempfile::tempdir(), tempfile::tempdir());
    let [first, second, third] = [first, second, third].map(|directory| directory.expect("a directory"));
    fs::write(first.path().join("libcpg.so.4"), "garbage").expect("a file");
    fs::create_dir(second.path().join("libcpg.so.4")).expect("a directory");
    let directories = [&first, &second, &third].map(|directory| directory.path().to_owned());
    let search = Search { directories: directories.to_vec(), asks_loader: false };
    let text = search.load().expect_err("nothing there").to_string();
    let lines: Vec<_> = text.lines().collect();
    let [first, second, third] = directories.map(|directory| directory.join("libcpg.so.4").display().to_string());
    assert!(lines[0].contains("libcpg4") && lines[0].ends_with("Tried, in this order:"), "{text}");
    assert!(lines[1].starts_with(&format!("  {first}: could not be loaded: ")), "{text}");
    assert_eq!(lines[2..], [format!("  {second}: is not a regular file"), format!("  {third}: no such file")]);
}

/// The libraries of this machine, if there are any, and no Corosync beside them or one that lets this user in.
#[test]
fn installed_libraries() {
    let libraries = match Libraries::load(None) {
        Ok(libraries) => libraries,
        Err(error) => {
            assert!(error.to_string().ends_with("\n  libcpg.so.4: the system's loader does not find it"), "{error}");
            return println!("skipped: {error}");
        }
    };
    println!("{libraries:?}");
    assert!(libraries.version().is_some_and(|version| version.starts_with('4')), "{libraries:?}");
    assert!(std::ptr::eq(libraries, Libraries::load(None).expect("the same")));
    assert_eq!(Cpg::join(libraries, "").map(drop), Err(Error::GroupName(0)));
    assert_eq!(Cpg::join(libraries, &"g".repeat(129)).map(drop), Err(Error::GroupName(129)));
    for result in [Cpg::join(libraries, "cspread-load-test").map(drop), Cmap::open(libraries).map(drop)] {
        let without = matches!(result, Err(Error::Refused { code: Code::LIBRARY | Code::ACCESS, .. }));
        assert!(without || result.is_ok(), "{result:?}");
    }
}
