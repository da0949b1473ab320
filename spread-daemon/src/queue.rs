//! What waits to be written to one client: slices of chunks that all receivers share.
//!
//! A read is copied once into a chunk, and a delivery is a range of it. Consecutive messages for the same receiver
//! are one slice, so a flood of small messages is a few long slices.
//!
//! A slice keeps its whole chunk alive. What is written in the turn in which it came does not matter; what stays
//! behind is made dense first ([`Queue::settle`]), so that a queue holds at most [`SPARSE`] times the memory it counts.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::sync::Arc;

use spread_proto::{Measure, Reader};

/// A slice that stays in the queue is at least this part of its chunk, or a copy.
const SPARSE: usize = 4;

/// Slices of one vectored write.
pub(crate) const MOST_SLICES: usize = 64;

#[derive(Clone, Debug)]
struct Slice {
    chunk: Arc<[u8]>,
    start: usize,
    end: usize,
    /// Where the first message begins of which something is left: before `start` if it is written in part.
    message: usize,
    messages: usize,
}

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    slices: VecDeque<Slice>,
    bytes: usize,
    messages: usize,
    /// Slices from this one on came in this turn.
    fresh: usize,
}

impl Queue {
    /// Appends a message: a range of a chunk.
    #[inline]
    pub(crate) fn push(&mut self, chunk: &Arc<[u8]>, start: usize, end: usize) {
        self.bytes += end - start;
        self.messages += 1;
        if let Some(last) = self.slices.back_mut()
            && last.end == start
            && Arc::ptr_eq(&last.chunk, chunk)
        {
            last.end = end;
            last.messages += 1;
            return;
        }
        self.slices.push_back(Slice { chunk: chunk.clone(), start, end, message: start, messages: 1 });
    }

    /// Bytes waiting.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Messages waiting, one that is written in part among them.
    pub(crate) fn messages(&self) -> usize {
        self.messages
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slices.is_empty()
    }

    /// Drops what waits.
    pub(crate) fn clear(&mut self) {
        *self = Queue::default();
    }

    /// The front of the queue, for one vectored write.
    pub(crate) fn front(&self) -> impl Iterator<Item = IoSlice<'_>> {
        self.slices.iter().take(MOST_SLICES).map(|slice| IoSlice::new(&slice.chunk[slice.start..slice.end]))
    }

    /// This many bytes were written.
    pub(crate) fn advance(&mut self, mut written: usize) {
        self.bytes -= written;
        while written > 0 {
            let front = self.slices.front_mut().expect("no more is written than waits");
            let len = front.end - front.start;
            if written < len {
                front.start += written;
                self.messages -= front.drop_written();
                return;
            }
            written -= len;
            self.messages -= front.messages;
            self.slices.pop_front();
            self.fresh = self.fresh.saturating_sub(1);
        }
    }

    /// Makes dense what stays behind after a write.
    pub(crate) fn settle(&mut self) {
        for slice in self.slices.range_mut(self.fresh..) {
            if (slice.end - slice.message) * SPARSE < slice.chunk.len() {
                *slice = slice.dense();
            }
        }
        self.fresh = self.slices.len();
    }
}

impl Slice {
    /// Counts out the messages that are written whole.
    fn drop_written(&mut self) -> usize {
        let before = self.messages;
        while self.messages > 1 {
            let Ok(Measure::Message(_, len)) = Reader::Client.measure(&self.chunk[self.message..self.end]) else {
                break;
            };
            if self.message + len > self.start {
                break;
            }
            self.message += len;
            self.messages -= 1;
        }
        before - self.messages
    }

    /// A copy that has no more than what is left of its messages.
    fn dense(&self) -> Slice {
        let written = self.start - self.message;
        let chunk: Arc<[u8]> = self.chunk[self.message..self.end].into();
        Slice { start: written, end: chunk.len(), message: 0, messages: self.messages, chunk }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(queue: &Queue) -> Vec<u8> {
        queue.front().flat_map(|slice| slice.to_vec()).collect()
    }

    /// Messages of 48 + 4 bytes each, as they stand on the wire.
    fn messages(count: u8) -> Arc<[u8]> {
        let header = spread_proto::Header {
            service_type: spread_proto::ServiceType::FIFO_MESS,
            byte_order: spread_proto::ByteOrder::Little,
            num_groups: 0,
            hint: spread_proto::Hint::new(0, spread_proto::ByteOrder::Little),
            data_len: 4,
        };
        let sender = spread_proto::GroupName::new(b"x").unwrap().name();
        (0..count).flat_map(|number| [&header.encode(sender)[..], &[number; 4]].concat()).collect()
    }

    #[test]
    fn messages_are_counted_exactly() {
        let chunk = messages(5);
        let mut queue = Queue::default();
        for index in 0..5 {
            queue.push(&chunk, index * 52, (index + 1) * 52);
        }
        for written in 1..=5 * 52 {
            queue.advance(1);
            assert_eq!(queue.messages(), 5 - written / 52, "{written} bytes");
            queue.settle();
            assert_eq!(content(&queue), chunk[written..]);
        }
    }

    #[test]
    fn neighbours_become_one_slice() {
        let chunk: Arc<[u8]> = Arc::from(&b"abcdef"[..]);
        let mut queue = Queue::default();
        queue.push(&chunk, 0, 2);
        queue.push(&chunk, 2, 4);
        queue.push(&chunk, 5, 6);
        assert_eq!((queue.front().count(), queue.bytes(), queue.messages()), (2, 5, 3));
        assert_eq!(content(&queue), b"abcdf");
        queue.advance(5);
        assert!(queue.is_empty());
        assert_eq!((queue.bytes(), queue.messages()), (0, 0));
    }

    #[test]
    fn what_stays_does_not_pin_its_chunk() {
        let chunk: Arc<[u8]> = Arc::from(vec![7; 1000]);
        let mut queue = Queue::default();
        queue.push(&chunk, 0, 10);
        queue.push(&chunk, 20, 620);
        queue.settle();
        assert_eq!(Arc::strong_count(&chunk), 2);
        assert_eq!(queue.bytes(), 610);
        assert_eq!(content(&queue), [7; 610]);
    }
}
