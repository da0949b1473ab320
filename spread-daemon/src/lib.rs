//! A Spread daemon to embed: single-node, for development, tests and single hosts.
//!
//! ```text
//!            ┌────────────────────── its thread ──────────────────────┐
//!            │  sockets              ┆  rules: no I/O, no clock       │
//!  clients ⇄ │ serve ─▶ bytes ───────┆─▶ requests ─▶ operations ─┐    │   start · stats · stop
//!            │   ▲                   ┆                   apply ◀─┘    │
//!            │   └───── queues ◀─────┆─ sessions ◀─────────┘          │
//!            └────────────────────────────────────────────────────────┘
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`config`] | addresses and bounds |
//! | [`auth`] | who may connect |
//! | `rules` | the daemon without its sockets: sessions, groups, one order of everything |
//! | `turns` | whose turn it is |
//! | `serve`, `comings` | the daemon's thread |
//! | `connections`, `partings`, `stream` | sockets of sessions, and of those that are over |
//! | `listen`, `unix` | where clients come in |
//! | [`ordering`] | the seam to what brings several daemons into one order, and the simulated layer |
//! | `drive`, `joined` | the daemon's thread and its layer |
//! | [`network`] | several daemons in one process, to rehearse on |
//! | [`event`], `snapshot` | what it tells of itself |
//!
//! It never talks to real Spread daemons: a network is of one kind.

#![forbid(unsafe_code)]

pub mod auth;
mod comings;
pub mod config;
mod connections;
#[cfg(target_os = "linux")]
mod descriptors;
mod drive;
mod error;
pub mod event;
#[cfg(feature = "internals")]
pub mod internals;
mod joined;
mod listen;
mod loss;
pub mod network;
pub mod ordering;
mod partings;
mod rules;
mod serve;
mod snapshot;
mod stream;
#[cfg(test)]
mod tests;
mod turns;
#[cfg(unix)]
mod unix;

use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

pub use auth::{Auth, IpRule, Peer};
pub use config::{Config, Limits, Listen};
pub use error::StartError;
pub use event::{Event, NetworkView, Reason, Stats};
pub use loss::Loss;
pub use snapshot::{GroupPicture, SessionPicture, Snapshot};

use crate::event::SharedStats;

/// What the daemon's thread and its handle share.
struct Shared {
    stop: AtomicBool,
    /// It is to stand still, as in [`network::Network::set_hanging`], and it does.
    hangs: AtomicBool,
    is_hanging: AtomicBool,
    /// Something of its network is under way.
    is_busy: AtomicBool,
    stats: SharedStats,
    /// Snapshots that were asked for: the number of each, and its bound.
    wanted: Mutex<Vec<(u32, usize)>>,
    waker: mio::Waker,
}

/// A running daemon. Dropping it stops it, and waits for that.
pub struct Daemon {
    shared: Arc<Shared>,
    addresses: Vec<SocketAddr>,
    unix: Option<PathBuf>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Daemon {
    /// Starts a daemon: it listens when this returns. `tell` is called on the daemon's thread for each event, and has
    /// to be quick; the last one is [`Event::Stopped`].
    pub fn start(config: Config, tell: impl FnMut(Event) + Send + 'static) -> Result<Daemon, StartError> {
        Daemon::launch(config, None, tell)
    }

    /// Starts a daemon of a network. It listens when this returns, and lets clients in once it is up.
    pub fn join_network(
        config: Config,
        layer: Box<dyn ordering::Ordering + Send>,
        tell: impl FnMut(Event) + Send + 'static,
    ) -> Result<Daemon, StartError> {
        Daemon::launch(config, Some(layer), tell)
    }

    fn launch(
        mut config: Config,
        layer: Option<Box<dyn ordering::Ordering + Send>>,
        mut tell: impl FnMut(Event) + Send + 'static,
    ) -> Result<Daemon, StartError> {
        let mut listeners = listen::Listeners::open(&config)?;
        let (addresses, unix) = (listeners.addresses.clone(), config.unix.clone());
        config.port = addresses.first().map_or(config.port, SocketAddr::port);
        let poll = mio::Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), serve::WAKER)?;
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            hangs: AtomicBool::new(false),
            is_hanging: AtomicBool::new(false),
            is_busy: AtomicBool::new(layer.is_some()),
            stats: SharedStats::default(),
            wanted: Mutex::default(),
            waker,
        });
        listeners.register(poll.registry(), serve::FIRST_LISTENER)?;
        #[cfg(target_os = "linux")]
        descriptors::reserve(&config.limits);
        let starting = shared.clone();
        let spawned = std::thread::Builder::new().name("spread-daemon".into()).spawn(move || {
            // Whatever happens to the daemon, whoever waits for its end hears of it.
            let _ =
                panic::catch_unwind(AssertUnwindSafe(|| serve(config, layer, poll, listeners, starting, &mut tell)));
            tell(Event::Stopped);
        });
        let thread = spawned.map_err(StartError::Thread)?;
        Ok(Daemon { shared, addresses, unix, thread: Mutex::new(Some(thread)) })
    }

    /// The TCP addresses it listens on, all on one port.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The TCP port, if it listens on TCP.
    pub fn port(&self) -> Option<u16> {
        self.addresses.first().map(SocketAddr::port)
    }

    /// The path of its Unix socket, if it has one.
    pub fn unix_path(&self) -> Option<&Path> {
        self.unix.as_deref()
    }

    /// Figures as of the end of the daemon's last turn.
    pub fn stats(&self) -> Stats {
        self.shared.stats.load()
    }

    /// Asks who is there, and returns at once: [`Event::Snapshot`] of this number has at most so many sessions, groups,
    /// groups of sessions, and members of groups. A daemon that stops may not answer.
    pub fn ask(&self, number: u32, limit: usize) {
        self.shared.wanted.lock().expect("no holder panics").push((number, limit));
        let _ = self.shared.waker.wake();
    }

    /// Asks it to stop, and returns at once. [`Event::Stopped`] says when all its sockets are closed.
    pub fn stop(&self) {
        self.shared.stop.store(true, Ordering::Release);
        let _ = self.shared.waker.wake();
    }

    /// Waits until it has stopped.
    pub fn join(&self) {
        let thread = self.thread.lock().expect("no holder panics").take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
        self.join();
    }
}

/// The daemon's thread. The rules are made here, as their memory is shared without locks.
fn serve(
    config: Config,
    layer: Option<Box<dyn ordering::Ordering + Send>>,
    poll: mio::Poll,
    listeners: listen::Listeners,
    shared: Arc<Shared>,
    tell: &mut impl FnMut(Event),
) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let base = [rules::hash(config.name.as_bytes()), since as i32];
    let seed = RandomState::new().hash_one(0) as u32 % 9_999;
    let again = config.clone();
    let mut rules = rules::Rules::new(config.name, config.auth, config.limits, base, seed);
    rules.strict = config.strict;
    let joined = layer.map(|layer| joined::Joined::new(layer, again));
    match joined {
        Some(_) => rules.join_network(),
        None => rules.be_alone(u64::from(seed)),
    }
    serve::EventLoop::new(poll, listeners, rules, shared, joined).run(tell);
}
