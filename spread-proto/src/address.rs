//! Where a daemon is: the "spread name" of the C library, and a few forms that people write today.
//!
//! | written | means |
//! |---|---|
//! | (nothing) | the same as `4803` |
//! | `4803` | the Unix socket `/tmp/4803`; on Windows `4803@localhost` |
//! | `4803@host`, `4803@127.0.0.1`, `4803@::1` | TCP |
//! | `4803@[::1]` | TCP; the library takes no brackets, we do |
//! | `spread://host:port`, `spread://[::1]:port`, `spread://host` | TCP; without a port 4803 |
//! | `/run/spread.sock`, `./spread.sock` | that Unix socket |
//!
//! The library skips blanks in front and before the `@`, and ignores what follows the next blank; so do we. It takes
//! a number out of range modulo 65,536, which can only be a mistake; we refuse it.

use alloc::format;
use alloc::string::{String, ToString};

use crate::limits::DEFAULT_PORT;

/// The address of a daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Over TCP. The host may be a name or a literal address, without brackets.
    Tcp {
        /// Name or literal address.
        host: String,
        /// Port.
        port: u16,
    },
    /// Over a Unix socket.
    Unix {
        /// Path of the socket.
        path: String,
    },
}

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{given}' is no daemon address: {why} (an address is '4803', '4803@host', 'spread://host:4803' or the path of a Unix socket)"
)]
pub struct IllegalAddress {
    given: String,
    why: &'static str,
}

impl Address {
    /// Reads an address.
    pub fn parse(given: &str) -> Result<Address, IllegalAddress> {
        let illegal = |why| IllegalAddress { given: given.to_string(), why };
        let mut words = given.split_ascii_whitespace();
        let text = words.next().unwrap_or("");
        if text.contains('\0') {
            return Err(illegal("it has a NUL"));
        }
        if text.is_empty() {
            return Ok(Address::local(DEFAULT_PORT));
        }
        if text.starts_with(['/', '.']) {
            return Ok(Address::Unix { path: text.to_string() });
        }
        if let Some(rest) = text.strip_prefix("spread://") {
            return parse_url(rest).map_err(illegal);
        }
        let (number, host) = match text.split_once('@') {
            Some((number, host)) => (number, Some(host)),
            None => match words.next() {
                Some(word) => (text, Some(word.strip_prefix('@').ok_or(illegal("an @ has to follow its number"))?)),
                None => (text, None),
            },
        };
        let port = parse_port(number).map_err(illegal)?;
        match host {
            None => Ok(Address::local(port)),
            Some(host) => Ok(Address::Tcp { host: parse_host(host).map_err(illegal)?, port }),
        }
    }

    /// The daemon with this number on this machine.
    pub fn local(port: u16) -> Address {
        if cfg!(windows) {
            Address::Tcp { host: "localhost".to_string(), port }
        } else {
            Address::Unix { path: format!("/tmp/{port}") }
        }
    }
}

impl core::fmt::Display for Address {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Address::Tcp { host, port } => write!(f, "{port}@{host}"),
            Address::Unix { path } => f.write_str(path),
        }
    }
}

fn parse_url(rest: &str) -> Result<Address, &'static str> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        // A colon inside brackets belongs to the address.
        Some((host, port)) if !port.contains(']') => (host, parse_port(port)?),
        _ => (rest, DEFAULT_PORT),
    };
    if host.contains(':') && !host.starts_with('[') {
        return Err("an IPv6 address in a URL stands in brackets");
    }
    Ok(Address::Tcp { host: parse_host(host)?, port })
}

fn parse_port(number: &str) -> Result<u16, &'static str> {
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("it does not begin with a port number");
    }
    match number.parse() {
        Ok(0) | Err(_) => Err("its port is not between 1 and 65535"),
        Ok(port) => Ok(port),
    }
}

fn parse_host(host: &str) -> Result<String, &'static str> {
    let inner = match host.strip_prefix('[') {
        Some(rest) => {
            let inner = rest.strip_suffix(']').ok_or("its bracket is not closed")?;
            inner.parse::<core::net::Ipv6Addr>().map_err(|_| "what stands in the brackets is no IPv6 address")?;
            inner
        }
        None => host,
    };
    if inner.is_empty() {
        return Err("its host is empty");
    }
    if inner.contains(['@', '/', '[', ']']) {
        return Err("its host has a character that no host has");
    }
    Ok(inner.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(host: &str, port: u16) -> Address {
        Address::Tcp { host: host.to_string(), port }
    }

    #[test]
    fn every_form() {
        for (given, address) in [
            ("4803@host", tcp("host", 4803)),
            ("4803@127.0.0.1", tcp("127.0.0.1", 4803)),
            ("4803@::1", tcp("::1", 4803)),
            ("4803@[::1]", tcp("::1", 4803)),
            (" 4803@h", tcp("h", 4803)),
            ("4803@h rest", tcp("h", 4803)),
            ("65535@h", tcp("h", 65535)),
            ("spread://h:4900", tcp("h", 4900)),
            ("spread://h", tcp("h", 4803)),
            ("spread://h/", tcp("h", 4803)),
            ("spread://[::1]:4900", tcp("::1", 4900)),
            ("spread://[::1]", tcp("::1", 4803)),
            ("/run/s.sock", Address::Unix { path: "/run/s.sock".to_string() }),
            ("./s.sock", Address::Unix { path: "./s.sock".to_string() }),
            ("", Address::local(4803)),
            ("4803", Address::local(4803)),
            ("4803 @h", tcp("h", 4803)),
            ("4803 @h rest", tcp("h", 4803)),
        ] {
            assert_eq!(Address::parse(given), Ok(address), "{given:?}");
        }
    }

    #[test]
    fn what_is_no_address() {
        for given in [
            "4803@",
            "@host",
            "abc",
            "host",
            "4803x",
            "4803 x",
            "4803 @",
            "4803@[::1",
            "4803@[localhost]",
            "70339@h",
            "-60733@h",
            "0@h",
            "99999999999999999999@h",
            "4803@a@b",
            "4803@a/b",
            "spread://",
            "spread://::1",
            "spread://h:x",
            "4803\0",
        ] {
            let error = Address::parse(given).unwrap_err();
            assert!(error.to_string().contains("is no daemon address"), "{given:?}");
        }
    }
}
