//! Delivery: each message once to each session that is in one of its groups, or named by one.

use std::sync::Arc;

use spread_proto::{ByteOrder, Frame, Header, Name, NameField, ServiceType};

use crate::core::{Core, Source};
use crate::event::Reason;

/// Bits that a client sets in vain. Membership bits beside a service would make a library take data for a view, and
/// the daemons' own bits make a real daemon abort (GROUPS) or break its sender's stream (REJECT); the message itself
/// is good, so it is delivered without them. All other bits travel as they are.
const STRIPPED: u32 = ServiceType::MEMBERSHIP_MESS.0 | ServiceType::INTERNAL;

impl Core {
    /// Delivers a message that stands at `at` of what was read.
    #[inline]
    pub(crate) fn multicast(&mut self, sender: u32, frame: &Frame<'_>, source: &mut Source<'_>, at: usize) {
        self.stats.messages_in += 1;
        if frame.header.size() > self.limits.message_size as u64 {
            self.end(sender, Reason::Limit("the size of a message"));
            return;
        }
        self.stamp += 1;
        let stamp = self.stamp;
        if frame.header.service_type.contains(ServiceType::SELF_DISCARD)
            && let Some(session) = self.session(sender)
        {
            // As if it had it already.
            session.stamp = stamp;
        }
        let mut what = What::Unknown { at };
        for field in frame.group_fields() {
            if field[0] == b'#' {
                if let Some(id) = self.find(Name::from_field(field)) {
                    self.deliver_once(id, frame, source, &mut what);
                }
            } else if let Some(place) = self.find_group(sender, field) {
                for index in 0..self.groups.at(place).members.len() {
                    let id = self.groups.at(place).members[index].session;
                    self.deliver_once(id, frame, source, &mut what);
                }
            }
        }
    }

    #[inline]
    fn deliver_once(&mut self, id: u32, frame: &Frame<'_>, source: &mut Source<'_>, what: &mut What) {
        let stamp = self.stamp;
        let Some(session) = self.session(id) else { return };
        if std::mem::replace(&mut session.stamp, stamp) == stamp {
            return;
        }
        if let What::Unknown { at } = *what {
            *what = What::of(frame, source, at);
        }
        if let What::Known { chunk, start, end } = what {
            self.stats.messages_out += 1;
            self.queue(id, chunk, *start, *end);
        }
    }

    /// The place of a group. A sender's last one is remembered: floods go to one group.
    #[inline]
    fn find_group(&mut self, sender: u32, field: &NameField) -> Option<u32> {
        let epoch = self.groups.epoch;
        if let Some((recent, place, then)) = &self.sessions[sender as usize].as_ref()?.recent
            && *then == epoch
            && recent == field
        {
            return Some(*place);
        }
        let place = self.groups.find(Name::from_field(field))?;
        self.session(sender)?.recent = Some((*field, place, epoch));
        Some(place)
    }
}

/// The bytes to deliver, once somebody is there to get them.
enum What {
    Unknown { at: usize },
    Known { chunk: Arc<[u8]>, start: usize, end: usize },
}

impl What {
    /// A little-endian message leaves as it came, and shares the chunk of its read; one whose header has to change
    /// gets a chunk of its own. Hint, groups and body are never touched.
    fn of(frame: &Frame<'_>, source: &mut Source<'_>, at: usize) -> What {
        let header = &frame.header;
        let last_of_sender = frame.sender_field()[31];
        if header.byte_order == ByteOrder::Little && header.service_type.0 & STRIPPED == 0 && last_of_sender == 0 {
            return What::Known { chunk: source.chunk(), start: at, end: at + frame.bytes.len() };
        }
        let service_type = ServiceType(header.service_type.0 & !STRIPPED);
        let head = Header { service_type, byte_order: ByteOrder::Little, ..*header };
        let mut bytes = head.encode(Name::from_field(frame.sender_field())).to_vec();
        bytes[4..35].copy_from_slice(&frame.sender_field()[..31]);
        bytes.extend_from_slice(&frame.bytes[bytes.len()..]);
        What::Known { start: 0, end: bytes.len(), chunk: bytes.into() }
    }
}
