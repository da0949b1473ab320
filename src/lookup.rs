//! Names to addresses, each on a thread of its own: the system's resolver blocks, for many seconds at times, and
//! cannot be interrupted. A teardown abandons the thread, which does not keep the environment. Literal addresses need
//! none: they are read here, where the system's resolver would not take every zone.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, ToSocketAddrs};
use std::sync::{Arc, Weak};

use crate::failure::Failure;
use crate::guard::Command;
use crate::resources;
use crate::shared::Shared;
use crate::socket::Target;

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

/// Looks a host up for a session; the answer goes to the guard. Sessions that ask for the same name at the same time
/// share one thread.
pub(crate) fn start(shared: &Arc<Shared>, id: u32, host: String, port: u16) {
    let key = (host, port);
    let mut waiting = shared.lookups.lock().expect("no holder panics");
    if let Some(list) = waiting.get_mut(&key) {
        list.push(id);
        return;
    }
    waiting.insert(key.clone(), vec![id]);
    drop(waiting);
    let (environment, asked) = (Arc::downgrade(shared), key.clone());
    let spawned = std::thread::Builder::new().name("cspread-lookup".into()).spawn(move || {
        // The order of the answers is kept, as `dns.lookup` does.
        let result = (asked.0.as_str(), asked.1).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
        let result = match result {
            Ok(found) if found.is_empty() => Err(std::io::Error::other("no address was found")),
            result => result,
        };
        let answer =
            result.map(|found| found.into_iter().map(Target::Tcp).collect()).map_err(|error| failed(&asked.0, &error));
        tell(&environment, &asked, &answer);
    });
    if let Err(error) = spawned {
        let answer = Err(Failure::resources("pthread_create", &format!("looking up '{}'", key.0), &error));
        tell(&Arc::downgrade(shared), &key, &answer);
    }
}

/// A resolver that gets no descriptor takes the name for one that nobody has.
fn failed(host: &str, error: &std::io::Error) -> Failure {
    match resources::spare_descriptor() {
        Ok(()) => Failure::lookup(host, error),
        Err(refused) => Failure::resources("getaddrinfo", &format!("looking up '{host}'"), &refused),
    }
}

fn tell(environment: &Weak<Shared>, key: &(String, u16), answer: &Result<Vec<Target>, Failure>) {
    let Some(shared) = environment.upgrade() else { return };
    let list = shared.lookups.lock().expect("no holder panics").remove(key).unwrap_or_default();
    for id in list {
        shared.guard.command(Command::Resolved(id, answer.clone()));
    }
}
