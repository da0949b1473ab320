//! The rules of the protocol's description, one by one, where no recording shows them.

use spread_proto::client::{Client, Config};
use spread_proto::limits::{MAX_MEMBERS, MAX_MEMBERSHIP_SIZE};
use spread_proto::message::parse_delivery;
use spread_proto::server::{Request, Server, State, parse_request};
use spread_proto::{
    Accept, ByteOrder, ClientMisbehaved, Code, ConnectError, Delivery, GroupId, Header, Hint, InvalidMessage, Name,
    PrivateGroup, ServiceType,
};

fn own() -> PrivateGroup {
    PrivateGroup::parse(b"#bob#alpha").unwrap()
}

/// A message of ours with these groups, all named `room`, and this body.
fn message(word: u32, groups: usize, body: &[u8]) -> Vec<u8> {
    let header = Header {
        service_type: ServiceType(word),
        byte_order: ByteOrder::Little,
        num_groups: groups as u32,
        hint: Hint::new(0, ByteOrder::Little),
        data_len: body.len() as u32,
    };
    let mut bytes = header.encode(own().name()).to_vec();
    let mut room = [0; 32];
    room[..4].copy_from_slice(b"room");
    bytes.extend(room.repeat(groups));
    bytes.extend(body);
    bytes
}

fn delivered(bytes: &[u8]) -> Result<Delivery<'_>, InvalidMessage> {
    parse_delivery(bytes).map(|parsed| parsed.expect("it is whole").0)
}

/// Exactly one of the nine bits; all others are let through.
#[test]
fn a_request_is_exactly_one_thing() {
    const BITS: [u32; 9] = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x1_0000, 0x2_0000, 0x4_0000];
    for chosen in 0..512_u32 {
        let word = BITS.iter().enumerate().filter(|(at, _)| chosen >> at & 1 != 0).map(|(_, bit)| bit).sum();
        for beside in [0, 0x40, 0x0100_0000, 0x7000_0000, 0x3f00, ServiceType::INTERNAL] {
            let bytes = message(word | beside, 1, b"");
            let parsed = parse_request(own(), &bytes);
            if chosen.count_ones() != 1 {
                assert_eq!(parsed.unwrap_err(), ClientMisbehaved::Service(word | beside));
                continue;
            }
            let room = Name::from_field(bytes[48..80].first_chunk().unwrap());
            let (request, used) = parsed.unwrap().unwrap();
            assert_eq!(used, bytes.len());
            match (word, request) {
                (0x1_0000, Request::Join(group)) | (0x2_0000, Request::Leave(group)) => assert_eq!(group, room),
                (0x4_0000, Request::Kill) => {}
                (0..=0x20, Request::Multicast(frame)) => assert_eq!(frame.header.service_type.0, word | beside),
                (word, request) => panic!("{word:#x}: {request:?}"),
            }
        }
    }
}

/// The daemons' own bits are those between the services and the high bits that no request is made of.
#[test]
fn internal_bits() {
    assert_eq!(ServiceType::INTERNAL, 0x00ff_c000 & !ServiceType::REQUESTS);
    for (name, value) in ServiceType::NAMED {
        assert!(value & ServiceType::INTERNAL == 0 || *name == "REJECT_MESS", "{name}");
    }
}

#[test]
fn a_hint_has_only_its_bits() {
    for bit in 0..32 {
        let mut bytes = message(0x10, 1, b"");
        bytes[40 + bit / 8] ^= 1 << (bit % 8);
        let is_legal = 0x80ff_ff80_u32 >> bit & 1 != 0;
        let parsed = parse_request(own(), &bytes).map(drop);
        assert_eq!(parsed, if is_legal { Ok(()) } else { Err(ClientMisbehaved::Hint) }, "bit {bit}");
    }
}

#[test]
fn the_sender_is_the_session() {
    for wrong in [&b"#bob#beta"[..], b"#ann#alpha", b"#bob#alphabet", b"#bob#alph", b"bob", b"", b"#bob"] {
        let mut bytes = message(0x10, 1, b"");
        bytes[4..36].fill(0);
        bytes[4..4 + wrong.len()].copy_from_slice(wrong);
        assert_eq!(parse_request(own(), &bytes).map(drop), Err(ClientMisbehaved::Sender), "{wrong:?}");
    }
    // Bytes after the NUL have no meaning.
    let mut bytes = message(0x10, 1, b"");
    bytes[15..36].fill(0xaa);
    assert!(parse_request(own(), &bytes).is_ok());
    // A header is judged before its message is whole.
    bytes[5] = b'x';
    assert_eq!(parse_request(own(), &bytes[..48]).map(drop), Err(ClientMisbehaved::Sender));
}

