//! Every limit just below, at, and just above.

use spread_proto::client::{AuthMethod, Client, Config};
use spread_proto::handshake::{
    AuthName, ConnectRequest, encode_auth_choice, encode_auth_list, parse_auth_choice, parse_auth_list,
};
use spread_proto::limits::*;
use spread_proto::message::parse_delivery;
use spread_proto::server::{Request, parse_request};
use spread_proto::{
    Accept, ApiMisuse, ByteOrder, ClientMisbehaved, Code, DaemonName, Destination, GroupName, Header, Hint,
    InvalidMessage, Measure, Multicast, NameField, PrivateGroup, PrivateName, Reader, Service, ServiceType,
};

fn own() -> PrivateGroup {
    PrivateGroup::parse(b"#bob#alpha").unwrap()
}

/// Makes a header with these counts, followed by as many zeros as it announces.
fn message(word: u32, num_groups: usize, data_len: usize) -> Vec<u8> {
    let header = Header {
        service_type: ServiceType(word),
        byte_order: ByteOrder::Little,
        num_groups: num_groups as u32,
        hint: Hint::new(0, ByteOrder::Little),
        data_len: data_len as u32,
    };
    let mut bytes = header.encode(own().name()).to_vec();
    bytes.resize(48 + num_groups * 32 + data_len, 0);
    bytes
}

fn measured(reader: Reader, bytes: &[u8]) -> Result<usize, InvalidMessage> {
    match reader.measure(bytes)? {
        Measure::Message(_, len) => Ok(len),
        Measure::Short => panic!("a header is here"),
    }
}

#[test]
fn names() {
    for len in [9, 10, 11] {
        assert_eq!(PrivateName::new(&vec![b'p'; len]).is_ok(), len <= 10, "{len}");
        let bytes = [&[5, 0, 1, 1, len as u8], &vec![b'p'; len][..]].concat();
        let expected = if len <= 10 { Ok(bytes.len()) } else { Err(Code::RejectIllegalName) };
        assert_eq!(ConnectRequest::parse(&bytes).map(|request| request.unwrap().1), expected);
    }
    for len in [18, 19, 20] {
        assert_eq!(DaemonName::new(&vec![b'd'; len]).is_ok(), len <= 19, "{len}");
    }
    for len in [30, 31, 32] {
        let name = vec![b'g'; len];
        assert_eq!(GroupName::new(&name).is_ok(), len <= 31, "{len}");
        assert_eq!(Destination::parse(&name).is_ok(), len <= 31, "{len}");
    }
    // #, 10, #, 19: just fits a field.
    for (name, daemon) in [(10, 18), (10, 19), (10, 20), (11, 19), (11, 18)] {
        let group = [&b"#"[..], &vec![b'p'; name], b"#", &vec![b'd'; daemon]].concat();
        assert_eq!(PrivateGroup::parse(&group).is_ok(), name <= 10 && daemon <= 19, "{name} {daemon}");
        let accept = [&[1, 5, 0, 1, group.len() as u8], &group[..]].concat();
        assert_eq!(Accept::parse(&accept).is_ok(), name <= 10 && daemon <= 19, "{name} {daemon}");
    }
}

#[test]
fn name_fields_of_requests_have_their_nul() {
    for word in [ServiceType::JOIN.0, ServiceType::LEAVE.0, 0x10] {
        for len in [30, 31, 32] {
            let mut bytes = message(word, 1, 0);
            bytes[48..48 + len].fill(b'g');
            let parsed = parse_request(own(), &bytes).map(drop);
            assert_eq!(parsed, if len <= 31 { Ok(()) } else { Err(ClientMisbehaved::NameNotTerminated) }, "{len}");
        }
    }
}

#[test]
fn groups_of_a_multicast() {
    let room = Destination::parse(b"room").unwrap();
    for count in [0, 1, 42, 43, 44, 100, 101] {
        let groups = vec![room; count];
        let head = Multicast { service_type: ServiceType::SAFE_MESS, groups: &groups, mess_type: 0, data_len: 0 };
        let expected = match count {
            0 => Err(ApiMisuse::NoGroups),
            1..=43 => Ok(()),
            _ => Err(ApiMisuse::TooManyGroups(count)),
        };
        assert_eq!(head.check(DEFAULT_MULTICAST_SIZE), expected, "{count}");
    }
}

