//! What is asked of the library, judged before a session is made of it.

use std::ffi::CString;
use std::net::SocketAddr;
use std::time::Duration;

use spread_proto::Address;

use super::library::{self, Spread};
use crate::connect::literal::literal;
use crate::connect::options::ConnectOptions;
use crate::failure::Failure;

/// How to connect.
pub(crate) struct Plan {
    pub(super) library: &'static Spread,
    /// As the library reads them.
    pub(super) daemons: Vec<CString>,
    pub(super) name: CString,
    pub(super) membership: bool,
    pub(super) priority: bool,
    pub(super) keep_alive: bool,
    pub(super) timeout: Duration,
}

impl Plan {
    /// Judges what is asked for, before a session is made of it. The library is loaded here, so that its absence is
    /// told at once. `path` is where it is; empty: where it is found.
    pub(crate) fn new(options: &ConnectOptions, path: &str) -> Result<Plan, Failure> {
        let name = options.name.as_ref().map_or(&[][..], |name| name.as_bytes());
        Ok(Plan {
            library: library::load(path)?,
            daemons: options.addresses.iter().map(spread_name).collect::<Result<_, _>>()?,
            name: CString::new(name).map_err(|_| Failure::bug("a name with a NUL"))?,
            membership: options.membership,
            priority: options.priority,
            keep_alive: options.keep_alive,
            timeout: options.timeout,
        })
    }
}

/// Writes an address as the library reads it. Of zones it takes the numbers.
fn spread_name(address: &Address) -> Result<CString, Failure> {
    let name = match address {
        Address::Tcp { host, port } => match literal(host, *port).transpose()? {
            Some(SocketAddr::V6(address)) if address.scope_id() != 0 => {
                format!("{port}@{}%{}", address.ip(), address.scope_id())
            }
            _ => format!("{port}@{host}"),
        },
        Address::Unix { path } => match path.strip_prefix("/tmp/").map(str::parse::<u16>) {
            Some(Ok(port)) if *path == format!("/tmp/{port}") => port.to_string(),
            _ => return Err(Failure::unsupported("libspread connects to Unix sockets named /tmp/PORT only")),
        },
    };
    CString::new(name).map_err(|_| Failure::bug("an address with a NUL"))
}