#[test]
fn the_first_group_counts_and_none_is_no_request() {
    for word in [0x1_0000, 0x2_0000] {
        let bytes = message(word, 0, b"");
        assert!(matches!(parse_request(own(), &bytes), Ok(Some((Request::Nothing, 48)))));
    }
    let mut bytes = message(0x1_0000, 3, b"ignored");
    bytes[80] = b'x';
    let (Request::Join(group), used) = parse_request(own(), &bytes).unwrap().unwrap() else { panic!() };
    assert_eq!((group.as_bytes(), used), (&b"room"[..], bytes.len()));
}

/// Half a marker is the other order, and the word then makes no sense.
#[test]
fn half_a_marker_ends_the_session() {
    for (first, last) in [(0x90, 0x00), (0x10, 0x80)] {
        let mut bytes = message(0x10, 0, b"");
        (bytes[0], bytes[3]) = (first, last);
        assert!(matches!(parse_request(own(), &bytes), Err(ClientMisbehaved::Service(_))));
    }
}

/// A service makes it data, whatever stands beside it; without one only these membership words mean something.
#[test]
fn deliveries_are_told_apart() {
    let network = [&[0; 16][..], &[0; 4]].concat();
    let one = [&[0; 12][..], &1_u32.to_le_bytes(), &[0; 4], &1_u32.to_le_bytes(), &[b'm'; 32]].concat();
    for word in (0..=0x3f).map(|bits| bits << 8) {
        let body: &[u8] = if word == 0x1800 { &network } else { &one };
        let bytes = message(word, 1, body);
        match (word, delivered(&bytes)) {
            (0x200, Ok(Delivery::SelfLeave { .. }))
            | (0x1100 | 0x1200 | 0x1400 | 0x1800, Ok(Delivery::Membership(_)))
            | (0x2000..=0x3fff, Ok(Delivery::Transition { id: GroupId([0, 0, 0]), .. })) => {}
            (word, Err(InvalidMessage::Type(named))) => assert_eq!(word, named),
            (word, other) => panic!("{word:#x}: {other:?}"),
        }
        assert!(matches!(delivered(&message(word | 0x10, 1, body)), Ok(Delivery::Message(_))), "{word:#x}");
        assert!(delivered(&message(word | 0x14, 1, body)).is_err(), "two services: {word:#x}");
    }
}

/// The reject bit decides before a service does. Its four bytes belong to a client's reading only.
#[test]
fn a_reject_is_one_whatever_it_was() {
    for word in [0x0040_0000, 0x0040_0010, 0x0040_1110] {
        let mut bytes = message(word, 1, b"body");
        bytes.splice(48..48, (0x8000_0080_u32 | 0x20).to_le_bytes());
        let Ok(Delivery::Reject(reject)) = delivered(&bytes) else { panic!("{word:#x}") };
        assert_eq!((reject.service_type.0, reject.message.body), (0x0040_0020, &b"body"[..]));
        assert!(reject.message.groups[0].starts_with(b"room\0"));
    }
    let bytes = message(0x0040_0010, 1, b"");
    let (Request::Multicast(frame), used) = parse_request(own(), &bytes).unwrap().unwrap() else { panic!() };
    assert_eq!((frame.group_fields().len(), used), (1, 80));
    assert!(Delivery::parse(frame).is_err(), "a daemon's frame is no delivery");
}

/// Without sets nobody came along: legal after a change of the network, not where a member has to be named.
#[test]
fn a_membership_without_sets() {
    for (word, offset, is_legal) in [(0x1800, 0, true), (0x1800, 4, false), (0x1100, 0, false), (0x1400, 0, false)] {
        let mut body = [0; 20];
        body[16] = offset;
        assert_eq!(delivered(&message(word, 1, &body)).is_ok(), is_legal, "{word:#x} {offset}");
    }
    // One set of nobody names nobody either.
    let body = [&[0; 12][..], &[1, 0, 0, 0], &[0; 8]].concat();
    assert!(delivered(&message(0x1100, 1, &body)).is_err());
    assert!(delivered(&message(0x1800, 1, &body)).is_ok());
}

