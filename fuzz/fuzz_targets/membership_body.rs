//! The body of a membership message behind a header that is right: read, written again, and read once more.
//!
//! Input: byte order and cause (one byte), number of members (one byte), then the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spread_fuzz::Input;
use spread_proto::message::parse_delivery;
use spread_proto::{ByteOrder, Cause, Delivery, Header, Hint, Membership, Name, NameField, NewMembership, ServiceType};

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let (flags, members) = (input.byte(), usize::from(input.byte()));
    let byte_order = if flags & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
    let service_type = match flags >> 1 & 7 {
        0 => Cause::Join.service_type(),
        1 => Cause::Leave.service_type(),
        2 => Cause::Disconnect.service_type(),
        3 => Cause::Network.service_type(),
        4 => ServiceType::TRANSITION_MESS,
        5 => ServiceType::CAUSED_BY_LEAVE,
        // Causes that cannot be together, and membership bits that mean nothing.
        _ => ServiceType(u32::from(flags) << 6 & ServiceType::MEMBERSHIP_MESS.0),
    };
    let header = Header {
        service_type,
        byte_order,
        num_groups: members as u32,
        hint: Hint::new(0, byte_order),
        data_len: input.0.len() as u32,
    };
    let mut bytes = header.encode(Name::from_field(&[b'g'; 32])).to_vec();
    bytes.resize(48 + members * 32, b'm');
    bytes.extend(input.0);
    if let Ok(Some((Delivery::Membership(membership), used))) = parse_delivery(&bytes) {
        assert_eq!((used, membership.members.len()), (bytes.len(), members));
        check(&membership);
    }
});

fn check(read: &Membership<'_>) {
    let names = |fields: &[NameField]| fields.iter().map(Name::from_field).collect::<Vec<_>>();
    let sets: Vec<_> = read.sets().map(names).collect();
    assert_eq!(sets.len(), read.num_sets);
    assert!(read.own_set < read.num_sets.max(1));
    assert_eq!(read.changed().is_some(), read.cause != Cause::Network);

    let slices: Vec<&[Name]> = sets.iter().map(Vec::as_slice).collect();
    let mut bytes = Vec::new();
    let new = NewMembership { group: read.group, cause: read.cause, id: read.id, sets: &slices, own_set: read.own_set };
    new.encode(names(read.members).iter(), &mut bytes);
    let Ok(Some((Delivery::Membership(again), used))) = parse_delivery(&bytes) else { panic!("ours is not read") };
    assert_eq!(used, bytes.len());
    assert_eq!((again.group, again.cause, again.id, again.own_set), (read.group, read.cause, read.id, read.own_set));
    assert_eq!((names(again.members), again.changed()), (names(read.members), read.changed()));
    assert!(again.sets().map(names).eq(sets));
}
