//! Messages of one read that go to the same groups: a [`Run`], and the bytes that they stand in, a [`Source`].

use spread_proto::{ByteOrder, Frame, Header, Name, NameField, Reader, ServiceType};

use super::chunk::{Chunk, Meter};
use super::groups::Groups;
use super::queue::Parcel;

/// Bits that are not a client's: those of memberships, and the daemons' own. A message that has them is delivered
/// without them. All other bits travel as they are.
const STRIPPED: u32 = ServiceType::MEMBERSHIP_MESS.0 | ServiceType::INTERNAL;

/// Runs that are gathered before they are delivered.
const MOST_RUNS: usize = 16;

/// Messages to the same groups, one behind the other.
#[derive(Clone, Copy, Default)]
pub(super) struct Run<'a> {
    /// The groups.
    pub(super) fields: &'a [NameField],
    /// Its sender is to get none of them.
    pub(super) discards: bool,
    /// They leave as they came. Others are runs by themselves.
    verbatim: bool,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) messages: usize,
    /// Where its group stands, if it goes to a single one that somebody is in; once that was looked up.
    pub(super) place: Option<u32>,
}

impl<'a> Run<'a> {
    /// Finds the first messages that go to the same groups in whole messages which begin at `start` of their source.
    pub(super) fn first(bytes: &'a [u8], start: usize) -> Option<Run<'a>> {
        let mut run: Option<Run<'a>> = None;
        let mut at = 0;
        while let Some(frame) = Reader::Daemon.frame(&bytes[at..]).ok().flatten() {
            let next = Run::new(&frame, start + at);
            at += frame.bytes.len();
            match &mut run {
                Some(run) if run.goes_where(&next) => {
                    run.end = next.end;
                    run.messages += 1;
                }
                Some(_) => break,
                None => run = Some(next),
            }
        }
        run
    }

    #[inline]
    fn new(frame: &Frame<'a>, start: usize) -> Run<'a> {
        Run {
            fields: frame.group_fields(),
            discards: frame.header.service_type.contains(ServiceType::SELF_DISCARD),
            verbatim: is_verbatim(frame),
            start,
            end: start + frame.bytes.len(),
            messages: 1,
            place: None,
        }
    }

    #[inline]
    fn goes_where(&self, next: &Run<'_>) -> bool {
        self.verbatim && next.verbatim && self.discards == next.discards && same(self.fields, next.fields)
    }

    /// Whether the next one reaches the very sessions that this one does, and right behind it.
    #[inline]
    pub(super) fn reaches_whom(&self, next: &Run<'_>, groups: &Groups) -> bool {
        self.verbatim
            && next.verbatim
            && self.discards == next.discards
            && self.end == next.start
            && matches!((self.place, next.place), (Some(one), Some(other)) if same(groups.sessions(one), groups.sessions(other)))
    }

    #[inline]
    pub(super) fn look_up(&mut self, groups: &Groups) {
        if let [field] = self.fields {
            let name = Name::from_field(field);
            self.place = if name.is_private() { None } else { groups.find(name) };
        }
    }
}

/// Whether they are equal. Most have one element, which needs no call of a function that compares any number.
#[inline]
fn same<T: PartialEq>(some: &[T], others: &[T]) -> bool {
    match (some, others) {
        ([one], [other]) => one == other,
        _ => some == others,
    }
}

/// The runs of a read that are not delivered yet.
#[derive(Default)]
pub(crate) struct Runs<'a> {
    pub(super) over: [Run<'a>; MOST_RUNS],
    pub(super) count: usize,
    /// By itself: it is all that a flood to one group looks at.
    pub(super) last: Option<Run<'a>>,
}

impl<'a> Runs<'a> {
    /// Adds the message that stands at `at`: it continues the last run or begins another. Whether that was the last that
    /// there is room for.
    #[inline]
    pub(crate) fn add(&mut self, frame: &Frame<'a>, at: usize) -> bool {
        let next = Run::new(frame, at);
        if let Some(run) = &mut self.last
            && run.goes_where(&next)
        {
            run.end = next.end;
            run.messages += 1;
            return false;
        }
        if let Some(run) = self.last.replace(next) {
            self.over[self.count] = run;
            self.count += 1;
        }
        self.count == MOST_RUNS
    }
}

/// Whether a message leaves as it came: it is little-endian, and nothing in its header has to change.
#[inline]
fn is_verbatim(frame: &Frame<'_>) -> bool {
    frame.header.byte_order == ByteOrder::Little
        && frame.header.service_type.0 & STRIPPED == 0
        && frame.sender_field()[31] == 0
}

/// Bytes of one read, and the chunk that they become once a message of theirs has a receiver, or has to wait.
pub(crate) struct Source<'a> {
    pub(crate) bytes: &'a [u8],
    chunk: Option<Chunk>,
    /// Where in the chunk the bytes begin.
    base: usize,
    meter: Meter,
}

impl<'a> Source<'a> {
    pub(crate) fn new(bytes: &'a [u8], meter: Meter) -> Source<'a> {
        Source { bytes, chunk: None, base: 0, meter }
    }

    /// The bytes of a chunk from there on.
    pub(crate) fn rest(chunk: &'a Chunk, base: usize) -> Source<'a> {
        Source { bytes: &chunk[base..], chunk: Some(chunk.clone()), base, meter: chunk.meter().clone() }
    }

    fn chunk(&mut self) -> &Chunk {
        self.chunk.get_or_insert_with(|| Chunk::new(self.bytes, &self.meter))
    }

    /// What waits from there on: a chunk, and where in it that is.
    pub(crate) fn waiting(&mut self, at: usize) -> (Chunk, usize) {
        (self.chunk().clone(), self.base + at)
    }

    /// The bytes to deliver. Messages that leave as they came share the chunk of their read; one whose header has to
    /// change gets a chunk of its own. Hint, groups and body are never touched.
    pub(super) fn parcel(&mut self, run: &Run<'_>) -> Parcel {
        if !run.verbatim {
            let frame = Reader::Daemon.frame(&self.bytes[run.start..run.end]);
            let frame = frame.ok().flatten().expect("it was read from there before");
            return Parcel::whole(Chunk::new(with_new_head(&frame), &self.meter));
        }
        let (start, end) = (self.base + run.start, self.base + run.end);
        Parcel { chunk: self.chunk().clone(), start, end, messages: run.messages }
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
