//! Delivery: each message once to each session that is in one of its groups, or named by one.
//!
//! Messages that follow each other in one read and go to the same groups are one [`Run`], and are delivered as one:
//! nothing came between them, so every receiver gets them in a row. In a flood the number of receivers is thus paid
//! for once a read, not once a message.

use spread_proto::{ByteOrder, Frame, Header, Name, ServiceType};

use crate::chunk::{Chunk, Meter};
use crate::core::Core;
use crate::queue::Parcel;

/// Bits that a client sets in vain. Membership bits beside a service would make a library take data for a view, and
/// the daemons' own bits make a real daemon abort (GROUPS) or break its sender's stream (REJECT); the message itself
/// is good, so it is delivered without them. All other bits travel as they are.
const STRIPPED: u32 = ServiceType::MEMBERSHIP_MESS.0 | ServiceType::INTERNAL;

/// Messages to the same groups, one behind the other.
pub(crate) struct Run<'a> {
    first: Frame<'a>,
    start: usize,
    end: usize,
    messages: usize,
}

impl<'a> Run<'a> {
    /// Adds the message that stands at `at`. If it begins a new run, the one before is over.
    #[inline]
    pub(crate) fn add(run: &mut Option<Run<'a>>, frame: Frame<'a>, at: usize, mut over: impl FnMut(Run<'a>)) {
        let end = at + frame.bytes.len();
        if let Some(run) = run
            && run.goes_where(&frame)
        {
            run.end = end;
            run.messages += 1;
        } else if let Some(before) = run.replace(Run { first: frame, start: at, end, messages: 1 }) {
            over(before);
        }
    }

    #[inline]
    fn goes_where(&self, frame: &Frame<'_>) -> bool {
        let discards = |frame: &Frame<'_>| frame.header.service_type.contains(ServiceType::SELF_DISCARD);
        frame.group_fields() == self.first.group_fields()
            && discards(frame) == discards(&self.first)
            && is_verbatim(frame)
            && is_verbatim(&self.first)
    }
}

impl Core {
    /// Delivers a run.
    pub(crate) fn multicast(&mut self, sender: u32, run: &Run<'_>, source: &mut Source<'_>) {
        self.sessions.stats.messages_in += run.messages as u64;
        self.stamp += 1;
        let stamp = self.stamp;
        if run.first.header.service_type.contains(ServiceType::SELF_DISCARD)
            && let Some(session) = self.sessions.get_mut(sender)
        {
            // As if it had it already.
            session.stamp = stamp;
        }
        let mut parcel = None;
        for field in run.first.group_fields() {
            let name = Name::from_field(field);
            if name.is_private() {
                if let Some(id) = self.find(name) {
                    self.sessions.deliver_once(id, stamp, parcel.get_or_insert_with(|| source.parcel(run)));
                }
            } else {
                for member in self.groups.members(name) {
                    let parcel = parcel.get_or_insert_with(|| source.parcel(run));
                    self.sessions.deliver_once(member.session, stamp, parcel);
                }
            }
        }
    }
}

/// Whether a message leaves as it came: it is little-endian, and nothing in its header has to change.
#[inline]
fn is_verbatim(frame: &Frame<'_>) -> bool {
    frame.header.byte_order == ByteOrder::Little
        && frame.header.service_type.0 & STRIPPED == 0
        && frame.sender_field()[31] == 0
}

/// Bytes of one read, and the chunk that they become once a message of theirs has a receiver.
pub(crate) struct Source<'a> {
    bytes: &'a [u8],
    chunk: Option<Chunk>,
    meter: Meter,
}

impl<'a> Source<'a> {
    pub(crate) fn new(bytes: &'a [u8], meter: Meter) -> Source<'a> {
        Source { bytes, chunk: None, meter }
    }

    /// The bytes to deliver. Messages that leave as they came share the chunk of their read; one whose header has to
    /// change gets a chunk of its own. Hint, groups and body are never touched.
    fn parcel(&mut self, run: &Run<'_>) -> Parcel {
        if !is_verbatim(&run.first) {
            return Parcel::whole(Chunk::new(with_new_head(&run.first), &self.meter));
        }
        let chunk = self.chunk.get_or_insert_with(|| Chunk::new(self.bytes, &self.meter)).clone();
        Parcel { chunk, start: run.start, end: run.end, messages: run.messages }
    }
}

/// The message with this daemon's byte order in its header, and without the bits that it must not have.
fn with_new_head(frame: &Frame<'_>) -> Vec<u8> {
    let service_type = ServiceType(frame.header.service_type.0 & !STRIPPED);
    let head = Header { service_type, byte_order: ByteOrder::Little, ..frame.header };
    let mut bytes = Vec::with_capacity(frame.bytes.len());
    bytes.extend_from_slice(&head.encode(Name::from_field(frame.sender_field())));
    // The sender's field travels with what stands behind its NUL, except for its last byte.
    bytes[4..35].copy_from_slice(&frame.sender_field()[..31]);
    bytes.extend_from_slice(&frame.bytes[bytes.len()..]);
    bytes
}
