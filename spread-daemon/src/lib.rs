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
//! | [`event`], `snapshot` | what it tells of itself |
//!
//! It never talks to another daemon: a network of machines is for real Spread daemons.

#![forbid(unsafe_code)]

pub mod auth;
mod comings;
pub mod config;
mod connections;
#[cfg(target_os = "linux")]
mod descriptors;
mod error;
pub mod event;
#[cfg(feature = "internals")]
pub mod internals;
mod listen;
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
pub use event::{Event, Reason, Stats};
pub use snapshot::{GroupPicture, SessionPicture, Snapshot};

use crate::event::SharedStats;

/// What the daemon's thread and its handle share.
struct Shared {
    stop: AtomicBool,
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
    pub fn start(config: Config, mut tell: impl FnMut(Event) + Send + 'static) -> Result<Daemon, StartError> {
        let mut listeners = listen::Listeners::open(&config)?;
        let (addresses, unix) = (listeners.addresses.clone(), config.unix.clone());
        let poll = mio::Poll::new()?;
        let waker = mio::Waker::new(poll.registry(), serve::WAKER)?;
        let (stop, stats, wanted) = (AtomicBool::new(false), SharedStats::default(), Mutex::default());
        let shared = Arc::new(Shared { stop, stats, wanted, waker });
        listeners.register(poll.registry(), serve::FIRST_LISTENER)?;
        #[cfg(target_os = "linux")]
        descriptors::reserve(&config.limits);
        let starting = shared.clone();
        let spawned = std::thread::Builder::new().name("spread-daemon".into()).spawn(move || {
            // Whatever happens to the daemon, whoever waits for its end hears of it.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| serve(config, poll, listeners, starting, &mut tell)));
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
    poll: mio::Poll,
    listeners: listen::Listeners,
    shared: Arc<Shared>,
    tell: &mut impl FnMut(Event),
) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let base = [hash(config.name.as_bytes()), since as i32];
    let seed = RandomState::new().hash_one(0) as u32 % 9_999;
    let mut rules = rules::Rules::new(config.name, config.auth, config.limits, base, seed);
    rules.strict = config.strict;
    serve::EventLoop::new(poll, listeners, rules, shared).run(tell);
}

/// Stands for the daemon in group ids: the same for the same name (FNV-1a; any stable number will do).
fn hash(name: &[u8]) -> i32 {
    name.iter().fold(0x811c_9dc5_u32, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)) as i32
}
