//! Reading into the queue: room for the next read, the whole messages in what came, and the bound on what waits.

use std::io;

use spread_proto::client::{Action, Event};
use spread_proto::{Measure, Reader};

use super::{Filled, Inbox, Overflow, READ_BUDGET, Segment};
use crate::failure::Failure;
use crate::session::pool::{LARGE_SEGMENT_LEN, Pool, SEGMENT_LEN};

/// Below this part of a segment's length in spare room a read goes to a new one.
const LEAST_SPARE: usize = 4;

impl Inbox {
    /// Reads what the socket has, up to the budget. Returns whether there is something new to take, and how it stands.
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

    /// Takes bytes that came after the handshake, or that an engine without a socket brings.
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

    /// Finds the whole messages in the last segment, and applies the bound. Returns whether there are new ones.
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

    /// Gives the last segment back when nothing is in it: an idle session holds no buffer.
    pub(super) fn drop_empty_tail(&mut self, pool: &Pool) {
        if self.segments.back().is_some_and(|tail| tail.bytes.is_empty()) {
            pool.give(self.segments.pop_back().expect("it is there").bytes);
        }
    }
}
