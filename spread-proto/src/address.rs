//! Where a daemon is: the "spread name" of the C library, and a few forms that people write today.
//!
//! | written | means |
//! |---|---|
//! | (nothing) | the same as `4803` |
//! | `4803` | the Unix socket `/tmp/4803`; on Windows `4803@localhost` |
//! | `4803@host`, `4803@127.0.0.1`, `4803@::1`, `4803@fe80::1%eth0` | TCP; after a percent sign the zone |
//! | `4803@[::1]` | TCP; the library takes no brackets, we do |
//! | `spread://host:port`, `spread://[::1]:port`, `spread://host` | TCP; without a port 4803 |
//! | `/run/spread.sock`, `./spread.sock`, `unix:spread.sock` | that Unix socket: all of the text is its path |
//!
//! Everywhere but in a path the library skips blanks in front and before the `@`, and ignores what follows the next
//! blank; so do we. It takes a number out of range modulo 65,536, which can only be a mistake; we refuse it. The name
//! of a host is ASCII: letters beyond that have to be given as the resolver takes them (`xn--…`).

use alloc::format;
use alloc::string::{String, ToString};
use core::net::Ipv6Addr;

use crate::limits::{DEFAULT_PORT, MAX_SOCKET_PATH_LEN};

/// The address of a daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Over TCP. The host may be a name or a literal address, without brackets; an IPv6 address may have a zone.
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

/// The fault of an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{given}' is no daemon address: {why}{}", advice(meant.as_deref()))]
pub struct IllegalAddress {
    given: String,
    why: String,
    /// A legal address that is written almost so.
    meant: Option<String>,
}

fn advice(meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("; did you mean '{meant}'?"),
        None => " (an address is '4803', '4803@host', 'spread://host:4803' or the path of a Unix socket)".to_string(),
    }
}

/// The reason why a path cannot be a Unix socket's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IllegalPath {
    /// It has no characters.
    #[error("the path is empty")]
    Empty,
    /// The system would take what stands before it for the path.
    #[error("the path has a NUL")]
    Nul,
    /// It has so many bytes.
    #[error("the path is too long: it has {0} bytes, and that of a Unix socket at most {MAX_SOCKET_PATH_LEN}")]
    TooLong(usize),
}

/// Returns whether the system takes these bytes for the path of a Unix socket, all of them. On Linux a NUL in front
/// makes a name that is in no file system.
pub fn check_socket_path(path: &[u8]) -> Result<(), IllegalPath> {
    let name = if cfg!(any(target_os = "linux", target_os = "android")) { path.strip_prefix(b"\0") } else { None };
    match name.unwrap_or(path) {
        [] => Err(IllegalPath::Empty),
        rest if rest.contains(&0) => Err(IllegalPath::Nul),
        rest if rest.len() > MAX_SOCKET_PATH_LEN => Err(IllegalPath::TooLong(path.len())),
        _ => Ok(()),
    }
}

impl Address {
    /// Reads an address.
    pub fn parse(given: &str) -> Result<Address, IllegalAddress> {
        read(given).map_err(|why| IllegalAddress { given: given.to_string(), why, meant: meant(given) })
    }

    /// Returns the daemon with this number on this machine.
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
            Address::Unix { path } if path.starts_with(['/', '.']) => f.write_str(path),
            Address::Unix { path } => write!(f, "unix:{path}"),
        }
    }
}

fn read(given: &str) -> Result<Address, String> {
    let text = given.trim_ascii_start();
    if let Some(path) = text.strip_prefix("unix:") {
        return unix(path);
    }
    if text.starts_with(['/', '.']) {
        return unix(text);
    }
    let mut words = text.split_ascii_whitespace();
    let text = words.next().unwrap_or("");
    if text.contains('\0') {
        return Err("it has a NUL".into());
    }
    if text.is_empty() {
        return Ok(Address::local(DEFAULT_PORT));
    }
    if let Some(rest) = text.strip_prefix("spread://") {
        return parse_url(rest);
    }
    let (number, host) = match text.split_once('@') {
        Some((number, host)) => (number, Some(host)),
        None => match words.next() {
            Some(word) => (text, Some(word.strip_prefix('@').ok_or("an @ has to follow its number")?)),
            None => (text, None),
        },
    };
    let port = parse_port(number)?;
    match host {
        None => Ok(Address::local(port)),
        Some(host) => Ok(Address::Tcp { host: parse_host(host)?, port }),
    }
}

fn unix(path: &str) -> Result<Address, String> {
    check_socket_path(path.as_bytes()).map_err(|error| error.to_string())?;
    Ok(Address::Unix { path: path.to_string() })
}

fn parse_url(rest: &str) -> Result<Address, String> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = match rest.rsplit_once(':') {
        // A colon inside brackets belongs to the address.
        Some((host, port)) if !port.contains(']') => (host, parse_port(port)?),
        _ => (rest, DEFAULT_PORT),
    };
    if host.contains(':') && !host.starts_with('[') {
        return Err("an IPv6 address in a URL stands in brackets".into());
    }
    // RFC 6874: the percent sign before a zone is written as a URL writes it.
    Ok(Address::Tcp { host: parse_host(&host.replacen("%25", "%", 1))?, port })
}

fn parse_port(number: &str) -> Result<u16, String> {
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("it does not begin with a port number".into());
    }
    match number.parse() {
        Ok(0) | Err(_) => Err("its port is not between 1 and 65535".into()),
        Ok(port) => Ok(port),
    }
}

fn parse_host(host: &str) -> Result<String, String> {
    let inner = match host.strip_prefix('[') {
        Some(rest) => {
            let inner = rest.strip_suffix(']').ok_or("its bracket is not closed")?;
            if !is_ipv6(inner) {
                return Err("what stands in the brackets is no IPv6 address".into());
            }
            inner
        }
        None => host,
    };
    if inner.is_empty() {
        return Err("its host is empty".into());
    }
    if !inner.is_ascii() {
        return Err("its host is no name that can be looked up".into());
    }
    if inner.contains(['@', '/', '[', ']']) || inner.contains([':', '%']) && !is_ipv6(inner) {
        return Err("its host has a character that no host has".into());
    }
    Ok(inner.to_string())
}

/// Returns whether this is an IPv6 address, with or without a zone.
fn is_ipv6(host: &str) -> bool {
    let (address, zone) = host.split_once('%').unwrap_or((host, "-"));
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty()
}

/// Returns the legal address that an address in another program's form probably means.
fn meant(given: &str) -> Option<String> {
    let text = given.split_ascii_whitespace().next()?.trim_end_matches('/');
    let meant = if let Some((scheme, rest)) = text.split_once("://") {
        match scheme {
            "file" => rest.to_string(),
            _ => parse_url(rest.split(['/', '?']).next()?).ok()?.to_string(),
        }
    } else if let Some((left, right)) = text.split_once('@') {
        match parse_url(right) {
            // The other way round.
            _ if parse_port(left).is_err() => format!("{right}@{left}"),
            // With a port after it, too.
            Ok(Address::Tcp { host, .. }) => format!("{left}@{host}"),
            _ => return None,
        }
    } else if text.contains('/') || text.rsplit('.').next() == Some("sock") {
        format!("./{text}")
    } else if is_ipv6(text) {
        format!("{DEFAULT_PORT}@{text}")
    } else if text.starts_with(|first: char| first.is_ascii_digit()) && !text.contains(['.', ':']) {
        return None;
    } else {
        parse_url(text).ok()?.to_string()
    };
    read(&meant).is_ok().then_some(meant)
}

#[cfg(test)]
mod tests;
