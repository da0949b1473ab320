//! Who is there at one moment: sessions, groups and their members, as the daemon's thread gathers them when somebody asks.

use std::time::Duration;

use spread_proto::{GroupId, Name, PrivateGroup};

use crate::auth::Peer;

/// A daemon at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The sessions that are up.
    pub sessions: Vec<SessionPicture>,
    /// The groups.
    pub groups: Vec<GroupPicture>,
    /// Whether there was more than was asked for.
    pub truncated: bool,
}

/// A session at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPicture {
    /// Its private group.
    pub private_group: PrivateGroup,
    /// Where its client is.
    pub peer: Peer,
    /// Time since its client connected.
    pub connected: Duration,
    /// Bytes that wait to be written to it.
    pub queued_bytes: usize,
    /// Messages that it sent.
    pub messages_in: u64,
    /// Messages queued for it, memberships included.
    pub messages_out: u64,
    /// Its groups, in the order of their names.
    pub groups: Vec<Name>,
}

/// A group at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPicture {
    /// Its name.
    pub name: Name,
    /// Identifies its membership.
    pub id: GroupId,
    /// Its members' private groups, in Spread's order.
    pub members: Vec<Name>,
}
