//! Operations of this daemon's clients, on their way into the order; and frames, on their way to the layer.

use super::frame::{HEADER_LEN, Item, Kind, put_header};
use super::outgoing::Control;
use super::wire::Output;
use crate::ordering::Node;
use crate::rules::operation::Operation;
use crate::rules::people::{Home, Person};
use crate::rules::state::Rules;

impl Rules {
    /// Gives an operation its place in the order of all daemons: it is carried out when it comes back from there.
    #[cold]
    pub(in crate::rules) fn order(&mut self, operation: Operation<'_, '_>) {
        match operation {
            Operation::Join { who, group } => {
                let person = self.groups.people.get_mut(who);
                person.joining += 1;
                let item = Item::Join { serial: person.serial, name: person.name, group };
                self.put(&item);
            }
            Operation::Leave { who, group } => {
                let serial = self.groups.people.get(who).serial;
                self.put(&Item::Leave { serial, group });
            }
            Operation::Multicast { session, run, source } => {
                let serial = session.map_or(0, |session| self.groups.people.get(Home::Local(session)).serial);
                if let Some(network) = &mut self.network {
                    network.outgoing.put_messages(serial, &source.bytes[run.start..run.end]);
                }
            }
            Operation::Gone { who } => self.order_gone(who),
            Operation::Connect { .. } => self.apply(operation),
        }
    }

    /// A session is over. Its name is free at once; its number is not while it is in groups, or may be.
    fn order_gone(&mut self, who: Home) {
        let Home::Local(session) = who else { return };
        let Person { name, serial, joining, ref groups, .. } = *self.groups.people.get(who);
        let is_known = joining > 0 || !groups.is_empty();
        let Some(network) = &mut self.network else { return };
        if is_known && network.me.is_some() {
            self.put(&Item::Gone { serial });
            self.sessions.retain_number(session);
        } else {
            network.sessions.remove(&serial);
        }
        self.free_name(name);
    }

    fn put(&mut self, item: &Item<'_>) {
        if let Some(network) = &mut self.network
            && network.me.is_some()
        {
            network.outgoing.put(item);
        }
    }

    /// Whoever owes something for too long is put out.
    pub(crate) fn put_out(&mut self, node: Node) {
        if let Some(network) = &mut self.network {
            network.outgoing.control.push_back(Control::Out(node));
        }
    }

    /// Makes the next frame for the layer, if there is one. [`Rules::note_sent`] says that it was taken.
    pub(crate) fn next_frame(&mut self) -> Option<&[u8]> {
        let network = self.network.as_deref_mut()?;
        let me = network.me?;
        let is_installed = network.is_installed();
        let acknowledged = if is_installed { network.acks.due() } else { 0 };
        let out = &mut network.scratch;
        out.clear();
        let kind = match network.outgoing.control.front() {
            Some(Control::Piece(..)) => Kind::State,
            _ => Kind::Operations,
        };
        put_header(kind, me.life, network.number + 1, acknowledged, out);
        match network.outgoing.control.front() {
            Some(Control::Piece(index, count, bytes)) => {
                out.put_u32(*index);
                out.put_u32(*count);
                out.extend_from_slice(bytes);
            }
            Some(Control::Out(node)) => Item::Out { node: *node }.put(out),
            None if !is_installed => return None,
            None => match network.outgoing.next() {
                Some(items) => out.extend_from_slice(items),
                None if acknowledged == 0 => return None,
                None => {}
            },
        }
        Some(out)
    }

    /// The layer has taken the frame that was made last.
    pub(crate) fn note_sent(&mut self) {
        let Some(network) = self.network.as_deref_mut() else { return };
        network.number += 1;
        network.traffic.frames_out += 1;
        network.traffic.bytes_out += network.scratch.len() as u64;
        if network.is_installed() {
            network.acks.give(network.acks.due());
        }
        if network.outgoing.control.pop_front().is_some() || network.scratch.len() == HEADER_LEN {
            network.outgoing.fly_empty(network.number);
        } else {
            network.outgoing.fly(network.number);
        }
    }
}
