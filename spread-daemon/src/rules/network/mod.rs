//! The rules among several daemons: what clients ask becomes frames, an ordering layer gives them their places, and all
//! daemons carry them out alike. Pure: the layer's events come in by `Rules::handle_event`, and frames go out by
//! `Rules::next_frame`.
//!
//! ```text
//!  submit ─▶ outgoing ─▶ next_frame ─▶ the layer ─▶ handle_event ─▶ held ─▶ apply
//!                                                        └─▶ exchange ─▶ install
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `submit`, `outgoing` | operations that become frames, and frames that have not come back |
//! | `events` | what the layer reports |
//! | `order` | frames of operations at their place, and SAFE messages that wait |
//! | `transition` | somebody of the view is lost |
//! | `exchange`, `install` | a view begins: States, and what they make of the groups |
//! | `frame`, `snapshot`, `wire` | what daemons send each other |
//! | `acks`, `held` | who has what, and what waits for that |

mod acks;
mod events;
mod exchange;
mod frame;
mod held;
mod install;
mod order;
mod outgoing;
mod snapshot;
mod submit;
#[cfg(test)]
mod tests;
mod transition;
mod wire;

use std::collections::HashMap;

use foldhash::quality::RandomState;
use spread_proto::DaemonName;

use self::acks::Acks;
use self::exchange::Exchange;
use self::held::Queue;
use self::outgoing::Outgoing;
use self::snapshot::SetKey;
use crate::event::Stats;
use crate::ordering::Node;

/// What the daemon does about views of the layer.
#[derive(Debug)]
enum Phase {
    /// It is in no view.
    Outside,
    /// States are exchanged.
    Exchange(Exchange),
    /// The view is installed.
    Installed,
}

/// Figures of a daemon in its network.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) frames_in: u64,
    pub(crate) frames_out: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) refused: u64,
    pub(crate) rejoined: u64,
}

/// Who owes something, and since when: while the second stays the same it is still the same debt.
pub(crate) type Debt = (Node, u64);

/// A daemon's part of the network.
#[derive(Debug)]
pub(crate) struct Network {
    /// This life; nothing while the daemon is down.
    pub(super) me: Option<Node>,
    phase: Phase,
    /// The members of the layer's view that are not put out, in order.
    members: Vec<Node>,
    /// The installed view's daemons, in order.
    pub(super) view: Vec<(Node, DaemonName)>,
    key: SetKey,
    /// Views that this life has named.
    count: u64,
    /// The time in the ids of new groups.
    time: i32,
    /// The clock in seconds, as of the last look.
    pub(crate) clock: i32,
    /// Those who are lost, while what was held is carried out.
    lost: Vec<Node>,
    outgoing: Outgoing,
    acks: Acks,
    held: Queue,
    /// Numbers of the last frames in this view.
    heard: HashMap<Node, u64, RandomState>,
    /// The number of the next frame of this daemon.
    number: u64,
    /// Sessions of this life so far.
    serial: u64,
    /// Sessions whose operations may still come, by their serials.
    sessions: HashMap<u64, u32, RandomState>,
    /// The layer took no frame at the last try.
    pub(crate) is_blocked: bool,
    /// The daemon is to leave the layer's group.
    leaves: bool,
    /// Numbers exchanges.
    exchanges: u64,
    /// The frame that `next_frame` made.
    scratch: Vec<u8>,
    pub(crate) traffic: Traffic,
}

impl Network {
    pub(crate) fn new() -> Network {
        Network {
            me: None,
            phase: Phase::Outside,
            members: Vec::new(),
            view: Vec::new(),
            key: SetKey { installed: None, stay: Vec::new() },
            count: 0,
            time: 0,
            clock: 0,
            lost: Vec::new(),
            outgoing: Outgoing::default(),
            acks: Acks::default(),
            held: Queue::default(),
            heard: HashMap::default(),
            number: 0,
            serial: 0,
            sessions: HashMap::default(),
            is_blocked: false,
            leaves: false,
            exchanges: 0,
            scratch: Vec::new(),
            traffic: Traffic::default(),
        }
    }

    /// Gives a session its serial number.
    pub(super) fn number_session(&mut self, session: u32) -> u64 {
        self.serial += 1;
        self.sessions.insert(self.serial, session);
        self.serial
    }

    /// Whether clients may connect.
    pub(crate) fn is_up(&self) -> bool {
        self.me.is_some()
    }

    /// Whether the view that the layer gave is installed.
    pub(crate) fn is_installed(&self) -> bool {
        matches!(self.phase, Phase::Installed)
    }

    /// Whether no client is to be read from: too much is on its way.
    pub(crate) fn is_full(&self) -> bool {
        self.outgoing.is_full() || self.is_blocked
    }

    /// Bytes held for the sake of other daemons.
    pub(crate) fn held(&self) -> usize {
        self.held.bytes() + self.outgoing.bytes()
    }

    /// Whether something of the network is under way.
    pub(crate) fn is_busy(&self) -> bool {
        !self.is_installed() || self.held() > 0 || !self.outgoing.control.is_empty() || self.acks.due() > 0
    }

    /// Puts the network's figures beside the daemon's.
    pub(crate) fn figures(&self, stats: Stats) -> Stats {
        let Traffic { frames_in, frames_out, bytes_in, bytes_out, refused, rejoined } = self.traffic;
        Stats {
            frames_in,
            frames_out,
            frame_bytes_in: bytes_in,
            frame_bytes_out: bytes_out,
            frames_refused: refused,
            frame_bytes_waiting: self.outgoing.bytes() as u64,
            rejoined,
            ..stats
        }
    }

    /// Whether the daemon is to leave the layer's group and come back; it asks once.
    pub(crate) fn take_leave(&mut self) -> bool {
        std::mem::take(&mut self.leaves)
    }

    /// Those whom this daemon waits for.
    pub(crate) fn debts(&self) -> Vec<Debt> {
        let others = |node: &Node| Some(*node) != self.me;
        match (&self.phase, self.held.front()) {
            (Phase::Exchange(exchange), _) => {
                let since = self.exchanges << 32;
                exchange.awaited().filter(others).map(|node| (node, since)).collect()
            }
            (Phase::Installed, Some(frame)) => {
                let since = (self.exchanges << 32) + frame;
                self.acks.owing(frame).filter(others).map(|node| (node, since)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Reads any bytes as a frame and as a State. A State that is one is written again as it was.
#[cfg(feature = "internals")]
pub(crate) fn read_any(bytes: &[u8]) {
    let _ = frame::Frame::read(bytes);
    if let Ok(state) = snapshot::State::read(bytes) {
        assert_eq!(state.encode(), bytes, "a State has one form");
    }
}

/// Makes a frame of any items, or of any piece of a State.
#[cfg(feature = "internals")]
pub(crate) fn frame_of(is_state: bool, life: u64, number: u64, acknowledged: u64, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let kind = if is_state { frame::Kind::State } else { frame::Kind::Operations };
    frame::put_header(kind, life, number, acknowledged, &mut bytes);
    bytes.extend_from_slice(body);
    bytes
}
