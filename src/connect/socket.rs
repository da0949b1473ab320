//! A stream socket without blocking, TCP or Unix, closed by its last holder.
//!
//! Several parties hold one socket at a time: the loop's watcher, the guard's poller, reading and writing. Counting
//! the holders is what makes sure that none of them uses a descriptor that was closed and reused.

use std::io;
use std::mem::MaybeUninit;
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::session::link::Link;
use socket2::{Domain, Protocol, SockAddr, Socket as Raw, TcpKeepalive, Type};

/// Send and receive buffers are raised to this, as Spread's own library does.
const BUFFER_SIZE: usize = 200_000;

/// A lost peer is noticed after about 15 + 3 × 5 s without traffic.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;

/// Unacknowledged bytes end a connection after this.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(30);

/// Where to connect to.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Tcp(SocketAddr),
    Unix(String),
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Tcp(address) => address.fmt(f),
            Target::Unix(path) => f.write_str(path),
        }
    }
}

/// The socket.
#[derive(Debug)]
pub(crate) struct Socket(Raw);

impl Socket {
    /// Begins to connect. Returns whether it came about is known once the socket is writable: [`Socket::connected`].
    pub(crate) fn connect(target: &Target, keep_alive: bool) -> io::Result<Arc<Socket>> {
        let (domain, address) = match target {
            Target::Tcp(address) => (Domain::for_address(*address), SockAddr::from(*address)),
            Target::Unix(path) => (Domain::UNIX, SockAddr::unix(path)?),
        };
        let protocol = matches!(target, Target::Tcp(_)).then_some(Protocol::TCP);
        let raw = Raw::new(domain, Type::STREAM, protocol)?;
        raw.set_nonblocking(true)?;
        if matches!(target, Target::Tcp(_)) {
            set_tcp_options(&raw, keep_alive)?;
        }
        // Best effort: a smaller buffer is slower, not wrong. An untouched TCP receive buffer tunes itself.
        let _ = raw.set_send_buffer_size(BUFFER_SIZE);
        match raw.connect(&address) {
            Err(error) if !is_in_progress(&error) => Err(error),
            _ => Ok(Arc::new(Socket(raw))),
        }
    }

    /// Returns the outcome of a connect, once the socket is writable: `None` if it is still under way.
    pub(crate) fn connected(&self) -> io::Result<Option<()>> {
        if let Some(error) = self.0.take_error()? {
            return Err(error);
        }
        match self.0.peer_addr() {
            Ok(peer) if self.is_own(&peer) => {
                // No trace of it is to keep a daemon from listening there.
                let _ = self.0.set_linger(Some(Duration::ZERO));
                Err(io::ErrorKind::ConnectionRefused.into())
            }
            Ok(_) => Ok(Some(())),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns whether this is the socket's own address. Nobody listens there then: a connect to a port from which the
    /// system takes the local ones may be given that same port, and TCP connects the socket to itself.
    fn is_own(&self, peer: &SockAddr) -> bool {
        peer.as_socket().is_some_and(|peer| self.0.local_addr().is_ok_and(|own| own.as_socket() == Some(peer)))
    }

    /// Reads what is there into `buffer`; 0 is the end of the stream.
    pub(crate) fn read(&self, buffer: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        loop {
            match self.0.recv(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Writes what fits.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.send_with_flags(bytes, NO_SIGNAL) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

/// The native engine's link.
impl Link for Socket {
    fn read(&self, buffer: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        self.read(buffer)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    fn pending(&self) -> usize {
        0
    }

    fn shutdown_write(&self) {
        let _ = self.0.shutdown(Shutdown::Write);
    }

    fn shutdown(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }

    /// Does nothing: the loop's watcher and the guard read on.
    fn resume(&self) {}

    #[cfg(unix)]
    fn descriptor(self: Arc<Self>) -> Option<Arc<dyn std::os::fd::AsFd + Send + Sync>> {
        Some(self)
    }
}

#[cfg(unix)]
impl std::os::fd::AsRawFd for Socket {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.0.as_raw_fd()
    }
}

#[cfg(unix)]
impl std::os::fd::AsFd for Socket {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(windows)]
impl std::os::windows::io::AsSocket for Socket {
    fn as_socket(&self) -> std::os::windows::io::BorrowedSocket<'_> {
        self.0.as_socket()
    }
}

#[cfg(windows)]
impl std::os::windows::io::AsRawSocket for Socket {
    fn as_raw_socket(&self) -> std::os::windows::io::RawSocket {
        self.0.as_raw_socket()
    }
}

/// Writing to a closed peer is an error like any other, not a signal.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;
/// Elsewhere the socket itself was set so when it was made.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const NO_SIGNAL: i32 = 0;

/// Sets what sends small packets at once, and what finds a lost peer.
pub(crate) fn set_tcp_options(raw: &Raw, keep_alive: bool) -> io::Result<()> {
    raw.set_tcp_nodelay(true)?;
    if keep_alive {
        let times = TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL);
        #[cfg(not(windows))]
        let times = times.with_retries(KEEPALIVE_RETRIES);
        raw.set_tcp_keepalive(&times)?;
        #[cfg(target_os = "linux")]
        raw.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
    }
    Ok(())
}

fn is_in_progress(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EINPROGRESS) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    /// Makes a socket on a loopback address, connected to that very address.
    #[cfg(target_os = "linux")]
    fn connected_to_itself(ip: std::net::IpAddr) -> io::Result<Socket> {
        let raw = Raw::new(Domain::for_address((ip, 0).into()), Type::STREAM, Some(Protocol::TCP))?;
        raw.bind(&SocketAddr::from((ip, 0)).into())?;
        raw.connect(&raw.local_addr()?)?;
        Ok(Socket(raw))
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_socket_connected_to_itself_is_refused() {
        for ip in [Ipv4Addr::LOCALHOST.into(), std::net::Ipv6Addr::LOCALHOST.into()] {
            match connected_to_itself(ip) {
                Ok(socket) => {
                    let refused = socket.connected().unwrap_err();
                    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
                    let address = socket.0.local_addr().unwrap();
                    drop(socket);
                    // Without the option that lets one listen in spite of what lingers.
                    let daemon = Raw::new(address.domain(), Type::STREAM, Some(Protocol::TCP)).unwrap();
                    assert!(daemon.bind(&address).is_ok(), "the port is free again");
                }
                Err(error) => println!("skipped: no {ip} here: {error}"),
            }
        }
    }

    #[test]
    fn a_socket_connected_to_another_one_stands() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let raw = Raw::new(Domain::IPV4, Type::STREAM, None).unwrap();
        raw.connect(&listener.local_addr().unwrap().into()).unwrap();
        assert!(matches!(Socket(raw).connected(), Ok(Some(()))));
    }

    #[cfg(unix)]
    #[test]
    fn unix_sockets_have_no_address_to_be_taken_for_their_own() {
        let (one, _other) = Raw::pair(Domain::UNIX, Type::STREAM, None).unwrap();
        assert!(matches!(Socket(one).connected(), Ok(Some(()))));
    }
}
