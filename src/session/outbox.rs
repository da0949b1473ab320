//! What JavaScript sent and the socket has not yet taken: encoded messages, in the order of the calls.
//!
//! Messages of one turn of the loop leave together. One lock covers encoding and writing, so its holder may
//! write: the loop at the end of a turn, a call that fills [`WRITE_AT`], the guard when the loop is late.

use std::io;
use std::sync::Arc;

use spread_proto::client::{Action, Event, State};
use spread_proto::message::{Multicast, encode_join, encode_kill, encode_leave};
use spread_proto::{ApiMisuse, Frame, GroupName, PrivateGroup, Reader, ServiceType};

use super::link::Link;
use super::pings;
use super::pool::{Pool, SEGMENT_LEN};
use super::state::Lifecycle;
use crate::failure::Failure;

/// A turn that has this many bytes waiting writes them without waiting for its end. With one small message more they fit
/// a buffer of the pool.
pub(crate) const WRITE_AT: usize = SEGMENT_LEN - 4096;

/// What a message has besides its payload, at most: a header and the names of its groups.
const MOST_HEAD: usize = 2048;

/// Sent bytes are moved out of the buffer's front once they are this many and the larger part.
const COMPACT_AT: usize = 1024 * 1024;

/// Bounds of the queue, all in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Above it, sending answers `false` and `'drain'` follows.
    pub(crate) high_water_mark: usize,
    /// Above it, sending is refused.
    pub(crate) max_queued_bytes: usize,
    /// Of one message: payload and 32 bytes a group.
    pub(crate) max_message_bytes: usize,
}

/// What a write came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Nothing waits any more.
    All,
    /// The socket takes no more until it is writable again.
    Blocked,
}

/// What JavaScript is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) drain: bool,
    pub(crate) empty: bool,
}

/// The queue.
#[derive(Debug)]
pub(crate) struct Outbox {
    link: Option<Arc<dyn Link>>,
    /// Set from the opening to the end.
    sender: Option<PrivateGroup>,
    limits: Limits,
    buffer: Vec<u8>,
    sent: usize,
    /// `'drain'` is owed, once no more than half of the high-water mark waits.
    owes_drain: bool,
    /// It was asked when nothing waits.
    owes_empty: bool,
    lifecycle: Arc<Lifecycle>,
    /// How writing broke. The reading side may only see that nothing more comes.
    pub(crate) broken: Option<Failure>,
    pub(crate) bytes_written: u64,
    pub(crate) writes: u64,
    pub(crate) messages: u64,
    /// What was accepted and dropped when the session ended. The library's engine has taken what its link holds: that
    /// counts as bytes only.
    pub(crate) unsent_messages: u64,
    pub(crate) unsent_bytes: u64,
}

impl Outbox {
    pub(crate) fn new(limits: Limits, lifecycle: Arc<Lifecycle>) -> Outbox {
        Outbox {
            link: None,
            sender: None,
            limits,
            buffer: Vec::new(),
            sent: 0,
            owes_drain: false,
            owes_empty: false,
            lifecycle,
            broken: None,
            bytes_written: 0,
            writes: 0,
            messages: 0,
            unsent_messages: 0,
            unsent_bytes: 0,
        }
    }

    /// Opens the queue.
    pub(crate) fn open(&mut self, link: Arc<dyn Link>, sender: PrivateGroup) {
        self.link = Some(link);
        self.sender = Some(sender);
    }

    /// Drops what waits, and counts it: the session is over.
    pub(crate) fn close(&mut self, pool: &Pool) {
        self.unsent_bytes += self.queued() as u64;
        self.unsent_messages += self.count_unsent();
        self.link = None;
        self.sender = None;
        // What is dropped has not been sent, and nothing reports that it has.
        (self.owes_drain, self.owes_empty) = (false, false);
        self.reset(pool);
    }

    /// Bytes waiting.
    pub(crate) fn queued(&self) -> usize {
        self.buffer.len() - self.sent + self.link.as_ref().map_or(0, |link| link.pending())
    }

    /// Queues a join.
    pub(crate) fn join(&mut self, group: GroupName, pool: &Pool) -> Result<(), Failure> {
        let sender = self.writer(0, pool)?;
        encode_join(sender, group, &mut self.buffer);
        Ok(())
    }

    /// Queues a leave.
    pub(crate) fn leave(&mut self, group: GroupName, pool: &Pool) -> Result<(), Failure> {
        let sender = self.writer(0, pool)?;
        encode_leave(sender, group, &mut self.buffer);
        Ok(())
    }

    /// Queues the end of the session, after everything else: it is closing, and takes nothing more.
    pub(crate) fn kill(&mut self, pool: &Pool) {
        if let Some(sender) = self.sender {
            self.make_buffer(0, pool);
            encode_kill(sender, &mut self.buffer);
        }
    }

