//! Ends of sessions: how they leave their groups. Each group's members are told, in the order of the groups' names; an
//! end that is more work than there is time for is done step by step, in turn with those of others. What else happens
//! meanwhile has its place between two groups: there is one order of everything all the same.
//!
//! Until it has left its last group, the session's number and name are not free. Whoever asks for the name meanwhile
//! waits: it will be.

use spread_proto::server::State;
use spread_proto::{Cause, Name};

use super::leavings::Leaving;
use super::people::Home;
use super::state::Rules;
use super::steps::Steps;

impl Rules {
    /// A session of this name is over, and leaves its groups: at once, if there are steps left for that.
    pub(super) fn begin_leaving(&mut self, session: u32) {
        let name = self.groups.people.get(Home::Local(session)).name;
        let groups = self.groups.take_list(Home::Local(session));
        let mut cost = 0;
        let at_once = groups.iter().all(|&place| {
            cost += self.cost_of_change(place);
            self.steps.allow(cost)
        });
        self.sessions.retain_number(session);
        self.leavings.memberships += groups.len();
        let mut leaving = Leaving { session, name, groups, at: 0 };
        if at_once {
            let before = std::mem::replace(&mut self.steps, Steps::ALL);
            self.leave_some(&mut leaving);
            self.steps = before;
            self.steps.charge(cost);
            self.finish_leaving(&leaving);
        } else {
            self.leavings.all.push_back(leaving);
        }
    }

    /// Goes on with those who leave, as far as the steps reach.
    pub(crate) fn go_on_leaving(&mut self) {
        if let Some(mut leaving) = self.leavings.all.pop_front() {
            if self.leave_some(&mut leaving) {
                self.finish_leaving(&leaving);
            } else {
                self.leavings.all.push_back(leaving);
            }
        }
    }

    /// Whether it has left all.
    fn leave_some(&mut self, leaving: &mut Leaving) -> bool {
        while let Some(&place) = leaving.groups.get(leaving.at) {
            let cost = self.cost_of_change(place);
            if !self.steps.take(cost) {
                return false;
            }
            leaving.at += 1;
            self.leavings.memberships -= 1;
            self.take_out(place, Home::Local(leaving.session), Cause::Disconnect);
        }
        true
    }

    /// Somebody is gone, and leaves all its groups at once: in a network that is one step of the order.
    pub(super) fn leave_all(&mut self, who: Home) {
        for place in self.groups.take_list(who) {
            self.steps.charge(self.cost_of_change(place));
            self.take_out(place, who, Cause::Disconnect);
        }
        match who {
            Home::Local(session) => self.sessions.free_number(session),
            Home::Remote(_) => self.groups.people.forget(who),
        }
    }

    fn finish_leaving(&mut self, leaving: &Leaving) {
        self.sessions.free_number(leaving.session);
        self.free_name(leaving.name);
    }

    /// A name is free: whoever has waited for it longest gets it.
    pub(crate) fn free_name(&mut self, name: Name) {
        self.names.remove(&name);
        if self.leavings.waiting.is_empty() {
            return;
        }
        let (now, still) = std::mem::take(&mut self.leavings.waiting).into_iter().partition(|&(of, _)| of == name);
        self.leavings.waiting = still;
        let now: Vec<(Name, u32)> = now;
        for (_, id) in now {
            let request = self.session(id).filter(|session| session.protocol.state() == State::Naming);
            if let Some(request) = request.and_then(|session| session.protocol.request()) {
                self.name(id, request);
                self.answer(id);
                // What it has sent meanwhile.
                self.handle_bytes(id, &[]);
            }
        }
    }
}
