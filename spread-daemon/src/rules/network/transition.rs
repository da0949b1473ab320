//! Somebody of the view is lost: the signal, and what was held.

use spread_proto::membership::encode_transition;
use spread_proto::{Cause, Name};

use crate::ordering::Node;
use crate::rules::chunk::Chunk;
use crate::rules::groups::View;
use crate::rules::people::Home;
use crate::rules::queue::Parcel;
use crate::rules::state::Rules;

impl Rules {
    /// Signals every group that has lost members, in the order of their names; then carries out all that is held, of
    /// whomever it is: those who are lost may have delivered it.
    pub(super) fn transition(&mut self, stay: &[Node]) {
        let network = self.network_mut();
        if network.me.is_none() {
            return;
        }
        network.key.stay.retain(|node| stay.contains(node));
        network.lost = network.members.iter().copied().filter(|node| !stay.contains(node)).collect();
        for place in self.groups.by_name() {
            if !self.groups.is_signalled(place) && self.has_lost(place) {
                self.signal(place);
            }
        }
        self.carry_out_held();
        self.network_mut().lost.clear();
    }

    /// Whether a group has members who are lost.
    fn has_lost(&self, place: u32) -> bool {
        self.groups.remote(place).iter().any(|&number| self.is_lost(Home::Remote(number)))
    }

    /// Whether somebody's daemon is lost.
    fn is_lost(&self, who: Home) -> bool {
        let Some(network) = &self.network else { return false };
        self.groups.people.get(who).node.is_some_and(|node| network.lost.contains(&node))
    }

    /// Gives a group's members the transitional signal, with the id of their last view.
    fn signal(&mut self, place: u32) {
        self.groups.signal(place);
        if self.groups.is_heard(place) {
            let mut message = Vec::new();
            encode_transition(self.groups.name(place), self.groups.id(place), &mut message);
            let parcel = Parcel::whole(Chunk::new(message, &self.meter));
            for id in self.groups.listeners(place) {
                self.sessions.deliver(id, &parcel);
            }
        }
    }

    /// Announces that one member has come or gone while the network changes, if it does for this group. Returns whether
    /// it was announced here.
    #[cold]
    pub(in crate::rules) fn announce_in_transition(&mut self, place: u32, cause: Cause, who: Home, name: Name) -> bool {
        let joins_lost = cause == Cause::Join && self.is_lost(who);
        if self.groups.is_signalled(place) {
            let mut names = self.groups.names(place);
            let id = self.groups.id(place);
            let announce = |sets: &[&[Name]], rules: &mut Rules| {
                rules.announce(place, &View { cause: Cause::Network, id, sets, own_set: 0 });
            };
            if joins_lost && names.len() > 1 {
                names.retain(|&other| other != name);
                announce(&[&names, &[name]], self);
            } else {
                announce(&[&names], self);
            }
            self.signal(place);
            return true;
        }
        if joins_lost {
            let id = self.groups.id(place);
            self.announce(place, &View { cause, id, sets: &[&[name]], own_set: 0 });
            self.signal(place);
        }
        joins_lost
    }
}