#[test]
fn the_largest_membership_has_room_for_every_member_twice() {
    let largest = MAX_MEMBERS * 32 + 20 + MAX_MEMBERS * (4 + 32);
    assert_eq!(MAX_MEMBERSHIP_SIZE, largest);
}

/// Up to 3.14 no patch byte, up to 3.15 no methods.
#[test]
fn older_libraries() {
    for (version, has_patch, has_auth) in [
        ([3, 1, 0], false, false),
        ([3, 14, 0], false, false),
        ([3, 15, 0], true, false),
        ([3, 15, 99], true, false),
        ([3, 16, 0], true, true),
        ([3, 17, 0], true, true),
        ([4, 0, 0], true, true),
        ([127, 0, 0], true, true),
    ] {
        let mut server = Server::new(vec!["NULL".into()]);
        let bytes = [&version[..if has_patch { 3 } else { 2 }], &[1, 0]].concat();
        assert_eq!(server.handle_bytes(&bytes).unwrap().0, bytes.len());
        let chosen = server.admit(own()).unwrap();
        assert_eq!((chosen.is_none(), server.take_transmit().len()), (has_auth, if has_auth { 6 } else { 0 }));
        assert_eq!(server.state(), if has_auth { State::ExpectChoice } else { State::Authorizing });
        if !has_auth {
            server.authorize().unwrap();
            assert_eq!(server.take_transmit().len(), if has_patch { 15 } else { 14 });
        }
    }
    for too_old in [&[3, 0, 9][..], &[2, 9, 9], &[0, 0, 0], &[128, 0, 0]] {
        let mut server = Server::new(vec!["NULL".into()]);
        server.handle_bytes(too_old).unwrap();
        assert_eq!((server.take_transmit(), server.state()), (vec![0xf9], State::Closed));
    }
}

/// What a client makes of an accept: too old is -7, nonsense is -8.
#[test]
fn accepts_are_judged() {
    let accept = |head: [u8; 4], group: &[u8]| [&head[..], &[group.len() as u8], group].concat();
    for (bytes, code) in [
        (accept([1, 2, 9, 9], b"#bob#alpha"), Code::RejectVersion),
        (accept([1, 0, 0, 0], b"#bob#alpha"), Code::RejectVersion),
        (accept([1, 5, 0x80, 0], b"#bob#alpha"), Code::ConnectionClosed),
        (accept([1, 5, 0, 0xff], b"#bob#alpha"), Code::ConnectionClosed),
        (accept([1, 0x80, 0, 0], b"#bob#alpha"), Code::ConnectionClosed),
        (accept([0, 5, 0, 1], b"#bob#alpha"), Code::ConnectionClosed),
        (accept([2, 5, 0, 1], b"#bob#alpha"), Code::ConnectionClosed),
        (accept([127, 5, 0, 1], b"#bob#alpha"), Code::ConnectionClosed),
        (accept([1, 5, 0, 1], b"bob"), Code::ConnectionClosed),
        (accept([1, 5, 0, 1], b""), Code::ConnectionClosed),
        (accept([1, 5, 0, 1], &[b'x'; 32]), Code::ConnectionClosed),
        (accept([0xf6, 5, 0, 1], b"#bob#alpha"), Code::ConnectionClosed),
    ] {
        assert_eq!(Accept::parse(&bytes).unwrap_err().code(), code, "{bytes:?}");
    }
    assert!(Accept::parse(&accept([1, 3, 0, 0], b"#bob#alpha")).unwrap().is_some());
    assert_eq!(Accept::parse(&[0xf6]), Err(ConnectError::RejectedUnknown(-10)));
}

/// A method is offered when its whole name is, and case counts.
#[test]
fn methods_are_compared_whole() {
    for (list, is_offered) in [
        (&b"\x05NULL "[..], true),
        (b"\x08IP NULL ", true),
        (b"\x06NULLX ", false),
        (b"\x05null ", false),
        (b"\0", false),
    ] {
        let mut client = Client::new(Config::new(None, true)).unwrap();
        match client.handle_bytes(list) {
            Ok((used, None)) => assert!(is_offered && used == list.len()),
            Err(error) => assert!(!is_offered && error.code() == Code::RejectAuth),
            other => panic!("{other:?}"),
        }
    }
}
