//! Joins, leaves and disconnects, and what a group's members are told of them.

use spread_proto::membership::encode_self_leave;
use spread_proto::{Cause, Name, NewMembership};

use crate::chunk::Chunk;
use crate::core::Core;
use crate::event::Reason;
use crate::groups::Member;
use crate::queue::Parcel;

impl Core {
    /// A session joins a group. Once is enough: again is ignored.
    pub(crate) fn join(&mut self, id: u32, group: Name) {
        let limits = self.limits;
        let (members, groups) = (self.groups.members(group).0.len(), self.groups.len());
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(name) = session.name.filter(|_| !session.groups.contains(&group)) else { return };
        let beyond = [
            (session.groups.len() >= limits.groups_of_session, "groups of one session"),
            (members == 0 && groups >= limits.groups, "groups in all"),
            (members >= limits.members_of_group, "members of one group"),
        ];
        if let Some((_, limit)) = beyond.into_iter().find(|(beyond, _)| *beyond) {
            self.end(id, Reason::Limit(limit));
            return;
        }
        session.groups.insert(group);
        self.groups.join(group, Member { name, session: id });
        self.announce(group, Cause::Join, name);
    }

    /// A session leaves a group, and is told so before the others. Where it is no member, that is ignored.
    pub(crate) fn leave(&mut self, id: u32, group: Name) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(name) = session.name.filter(|_| session.groups.remove(&group)) else { return };
        if session.membership {
            let mut message = Vec::new();
            encode_self_leave(group, &mut message);
            let parcel = Parcel::whole(Chunk::new(message, &self.meter));
            self.sessions.deliver(id, &parcel);
        }
        self.groups.leave(group, Member { name, session: id });
        self.announce(group, Cause::Leave, name);
    }

    /// A member is gone: the others are told, it is not.
    pub(crate) fn disconnect(&mut self, group: Name, member: Member) {
        self.groups.leave(group, member);
        self.announce(group, Cause::Disconnect, member.name);
    }

    /// Tells a group's members of its new membership: one message, whose bytes they share.
    fn announce(&mut self, group: Name, cause: Cause, changed: Name) {
        let (names, sessions) = self.groups.members(group);
        if names.is_empty() {
            return;
        }
        let mut message = Vec::new();
        NewMembership { group, cause, id: self.groups.id(group), sets: &[&[changed]], own_set: 0 }
            .encode(names.iter(), &mut message);
        let parcel = Parcel::whole(Chunk::new(message, &self.meter));
        for &id in sessions {
            if self.sessions.get(id).is_some_and(|session| session.membership) {
                self.sessions.deliver(id, &parcel);
            }
        }
    }
}
