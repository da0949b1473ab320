//! What a daemon tells of itself: events as they happen, figures at any time.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use spread_proto::{ClientMisbehaved, Code, PrivateGroup};

use crate::auth::Peer;
use crate::snapshot::Snapshot;

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It asked to.
    Left,
    /// Its connection ended.
    Gone,
    /// It broke the protocol.
    Misbehaved(ClientMisbehaved),
    /// It read too slowly, and too many bytes waited for it.
    SlowBytes,
    /// It read too slowly, and too many messages waited for it.
    SlowMessages,
    /// It had the daemon hold most when that was too much in all.
    SlowTotal,
    /// It went beyond this bound of the configuration.
    Limit(&'static str),
    /// Its handshake took too long.
    HandshakeTime,
    /// It was refused.
    Refused(Code),
    /// The daemon stopped.
    Stopped,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Left => f.write_str("it left"),
            Reason::Gone => f.write_str("its connection ended"),
            Reason::Misbehaved(how) => write!(f, "it broke the protocol: {how}"),
            Reason::SlowBytes => f.write_str("it read too slowly: too many bytes waited for it"),
            Reason::SlowMessages => f.write_str("it read too slowly: too many messages waited for it"),
            Reason::SlowTotal => {
                f.write_str("it read too slowly: it had the daemon hold most, and too much was held in all")
            }
            Reason::Limit(limit) => write!(f, "it went beyond {limit}"),
            Reason::HandshakeTime => f.write_str("its handshake took too long"),
            Reason::Refused(code) => write!(f, "it was refused: {code}"),
            Reason::Stopped => f.write_str("the daemon stopped"),
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A session is up.
    Connected {
        /// Its private group.
        private_group: PrivateGroup,
        /// Where its client is.
        peer: Peer,
    },
    /// A session, or an attempt at one, has ended.
    Ended {
        /// The session's private group, if it was up.
        private_group: Option<PrivateGroup>,
        /// Where its client is, or was.
        peer: Peer,
        /// Why.
        reason: Reason,
    },
    /// Somebody has asked for a snapshot.
    Snapshot {
        /// The number under which it was asked for.
        number: u32,
        /// Who is there.
        snapshot: Box<Snapshot>,
    },
    /// The daemon has stopped: all its sockets are closed. The last event.
    Stopped,
}

macro_rules! stats {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Figures of a daemon so far. Sizes are in bytes.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Stats { $($(#[$doc])* pub $name: u64,)* }

        impl Stats {
            /// Every figure with its name.
            pub fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name)),*].into_iter()
            }
        }

        /// The figures as the daemon's thread leaves them for others.
        #[derive(Debug, Default)]
        pub(crate) struct SharedStats { $($name: AtomicU64,)* }

        impl SharedStats {
            pub(crate) fn store(&self, stats: &Stats) {
                $(self.$name.store(stats.$name, Ordering::Relaxed);)*
            }

            /// The daemon has stopped: nobody is there, and nothing waits.
            pub(crate) fn at_rest(&self) {
                for figure in [&self.sessions, &self.groups, &self.queued_bytes, &self.held_bytes] {
                    figure.store(0, Ordering::Relaxed);
                }
            }

            pub(crate) fn load(&self) -> Stats {
                Stats { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

stats! {
    /// Sessions now, those in their handshake included.
    sessions,
    /// Groups now.
    groups,
    /// Sessions that came up.
    connected,
    /// Attempts that were refused.
    refused,
    /// Sessions cut because they read too slowly.
    cut_slow,
    /// Sessions cut because they broke the protocol or a bound.
    cut_faulty,
    /// Messages taken from clients.
    messages_in,
    /// Messages queued for clients, memberships included.
    messages_out,
    /// Bytes read.
    bytes_in,
    /// Bytes written.
    bytes_out,
    /// Calls that read.
    reads,
    /// Calls that wrote.
    writes,
    /// Bytes waiting to be written now, counted for each session they wait for.
    queued_bytes,
    /// Memory held for clients now: what waits to be written, counted once, and messages that are not whole yet.
    held_bytes,
}

impl Stats {
    /// Counts a session's end.
    pub(crate) fn count_end(&mut self, reason: Reason) {
        match reason {
            Reason::SlowBytes | Reason::SlowMessages | Reason::SlowTotal => self.cut_slow += 1,
            Reason::Misbehaved(_) | Reason::Limit(_) | Reason::HandshakeTime => self.cut_faulty += 1,
            Reason::Refused(_) => self.refused += 1,
            Reason::Left | Reason::Gone | Reason::Stopped => {}
        }
    }
}
