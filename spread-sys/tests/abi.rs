//! The facts of the interface: asserted of the bindings here, and of the header by a C compiler in `abi_check.c`.

use std::mem::{offset_of, size_of};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use spread_sys::{group_id, mailbox, membership_info, scat_element, scatter, service, sp_time, vs_set_info};

fn crate_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Has a C compiler look at the check with a header from a directory. `None`, and a word of why, without a compiler.
fn check(include: &Path, define: &[&str]) -> Option<Output> {
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut command = Command::new(&compiler);
    command.args(["-std=c11", "-Wall", "-Wextra", "-fsyntax-only", "-I"]).arg(include).args(define);
    match command.arg(crate_file("src/abi_check.c")).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("skipped: no C compiler ({compiler}: {error})");
            None
        }
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn our_own_header_passes() {
    let Some(output) = check(&crate_file("include"), &[]) else { return };
    assert!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
}

#[test]
fn a_wrong_expectation_fails() {
    let wrong = [
        ("-DEXPECT_BUFFER_TOO_SHORT=-14", "BUFFER_TOO_SHORT is not"),
        ("-DEXPECT_MAX_GROUP_NAME=31", "MAX_GROUP_NAME is not"),
        ("-DEXPECT_SIZE_OF_MEMBERSHIP_INFO=52", "sizeof(membership_info) is not"),
        ("-DEXPECT_OFFSET_OF_MY_VS_SET=44", "membership_info.my_vs_set is not at"),
    ];
    for (define, complaint) in wrong {
        let Some(output) = check(&crate_file("include"), &[define]) else { return };
        assert!(!output.status.success(), "{define} was not noticed");
        assert!(said(&output).contains(complaint), "{define}: {}", said(&output));
    }
}

/// Every line of the header that says a fact is changed in its turn: none of them may go unnoticed.
#[test]
fn a_header_with_any_fact_changed_fails() {
    let header = fs::read_to_string(crate_file("include/sp.h")).expect("the header");
    let directory = tempfile::tempdir().expect("a directory");
    let mut changes = 0;
    for (number, line) in header.lines().enumerate() {
        let Some(other) = change(line) else { continue };
        let lines: Vec<_> = header.lines().enumerate().map(|(n, l)| if n == number { &other } else { l }).collect();
        fs::write(directory.path().join("sp.h"), lines.join("\n")).expect("a header");
        let Some(output) = check(directory.path(), &[]) else { return };
        assert!(!output.status.success(), "not noticed: {line:?} as {other:?}");
        assert!(said(&output).contains("assert"), "{line:?} as {other:?}: {}", said(&output));
        changes += 1;
    }
    assert!(changes > 80, "only {changes} facts were found in the header");
}

/// A line with its fact changed: a constant's value, a field's or a function's type. `None` if it tells none that
/// counts: the header's version may be any.
fn change(line: &str) -> Option<String> {
    if let Some(definition) = line.strip_prefix("#define ") {
        let (name, value) = definition.split_once(' ').filter(|(name, _)| !name.contains('('))?;
        return match value {
            "short" | "int" => Some(format!("#define {name} long")),
            _ if name == "SPREAD_VERSION" => Some(format!("#define {name} (3 << 24)")),
            _ => Some(format!("#define {name} ({value} + 1)")),
        };
    }
    if line.starts_with("    ") && line.ends_with(';') && !line.contains('(') && !line.contains(')') {
        return Some(format!("    char one_more; {line}"));
    }
    let (result, rest) =
        line.split_once("SP_").filter(|(result, _)| ["int ", "void ", "const char *"].contains(result))?;
    Some(format!("{} SP_{rest}", if result == "int " { "long" } else { "int" }))
}

