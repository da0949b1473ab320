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

/// What a client's last words have room in. A client that closes with something unread loses what its system has not
/// sent yet. With the system's own choice of a buffer that may be nearly all of a series of small messages, since they
/// are acknowledged late; with a larger one they are acknowledged at once, and are here when it closes.
const RECEIVE_BUFFER: usize = 1024 * 1024;

/// What a real daemon asks for as the send buffer of each client. With a bound of messages it is part of what a client
/// may be behind.
const SEND_BUFFER: usize = 200 * 1024;

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
    /// The next client in line, with a send buffer as a real daemon's if it is to be cut off by messages as there.
    pub(crate) fn accept(&self, by_messages: bool) -> io::Result<(Stream, Peer)> {
        let (stream, peer) = self.accept_any()?;
        if by_messages {
            let _ = stream.socket().set_send_buffer_size(SEND_BUFFER);
        }
        Ok((stream, peer))
    }

    fn accept_any(&self) -> io::Result<(Stream, Peer)> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, address) = listener.accept()?;
                // Without it a small answer waits for the acknowledgement of the one before.
                let _ = stream.set_nodelay(true);
                let socket = SockRef::from(&stream);
                // A machine that vanished is noticed some day.
                let _ = socket.set_keepalive(true);
                let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
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
                let (listener, file) = SocketFile::listen(path, config.unix_mode, config.backlog)?;
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

    /// Listens no more.
    pub(crate) fn close(&mut self) {
        #[cfg(unix)]
        drop(self.file.take());
        self.all.clear();
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        self.close();
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// Buffers of an accepted socket: to receive, to send.
    fn buffers(by_messages: bool) -> (usize, usize) {
        let name = spread_proto::DaemonName::new(b"here").unwrap();
        let listeners = Listeners::open(&Config { port: 0, ..Config::new(name) }).unwrap();
        let _client = std::net::TcpStream::connect(listeners.addresses[0]).unwrap();
        let accepted = loop {
            match listeners.all[0].accept(by_messages) {
                Ok((stream, _)) => break stream,
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        };
        let socket = accepted.socket();
        (socket.recv_buffer_size().unwrap(), socket.send_buffer_size().unwrap())
    }

    /// What the system makes of a wish: it may have a bound, and counts its own needs.
    fn granted(wish: impl Fn(&Socket), look: impl Fn(&Socket) -> usize) -> usize {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP)).unwrap();
        wish(&socket);
        look(&socket)
    }

    #[test]
    fn sockets_have_room_for_last_words_and_a_real_daemons_send_buffer_where_messages_are_counted() {
        let receive = granted(
            |socket| socket.set_recv_buffer_size(RECEIVE_BUFFER).unwrap(),
            |socket| socket.recv_buffer_size().unwrap(),
        );
        let send = granted(
            |socket| socket.set_send_buffer_size(SEND_BUFFER).unwrap(),
            |socket| socket.send_buffer_size().unwrap(),
        );
        assert_eq!(buffers(true), (receive, send));
        let own = buffers(false);
        assert_eq!(own.0, receive);
        assert_ne!(own.1, send);
    }
}
