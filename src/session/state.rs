//! Where a session stands, by the table of the protocol's client; what it learned and what became of what it was brought.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use spread_proto::PrivateGroup;
use spread_proto::client::{Action, Event, State, action, after};

/// Where a session stands: a state of [`spread_proto::client`], whose table decides what an event does. The session waits
/// for the verdict first: what comes before that is between an attempt, or the C library, and the daemon.
///
/// Any thread may apply an event: of two that come at once, the second one finds the state after the first one.
#[derive(Debug)]
pub(crate) struct Lifecycle(AtomicU8);

impl Default for Lifecycle {
    fn default() -> Lifecycle {
        Lifecycle(AtomicU8::new(State::ExpectAccept as u8))
    }
}

impl Lifecycle {
    /// Returns the state.
    pub(crate) fn state(&self) -> State {
        State::ALL[usize::from(self.0.load(Ordering::Acquire))]
    }

    /// Returns the effect of an event that changes no state.
    pub(crate) fn action(&self, event: Event) -> Action {
        action(self.state(), event)
    }

    /// Applies an event: returns its effect, and moves to where that leads.
    pub(crate) fn apply(&self, event: Event) -> Action {
        loop {
            let state = self.state();
            let action = action(state, event);
            let next = after(state, action);
            let moved =
                || self.0.compare_exchange(state as u8, next as u8, Ordering::AcqRel, Ordering::Acquire).is_ok();
            if next == state || moved() {
                return action;
            }
        }
    }
}

/// What a session learned when it was opened.
#[derive(Clone, Debug)]
pub(crate) struct Established {
    pub(crate) private_group: PrivateGroup,
    /// The daemon's version, where the engine learns it.
    pub(crate) version: Option<[i8; 3]>,
    /// The address that answered.
    pub(crate) address: String,
}

/// How often a session pings itself, and how long it waits for anything to come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heartbeat {
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
}

/// What became of a message that an engine brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Brought {
    /// It is queued, or was not wanted any more.
    Taken,
    /// It is queued, and the queue is full: bring no more until the link resumes.
    Full,
    /// The session is over.
    Over,
}
