//! Every form of an address, and what is none.

use super::*;

fn tcp(host: &str, port: u16) -> Address {
    Address::Tcp { host: host.to_string(), port }
}

fn socket(path: &str) -> Address {
    Address::Unix { path: path.to_string() }
}

#[test]
fn every_form() {
    for (given, address) in [
        ("4803@host", tcp("host", 4803)),
        ("4803@127.0.0.1", tcp("127.0.0.1", 4803)),
        ("4803@::1", tcp("::1", 4803)),
        ("4803@[::1]", tcp("::1", 4803)),
        ("4803@fe80::1%eth0", tcp("fe80::1%eth0", 4803)),
        ("4803@[fe80::1%eth0.4:1]", tcp("fe80::1%eth0.4:1", 4803)),
        ("4803@::ffff:127.0.0.1", tcp("::ffff:127.0.0.1", 4803)),
        (" 4803@h", tcp("h", 4803)),
        ("4803@h rest", tcp("h", 4803)),
        ("65535@h", tcp("h", 65535)),
        ("spread://h:4900", tcp("h", 4900)),
        ("spread://h", tcp("h", 4803)),
        ("spread://h/", tcp("h", 4803)),
        ("spread://[::1]:4900", tcp("::1", 4900)),
        ("spread://[::1]", tcp("::1", 4803)),
        ("spread://[fe80::1%25eth0]:4900", tcp("fe80::1%eth0", 4900)),
        ("spread://[fe80::1%2]", tcp("fe80::1%2", 4803)),
        ("/run/s.sock", socket("/run/s.sock")),
        ("./s.sock", socket("./s.sock")),
        ("/run/a b  c%41\t", socket("/run/a b  c%41\t")),
        (" /run/straße 漢字", socket("/run/straße 漢字")),
        ("unix:s.sock", socket("s.sock")),
        ("unix: s@1 ", socket(" s@1 ")),
        ("unix:///run/s", socket("///run/s")),
        ("", Address::local(4803)),
        ("4803", Address::local(4803)),
        ("4803 @h", tcp("h", 4803)),
        ("4803 @h rest", tcp("h", 4803)),
    ] {
        assert_eq!(Address::parse(given), Ok(address.clone()), "{given:?}");
        assert_eq!(Address::parse(&address.to_string()), Ok(address), "{given:?}, shown");
    }
}

#[test]
fn what_is_no_address() {
    for given in [
        "4803@",
        "@host",
        "4803x",
        "4803 x",
        "4803 @",
        "4803@[::1",
        "4803@[localhost]",
        "4803@[::1%]",
        "4803@::1%",
        "4803@127.0.0.1%lo",
        "4803@host%lo",
        "4803@%lo",
        "4803@bücher.example",
        "spread://bücher.example",
        "70339@h",
        "-60733@h",
        "0@h",
        "99999999999999999999@h",
        "4803@a/b",
        "spread://",
        "spread://::1",
        "spread://h:x",
        "4803\0",
        "unix:",
        "unix:a\0b",
        "/run/a\0b",
        "tcp://",
        "http://:80",
        "localhost:x",
        "localhost:0",
        ":4803",
        "😀",
    ] {
        let error = Address::parse(given).unwrap_err();
        assert!(error.to_string().contains("is no daemon address"), "{given:?}");
        assert!(error.to_string().contains("(an address is"), "{given:?}: {error}");
    }
}

#[test]
fn what_other_programs_take_is_told_the_right_form() {
    for (given, meant) in [
        ("localhost:4803", "4803@localhost"),
        ("127.0.0.1:4803", "4803@127.0.0.1"),
        ("[::1]:4900", "4900@::1"),
        ("[fe80::1%eth0]:4900", "4900@fe80::1%eth0"),
        ("db1.example:4900/", "4900@db1.example"),
        ("localhost", "4803@localhost"),
        ("127.0.0.1", "4803@127.0.0.1"),
        ("::1", "4803@::1"),
        ("fe80::1%eth0", "4803@fe80::1%eth0"),
        ("[::1]", "4803@::1"),
        ("localhost@4803", "4803@localhost"),
        ("::1@4803", "4803@::1"),
        ("tcp://localhost:4803", "4803@localhost"),
        ("tcp://localhost", "4803@localhost"),
        ("tcp://[::1]:4900/?x=y", "4900@::1"),
        ("TCP://h:4900", "4900@h"),
        ("Spread://h:4900", "4900@h"),
        ("nats://h:4900/path", "4900@h"),
        ("file:///run/s.sock", "/run/s.sock"),
        ("4803@localhost:4900", "4803@localhost"),
        ("4803@[::1]:4803", "4803@::1"),
        ("run/s.sock", "./run/s.sock"),
        ("s.sock", "./s.sock"),
        (" localhost:4803 rest", "4803@localhost"),
    ] {
        let text = Address::parse(given).unwrap_err().to_string();
        assert!(text.ends_with(&format!("; did you mean '{meant}'?")), "{given}: {text}");
        assert!(Address::parse(meant).is_ok(), "{meant}");
    }
}

#[test]
fn a_path_is_whole_or_refused() {
    let longest = "x".repeat(MAX_SOCKET_PATH_LEN);
    assert_eq!(Address::parse(&format!("unix:{longest}")), Ok(socket(&longest)));
    for (given, bytes) in [(format!("unix:x{longest}"), 1), (format!("/{longest}"), 1), (format!("./{longest}"), 2)] {
        let text = Address::parse(&given).unwrap_err().to_string();
        let said = format!("too long: it has {} bytes, and that of a Unix socket at most", MAX_SOCKET_PATH_LEN + bytes);
        assert!(text.contains(&said), "{text}");
    }
    // Bytes, and not characters.
    assert!(Address::parse(&format!("/{}", "ü".repeat(MAX_SOCKET_PATH_LEN / 2 + 1))).is_err());
    assert_eq!(check_socket_path(b""), Err(IllegalPath::Empty));
    assert_eq!(check_socket_path(b"a\0"), Err(IllegalPath::Nul));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_in_no_file_system() {
    assert_eq!(Address::parse("unix:\0name"), Ok(socket("\0name")));
    assert_eq!(check_socket_path(b"\0"), Err(IllegalPath::Empty));
    assert_eq!(check_socket_path(b"\0a\0"), Err(IllegalPath::Nul));
    assert_eq!(check_socket_path(&[b'a'; MAX_SOCKET_PATH_LEN]), Ok(()));
}
