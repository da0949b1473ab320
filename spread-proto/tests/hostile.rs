//! Headers and bodies that lie about sizes: each is refused with a typed error, and before any memory is taken.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use spread_proto::client::{Client, Config};
use spread_proto::message::parse_delivery;
use spread_proto::server::{Server, parse_request};
use spread_proto::{
    ByteOrder, ConnectError, Deframer, Header, Hint, InvalidMessage, PrivateGroup, Reader, ServiceType,
};

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
}

/// Counts the bytes that each thread takes.
struct Counting;

// SAFETY: every call goes on to the system's allocator as it came. Counting takes no memory: the cell is made at
// compile time and has no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        TAKEN.set(TAKEN.get() + layout.size());
        // SAFETY: the caller's promise is the one needed here.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: `at` came from `alloc` above, thus from the system's allocator.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        TAKEN.set(TAKEN.get() + size);
        // SAFETY: as for `dealloc`, and the size is the caller's promise.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The bytes that a call takes.
fn taken<T>(call: impl FnOnce() -> T) -> (usize, T) {
    let before = TAKEN.get();
    let result = call();
    (TAKEN.get() - before, result)
}

fn own() -> PrivateGroup {
    PrivateGroup::parse(b"#bob#alpha").unwrap()
}

/// A header with counts that no honest peer writes. The names after it would be its sender's own.
fn header(order: ByteOrder, word: u32, groups: i32, len: i32) -> [u8; 48] {
    let (service_type, hint) = (ServiceType(word), Hint::new(0, order));
    Header { service_type, byte_order: order, num_groups: groups as u32, hint, data_len: len as u32 }
        .encode(own().name())
}

/// Data, requests, memberships, rejects, and words without a meaning.
const WORDS: [u32; 9] = [0x04, 0x20, 0x1_0000, 0x4_0000, 0x1100, 0x1800, 0x2000, 0x0040_0010, 0];

/// Number of groups and length of body that are above every limit, wherever they stand.
const COUNTS: [(i32, i32); 17] = [
    (-1, 0),
    (0, -1),
    (-1, -1),
    (i32::MIN, 0),
    (0, i32::MIN),
    (i32::MIN, i32::MIN),
    (i32::MAX, 0),
    (0, i32::MAX),
    (i32::MAX, i32::MAX),
    (i32::MIN, i32::MAX),
    // 32 bytes a group wrap around in 32 bits: to nothing, to one group, to just below nothing.
    (0x0800_0000, 0),
    (0x0800_0001, 8),
    (0x07ff_ffff, 32),
    (0x7800_0000, 0),
    // Above what a whole network can have as members.
    (3_122 * 128 + 1, 0),
    (1_000_000, 56),
    (0, 1 << 28),
];

