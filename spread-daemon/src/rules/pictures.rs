//! Gathers a [`Snapshot`]: what it costs is bounded by what was asked for, not by what there is.

use std::time::Duration;

use super::state::Rules;
use crate::snapshot::{GroupPicture, SessionPicture, Snapshot};

impl Rules {
    /// Returns who is there: so many sessions at most, so many groups, and so many memberships in each of the two lists.
    /// `connected` says how long ago a session's client connected.
    pub(crate) fn snapshot(&self, limit: usize, connected: impl Fn(u32) -> Duration) -> Snapshot {
        let mut truncated = false;
        let mut room = limit;
        let mut sessions = Vec::new();
        for (id, session) in self.sessions.iter() {
            let Some(private_group) = session.protocol.private_group() else { continue };
            if session.ended.is_some() || !session.is_open() {
                continue;
            }
            if sessions.len() == limit {
                truncated = true;
                break;
            }
            let all = self.groups.of(id);
            truncated |= all.len() > room;
            let groups: Vec<_> = all.take(room).collect();
            room -= groups.len();
            sessions.push(SessionPicture {
                private_group,
                peer: session.peer,
                connected: connected(id),
                queued_bytes: session.queue.bytes(),
                messages_in: session.messages_in,
                messages_out: session.messages_out,
                groups,
            });
        }
        let mut room = limit;
        truncated |= self.groups.len() > limit;
        let mut groups = Vec::new();
        for place in self.groups.places().take(limit) {
            let all = self.groups.sessions(place);
            truncated |= all.len() > room;
            let members: Vec<_> = all.iter().take(room).map(|&session| self.groups.name_of(session)).collect();
            room -= members.len();
            groups.push(GroupPicture { name: self.groups.title(place), id: self.groups.id(place), members });
        }
        Snapshot { sessions, groups, truncated }
    }
}