/// Both ends read up to 100 groups, which is more than our client sends to.
#[test]
fn groups_of_a_message() {
    for count in [0, 43, 44, 99, 100, 101] {
        let bytes = message(0x10, count, 0);
        let too_many = InvalidMessage::TooManyGroups { count, max: 100 };
        let expected = if count <= 100 { Ok(bytes.len()) } else { Err(too_many) };
        assert_eq!(measured(Reader::Daemon, &bytes), expected);
        assert_eq!(measured(Reader::Client, &bytes), expected);
        match parse_request(own(), &bytes) {
            Ok(Some((Request::Multicast(frame), _))) => assert_eq!(frame.group_fields().len(), count),
            other => assert!(count == 101 && other.is_err()),
        }
    }
}

#[test]
fn sizes_of_a_multicast() {
    let (room, private) = (Destination::parse(b"room").unwrap(), Destination::parse(b"#bob#alpha").unwrap());
    let groups: Vec<_> = (0..43).map(|at| if at == 0 { private } else { room }).collect();
    // A bound of the caller's above what clients keep to does not count.
    for (bound, max) in [(140_000, 140_000), (143_152, 143_152), (143_952, 143_152), (usize::MAX, 143_152)] {
        for count in [1, 43] {
            for size in [max - 1, max, max + 1] {
                let data_len = size - count * 32;
                let head = Multicast {
                    service_type: ServiceType::FIFO_MESS,
                    groups: &groups[..count],
                    mess_type: 0,
                    data_len,
                };
                let expected = if size <= max { Ok(()) } else { Err(ApiMisuse::TooLong { size, max }) };
                assert_eq!(head.check(bound), expected, "{size}");
            }
        }
    }
    let overflow =
        Multicast { service_type: ServiceType::FIFO_MESS, groups: &groups, mess_type: 0, data_len: usize::MAX };
    assert!(matches!(overflow.check(usize::MAX), Err(ApiMisuse::TooLong { size: usize::MAX, .. })));
}

#[test]
fn sizes_of_a_message() {
    for count in [0, 1, 43, 100] {
        for size in [140_000, 143_151, 143_152, 143_153, 143_951, 143_952, 143_953, 144_000] {
            let bytes = message(0x10, count, size - count * 32);
            let expected =
                if size <= 143_952 { Ok(bytes.len()) } else { Err(InvalidMessage::TooLong { size, max: 143_952 }) };
            assert_eq!(measured(Reader::Daemon, &bytes), expected);
            assert_eq!(measured(Reader::Client, &bytes), expected);
        }
    }
}

/// The sender's own group comes on top of what it sent; a daemon takes no rejects.
#[test]
fn sizes_of_a_reject() {
    let reject = ServiceType::REJECT_MESS.0;
    for size in [143_983, 143_984, 143_985] {
        let bytes = message(reject, 2, size - 64);
        let expected =
            if size <= 143_984 { Ok(bytes.len() + 4) } else { Err(InvalidMessage::TooLong { size, max: 143_984 }) };
        assert_eq!(measured(Reader::Client, &bytes), expected);
        // Membership bits beside it lift no limit.
        assert_eq!(measured(Reader::Client, &message(reject | 0x1100, 2, size - 64)), expected);
        assert_eq!(
            measured(Reader::Daemon, &bytes).is_ok(),
            size <= 143_952,
            "for a daemon it is a message like any other"
        );
    }
    assert!(measured(Reader::Client, &message(reject, 101, 0)).is_err());
}

#[test]
fn sizes_of_a_membership() {
    for (count, legal) in [(101, true), (MAX_MEMBERS - 1, true), (MAX_MEMBERS, true), (MAX_MEMBERS + 1, false)] {
        let header = &message(0x1100, 0, 0)[..];
        let mut bytes = header.to_vec();
        bytes[36..40].copy_from_slice(&(count as u32).to_le_bytes());
        assert_eq!(measured(Reader::Client, &bytes).is_ok(), legal, "{count}");
        assert!(measured(Reader::Daemon, &bytes).is_err(), "no client sends one");
        // With a service it is data, whatever membership bits its sender set.
        bytes[0] |= 0x10;
        assert!(measured(Reader::Client, &bytes).is_err());
    }
    for (size, legal) in [(MAX_MEMBERSHIP_SIZE, true), (MAX_MEMBERSHIP_SIZE + 1, false)] {
        let mut bytes = message(0x1800, 0, 0);
        bytes[44..48].copy_from_slice(&(size as u32).to_le_bytes());
        assert_eq!(measured(Reader::Client, &bytes).is_ok(), legal, "{size}");
    }
}

