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

mod reading;

use std::collections::VecDeque;
use std::sync::Arc;

use spread_proto::client::{Action, Event};

use crate::failure::Failure;
use crate::session::link::Link;
use crate::session::pings::Pings;
use crate::session::pool::{LARGE_SEGMENT_LEN, Pool, SEGMENT_LEN};

use crate::session::state::Lifecycle;

/// The bytes that may be read from one session before another has its turn.
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

/// The outcome of a round of reading.
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
    alarms_taken: u8,
    alarm_bytes: usize,
    /// The stream ended in the middle of a message.
    pub(crate) torn: bool,
    pub(crate) pings: Pings,
    /// Set while [`Filled::Full`] holds reading up.
    paused: bool,
    lifecycle: Arc<Lifecycle>,
    /// How the stream ended. JavaScript gets that after all messages.
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
            alarms_taken: 0,
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

    /// Returns whether it has ended and all that was whole before the end is taken.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some() && !self.has_whole()
    }

    fn has_whole(&self) -> bool {
        self.segments.front().is_some_and(|segment| segment.whole > 0)
    }

    /// Returns whether as much waits as is read at once.
    pub(crate) fn has_plenty(&self) -> bool {
        self.queued >= READ_BUDGET
    }

    /// Returns whether reading has to wait, above the bound: until JavaScript has taken what is whole, or has come to
    /// what it took. The rest of a message that is larger than all of the bound does not wait.
    fn must_wait(&self) -> bool {
        self.has_whole() || self.outside > self.limits.max_receive_queue_bytes
    }

    /// Takes a better reason for the end: writing has shown why nothing more comes.
    pub(crate) fn explain(&mut self, broken: Failure) {
        if self.end == Some(Err(Failure::lost(None))) {
            self.end = Some(Err(broken));
        }
    }

    /// Takes the oldest segment with whole messages, for the JavaScript thread. It counts on, until [`Inbox::set_outside`].
    pub(crate) fn take(&mut self, pool: &Pool) -> Option<Segment> {
        if !self.has_whole() {
            return None;
        }
        let mut segment = self.segments.pop_front()?;
        if segment.whole < segment.bytes.len() {
            // Only the last one ends with a partial message; reading goes on with that in a segment of its own.
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
    pub(crate) fn set_outside(&mut self, bytes: usize) {
        self.outside = bytes;
        self.high_water = self.high_water.max(self.queued());
        if self.queued() < self.limits.max_receive_queue_bytes / 4 {
            (self.alarm, self.alarms_taken) = (0, 0);
        }
    }

    /// Takes the next alarm, with the bytes that raised it: 1 is raised when the queue is half full, 2 at
    /// nine tenths, both again once it was less than a quarter full.
    pub(crate) fn take_alarm(&mut self) -> Option<(u8, usize)> {
        if self.alarms_taken >= self.alarm {
            return None;
        }
        self.alarms_taken += 1;
        Some((self.alarms_taken, self.alarm_bytes))
    }

    /// Returns whether reading was held up and may go on now.
    pub(crate) fn unpause(&mut self) -> bool {
        let resume = self.paused && (self.queued() <= self.limits.max_receive_queue_bytes / 2 || !self.must_wait());
        self.paused &= !resume;
        resume
    }

    /// Returns whether reading is held up.
    pub(crate) fn is_full(&self) -> bool {
        self.paused
    }

    /// Bytes waiting, here or with those who were given them and have not come to them.
    pub(crate) fn queued(&self) -> usize {
        self.queued + self.outside
    }

    fn drop_partial(&mut self, pool: &Pool) {
        if let Some(tail) = self.segments.back_mut() {
            self.torn = tail.bytes.len() > tail.whole;
            self.queued -= tail.bytes.len() - tail.whole;
            tail.bytes.truncate(tail.whole);
        }
        self.drop_empty_tail(pool);
    }
}

#[cfg(test)]
mod tests;