#[test]
fn the_types_have_their_sizes() {
    let word = size_of::<usize>();
    let long = size_of::<std::ffi::c_long>();
    assert_eq!((size_of::<mailbox>(), size_of::<service>()), (4, 4));
    assert_eq!((size_of::<sp_time>(), offset_of!(sp_time, sec), offset_of!(sp_time, usec)), (2 * long, 0, long));
    assert_eq!(size_of::<scat_element>(), 2 * word);
    assert_eq!((offset_of!(scat_element, buf), offset_of!(scat_element, len)), (0, word));
    assert_eq!(size_of::<scatter>(), 201 * word);
    assert_eq!((offset_of!(scatter, num_elements), offset_of!(scatter, elements)), (0, word));
    assert_eq!(size_of::<group_id>(), 12);
    assert_eq!(size_of::<vs_set_info>(), 8);
    assert_eq!((offset_of!(vs_set_info, num_members), offset_of!(vs_set_info, members_offset)), (0, 4));
    assert_eq!(size_of::<membership_info>(), 56);
    assert_eq!((offset_of!(membership_info, gid), offset_of!(membership_info, changed_member)), (0, 12));
    assert_eq!((offset_of!(membership_info, num_vs_sets), offset_of!(membership_info, my_vs_set)), (44, 48));
}

/// Compares constants, and tells their names.
macro_rules! constants {
    ($($name:ident = $value:expr),* $(,)?) => {{
        $(assert_eq!(i64::from(spread_sys::$name), $value, stringify!($name));)*
        [$(stringify!($name)),*]
    }};
}

#[test]
fn the_constants_have_their_values() {
    let known = constants! {
        SPREAD_VERSION = 5 << 24, DEFAULT_SPREAD_PORT = 4803, MAX_GROUP_NAME = 32, MAX_PRIVATE_NAME = 10,
        MAX_PROC_NAME = 20, MAX_CLIENT_SCATTER_ELEMENTS = 100,
        LOW_PRIORITY = 0, MEDIUM_PRIORITY = 1, HIGH_PRIORITY = 2,
        UNRELIABLE_MESS = 0x1, RELIABLE_MESS = 0x2, FIFO_MESS = 0x4, CAUSAL_MESS = 0x8, AGREED_MESS = 0x10,
        SAFE_MESS = 0x20, REGULAR_MESS = 0x3f, SELF_DISCARD = 0x40,
        CAUSED_BY_JOIN = 0x100, CAUSED_BY_LEAVE = 0x200, CAUSED_BY_DISCONNECT = 0x400, CAUSED_BY_NETWORK = 0x800,
        REG_MEMB_MESS = 0x1000, TRANSITION_MESS = 0x2000, MEMBERSHIP_MESS = 0x3f00,
        RESERVED = 0x003f_c000, REJECT_MESS = 0x0040_0000, DROP_RECV = 0x0100_0000, ENDIAN_RESERVED = 0x8000_0080,
        ACCEPT_SESSION = 1, ILLEGAL_SPREAD = -1, COULD_NOT_CONNECT = -2, REJECT_QUOTA = -3, REJECT_NO_NAME = -4,
        REJECT_ILLEGAL_NAME = -5, REJECT_NOT_UNIQUE = -6, REJECT_VERSION = -7, CONNECTION_CLOSED = -8,
        REJECT_AUTH = -9, ILLEGAL_SESSION = -11, ILLEGAL_SERVICE = -12, ILLEGAL_MESSAGE = -13, ILLEGAL_GROUP = -14,
        BUFFER_TOO_SHORT = -15, GROUPS_TOO_SHORT = -16, MESSAGE_TOO_LONG = -17, NET_ERROR_ON_SESSION = -18,
        SP_BUG = -19, ILLEGAL_TIME = -20,
    };
    let generated = fs::read_to_string(crate_file("src/bindings/generated.rs")).expect("the bindings");
    let unknown: Vec<_> = generated
        .lines()
        .filter_map(|line| line.strip_prefix("pub const ")?.split(':').next())
        .filter(|name| !known.contains(name))
        .collect();
    assert_eq!(unknown, [""; 0], "not compared above");
}