/// A group as large as a daemon's may be, each member in a set of its own, which is the largest body there is.
#[test]
fn the_largest_membership_of_one_daemon_is_read() {
    const MEMBERS: usize = 3_122;
    let mut bytes = message(0x1800, MEMBERS, 20 + MEMBERS * 36);
    let body = 48 + MEMBERS * 32;
    bytes[body + 12..][..4].copy_from_slice(&(MEMBERS as u32).to_le_bytes());
    bytes[body + 16..][..4].copy_from_slice(&(36 * (MEMBERS as u32 - 1)).to_le_bytes());
    for set in 0..MEMBERS {
        bytes[body + 20 + set * 36] = 1;
    }
    let Ok(Some((spread_proto::Delivery::Membership(membership), used))) = parse_delivery(&bytes) else { panic!() };
    assert_eq!((used, membership.num_sets, membership.own_set), (bytes.len(), MEMBERS, MEMBERS - 1));
    assert_eq!(membership.sets().map(<[NameField]>::len).sum::<usize>(), MEMBERS);
}

#[test]
fn message_types() {
    let room = [Destination::parse(b"room").unwrap()];
    for mess_type in [i16::MIN, i16::MIN + 1, -1, 0, 1, 0x1234, i16::MAX - 1, i16::MAX] {
        for service in Service::ALL {
            let head = Multicast { service_type: service.bit(), groups: &room, mess_type, data_len: 0 };
            let mut bytes = Vec::new();
            head.encode_head(own(), &mut bytes);
            let (Request::Multicast(frame), _) = parse_request(own(), &bytes).unwrap().unwrap() else { panic!() };
            assert_eq!(frame.header.hint.mess_type(), mess_type);
            assert_eq!(frame.header.service_type.service(), Some(service));
        }
    }
}

#[test]
fn auth_names_and_slots() {
    for len in [0, 1, 28, 29, 30] {
        assert_eq!(AuthName::new(&"A".repeat(len)).is_ok(), (1..=29).contains(&len), "{len}");
    }
    assert!(AuthName::new("A B").is_err());
    let longest = AuthName::new(&"A".repeat(29)).unwrap();
    for count in 0..=4 {
        let mut block = Vec::new();
        encode_auth_choice(std::iter::repeat_n(&longest, count), &mut block);
        let read = parse_auth_choice(block.first_chunk().unwrap()).unwrap();
        assert_eq!((block.len(), read.len()), (90, count.min(3)));
    }
    let mut full = [0; 90];
    full[..30].fill(b'A');
    assert_eq!(parse_auth_choice(&full), None, "a slot has its NUL");
}

#[test]
fn methods_of_a_client() {
    let method = AuthMethod { name: AuthName::new("NULL").unwrap(), interactive: false };
    for count in [0, 1, 2, 3] {
        let config = Config { methods: vec![method.clone(); count], ..Config::new(None, true) };
        let made = Client::new(config).map(drop);
        assert_eq!(made, if (1..=2).contains(&count) { Ok(()) } else { Err(ApiMisuse::AuthCount(count)) });
    }
}

#[test]
fn auth_lists() {
    for len in [125, 126, 127, 128] {
        let mut list = Vec::new();
        encode_auth_list(["NULL", &"A".repeat(len - 6)].into_iter(), &mut list);
        let expected = if len <= 127 { len } else { 5 };
        assert_eq!((list.len(), usize::from(list[0])), (expected + 1, expected), "{len}");
        assert_eq!(parse_auth_list(&list).unwrap().unwrap().1, expected + 1);
    }
    for len in [126, 127] {
        let list = [vec![len], vec![b' '; usize::from(len)]].concat();
        assert_eq!(parse_auth_list(&list).unwrap().unwrap().1, list.len());
    }
    assert!(parse_auth_list(&[128]).is_err(), "negative: a refusal");
}
