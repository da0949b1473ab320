//! Headers, messages and membership bodies: written by [`crate::writer`], read by the crate, and the other way round.

use proptest::collection::vec;
use proptest::prelude::*;
use spread_proto::header::{ByteOrder, Header, Hint};
use spread_proto::membership::{encode_self_leave, encode_transition};
use spread_proto::message::{encode_join, encode_kill, encode_leave, parse_delivery};
use spread_proto::server::{Request, parse_request};
use spread_proto::{
    Cause, DaemonName, Deframer, Delivery, Destination, GroupId, GroupName, Multicast, Name, NameField, NewMembership,
    PrivateGroup, PrivateName, Reader, ServiceType,
};

use crate::writer::{Field, Wire, WireSets, fields, messages, names, orders, services, sets, write_id};

fn delivered(bytes: &[u8]) -> Delivery<'_> {
    let (delivery, used) = parse_delivery(bytes).unwrap().expect("it is whole");
    assert_eq!(used, bytes.len());
    delivery
}

fn same(fields: &[NameField], written: &[Field]) -> bool {
    fields == written
}

fn private_groups() -> impl Strategy<Value = PrivateGroup> {
    (names(1..=10), names(1..=19)).prop_map(|(name, daemon)| {
        PrivateGroup::new(PrivateName::new(&name).unwrap(), DaemonName::new(&daemon).unwrap())
    })
}

proptest! {
    #[test]
    fn headers(
        word in any::<u32>(), order in orders(), sender in fields(), num_groups in 0..=i32::MAX as u32,
        hint in any::<[u8; 4]>(), data_len in 0..=i32::MAX as u32,
    ) {
        let service_type = ServiceType(word & !ServiceType::ENDIAN_MARKER);
        let header = Header { service_type, byte_order: order, num_groups, hint: Hint(hint), data_len };
        let bytes = header.encode(Name::from_field(&sender));
        prop_assert_eq!(Header::decode(&bytes), Ok(header));
    }

    #[test]
    fn data(wire in messages()) {
        let bytes = wire.bytes();
        let Delivery::Message(message) = delivered(&bytes) else { panic!("no message") };
        prop_assert_eq!(message.service_type, ServiceType(wire.word));
        prop_assert_eq!((message.sender, message.body), (&wire.sender, &wire.body[..]));
        prop_assert!(same(message.groups, &wire.groups));
        prop_assert_eq!(message.mess_type, wire.mess_type);
        prop_assert_eq!(message.endian_mismatch, wire.hint_order == ByteOrder::Big);
    }

    /// A daemon reads the same message, if it is from the session it should be from.
    #[test]
    fn requested_data(mut wire in messages(), own in private_groups()) {
        wire.sender = *own.name().as_field();
        let bytes = wire.bytes();
        let (Request::Multicast(frame), used) = parse_request(own, &bytes).unwrap().unwrap() else { panic!() };
        prop_assert_eq!((used, frame.bytes, frame.body()), (bytes.len(), &bytes[..], &wire.body[..]));
        prop_assert!(same(frame.group_fields(), &wire.groups));
        prop_assert_eq!((frame.header.byte_order, frame.header.hint.byte_order()), (wire.order, wire.hint_order));
        wire.sender[1] ^= 1;
        prop_assert!(parse_request(own, &wire.bytes()).is_err());
    }

    #[test]
    fn sent_data(
        own in private_groups(), service in services(), mess_type in any::<i16>(),
        groups in vec(names(1..=31), 1..=43), body in vec(any::<u8>(), 0..100),
    ) {
        let groups: Vec<_> = groups.iter().map(|group| Destination::parse(group).unwrap()).collect();
        let head = Multicast { service_type: ServiceType(service), groups: &groups, mess_type, data_len: body.len() };
        prop_assert_eq!(head.check(1_000_000), Ok(()));
        let mut bytes = Vec::new();
        head.encode_head(own, &mut bytes);
        bytes.extend(&body);
        let order = ByteOrder::Little;
        let groups = groups.iter().map(|group| *group.name().as_field()).collect();
        let sender = *own.name().as_field();
        let wire = Wire { order, word: service, sender, groups, mess_type, hint_order: order, body };
        prop_assert_eq!(bytes, wire.bytes());
    }

    #[test]
    fn requests(own in private_groups(), group in names(1..=31)) {
        let group = GroupName::new(&group).unwrap();
        let mut bytes = Vec::new();
        encode_join(own, group, &mut bytes);
        encode_leave(own, group, &mut bytes);
        encode_kill(own, &mut bytes);
        for at in 0..3 {
            let (request, used) = parse_request(own, &bytes[at * 80..]).unwrap().unwrap();
            prop_assert_eq!(used, 80);
            match (at, request) {
                (0, Request::Join(name)) | (1, Request::Leave(name)) => prop_assert_eq!(name, group.name()),
                (2, Request::Kill) => {}
                (at, request) => panic!("{at}: {request:?}"),
            }
        }
    }

    #[test]
    fn memberships(
        order in orders(), cause in 0..4_usize, group in fields(), wire_sets in sets(), hint_order in orders(),
        others in vec(fields(), 0..4),
    ) {
        let cause = [Cause::Join, Cause::Leave, Cause::Disconnect, Cause::Network][cause];
        let mut groups = wire_sets.sets.concat();
        groups.extend(others);
        let word = cause.service_type().0;
        let body = wire_sets.bytes(order);
        let wire = Wire { order, word, sender: group, groups, mess_type: 0, hint_order, body };
        check_membership(&wire, &wire_sets, cause)?;
    }

    #[test]
    fn transitions_and_leaves(order in orders(), group in fields(), id in any::<[i32; 3]>()) {
        let (mess_type, hint_order, groups) = (0, order, Vec::new());
        let body = write_id(order, id);
        let mut wire = Wire { order, word: 0x2000, sender: group, groups, mess_type, hint_order, body };
        let name = Name::from_field(&group);
        let bytes = wire.bytes();
        let Delivery::Transition { group, id: read } = delivered(&bytes) else { panic!() };
        prop_assert_eq!((group, read), (name, GroupId(id)));
        wire.word = 0x200;
        wire.body.clear();
        let bytes = wire.bytes();
        let Delivery::SelfLeave { group } = delivered(&bytes) else { panic!() };
        prop_assert_eq!(group, name);

        let mut ours = Vec::new();
        encode_transition(name, GroupId(id), &mut ours);
        let Delivery::Transition { group, id: read } = delivered(&ours) else { panic!() };
        prop_assert_eq!((group, read), (name, GroupId(id)));
        ours.clear();
        encode_self_leave(name, &mut ours);
        let Delivery::SelfLeave { group } = delivered(&ours) else { panic!() };
        prop_assert_eq!(group, name);
    }

    /// Four bytes with the original type stand between header and groups.
    #[test]
    fn rejects(mut wire in messages(), original in services()) {
        wire.word = 0x0040_0000;
        let mut bytes = wire.bytes();
        let order = wire.order;
        let marker = if order == ByteOrder::Little { 0x8000_0080 } else { 0 };
        bytes.splice(48..48, crate::writer::plain(order, original | marker));
        let Delivery::Reject(reject) = delivered(&bytes) else { panic!() };
        prop_assert_eq!(reject.service_type.0, original | 0x0040_0000);
        prop_assert!(same(reject.message.groups, &wire.groups));
        prop_assert_eq!(reject.message.body, &wire.body[..]);
        for len in 0..bytes.len() {
            prop_assert!(parse_delivery(&bytes[..len]).unwrap().is_none());
        }
    }

    /// However a stream comes in, the messages are the same.
    #[test]
    fn chunks(wires in vec(messages(), 1..6), cuts in vec(any::<prop::sample::Index>(), 0..20)) {
        let whole: Vec<u8> = wires.iter().flat_map(Wire::bytes).collect();
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(whole.len())).collect();
        cuts.extend([0, whole.len()]);
        cuts.sort_unstable();
        let mut deframer = Deframer::new(Reader::Client);
        let mut frames = Vec::new();
        for cut in cuts.windows(2) {
            deframer.push(&whole[cut[0]..cut[1]]);
            while let Some(frame) = deframer.next_frame().unwrap() {
                frames.push(frame.bytes.to_vec());
            }
            let done: usize = frames.iter().map(Vec::len).sum();
            prop_assert_eq!(deframer.is_at_boundary(), done == cut[1]);
        }
        prop_assert_eq!(frames, wires.iter().map(Wire::bytes).collect::<Vec<_>>());
    }
}

