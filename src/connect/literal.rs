//! Literal addresses, which need no look-up. They are read here, since the system's resolver would not take every zone.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::failure::Failure;
use crate::resources;

/// Reads a literal address; `None` if it is a name.
pub(crate) fn literal(host: &str, port: u16) -> Option<Result<SocketAddr, Failure>> {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return Some(Ok(SocketAddr::new(ip, port)));
    }
    let (ip, zone) = host.split_once('%')?;
    let ip = ip.parse::<Ipv6Addr>().ok()?;
    let index = interface(zone).or_else(|refused| zone.parse().map_err(|_| refused));
    Some(match index {
        Ok(index) => Ok(SocketAddrV6::new(ip, port, 0, index).into()),
        Err(error) if resources::is_exhausted(&error) => {
            Err(Failure::resources("if_nametoindex", &format!("looking up '{host}'"), &error))
        }
        Err(_) => Err(Failure::lookup(host, &std::io::Error::other(format!("there is no interface '{zone}'")))),
    })
}

/// Looks up the number of an interface, by its name.
#[cfg(unix)]
fn interface(name: &str) -> std::io::Result<u32> {
    let name = std::ffi::CString::new(name)?;
    // SAFETY: the name ends with a NUL.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(std::io::Error::last_os_error()),
        index => Ok(index),
    }
}

/// Windows writes zones as numbers.
#[cfg(not(unix))]
fn interface(_name: &str) -> std::io::Result<u32> {
    Err(std::io::ErrorKind::NotFound.into())
}
