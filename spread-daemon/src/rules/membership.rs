//! Joins, leaves and disconnects, and what a group's members are told of them.

use spread_proto::membership::encode_self_leave;
use spread_proto::{Cause, Name};

use super::chunk::Chunk;
use super::groups::View;
use super::operation::Operation;
use super::people::{Home, Person};
use super::queue::Parcel;
use super::state::Rules;
use crate::event::Reason;

/// Steps of a change of a group that nobody is told of.
const CHANGE: usize = 4;

/// Steps of naming and telling one member.
const TELL: usize = 2;

impl Rules {
    /// A session has its name. In a network it has a serial number too: its number and name may be used again.
    pub(super) fn connect(&mut self, session: u32, name: Name, listens: bool) {
        let (mut node, mut serial) = (None, 0);
        if let Some(network) = &mut self.network {
            (node, serial) = (network.me, network.number_session(session));
        }
        self.groups.people.put(session, Person { name, listens, groups: Vec::new(), joining: 0, serial, node });
    }

    /// A session asks to join a group. Whoever goes beyond a bound by that is cut.
    pub(super) fn ask_to_join(&mut self, session: u32, group: Name) {
        match self.beyond(session, group) {
            Some(limit) => self.end(session, Reason::Limit(limit)),
            None => self.submit(Operation::Join { who: Home::Local(session), group }),
        }
    }

    /// Returns the bound that a session would go beyond by joining a group. Once is enough: again is ignored.
    fn beyond(&self, session: u32, group: Name) -> Option<&'static str> {
        let limits = self.limits;
        let place = self.groups.find(group);
        if place.is_some_and(|place| self.groups.has(place, Home::Local(session))) {
            return None;
        }
        let members = place.map_or(0, |place| self.groups.members(place));
        let own =
            self.groups.people.groups_of(session).len() + self.groups.people.get(Home::Local(session)).joining as usize;
        let bounds = [
            (own >= limits.groups_of_session, "groups of one session"),
            (members == 0 && self.groups.len() >= limits.groups, "groups in all"),
            (members >= limits.members_of_group, "members of one group"),
        ];
        bounds.into_iter().find(|(beyond, _)| *beyond).map(|(_, limit)| limit)
    }

    /// Somebody joins a group. Where it is a member already, that is ignored.
    pub(super) fn join(&mut self, who: Home, group: Name) {
        let place = self.groups.find_or_make(group);
        if let Some(name) = self.groups.join(place, who) {
            self.announce_change(place, Cause::Join, who, name);
        }
    }

    /// Somebody leaves a group, and hears that before the others. Where it is no member, that is ignored.
    pub(super) fn leave(&mut self, who: Home, group: Name) {
        let Some(place) = self.groups.find(group) else { return };
        if !self.groups.strike(who, place) {
            return;
        }
        if let Home::Local(session) = who
            && self.groups.people.get(who).listens
        {
            let mut message = Vec::new();
            encode_self_leave(group, &mut message);
            let parcel = Parcel::whole(Chunk::new(message, &self.meter));
            self.sessions.deliver(session, &parcel);
        }
        self.take_out(place, who, Cause::Leave);
    }

    /// A member is out of one of its groups, and the others hear why.
    pub(super) fn take_out(&mut self, place: u32, who: Home, cause: Cause) {
        let name = self.groups.people.get(who).name;
        if self.groups.leave(place, who) {
            self.announce_change(place, cause, who, name);
        }
    }

    /// Announces that one member has come or gone.
    fn announce_change(&mut self, place: u32, cause: Cause, who: Home, changed: Name) {
        if self.network.is_some() && self.announce_in_transition(place, cause, who, changed) {
            return;
        }
        let id = self.groups.id(place);
        self.announce(place, &View { cause, id, sets: &[&[changed]], own_set: 0 });
    }

    /// Announces a group's new membership to those members that want to know: one message, whose bytes they share. Where
    /// nobody does, there is none.
    pub(super) fn announce(&mut self, place: u32, view: &View<'_>) {
        if !self.groups.is_heard(place) {
            return;
        }
        let mut message = Vec::new();
        self.groups.encode(place, view, &mut message);
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
