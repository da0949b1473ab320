//! Bytes from anywhere: no panic, nothing used that was not given, and no announcement above the limits.

use proptest::collection::vec;
use proptest::prelude::*;
use spread_proto::client::{AuthMethod, Client, Config, Happened};
use spread_proto::handshake::{Accept, ConnectRequest, parse_auth_choice, parse_auth_list};
use spread_proto::limits::{HEADER_LEN, MAX_GROUPS, MAX_MEMBERSHIP_SIZE, MAX_SIZE};
use spread_proto::message::parse_delivery;
use spread_proto::server::{self, Server, parse_request};
use spread_proto::{AuthName, Deframer, Delivery, Measure, Name, PrivateGroup, Reader};

use crate::writer::{Wire, messages, orders, sets};

/// What a peer may say: noise, or a message that is right but for a few bytes.
fn anything() -> impl Strategy<Value = Vec<u8>> {
    let damage = vec((any::<prop::sample::Index>(), any::<u8>()), 0..5);
    let membership = (messages(), sets(), orders(), 0..4_u32).prop_map(|(wire, sets, order, cause)| {
        let body = sets.bytes(order);
        Wire { order, word: 0x1000 | 0x100 << cause, body, ..wire }
    });
    let request = messages().prop_map(|wire| Wire { word: 0x0001_0000 << (wire.word % 3), ..wire });
    let reject = messages().prop_map(|wire| Wire { word: wire.word | 0x0040_0000, ..wire });
    let near = (prop_oneof![messages(), membership, request, reject], damage).prop_map(|(wire, damage)| {
        let mut bytes = wire.bytes();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes
    });
    prop_oneof![vec(any::<u8>(), 0..300), near]
}

fn own() -> PrivateGroup {
    PrivateGroup::parse(b"#bob#alpha").unwrap()
}

/// A client in the open state, or on the way there after so many steps.
fn client(steps: usize) -> Client {
    let interactive = AuthMethod { name: AuthName::new("NULL").unwrap(), interactive: true };
    let config = Config { methods: vec![interactive], ..Config::new(None, true) };
    let mut client = Client::new(config).unwrap();
    if steps > 0 {
        client.handle_bytes(b"\x05NULL ").unwrap();
    }
    if steps > 1 {
        client.handle_authenticated().unwrap();
    }
    if steps > 2 {
        client.handle_bytes(b"\x01\x05\x00\x01\x0a#bob#alpha").unwrap();
    }
    if steps > 3 {
        client.disconnect();
    }
    client
}

fn server(steps: usize) -> Server {
    let mut server = Server::new(vec!["NULL".into()]);
    if steps > 0 {
        server.handle_bytes(b"\x05\x00\x01\x01\x03bob").unwrap();
    }
    if steps > 1 {
        server.admit(own()).unwrap();
    }
    if steps > 2 {
        let mut choice = [0; 90];
        choice[..4].copy_from_slice(b"NULL");
        server.handle_bytes(&choice).unwrap();
    }
    if steps > 3 {
        server.authorize().unwrap();
    }
    server
}

/// Looks at all of a delivery.
fn look(delivery: Delivery<'_>) {
    match delivery {
        Delivery::Membership(membership) => {
            assert!(membership.own_set < membership.num_sets.max(1));
            assert_eq!(membership.sets().count(), membership.num_sets);
            assert_eq!(membership.changed().is_some(), membership.cause != spread_proto::Cause::Network);
            let _ =
                membership.members.iter().map(Name::from_field).filter_map(|name| membership.index_of(name)).count();
        }
        Delivery::Message(message) => assert!(message.groups.len() <= MAX_GROUPS),
        other => drop(format!("{other:?}")),
    }
}

proptest! {
    // They take little, and find more by number than others.
    #![proptest_config(ProptestConfig::with_cases(4 * ProptestConfig::default().cases))]

    #[test]
    fn clients_survive(bytes in anything(), steps in 0..5_usize) {
        let mut client = client(steps);
        let mut at = 0;
        while let Ok((used, happened)) = client.handle_bytes(&bytes[at..]) {
            prop_assert!(used <= bytes.len() - at);
            match happened {
                Some(Happened::Delivery(delivery)) => look(delivery),
                Some(Happened::ForMethod(given)) => prop_assert_eq!(given.len(), used),
                _ => {}
            }
            if used == 0 {
                break;
            }
            at += used;
        }
        client.handle_end();
    }

    #[test]
    fn servers_survive(bytes in anything(), steps in 0..5_usize) {
        let mut server = server(steps);
        let mut at = 0;
        while let Ok((used, happened)) = server.handle_bytes(&bytes[at..]) {
            prop_assert!(used <= bytes.len() - at);
            if let Some(server::Happened::Request(server::Request::Multicast(frame))) = happened {
                prop_assert!(frame.group_fields().iter().all(|field| field.contains(&0)));
                prop_assert_eq!(frame.bytes.len(), HEADER_LEN + frame.group_fields().len() * 32 + frame.body().len());
            }
            if used == 0 {
                break;
            }
            at += used;
        }
        server.handle_end();
    }

    /// The sender is right, so that the reader reaches the fields after it.
    #[test]
    fn requests_survive(mut bytes in anything()) {
        if let Some(sender) = bytes.get_mut(4..36) {
            sender.copy_from_slice(own().name().as_field());
        }
        if let Ok(Some((request, used))) = parse_request(own(), &bytes) {
            prop_assert!(used <= bytes.len());
            drop(format!("{request:?}"));
        }
    }

    /// A frame of the wrong reader is recognized, too.
    #[test]
    fn parsers_survive(bytes in anything()) {
        let _ = parse_delivery(&bytes).map(|parsed| parsed.map(|(delivery, _)| look(delivery)));
        if let Ok(Some(frame)) = Reader::Daemon.frame(&bytes) {
            let _ = Delivery::parse(frame);
        }
        let _ = (ConnectRequest::parse(&bytes), parse_auth_list(&bytes), Accept::parse(&bytes));
        let _ = bytes.first_chunk().map(parse_auth_choice);
    }

    #[test]
    fn announcements_are_within_the_limits(bytes in anything()) {
        for (reader, max) in [(Reader::Daemon, MAX_SIZE), (Reader::Client, 4 + MAX_MEMBERSHIP_SIZE)] {
            match reader.measure(&bytes) {
                Ok(Measure::Message(header, len)) => {
                    prop_assert!(len <= HEADER_LEN + max);
                    prop_assert!(len as u64 >= HEADER_LEN as u64 + header.size());
                }
                Ok(Measure::Short) => prop_assert!(bytes.len() < HEADER_LEN),
                Err(_) => prop_assert!(bytes.len() >= HEADER_LEN),
            }
        }
    }

    #[test]
    fn deframers_survive(chunks in vec(anything(), 0..5)) {
        let mut deframer = Deframer::new(Reader::Client);
        let mut given = 0;
        for chunk in &chunks {
            deframer.push(chunk);
            given += chunk.len();
            while let Ok(Some(frame)) = deframer.next_frame() {
                prop_assert!(frame.bytes.len() >= HEADER_LEN && frame.bytes.len() <= given);
            }
        }
    }
}