fn check_membership(wire: &Wire, wire_sets: &WireSets, cause: Cause) -> Result<(), TestCaseError> {
    let bytes = wire.bytes();
    let Delivery::Membership(membership) = delivered(&bytes) else { panic!("no membership") };
    prop_assert_eq!((membership.cause, membership.id), (cause, GroupId(wire_sets.id)));
    prop_assert_eq!(membership.group, Name::from_field(&wire.sender));
    prop_assert!(same(membership.members, &wire.groups));
    prop_assert_eq!((membership.own_set, membership.num_sets), (wire_sets.own, wire_sets.sets.len()));
    prop_assert!(membership.sets().eq(wire_sets.sets.iter().map(Vec::as_slice)));
    let changed = (cause != Cause::Network).then(|| Name::from_field(&wire_sets.sets[0][0]));
    prop_assert_eq!(membership.changed(), changed);
    for (index, member) in wire.groups.iter().enumerate() {
        prop_assert!(membership.index_of(Name::from_field(member)).is_some_and(|first| first <= index));
    }

    // Ours, read again: the same, except for garbage after names.
    let members: Vec<_> = wire.groups.iter().map(Name::from_field).collect();
    let clean: Vec<Vec<_>> = wire_sets.sets.iter().map(|set| set.iter().map(Name::from_field).collect()).collect();
    let slices: Vec<&[Name]> = clean.iter().map(Vec::as_slice).collect();
    let (group, id, own_set) = (membership.group, membership.id, membership.own_set);
    let mut ours = Vec::new();
    NewMembership { group, cause, id, sets: &slices, own_set }.encode(members.iter(), &mut ours);
    let Delivery::Membership(again) = delivered(&ours) else { panic!("no membership") };
    prop_assert_eq!((again.group, again.cause, again.id, again.own_set), (group, cause, id, own_set));
    prop_assert!(again.members.iter().map(Name::from_field).eq(members));
    prop_assert!(again.sets().map(|set| set.iter().map(Name::from_field).collect::<Vec<_>>()).eq(clean));
    Ok(())
}
