//! Frames of operations at their place in the order, which is the same at all daemons.

use super::Network;
use super::frame::{Frame, Item};
use super::held::Held;
use super::wire::Input;
use crate::loss::Loss;
use crate::ordering::Node;
use crate::rules::operation::Operation;
use crate::rules::people::Home;
use crate::rules::runs::{Run, Source};
use crate::rules::state::Rules;

impl Rules {
    /// Takes a frame of operations in the installed view.
    pub(super) fn take_operations(&mut self, from: Node, frame: &Frame<'_>) {
        let limit = self.limits.total_bytes;
        let network = self.network_mut();
        network.acks.take(from, frame.acknowledged);
        let mut items = Input(frame.body);
        while let Ok(item) = Item::read(&mut items) {
            match item {
                Item::Messages { safe: true, .. } => network.acks.ask(),
                Item::Out { .. } => return self.take_outs(frame.body),
                _ => {}
            }
        }
        if !frame.body.is_empty() {
            network.held.push(Held::new(from, network.acks.received, frame.body));
        }
        if network.held.bytes() > limit {
            return self.come_down(Loss::Held);
        }
        self.carry_out_frames(false);
    }

    /// Carries out all that is held: whoever stays has it.
    pub(super) fn carry_out_held(&mut self) {
        self.carry_out_frames(true);
    }

    /// Carries out what is held, as far as it may be.
    fn carry_out_frames(&mut self, all: bool) {
        while let Some(mut held) = self.network_mut().held.pop() {
            while let Some((item, len)) = held.item() {
                let waits = matches!(item, Item::Messages { safe: true, .. });
                if waits && !all && !self.network_mut().acks.is_safe(held.frame) {
                    return self.network_mut().held.put_back(held);
                }
                self.carry_out_item(held.from, &item);
                held.skip(len);
            }
        }
    }

    fn carry_out_item(&mut self, from: Node, item: &Item<'_>) {
        match *item {
            Item::Join { serial, name, group } => {
                let is_own = self.network_mut().me == Some(from);
                let who = match self.network_mut().own(from, serial) {
                    None if !is_own => Some(self.groups.people.meet(from, serial, name)),
                    own => own.map(Home::Local),
                };
                if let Some(who) = who {
                    let person = self.groups.people.get_mut(who);
                    person.joining = person.joining.saturating_sub(1);
                    self.apply(Operation::Join { who, group });
                }
            }
            Item::Leave { serial, group } => {
                if let Some(who) = self.resident(from, serial) {
                    self.apply(Operation::Leave { who, group });
                    self.groups.people.forget(who);
                }
            }
            Item::Gone { serial } => {
                if let Some(who) = self.resident(from, serial) {
                    if matches!(who, Home::Local(_)) {
                        self.network_mut().sessions.remove(&serial);
                    }
                    self.apply(Operation::Gone { who });
                }
            }
            Item::Messages { serial, bytes, .. } => {
                let session = self.network_mut().own(from, serial);
                self.deliver_all(session, bytes);
            }
            Item::Out { .. } => {}
        }
    }

    /// The member of this serial, if it is known here.
    fn resident(&mut self, from: Node, serial: u64) -> Option<Home> {
        let own = self.network_mut().own(from, serial).map(Home::Local);
        own.or_else(|| self.groups.people.find(from, serial))
    }

    /// Delivers whole messages of one sender.
    fn deliver_all(&mut self, session: Option<u32>, bytes: &[u8]) {
        let mut source = Source::new(bytes, self.meter.clone());
        let mut at = 0;
        while let Some(mut run) = Run::first(&bytes[at..], at) {
            at = run.end;
            run.look_up(&self.groups);
            self.apply(Operation::Multicast { session, run: &run, source: &mut source });
        }
    }
}

impl Network {
    /// The number of a session of this daemon's own, if anything of it may still come.
    fn own(&self, from: Node, serial: u64) -> Option<u32> {
        self.sessions.get(&serial).copied().filter(|_| self.me == Some(from))
    }
}
