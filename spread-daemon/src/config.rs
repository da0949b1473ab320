//! What a daemon is started with. Every resource has a bound here, with its default.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use spread_proto::DaemonName;
use spread_proto::limits::{DEFAULT_PORT, MAX_SIZE};

use crate::auth::Auth;

/// The mode of a daemon's Unix socket, unless its configuration has another one: its own user may connect.
pub const UNIX_MODE: u32 = 0o600;

/// Where to listen on TCP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// 127.0.0.1 and, where there is one, `::1`, on the same port: a client that tries only the first address of
    /// `localhost` finds the daemon either way.
    Loopback,
    /// These addresses, all on the same port; each has to be there.
    On(Vec<IpAddr>),
    /// Nowhere: a Unix socket only.
    Nowhere,
}

impl Listen {
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        match self {
            Listen::Loopback => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            Listen::On(addresses) => addresses.clone(),
            Listen::Nowhere => Vec::new(),
        }
    }
}

/// A daemon's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The daemon's name: the second part of every private group.
    pub name: DaemonName,
    /// Where to listen on TCP.
    pub listen: Listen,
    /// The TCP port; 0 is any free one.
    pub port: u16,
    /// The path of a Unix socket to listen on too; not on Windows. A socket that a dead process left there is replaced, a
    /// living one is not. Beside it stands a lock, `PATH.lock`, while the daemon listens.
    pub unix: Option<PathBuf>,
    /// The mode of that socket: who may write to it may connect. 0600 by default, whatever the process's umask is.
    pub unix_mode: u32,
    /// Connections that wait to be accepted, for each listener. The kernel may take fewer.
    pub backlog: i32,
    /// How clients authenticate.
    pub auth: Auth,
    /// Whether handshakes are taken as strictly as a 5.0.1 daemon takes them, which reads once: each of a client's two
    /// units has to come in one write. Otherwise they may come in any pieces.
    pub strict: bool,
    /// The bounds.
    pub limits: Limits,
}

impl Listen {
    /// This address. `::` is every address, of IPv6 and of IPv4.
    pub fn at(address: IpAddr) -> Listen {
        match address.to_canonical() {
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Listen::On(vec![address, Ipv4Addr::UNSPECIFIED.into()]),
            address => Listen::On(vec![address]),
        }
    }
}

impl Config {
    /// Loopback on Spread's port, NULL authentication, the default bounds.
    pub fn new(name: DaemonName) -> Config {
        Config {
            name,
            listen: Listen::Loopback,
            port: DEFAULT_PORT,
            unix: None,
            unix_mode: UNIX_MODE,
            backlog: 1024,
            auth: Auth::default(),
            strict: false,
            limits: Limits::default(),
        }
    }
}

/// What a daemon takes at most. Whoever goes beyond loses, and nobody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sessions, those in their handshake included. One more is refused with -3. A real daemon takes 997.
    pub sessions: usize,
    /// Sessions in their handshake. One more is refused with -3. As many connections again may be on their way out: of
    /// clients that were sent away or cut, and that are given a moment to read their last bytes.
    pub handshakes: usize,
    /// Time for a handshake; a client that takes longer is cut.
    pub handshake_time: Duration,
    /// Groups in all. Whoever asks for one more is cut.
    pub groups: usize,
    /// Groups that one session is in. Whoever joins one more is cut.
    pub groups_of_session: usize,
    /// Members of a group. Whoever is one more is cut.
    pub members_of_group: usize,
    /// Bytes that wait for one session before it is cut. nats-server's default is the same.
    pub session_bytes: usize,
    /// Messages that wait for one session before it is cut. A real daemon's rule is 1,000, and its name for it
    /// `MaxSessionMessages`. With such a bound the sockets' send buffers are as a real daemon's, too.
    pub session_messages: Option<usize>,
    /// Memory held for all clients together: what waits for them, counted once for however many, and messages that are
    /// not whole yet. Beyond it the one who has most held is cut.
    pub total_bytes: usize,
    /// Body and 32 bytes a group of one message; whoever sends more is cut. cspread's own clients send 143,152 at most.
    pub message_size: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            sessions: 10_000,
            handshakes: 1_000,
            handshake_time: Duration::from_secs(5),
            groups: 1_000_000,
            groups_of_session: 1_000,
            members_of_group: 10_000,
            session_bytes: 64 * 1024 * 1024,
            session_messages: None,
            total_bytes: 1024 * 1024 * 1024,
            message_size: MAX_SIZE,
        }
    }
}
