//! Loading: what cannot be loaded is refused with its path and the reason, and the process lives on.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use spread_sys::{LoadError, Reason, Search, Spread, load};
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

fn file(directory: &TempDir, name: &str, contents: &[u8]) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, contents).expect("a file");
    path
}

/// Compiles a library of these lines of C. `None`, and a word of why, without a compiler.
fn compile(directory: &TempDir, name: &str, source: &str, options: &[&str]) -> Option<PathBuf> {
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".into());
    let (source, library) = (file(directory, "source.c", source.as_bytes()), directory.path().join(name));
    let mut command = Command::new(&compiler);
    match command.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).args(options).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(error) => {
            println!("skipped: no C compiler ({compiler}: {error})");
            return None;
        }
    }
    Some(library)
}

/// A library that has every needed function and says this version. None of the functions does anything.
fn stub(version: [i32; 3]) -> String {
    let [major, minor, patch] = version;
    let functions = Spread::NEEDED.iter().filter(|name| **name != "SP_version");
    let functions: Vec<_> = functions.map(|name| format!("int {name}(void) {{ return -19; }}")).collect();
    let functions = functions.join("\n");
    format!(
        "{functions}\nint SP_version(int *a, int *b, int *c) {{ *a = {major}; *b = {minor}; *c = {patch}; return 1; }}"
    )
}

/// Loading this path fails with one attempt, of this path, and prints what begins so.
fn refused(path: &Path) -> (Reason, String) {
    let error = load(Some(path)).expect_err("no library that can be used");
    let text = error.to_string();
    let LoadError { mut attempts } = error;
    assert_eq!(attempts.len(), 1, "{text}");
    let attempt = attempts.remove(0);
    assert_eq!(attempt.path, path);
    println!("{text}");
    let beginning = format!("Spread's C library was not loaded: {}: ", path.display());
    (attempt.reason, text.strip_prefix(&beginning).expect("the path is named").to_owned())
}

#[test]
fn no_such_file() {
    let (reason, text) = refused(&directory().path().join("libspread.so"));
    assert!(matches!(reason, Reason::NoSuchFile) && text == "no such file", "{text}");
    let (reason, _) = refused(Path::new("/dev/null/libspread.so"));
    assert!(matches!(reason, Reason::NoSuchFile));
}

#[test]
fn a_directory_or_a_device_is_no_library() {
    let directory = directory();
    let (reason, text) = refused(directory.path());
    assert!(matches!(reason, Reason::Directory) && text.contains("is a directory"), "{text}");
    let (reason, text) = refused(Path::new("/dev/null"));
    assert!(matches!(reason, Reason::NotAFile) && text.contains("regular file"), "{text}");
    // Opening this one would wait for ever.
    let pipe = directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    assert!(matches!(refused(&pipe).0, Reason::NotAFile));
}

#[test]
fn garbage_is_no_library() {
    let directory = directory();
    let whole = fs::read(env::current_exe().expect("this test")).expect("its bytes");
    let cases: [(&str, &[u8]); 5] = [
        ("empty.so", b""),
        ("text.so", b"INPUT ( -lspread )\n"),
        ("magic.so", b"\x7fELF"),
        ("head.so", &whole[..64]),
        ("half.so", &whole[..whole.len() / 2]),
    ];
    for (name, bytes) in cases {
        let (reason, text) = refused(&file(&directory, name, bytes));
        assert!(matches!(reason, Reason::NotALibrary(_)), "{name}: {reason:?}");
        assert!(text.starts_with("is not a shared library: "), "{text}");
    }
}

#[test]
fn a_file_that_may_not_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory();
    let path = file(&directory, "libspread.so", b"secret");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("it is ours");
    if fs::read(&path).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    assert!(matches!(refused(&path).0, Reason::Unreadable(_)));
}

#[test]
fn a_program_is_no_library() {
    let (reason, _) = refused(&env::current_exe().expect("this test"));
    assert!(matches!(reason, Reason::Loader(_)), "{reason:?}");
}

#[test]
fn another_word_size_and_another_machine() {
    let directory = directory();
    let mut bytes = fs::read(env::current_exe().expect("this test")).expect("its bytes");
    let (class, machine) = (bytes[4], bytes[18]);
    bytes[4] = 3 - class;
    let (reason, text) = refused(&file(&directory, "other-size.so", &bytes));
    assert!(matches!(reason, Reason::WordSize { library } if library != usize::BITS), "{reason:?}");
    if usize::BITS == 64 {
        assert_eq!(text, "is a 32-bit library, and this process is a 64-bit one");
    }
    bytes[4] = class;
    // Another build recognized by its name, and one that is not.
    for (other, name) in [(if machine == 243 { 62 } else { 243 }, ""), (2, "ELF machine 2")] {
        bytes[18] = other;
        let (reason, text) = refused(&file(&directory, "other-machine.so", &bytes));
        assert!(matches!(reason, Reason::Machine(_)) && text.contains(name), "{text}");
    }
}

#[test]
fn another_library_lacks_the_functions() {
    let directory = directory();
    let source = "int SP_connect(void) { return 1; } int SP_version(void) { return 1; }";
    let Some(path) = compile(&directory, "libspread.so", source, &[]) else { return };
    let (Reason::MissingSymbols(missing), text) = refused(&path) else { panic!("another reason") };
    assert_eq!(missing.len(), Spread::NEEDED.len() - 2);
    assert!(text.contains("it lacks SP_set_auth_method, SP_connect_timeout, "), "{text}");
}

