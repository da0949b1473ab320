//! A stream that comes in pieces of all sizes is taken in whole messages, byte for byte.

use std::collections::VecDeque;
use std::sync::Mutex;

use spread_proto::message::Multicast;
use spread_proto::{DaemonName, Destination, PrivateGroup, PrivateName, Reader, ServiceType};

use super::*;
use crate::session::fake::Fake;

fn message(len: usize) -> Vec<u8> {
    let sender = PrivateGroup::new(PrivateName::new(b"me").unwrap(), DaemonName::new(b"here").unwrap());
    let groups = [Destination::parse(b"room").unwrap()];
    let head = Multicast { service_type: ServiceType::AGREED_MESS, groups: &groups, mess_type: 0, data_len: len };
    let mut bytes = Vec::new();
    head.encode_head(sender, &mut bytes);
    bytes.extend((0..len).map(|at| (at * 31 + len) as u8));
    bytes
}

/// The inbox of an open session.
fn open(limits: Limits) -> Inbox {
    let lifecycle = Arc::<Lifecycle>::default();
    lifecycle.apply(Event::Bytes);
    Inbox::new(limits, lifecycle)
}

struct Reading {
    inbox: Inbox,
    /// The bytes that have come and are not read.
    stream: Arc<Mutex<VecDeque<u8>>>,
    pool: Pool,
    came: Vec<u8>,
}

impl Reading {
    fn new() -> Reading {
        let limits = Limits { max_receive_queue_bytes: 64 << 20, overflow: Overflow::Disconnect };
        let (mut inbox, stream) = (open(limits), Arc::new(Mutex::new(VecDeque::new())));
        let waiting = stream.clone();
        inbox.link = Some(Fake::bringing(move |into| {
            let mut waiting = waiting.lock().unwrap();
            let read = waiting.len().min(into.len());
            for (to, byte) in into.iter_mut().zip(waiting.drain(..read)) {
                to.write(byte);
            }
            read
        }));
        Reading { inbox, stream, pool: Pool::default(), came: Vec::new() }
    }

    /// So many bytes of the stream come, and are read.
    fn come(&mut self, bytes: &[u8]) {
        self.stream.lock().unwrap().extend(bytes);
        while matches!(self.inbox.fill(&self.pool).1, Filled::More) {}
        assert!(self.stream.lock().unwrap().is_empty());
    }

    /// Takes what is whole. Returns the lengths of the segments it stood in.
    fn take(&mut self) -> Vec<usize> {
        let mut lengths = Vec::new();
        while let Some(segment) = self.inbox.take(&self.pool) {
            assert_eq!(segment.whole, segment.bytes.len());
            let mut rest = &segment.bytes[..];
            while let Some(frame) = Reader::Client.frame(rest).unwrap() {
                rest = &rest[frame.bytes.len()..];
            }
            assert!(rest.is_empty(), "whole messages only");
            lengths.push(segment.bytes.capacity());
            self.came.extend_from_slice(&segment.bytes);
            self.pool.give(segment.bytes);
        }
        self.inbox.set_outside(0);
        lengths
    }
}

#[test]
fn what_is_taken_counts_until_it_is_come_to() {
    let mut reading = Reading::new();
    let one = message(1000);
    reading.come(&one);
    assert!(reading.inbox.take(&reading.pool).is_some());
    assert_eq!(reading.inbox.queued(), one.len());
    reading.come(&one);
    assert_eq!(reading.inbox.queued(), 2 * one.len());
    reading.inbox.set_outside(0);
    assert_eq!(reading.inbox.queued(), one.len());
}

#[test]
fn a_full_inbox_is_read_again_once_all_is_taken_and_what_is_outside_is_within_the_bound() {
    let one = message(1000);
    let limits = Limits { max_receive_queue_bytes: 4 * one.len(), overflow: Overflow::Pause };
    let mut reading = Reading { inbox: open(limits), ..Reading::new() };
    let pool = Pool::default();
    reading.inbox.push(&one.repeat(5), &pool);
    assert!(reading.inbox.is_full());
    assert!(!reading.inbox.unpause(), "whole messages wait");
    while reading.inbox.take(&pool).is_some() {}
    assert!(!reading.inbox.unpause(), "all of it is outside, and more than the bound");
    reading.inbox.set_outside(4 * one.len());
    assert!(reading.inbox.unpause());
    // The front of a message is no reason to wait.
    reading.inbox.push(&one[..900], &pool);
    assert!(!reading.inbox.is_full());
    reading.inbox.push(&one[900..], &pool);
    assert!(reading.inbox.is_full());
}

#[test]
fn pieces_of_all_sizes_are_taken_in_whole_messages() {
    let lengths = [0, 1, 64, 64, 64, 1000, 5000, 16_384, 60_000, 140_000];
    let pieces = [1, 47, 48, 144, 5000, 65_535, 65_536, 65_537, 300_000, 3_000_000];
    // A generator of little quality, whose steps are the same in every run.
    let mut state = 1_u32;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let mut reading = Reading::new();
    let mut stream = Vec::new();
    while stream.len() < 40_000_000 {
        stream.extend(message(lengths[next(lengths.len())]));
    }
    let mut rest = &stream[..];
    while !rest.is_empty() {
        let (now, later) = rest.split_at(pieces[next(pieces.len())].min(rest.len()));
        rest = later;
        reading.come(now);
        if next(3) > 0 {
            reading.take();
        }
    }
    reading.take();
    assert!(reading.came == stream, "what was taken is what came");
    assert_eq!((reading.inbox.queued(), reading.inbox.bytes_read), (0, stream.len() as u64));
}

#[test]
fn segments_are_large_while_much_comes_and_small_otherwise() {
    let mut reading = Reading::new();
    let small = message(100);
    reading.come(&small);
    assert_eq!(reading.take(), [SEGMENT_LEN]);
    reading.come(&small.repeat(10_000));
    assert_eq!(reading.take().last(), Some(&LARGE_SEGMENT_LEN));
    reading.come(&small.repeat(500));
    assert_eq!(reading.take(), [LARGE_SEGMENT_LEN], "still a good deal");
    reading.come(&small);
    reading.take();
    reading.come(&small);
    assert_eq!(reading.take(), [SEGMENT_LEN]);
}
