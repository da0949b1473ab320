//! Where clients come in: TCP and Unix listeners.

use std::io;
use std::net::{IpAddr, SocketAddr};
#[cfg(unix)]
use std::path::Path;
use std::path::PathBuf;

use mio::net::TcpListener;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::auth::Peer;
use crate::config::{Config, Listen};
use crate::stream::Stream;

/// Connections that wait to be accepted, for each listener. The kernel may take fewer.
const BACKLOG: i32 = 1024;

/// How often a free port is looked for that all addresses have free.
const PORT_TRIES: usize = 64;

/// Why a daemon could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        error: io::Error,
    },
    /// Neither TCP nor a Unix socket was asked for.
    #[error("there is nothing to listen on")]
    Nowhere,
    /// The system refuses a poller or a thread.
    #[error("the system refuses what a daemon needs: {0}")]
    System(#[from] io::Error),
}

/// A listener.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(mio::net::UnixListener),
}

impl Listener {
    /// The next client in line.
    pub(crate) fn accept(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, address) = listener.accept()?;
                // Without it a small answer waits for the acknowledgement of the one before.
                let _ = stream.set_nodelay(true);
                Ok((Stream::Tcp(stream), Peer::Tcp(address.ip())))
            }
            #[cfg(unix)]
            Listener::Unix(listener) => {
                let (stream, _) = listener.accept()?;
                Ok((Stream::Unix(stream), Peer::Unix))
            }
        }
    }

    pub(crate) fn source(&mut self) -> &mut dyn mio::event::Source {
        match self {
            Listener::Tcp(listener) => listener,
            #[cfg(unix)]
            Listener::Unix(listener) => listener,
        }
    }
}

/// All listeners of a daemon, and what it tells of them.
#[derive(Debug)]
pub(crate) struct Listeners {
    pub(crate) all: Vec<Listener>,
    pub(crate) addresses: Vec<SocketAddr>,
    /// Removed when the daemon stops.
    pub(crate) unix: Option<PathBuf>,
}

impl Listeners {
    /// Listens where the configuration says; all of it or none.
    pub(crate) fn open(config: &Config) -> Result<Listeners, StartError> {
        let mut listeners = Listeners { all: Vec::new(), addresses: Vec::new(), unix: None };
        for (listener, address) in listen_tcp(config)? {
            listeners.all.push(Listener::Tcp(TcpListener::from_std(listener)));
            listeners.addresses.push(address);
        }
        #[cfg(unix)]
        if let Some(path) = &config.unix {
            listeners.all.push(Listener::Unix(listen_unix(path)?));
            listeners.unix = Some(path.clone());
        }
        if listeners.all.is_empty() {
            return Err(StartError::Nowhere);
        }
        Ok(listeners)
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.all.clear();
        if let Some(path) = self.unix.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}

type Bound = Vec<(std::net::TcpListener, SocketAddr)>;

fn listen_tcp(config: &Config) -> Result<Bound, StartError> {
    let addresses = config.listen.addresses();
    let optional_v6 = config.listen == Listen::Loopback;
    let mut tries = if config.port == 0 { PORT_TRIES } else { 1 };
    loop {
        tries -= 1;
        match listen_on(&addresses, config.port, optional_v6) {
            Err(StartError::Listen { error, .. }) if tries > 0 && error.kind() == io::ErrorKind::AddrInUse => {}
            result => return result,
        }
    }
}

/// Listens on all addresses, on the same port.
fn listen_on(addresses: &[IpAddr], port: u16, optional_v6: bool) -> Result<Bound, StartError> {
    let mut bound = Bound::new();
    for &ip in addresses {
        let port = bound.first().map_or(port, |(_, address)| address.port());
        let address = SocketAddr::new(ip, port);
        match bind(address) {
            Ok(listener) => {
                let address = listener.local_addr()?;
                bound.push((listener, address));
            }
            // A machine without IPv6.
            Err(error) if optional_v6 && ip.is_ipv6() && error.kind() != io::ErrorKind::AddrInUse => {}
            Err(error) => return Err(StartError::Listen { address: address.to_string(), error }),
        }
    }
    Ok(bound)
}

fn bind(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // On Windows this would let two daemons share a port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&SockAddr::from(address))?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

#[cfg(unix)]
fn listen_unix(path: &Path) -> Result<mio::net::UnixListener, StartError> {
    use std::os::unix::net::{UnixListener, UnixStream};
    let failed = |error| StartError::Listen { address: path.display().to_string(), error };
    let listener = match UnixListener::bind(path) {
        // Only a socket that nobody listens on any more is taken away.
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => match UnixStream::connect(path) {
            Err(refused) if refused.kind() == io::ErrorKind::ConnectionRefused => {
                std::fs::remove_file(path).and_then(|()| UnixListener::bind(path)).map_err(failed)?
            }
            _ => return Err(failed(error)),
        },
        result => result.map_err(failed)?,
    };
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(mio::net::UnixListener::from_std(listener))
}