#[test]
fn what_a_library_needs_itself_may_be_absent() {
    let directory = directory();
    let source = format!("int absent(void); int user(void) {{ return absent(); }} {}", stub([5, 0, 1]));
    let Some(path) = compile(&directory, "libspread.so", &source, &[]) else { return };
    let (Reason::Loader(said), _) = refused(&path) else { panic!("another reason") };
    assert!(said.contains("absent"), "{said}");
}

#[test]
fn an_old_version_is_refused() {
    let directory = directory();
    let Some(path) = compile(&directory, "libspread.so", &stub([3, 17, 4]), &[]) else { return };
    let (reason, text) = refused(&path);
    assert!(matches!(reason, Reason::TooOld([3, 17, 4])), "{reason:?}");
    assert_eq!(text, "is version 3.17.4, too old: 4.0.0 is the oldest that can be used");
}

#[test]
fn the_build_that_is_not_thread_safe_is_refused_under_any_name() {
    let directory = directory();
    let by_name = file(&directory, "libspread-core.so.3", b"never read");
    assert!(matches!(refused(&by_name).0, Reason::NotThreadSafe(_)));

    let soname = "-Wl,-soname,libspread-core.so.3";
    let Some(path) = compile(&directory, "renamed.so", &stub([5, 0, 1]), &[soname]) else { return };
    let (Reason::NotThreadSafe(why), text) = refused(&path) else { panic!("another reason") };
    assert_eq!(why, "it was linked as libspread-core.so.3");
    assert!(text.contains("use libtspread-core or libspread"), "{text}");

    // A wrapper around it: the functions themselves come from the other.
    let needs = ["-Wl,--no-as-needed", "-L", directory.path().to_str().unwrap(), "-l:renamed.so"];
    let wrapper = compile(&directory, "wrapper.so", "int nothing;", &needs).expect("compiled before");
    let (Reason::NotThreadSafe(why), _) = refused(&wrapper) else { panic!("another reason") };
    assert_eq!(why, "it is built upon libspread-core.so.3");

    // No name tells, but it exports Spread's own helpers and takes no lock.
    let source = format!("int E_init, Mem_init_object; {}", stub([5, 0, 1]));
    let path = compile(&directory, "nameless.so", &source, &[]).expect("compiled before");
    let (Reason::NotThreadSafe(why), _) = refused(&path) else { panic!("another reason") };
    assert_eq!(why, "it locks no mutex");
}

#[test]
fn a_library_is_loaded_once_under_all_its_names() {
    let directory = directory();
    let Some(path) = compile(&directory, "libspread.so.3.0.0", &stub([4, 4, 2]), &[]) else { return };
    let link = directory.path().join("libspread.so");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    let library = load(Some(&path)).expect("a library");
    assert_eq!((library.version(), library.path()), ([4, 4, 2], path.as_path()));
    assert!(library.functions().missing().is_empty());
    let search = Search { directories: vec![directory.path().into()], names: Vec::new() };
    std::thread::scope(|scope| {
        for path in [&path, &link, &path, &link] {
            scope.spawn(|| assert!(std::ptr::eq(library, load(Some(path)).expect("the same"))));
        }
        scope.spawn(|| assert!(std::ptr::eq(library, search.load().expect("the same")) || cfg!(feature = "static")));
    });
    // SAFETY: the stub looks at nothing.
    assert_eq!(unsafe { library.functions().SP_poll(3) }, -19);
}

#[test]
#[cfg(not(feature = "static"))]
fn a_search_lists_all_that_was_tried_and_takes_the_first_that_will_do() {
    let (first, second) = (directory(), directory());
    file(&first, "libtspread-core.so", b"garbage");
    file(&first, "libspread-core.so", b"never read");
    let directories = vec![first.path().into(), second.path().into()];
    let search = Search { directories, names: vec!["libspread-nowhere.so.3".into()] };
    let text = search.load().expect_err("nothing there").to_string();
    println!("{text}");
    let (first, at) = (first.path().display(), second.path().display());
    assert_eq!(
        text,
        format!(
            "Spread's C library was not loaded. Tried, in this order:\n  \
             {first}/libtspread-core.so: is not a shared library: it does not begin as an ELF file does\n  \
             {first}/libspread.so: no such file\n  \
             {first}/libspread-core.so: is not thread-safe (by its name): use libtspread-core or libspread, which are\n  \
             {at}/libtspread-core.so: no such file\n  \
             {at}/libspread.so: no such file\n  \
             libspread-nowhere.so.3: the system's loader does not find it"
        )
    );
    // A failure is not remembered.
    if let Some(path) = compile(&second, "libspread.so", &stub([5, 0, 1]), &[]) {
        assert_eq!(search.load().expect("it is there now").path(), path);
    }
}

/// The library of this machine, if there is one: whichever it is, it answers.
#[test]
fn an_installed_library() {
    let path = env::var_os("CSPREAD_LIBSPREAD").map(PathBuf::from);
    match load(path.as_deref()) {
        Ok(library) => {
            println!("{library:?}");
            // SAFETY: any number may be asked about.
            assert_eq!(unsafe { library.functions().SP_poll(-1) }, spread_sys::ILLEGAL_SESSION);
        }
        Err(error) if path.is_none() => println!("skipped: {error}"),
        Err(error) => panic!("{error}"),
    }
}