    /// Queues a message: its head, then what `payload` appends, which has to be `head.data_len` bytes. `Ok(false)`
    /// means that it was taken and that more than the high-water mark waits.
    pub(crate) fn multicast(
        &mut self,
        head: &Multicast<'_>,
        payload: impl FnOnce(&mut Vec<u8>),
        pool: &Pool,
    ) -> Result<bool, Failure> {
        head.check(self.limits.max_message_bytes)?;
        let sender = self.writer(head.data_len, pool)?;
        head.encode_head(sender, &mut self.buffer);
        let start = self.buffer.len();
        payload(&mut self.buffer);
        debug_assert_eq!(self.buffer.len() - start, head.data_len);
        self.messages += 1;
        self.owes_drain |= self.queued() > self.limits.high_water_mark;
        Ok(!self.owes_drain)
    }

    /// Queues a ping, whatever the bounds: the guard has one under way at most, and JavaScript's are checked before.
    pub(crate) fn ping(&mut self, number: u32, bounded: bool, pool: &Pool) -> Result<(), Failure> {
        let sender = if bounded { self.writer(pings::BODY_LEN, pool)? } else { self.open_writer(0, pool)? };
        pings::encode(sender, number, &mut self.buffer);
        Ok(())
    }

    /// Writes what the socket takes.
    pub(crate) fn write(&mut self, pool: &Pool) -> Written {
        while self.sent < self.buffer.len() {
            let Some(link) = &self.link else { break };
            match link.write(&self.buffer[self.sent..]) {
                Ok(written) => {
                    self.sent += written;
                    self.bytes_written += written as u64;
                    self.writes += 1;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.compact();
                    return Written::Blocked;
                }
                // The reading side comes to the end too, after all that the daemon had still sent. What waits stays, to
                // be counted then.
                Err(error) => {
                    self.broken = Some(Failure::lost(Some(&error)));
                    self.link = None;
                }
            }
        }
        if self.sent < self.buffer.len() {
            return Written::All;
        }
        self.reset(pool);
        if self.lifecycle.state() == State::Closing
            && let Some(link) = &self.link
        {
            link.shutdown_write();
        }
        Written::All
    }

    /// Takes which of `'drain'` and the word that nothing waits are due now.
    pub(crate) fn take_due(&mut self) -> Due {
        let queued = self.queued();
        let due = Due {
            drain: self.owes_drain && queued <= self.limits.high_water_mark / 2,
            empty: self.owes_empty && queued == 0,
        };
        self.owes_drain &= !due.drain;
        self.owes_empty &= !due.empty;
        due
    }

    /// Asks for a notice once nothing waits. Returns whether something does.
    pub(crate) fn ask_empty(&mut self) -> bool {
        self.owes_empty = self.queued() > 0;
        self.owes_empty
    }

    /// Returns the sender's private group, if `data_len` more bytes may be queued. A request counts too: the queue is
    /// bounded whatever it is filled with.
    fn writer(&mut self, data_len: usize, pool: &Pool) -> Result<PrivateGroup, Failure> {
        let sender = self.open_writer(data_len, pool)?;
        let queued = self.queued();
        if queued >= self.limits.max_queued_bytes || queued + data_len > self.limits.max_queued_bytes {
            return Err(Failure::queue_full(self.limits.max_queued_bytes));
        }
        Ok(sender)
    }

    /// Returns the sender's private group, however much is queued, and makes a buffer that need not grow before it is
    /// written.
    fn open_writer(&mut self, data_len: usize, pool: &Pool) -> Result<PrivateGroup, Failure> {
        match (self.lifecycle.action(Event::Request), self.sender) {
            (Action::Send, Some(sender)) => {
                self.make_buffer(data_len, pool);
                Ok(sender)
            }
            _ => Err(ApiMisuse::NotConnected.into()),
        }
    }

    fn make_buffer(&mut self, data_len: usize, pool: &Pool) {
        if self.buffer.capacity() == 0 {
            self.buffer = pool.take(WRITE_AT + MOST_HEAD + data_len);
        }
    }

    fn reset(&mut self, pool: &Pool) {
        pool.give(std::mem::take(&mut self.buffer));
        self.sent = 0;
    }

    /// Drops the sent messages. The buffer begins with a message, always, so that what is left in the end can be counted.
    fn compact(&mut self) {
        if self.sent >= COMPACT_AT && self.sent * 2 >= self.buffer.len() {
            let mut whole = 0;
            self.each_message(|end, _| {
                if end <= self.sent {
                    whole = end;
                }
            });
            self.buffer.drain(..whole);
            self.sent -= whole;
        }
    }

    /// Messages of the caller's that were not sent to their last byte.
    fn count_unsent(&self) -> u64 {
        let mut count = 0;
        self.each_message(|end, frame| {
            let is_message = frame.header.service_type.0 & ServiceType::REGULAR_MESS.0 != 0;
            count += u64::from(end > self.sent && is_message && !pings::is_body(frame.body()));
        });
        count
    }

    /// Calls `act` with each message in the buffer, and where it ends.
    fn each_message(&self, mut act: impl FnMut(usize, &Frame<'_>)) {
        let mut at = 0;
        while let Ok(Some(frame)) = Reader::Daemon.frame(&self.buffer[at..]) {
            at += frame.bytes.len();
            act(at, &frame);
        }
    }
}