#[test]
fn hostile_headers_are_refused_before_memory_is_taken() {
    let mut refused = 0;
    for order in [ByteOrder::Big, ByteOrder::Little] {
        for word in WORDS {
            for (groups, len) in COUNTS {
                check(&header(order, word, groups, len), groups, len);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 306, "at least the 200 that were asked for");
}

/// Both ends, in all the ways in which they read a header.
fn check(bytes: &[u8; 48], groups: i32, len: i32) {
    let (memory, errors) = taken(|| {
        [
            Reader::Client.measure(bytes).unwrap_err(),
            Reader::Daemon.measure(bytes).unwrap_err(),
            parse_delivery(bytes).unwrap_err(),
        ]
    });
    let (more, request) = taken(|| parse_request(own(), bytes).map(drop).unwrap_err());
    assert_eq!(memory + more, 0, "{groups} groups, {len} bytes");
    assert_eq!(request, errors[1].into());
    for error in errors {
        match error {
            InvalidMessage::NegativeGroups(count) => assert_eq!(count, groups),
            InvalidMessage::NegativeLength(negative) => assert_eq!(negative, len),
            InvalidMessage::TooManyGroups { count, max } => assert!(count == groups as usize && count > max),
            InvalidMessage::TooLong { size, max } => {
                assert!(size as u64 == len as u64 + 32 * groups as u64 && size > max);
            }
            other => panic!("{other:?}"),
        }
    }
    let (memory, result) = taken(|| {
        let mut deframer = Deframer::new(Reader::Client);
        deframer.push(bytes);
        deframer.next_frame().map(drop)
    });
    assert!(result.is_err() && memory <= 64, "a deframer holds what came, not what was announced: {memory}");
}

/// The same through the machines: the session is over.
#[test]
fn machines_end_at_a_hostile_header() {
    for (groups, len) in COUNTS {
        let bytes = header(ByteOrder::Little, 0x10, groups, len);
        let mut client = Client::new(Config::new(None, true)).unwrap();
        client.handle_bytes(b"\x05NULL ").unwrap();
        client.handle_bytes(b"\x01\x05\x00\x01\x0a#bob#alpha").unwrap();
        let (memory, error) = taken(|| client.handle_bytes(&bytes).map(drop).unwrap_err());
        assert!(matches!(error, ConnectError::Misbehaved(_)) && memory == 0);
        assert_eq!(client.state(), spread_proto::client::State::Closed);

        let mut server = Server::new(vec!["NULL".into()]);
        server.handle_bytes(b"\x03\x01\x01\x03bob").unwrap();
        server.admit(own()).unwrap();
        server.authorize().unwrap();
        let (memory, result) = taken(|| server.handle_bytes(&bytes).map(drop));
        assert!(result.is_err() && memory == 0);
        assert_eq!(server.state(), spread_proto::server::State::Closed);
    }
}

/// A membership that is right in itself: two sets of one, the second one's own.
fn membership(order: ByteOrder) -> Vec<u8> {
    let put = |value: u32| if order == ByteOrder::Big { value.to_be_bytes() } else { value.to_le_bytes() };
    let mut bytes = header(order, 0x1800, 2, 20 + 2 * 36).to_vec();
    bytes.extend([b'm'; 62]);
    bytes.extend([0; 2]);
    for int in [7, 8, 9, 2, 36, 1] {
        bytes.extend(put(int));
    }
    bytes.extend([0; 32]);
    bytes.extend(put(1));
    bytes.extend([0; 32]);
    bytes
}

/// Each integer of a body replaced by each of these: what does not fit the body is refused where it stands.
#[test]
fn hostile_membership_bodies_are_refused_before_memory_is_taken() {
    const LIES: [i32; 12] = [-1, i32::MIN, i32::MAX, 3, 4, 35, 37, 40, 1 << 27, 0x0800_0000, 0x0800_0001, 0x7fff_fff0];
    const BODY: usize = 48 + 64;
    let mut refused = 0;
    for order in [ByteOrder::Big, ByteOrder::Little] {
        assert!(parse_delivery(&membership(order)).unwrap().is_some(), "the truth is read");
        for at in [12, 16, 20, 56] {
            for lie in LIES {
                let mut bytes = membership(order);
                let field = if order == ByteOrder::Big { lie.to_be_bytes() } else { lie.to_le_bytes() };
                bytes[BODY + at..][..4].copy_from_slice(&field);
                let (memory, error) = taken(|| parse_delivery(&bytes).map(drop).unwrap_err());
                assert_eq!(memory, 0);
                let is_typed = matches!(error, InvalidMessage::BodyField { .. } | InvalidMessage::BodyEnds(_));
                assert!(is_typed, "{lie} at {at}: {error:?}");
                refused += 1;
            }
        }
        // A body that is cut short anywhere, by an honest header.
        for len in 0..20 + 2 * 36 {
            let mut bytes = membership(order);
            bytes.truncate(BODY + len);
            bytes[..48].copy_from_slice(&header(order, 0x1800, 2, len as i32));
            assert!(parse_delivery(&bytes).is_err(), "{len}");
        }
    }
    assert_eq!(refused, 96);
}
