//! What came from the daemon and JavaScript has not yet taken: wire bytes in large segments, whole messages first.
//!
//! ```text
//!   segment          segment          last segment
//!  ┌──────────────┐ ┌──────────────┐ ┌──────────┬─────────┬────────┐
//!  │ whole msgs   │ │ whole msgs   │ │ whole    │ partial │ spare  │ ◀── the next read goes here
//!  └──────────────┘ └──────────────┘ └──────────┴─────────┴────────┘
//!   ▲ taken from here, a segment at a time        ▲ whole    ▲ bytes.len()
//! ```
//!
//! A message is contiguous in its segment, so it is read in place. One lock (the session's) covers reading, finding
//! the messages, and queueing them. An idle session holds no segment.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use spread_proto::client::{Action, Event};
use spread_proto::{Measure, Reader};

use crate::failure::Failure;
use crate::session::link::Link;
use crate::session::pings::Pings;
use crate::session::pool::{LARGE_SEGMENT_LEN, Pool, SEGMENT_LEN};
use crate::session::state::Lifecycle;

/// Below this part of a segment's length in spare room a read goes to a new one.
const LEAST_SPARE: usize = 4;

/// What may be read from one session before another has its turn.
const READ_BUDGET: usize = 4 * LARGE_SEGMENT_LEN;

/// Consecutive bytes of the stream; the first `whole` of them are whole messages.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) bytes: Vec<u8>,
    pub(crate) whole: usize,
}

/// What to do when [`Limits::max_receive_queue_bytes`] are waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overflow {
    /// End the session with an error.
    Disconnect,
    /// Stop reading until there is room again: the daemon will cut the session off before long.
    Pause,
}

/// The bound on what waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_receive_queue_bytes: usize,
    pub(crate) overflow: Overflow,
}

/// What a round of reading came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// All that was there is read.
    Dry,
    /// There may be more.
    More,
    /// The queue is full: do not read until it was taken from.
    Full,
    /// No more will come.
    Ended,
}

/// The queue.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) link: Option<Arc<dyn Link>>,
    segments: VecDeque<Segment>,
    limits: Limits,
    /// Length of new segments: the large one while so much comes at once that it fills those.
    len: usize,
    /// Bytes in all segments.
    queued: usize,
    /// Bytes that were taken, and that JavaScript holds on to: they count as if they were still here.
    outside: usize,
    /// How full it has become, see [`Inbox::take_alarm`].
    alarm: u8,
    alarm_told: u8,
    alarm_bytes: usize,
    /// The stream ended in the middle of a message.
    pub(crate) torn: bool,
    pub(crate) pings: Pings,
    /// Set while [`Filled::Full`] holds reading up.
    paused: bool,
    lifecycle: Arc<Lifecycle>,
    /// How the stream ended. It is told behind all messages.
    pub(crate) end: Option<Result<(), Failure>>,
    pub(crate) high_water: usize,
    pub(crate) bytes_read: u64,
    pub(crate) reads: u64,
}

impl Inbox {
    pub(crate) fn new(limits: Limits, lifecycle: Arc<Lifecycle>) -> Inbox {
        Inbox {
            link: None,
            segments: VecDeque::new(),
            limits,
            len: SEGMENT_LEN,
            queued: 0,
            outside: 0,
            alarm: 0,
            alarm_told: 0,
            alarm_bytes: 0,
            torn: false,
            pings: Pings::default(),
            paused: false,
            lifecycle,
            end: None,
            high_water: 0,
            bytes_read: 0,
            reads: 0,
        }
    }

    /// Reads what the socket has, up to the budget. Whether there is something new to take, and how it stands.
    pub(crate) fn fill(&mut self, pool: &Pool) -> (bool, Filled) {
        let before = self.bytes_read;
        let result = self.read_on(pool);
        let few = if self.len == SEGMENT_LEN { SEGMENT_LEN } else { SEGMENT_LEN / 4 };
        self.len = if self.bytes_read - before < few as u64 { SEGMENT_LEN } else { LARGE_SEGMENT_LEN };
        result
    }

