//! Joins, leaves and disconnects, and what a group's members are told of them.

use spread_proto::membership::encode_self_leave;
use spread_proto::{Cause, Name};

use crate::chunk::Chunk;
use crate::core::Core;
use crate::event::Reason;
use crate::queue::Parcel;

/// Steps of a change of a group that nobody is told of.
const CHANGE: usize = 4;

/// Steps of naming and telling one member.
const TELL: usize = 2;

impl Core {
    /// A session joins a group. Once is enough: again is ignored.
    pub(crate) fn join(&mut self, id: u32, group: Name) {
        let limits = self.limits;
        let place = self.groups.find(group);
        let members = place.map_or(0, |place| self.groups.sessions(place).len());
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(name) = session.name.filter(|_| !place.is_some_and(|place| self.groups.has(place, id))) else {
            return;
        };
        let beyond = [
            (session.groups.len() >= limits.groups_of_session, "groups of one session"),
            (members == 0 && self.groups.len() >= limits.groups, "groups in all"),
            (members >= limits.members_of_group, "members of one group"),
        ];
        if let Some((_, limit)) = beyond.into_iter().find(|(beyond, _)| *beyond) {
            self.end(id, Reason::Limit(limit));
            return;
        }
        let place = self.groups.find_or_make(group);
        self.groups.join(place, id, &mut session.groups);
        self.announce(place, Cause::Join, name);
    }

    /// A session leaves a group, and is told so before the others. Where it is no member, that is ignored.
    pub(crate) fn leave(&mut self, id: u32, group: Name) {
        let Some(place) = self.groups.find(group) else { return };
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(name) = session.name.filter(|_| self.groups.strike(&mut session.groups, place)) else { return };
        if session.membership {
            let mut message = Vec::new();
            encode_self_leave(group, &mut message);
            let parcel = Parcel::whole(Chunk::new(message, &self.meter));
            self.sessions.deliver(id, &parcel);
        }
        if self.groups.leave(place, id) {
            self.announce(place, Cause::Leave, name);
        }
    }

    /// A member is gone: the others are told, it is not.
    pub(crate) fn disconnect(&mut self, place: u32, id: u32, name: Name) {
        if self.groups.leave(place, id) {
            self.announce(place, Cause::Disconnect, name);
        }
    }

    /// Tells those members of a group who want to know of its new membership: one message, whose bytes they share. Where
    /// nobody does, there is none.
    fn announce(&mut self, place: u32, cause: Cause, changed: Name) {
        if !self.groups.is_heard(place) {
            return;
        }
        let mut message = Vec::new();
        self.groups.encode(place, cause, changed, &mut message);
        self.announced += message.len();
        let parcel = Parcel::whole(Chunk::new(message, &self.meter));
        for id in self.groups.listeners(place) {
            self.sessions.deliver(id, &parcel);
        }
    }

    /// Steps of a join or a leave of this session.
    pub(crate) fn cost_of_request(&self, id: u32, group: Name) -> usize {
        let members = |place| self.groups.sessions(place).len();
        match self.groups.find(group) {
            Some(place) if self.session(id).is_some_and(|session| session.membership) => CHANGE + TELL * members(place),
            Some(place) => self.cost_of_change(place),
            None => CHANGE,
        }
    }

    /// Steps of a change of the members of a group.
    pub(crate) fn cost_of_change(&self, place: u32) -> usize {
        let told = if self.groups.is_heard(place) { self.groups.sessions(place).len() } else { 0 };
        CHANGE + TELL * told
    }
}
