//! Where a session stands, and what became of it.

use std::time::Duration;

use spread_proto::PrivateGroup;

/// Where a session stands. It only ever moves down this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Phase {
    Connecting,
    Open,
    /// The end was asked for.
    Closing,
    Closed,
}

/// What a session was opened with, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Connected {
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
    /// It is queued, and the queue is full: bring no more until the link is told to resume.
    Full,
    /// The session is over.
    Over,
}