    fn read_on(&mut self, pool: &Pool) -> (bool, Filled) {
        let mut budget = READ_BUDGET;
        let mut news = false;
        while budget > 0 && self.end.is_none() {
            if self.paused {
                return (news, Filled::Full);
            }
            let spare = self.make_room(pool);
            match self.read_once() {
                Ok(0) => self.finish(Err(Failure::lost(None)), pool),
                Ok(read) => {
                    budget = budget.saturating_sub(read);
                    if read >= SEGMENT_LEN {
                        self.len = LARGE_SEGMENT_LEN;
                    }
                    news |= self.find_messages(pool);
                    if read < spare {
                        return (
                            news || self.end.is_some(),
                            if self.end.is_some() { Filled::Ended } else { Filled::Dry },
                        );
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.drop_empty_tail(pool);
                    return (news, Filled::Dry);
                }
                Err(error) => self.finish(Err(Failure::lost(Some(&error))), pool),
            }
        }
        if self.end.is_some() { (true, Filled::Ended) } else { (news, Filled::More) }
    }

    /// Takes bytes that came behind the handshake, or that an engine without a socket brings.
    pub(crate) fn push(&mut self, bytes: &[u8], pool: &Pool) {
        self.bytes_read += bytes.len() as u64;
        self.reads += 1;
        for chunk in bytes.chunks(SEGMENT_LEN / 2) {
            if self.end.is_none() {
                self.make_room(pool);
                self.tail().bytes.extend_from_slice(chunk);
                self.queued += chunk.len();
                self.find_messages(pool);
            }
        }
    }

    /// Ends the stream. The first end counts; what was whole before it is still delivered.
    pub(crate) fn finish(&mut self, end: Result<(), Failure>, pool: &Pool) {
        match self.lifecycle.apply(Event::End) {
            Action::Fail | Action::Lose => self.conclude(end, pool),
            Action::Close => self.conclude(Ok(()), pool),
            _ => {}
        }
    }

    /// Keeps how the stream has ended.
    pub(crate) fn conclude(&mut self, end: Result<(), Failure>, pool: &Pool) {
        self.end = Some(end);
        if let Some(link) = self.link.take() {
            link.shutdown();
        }
        self.drop_partial(pool);
    }

    /// Whether it has ended and all that was whole before the end is taken.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some() && !self.has_whole()
    }

    fn has_whole(&self) -> bool {
        self.segments.front().is_some_and(|segment| segment.whole > 0)
    }

    /// Whether as much waits as is read at once.
    pub(crate) fn has_plenty(&self) -> bool {
        self.queued >= READ_BUDGET
    }

    /// Returns whether reading has to wait, above the bound: until JavaScript has taken what is whole, or has come to
    /// what it took. The rest of a message that is larger than all of the bound does not wait.
    fn must_wait(&self) -> bool {
        self.has_whole() || self.outside > self.limits.max_receive_queue_bytes
    }

    /// Writing has shown why nothing more comes.
    pub(crate) fn explain(&mut self, broken: Failure) {
        if self.end == Some(Err(Failure::lost(None))) {
            self.end = Some(Err(broken));
        }
    }

    /// The oldest segment with whole messages, for the JavaScript thread. It counts on, until [`Inbox::hold_outside`].
    pub(crate) fn take(&mut self, pool: &Pool) -> Option<Segment> {
        if !self.has_whole() {
            return None;
        }
        let mut segment = self.segments.pop_front()?;
        if segment.whole < segment.bytes.len() {
            // Only the last one has a partial message behind; reading goes on with that in a segment of its own.
            let mut rest = pool.take(segment.bytes.len() - segment.whole);
            rest.extend_from_slice(&segment.bytes[segment.whole..]);
            segment.bytes.truncate(segment.whole);
            self.segments.push_front(Segment { bytes: rest, whole: 0 });
        }
        self.queued -= segment.bytes.len();
        self.outside += segment.bytes.len();
        Some(segment)
    }

    /// Sets how many of the bytes that were taken JavaScript has not come to.
    pub(crate) fn hold_outside(&mut self, bytes: usize) {
        self.outside = bytes;
        self.high_water = self.high_water.max(self.queued());
        if self.queued() < self.limits.max_receive_queue_bytes / 4 {
            (self.alarm, self.alarm_told) = (0, 0);
        }
    }

    /// The next alarm that was not told yet, and the bytes that raised it: 1 is raised when the queue is half full, 2 at
    /// nine tenths, both again once it was less than a quarter full.
    pub(crate) fn take_alarm(&mut self) -> Option<(u8, usize)> {
        if self.alarm_told >= self.alarm {
            return None;
        }
        self.alarm_told += 1;
        Some((self.alarm_told, self.alarm_bytes))
    }

    /// Whether reading was held up and may go on now.
    pub(crate) fn unpause(&mut self) -> bool {
        let resume = self.paused && (self.queued() <= self.limits.max_receive_queue_bytes / 2 || !self.must_wait());
        self.paused &= !resume;
        resume
    }

    /// Whether reading is held up.
    pub(crate) fn is_full(&self) -> bool {
        self.paused
    }

    /// Bytes waiting, here or with those who were given them and have not come to them.
    pub(crate) fn queued(&self) -> usize {
        self.queued + self.outside
    }

