//! What waits to be written to one client: slices of chunks that all receivers share.
//!
//! A read is copied once into a chunk, and a delivery is a range of it. Consecutive messages for the same receiver
//! are one slice, so a flood of small messages is a few long slices.
//!
//! A slice keeps its whole chunk alive. What is written in the turn in which it came does not matter; what stays
//! behind is made dense first ([`Queue::settle`]). So a queue pins at most [`SPARSE`] times the bytes it counts, and
//! beside them the rest of the one chunk that is being written.

use std::collections::VecDeque;

use spread_proto::{Measure, Reader};

use super::chunk::{Chunk, HOLDER};

/// A slice that stays in the queue is at least this part of its chunk, or a copy.
const SPARSE: usize = 4;

/// Copies of neighbours share a chunk of about this length.
const GATHERED: usize = 64 * 1024;

/// Slices of one vectored write.
pub(crate) const MOST_SLICES: usize = 64;

/// Room for slices that an empty queue keeps.
const KEPT: usize = 16;

/// Messages that travel together: a range of a chunk, and how many they are.
#[derive(Clone, Debug)]
pub(crate) struct Parcel {
    pub(crate) chunk: Chunk,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) messages: usize,
}

impl Parcel {
    /// All of a chunk, which is one message.
    pub(crate) fn whole(chunk: Chunk) -> Parcel {
        Parcel { start: 0, end: chunk.len(), messages: 1, chunk }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.chunk[self.start..self.end]
    }

    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }
}

#[derive(Clone, Debug)]
struct Slice {
    parcel: Parcel,
    /// Where the first message begins of which something is left: before the parcel's start if it is written in part.
    message: usize,
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
    /// Appends messages.
    #[inline]
    pub(crate) fn push(&mut self, parcel: &Parcel) {
        self.bytes += parcel.len();
        self.messages += parcel.messages;
        if let Some(Slice { parcel: last, .. }) = self.slices.back_mut()
            && last.end == parcel.start
            && last.chunk.is(&parcel.chunk)
        {
            last.end = parcel.end;
            last.messages += parcel.messages;
            return;
        }
        self.slices.push_back(Slice { parcel: parcel.clone(), message: parcel.start });
    }

    /// Bytes waiting.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Memory that it holds, as far as it alone does.
    pub(crate) fn weight(&self) -> usize {
        self.bytes + self.slices.len() * HOLDER
    }

    /// Messages waiting, one that is written in part among them.
    pub(crate) fn messages(&self) -> usize {
        self.messages
    }

    /// Drops so many bytes of what waits, or a little more. Returns whether anything is left.
    pub(crate) fn drop_some(&mut self, most: usize) -> bool {
        let mut dropped = 0;
        while dropped < most
            && let Some(slice) = self.slices.pop_front()
        {
            dropped += slice.parcel.len();
        }
        !self.slices.is_empty()
    }

    /// The front of the queue, for one vectored write.
    pub(crate) fn front(&self) -> impl Iterator<Item = &[u8]> {
        self.slices.iter().take(MOST_SLICES).map(|slice| slice.parcel.bytes())
    }

    /// This many bytes were written.
    pub(crate) fn advance(&mut self, mut written: usize) {
        self.bytes -= written;
        while written > 0 {
            let front = self.slices.front_mut().expect("no more is written than waits");
            let len = front.parcel.len();
            if written < len {
                front.parcel.start += written;
                self.messages -= front.drop_written();
                return;
            }
            written -= len;
            self.messages -= front.parcel.messages;
            self.slices.pop_front();
            self.fresh = self.fresh.saturating_sub(1);
        }
        if self.slices.is_empty() && self.slices.capacity() > KEPT {
            self.slices = VecDeque::new();
        }
    }

    /// Makes dense what stays behind after a write: slices that are little of their chunks are copied out, neighbours
    /// into one chunk. What a chunk has that is still to be delivered is waited for.
    pub(crate) fn settle(&mut self) {
        let is_finished = |slice: &Slice| !slice.parcel.chunk.is_unfinished();
        let count = self.slices.range(self.fresh..).take_while(|slice| is_finished(slice)).count();
        if count == 0 {
            return;
        }
        let mut fresh = self.slices.split_off(self.fresh);
        let unfinished = fresh.split_off(count);
        let mut gathered: Vec<Slice> = Vec::new();
        for slice in fresh {
            if slice.is_dense() {
                self.slices.extend(gather(&mut gathered));
                self.slices.push_back(slice);
                continue;
            }
            if gathered.iter().map(Slice::kept).sum::<usize>() + slice.kept() > GATHERED {
                self.slices.extend(gather(&mut gathered));
            }
            gathered.push(slice);
        }
        self.slices.extend(gather(&mut gathered));
        self.fresh = self.slices.len();
        self.slices.extend(unfinished);
    }
}

