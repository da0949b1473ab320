//! Where clients come in: TCP and Unix listeners.

use std::io;
use std::net::{IpAddr, SocketAddr};

use mio::net::TcpListener;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};

use crate::auth::Peer;
use crate::config::{Config, Listen};
use crate::error::StartError;
use crate::stream::Stream;
#[cfg(unix)]
use crate::unix::SocketFile;

/// How often a free port is looked for that all addresses have free.
const PORT_TRIES: usize = 64;

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
                // A machine that vanished is noticed some day.
                let _ = SockRef::from(&stream).set_keepalive(true);
                Ok((Stream::Tcp(stream), Peer::Tcp(address)))
            }
            #[cfg(unix)]
            Listener::Unix(listener) => {
                let (stream, _) = listener.accept()?;
                Ok((Stream::Unix(stream), Peer::Unix))
            }
        }
    }

    fn source(&mut self) -> &mut dyn mio::event::Source {
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
    /// Dropped before the listeners: whoever comes next finds no dead socket to take away.
    #[cfg(unix)]
    file: Option<SocketFile>,
}

impl Listeners {
    /// Listens where the configuration says; all of it or none.
    pub(crate) fn open(config: &Config) -> Result<Listeners, StartError> {
        let mut all = Vec::new();
        let mut addresses = Vec::new();
        for (listener, address) in listen_tcp(config)? {
            all.push(Listener::Tcp(TcpListener::from_std(listener)));
            addresses.push(address);
        }
        #[cfg(unix)]
        let file = match &config.unix {
            Some(path) => {
                let (listener, file) = SocketFile::listen(path, config.backlog)?;
                all.push(Listener::Unix(listener));
                Some(file)
            }
            None => None,
        };
        #[cfg(not(unix))]
        if let Some(path) = &config.unix {
            let error = io::ErrorKind::Unsupported.into();
            return Err(StartError::Listen { address: path.display().to_string(), error });
        }
        if all.is_empty() {
            return Err(StartError::Nowhere);
        }
        Ok(Listeners {
            all,
            addresses,
            #[cfg(unix)]
            file,
        })
    }
}

impl Listeners {
    /// Has them watched, under tokens from this one on.
    pub(crate) fn register(&mut self, registry: &Registry, first: Token) -> io::Result<()> {
        for (index, listener) in self.all.iter_mut().enumerate() {
            registry.register(listener.source(), Token(first.0 + index), Interest::READABLE)?;
        }
        Ok(())
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        #[cfg(unix)]
        drop(self.file.take());
        self.all.clear();
    }
}

type Bound = Vec<(std::net::TcpListener, SocketAddr)>;

fn listen_tcp(config: &Config) -> Result<Bound, StartError> {
    let addresses = config.listen.addresses();
    let optional_v6 = config.listen == Listen::Loopback;
    let mut tries = if config.port == 0 { PORT_TRIES } else { 1 };
    loop {
        tries -= 1;
        match listen_on(&addresses, config.port, config.backlog, optional_v6) {
            Err(StartError::Listen { error, .. }) if tries > 0 && error.kind() == io::ErrorKind::AddrInUse => {}
            result => return result,
        }
    }
}

/// Listens on all addresses, on the same port.
fn listen_on(addresses: &[IpAddr], port: u16, backlog: i32, optional_v6: bool) -> Result<Bound, StartError> {
    let mut bound = Bound::new();
    for &ip in addresses {
        let port = bound.first().map_or(port, |(_, address)| address.port());
        let address = SocketAddr::new(ip, port);
        match bind(address, backlog) {
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

fn bind(address: SocketAddr, backlog: i32) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // On Windows this would let two daemons share a port.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&SockAddr::from(address))?;
    socket.listen(backlog)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}