    fn tail(&mut self) -> &mut Segment {
        self.segments.back_mut().expect("room was made")
    }

    /// Makes sure that the last segment has room for a read, and returns how much. A message that would not fit the
    /// rest of its segment moves to one where it does; its length was checked when it was measured.
    fn make_room(&mut self, pool: &Pool) -> usize {
        let (spare, partial, needed) = match self.segments.back() {
            Some(tail) => {
                let partial = &tail.bytes[tail.whole..];
                let needed = match Reader::Client.measure(partial) {
                    Ok(Measure::Message(_, len)) => len - partial.len(),
                    _ => 0,
                };
                (tail.bytes.capacity() - tail.bytes.len(), partial.len(), needed)
            }
            None => (0, 0, 0),
        };
        // Beyond two segments' length memory grows with what has come, not with what is announced.
        let least = self.len / LEAST_SPARE;
        let needed = needed.min(2 * SEGMENT_LEN).max(if spare < least { least } else { 1 });
        if spare < needed {
            let mut bytes = pool.take(self.len.max(partial + needed));
            if let Some(tail) = self.segments.back_mut() {
                bytes.extend_from_slice(&tail.bytes[tail.whole..]);
                tail.bytes.truncate(tail.whole);
                if tail.bytes.is_empty() {
                    pool.give(self.segments.pop_back().expect("it is there").bytes);
                }
            }
            self.segments.push_back(Segment { bytes, whole: 0 });
        }
        let tail = self.tail();
        tail.bytes.capacity() - tail.bytes.len()
    }

    fn read_once(&mut self) -> io::Result<usize> {
        let Some(link) = self.link.clone() else { return Err(io::ErrorKind::WouldBlock.into()) };
        let tail = self.tail();
        let read = link.read(tail.bytes.spare_capacity_mut())?;
        let len = tail.bytes.len() + read;
        // SAFETY: the kernel wrote `read` bytes to the front of the spare capacity, so `len` bytes are initialised
        // and within the capacity.
        unsafe { tail.bytes.set_len(len) };
        self.queued += read;
        self.bytes_read += read as u64;
        self.reads += 1;
        Ok(read)
    }

    /// Finds the whole messages in the last segment, and applies the bound. Whether there are new ones.
    fn find_messages(&mut self, pool: &Pool) -> bool {
        let is_wanted = self.lifecycle.action(Event::Bytes) == Action::Deliver;
        let tail = self.segments.back_mut().expect("room was made");
        let before = tail.whole;
        let mut broken = None;
        loop {
            let rest = &tail.bytes[tail.whole..];
            match Reader::Client.measure(rest) {
                Ok(Measure::Message(_, len)) if len <= rest.len() => {
                    self.pings.look_at(&rest[..len]);
                    tail.whole += len;
                }
                Ok(_) => break,
                Err(invalid) => {
                    broken = Some(Failure::protocol(&invalid));
                    break;
                }
            }
        }
        let found = tail.whole - before;
        if !is_wanted {
            // Those queued before the session began to close stand in front, and stay.
            tail.bytes.drain(before..before + found);
            tail.whole = before;
            self.queued -= found;
        }
        if let Some(failure) = broken {
            self.finish(Err(failure), pool);
        }
        let queued = self.queued();
        self.high_water = self.high_water.max(queued);
        let alarm = match queued {
            _ if queued >= self.limits.max_receive_queue_bytes / 10 * 9 => 2,
            _ if queued >= self.limits.max_receive_queue_bytes / 2 => 1,
            _ => 0,
        };
        if alarm > self.alarm {
            (self.alarm, self.alarm_bytes) = (alarm, queued);
        }
        if queued > self.limits.max_receive_queue_bytes {
            match self.limits.overflow {
                Overflow::Disconnect => self.finish(Err(Failure::overflow(self.limits.max_receive_queue_bytes)), pool),
                Overflow::Pause => self.paused = self.must_wait(),
            }
        }
        found > 0 && is_wanted
    }

    fn drop_partial(&mut self, pool: &Pool) {
        if let Some(tail) = self.segments.back_mut() {
            self.torn = tail.bytes.len() > tail.whole;
            self.queued -= tail.bytes.len() - tail.whole;
            tail.bytes.truncate(tail.whole);
        }
        self.drop_empty_tail(pool);
    }

    /// Gives the last segment back when nothing is in it: an idle session holds no buffer.
    fn drop_empty_tail(&mut self, pool: &Pool) {
        if self.segments.back().is_some_and(|tail| tail.bytes.is_empty()) {
            pool.give(self.segments.pop_back().expect("it is there").bytes);
        }
    }
}

#[cfg(test)]
mod tests;