/// Copies slices that follow each other into one. Only the first of a queue can be written in part.
fn gather(slices: &mut Vec<Slice>) -> Option<Slice> {
    let first = slices.first()?;
    let (written, meter) = (first.parcel.start - first.message, first.parcel.chunk.meter().clone());
    let mut bytes = Vec::with_capacity(slices.iter().map(Slice::kept).sum());
    let mut messages = 0;
    for Slice { parcel, message } in slices.drain(..) {
        bytes.extend_from_slice(&parcel.chunk[message..parcel.end]);
        messages += parcel.messages;
    }
    let chunk = Chunk::new(bytes, &meter);
    Some(Slice { parcel: Parcel { start: written, end: chunk.len(), messages, chunk }, message: 0 })
}

impl Slice {
    /// Bytes of the messages of which something is left.
    fn kept(&self) -> usize {
        self.parcel.end - self.message
    }

    fn is_dense(&self) -> bool {
        self.kept() * SPARSE >= self.parcel.chunk.len()
    }

    /// Counts out the messages that are written whole.
    fn drop_written(&mut self) -> usize {
        let Parcel { chunk, start, end, messages } = &mut self.parcel;
        let before = *messages;
        while *messages > 1 {
            let Ok(Measure::Message(_, len)) = Reader::Client.measure(&chunk[self.message..*end]) else { break };
            if self.message + len > *start {
                break;
            }
            self.message += len;
            *messages -= 1;
        }
        before - *messages
    }
}

#[cfg(test)]
mod tests {
    use super::super::chunk::Meter;
    use super::*;

    fn content(queue: &Queue) -> Vec<u8> {
        queue
            .slices
            .iter()
            .flat_map(|slice| slice.parcel.chunk[slice.parcel.start..slice.parcel.end].to_vec())
            .collect()
    }

    fn parcel(chunk: &Chunk, start: usize, end: usize) -> Parcel {
        Parcel { chunk: chunk.clone(), start, end, messages: 1 }
    }

    /// Messages of 48 + 4 bytes each, as they stand on the wire.
    fn messages(count: u8) -> Vec<u8> {
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

    /// In one slice, in a slice each, and in slices so sparse that they are gathered.
    #[test]
    fn messages_are_counted_exactly() {
        let (meter, bytes) = (Meter::default(), messages(5));
        for gap in [0, 1, 1000] {
            let spaced: Vec<u8> = bytes.chunks(52).flat_map(|message| [message, &vec![0; gap]].concat()).collect();
            let chunk = Chunk::new(spaced, &meter);
            let mut queue = Queue::default();
            for index in 0..5 {
                queue.push(&parcel(&chunk, index * (52 + gap), index * (52 + gap) + 52));
            }
            for written in 1..=5 * 52 {
                queue.advance(1);
                assert_eq!(queue.messages(), 5 - written / 52, "{written} bytes");
                queue.settle();
                assert_eq!(content(&queue), bytes[written..]);
            }
        }
        assert_eq!(meter.bytes(), 0);
    }

    #[test]
    fn neighbours_become_one_slice() {
        let chunk = Chunk::new(*b"abcdef", &Meter::default());
        let mut queue = Queue::default();
        queue.push(&parcel(&chunk, 0, 2));
        queue.push(&parcel(&chunk, 2, 4));
        queue.push(&parcel(&chunk, 5, 6));
        assert_eq!((queue.front().count(), queue.bytes(), queue.messages()), (2, 5, 3));
        assert_eq!(content(&queue), b"abcdf");
        queue.advance(5);
        assert!(queue.slices.is_empty());
        assert_eq!((queue.bytes(), queue.messages()), (0, 0));
    }

    #[test]
    fn what_stays_does_not_pin_its_chunk() {
        let meter = Meter::default();
        let mut queue = Queue::default();
        for _ in 0..1000 {
            let chunk = Chunk::new(vec![7; 10_000], &meter);
            queue.push(&parcel(&chunk, 0, 10));
            queue.push(&parcel(&chunk, 20, 30));
        }
        queue.push(&parcel(&Chunk::new(vec![7; 1000], &meter), 0, 250));
        assert!(meter.bytes() > 10_000_000);
        queue.settle();
        assert_eq!((queue.slices.len(), queue.bytes()), (2, 20_250));
        assert!(meter.bytes() < 22_000, "{meter:?}");
        assert_eq!(content(&queue), vec![7; 20_250]);
    }

    #[test]
    fn an_empty_queue_keeps_little() {
        let meter = Meter::default();
        let mut queue = Queue::default();
        for _ in 0..1000 {
            queue.push(&Parcel::whole(Chunk::new(*b"abc", &meter)));
        }
        queue.advance(3000);
        assert!(queue.slices.capacity() <= KEPT);
        assert_eq!(meter.bytes(), 0);
    }
}
