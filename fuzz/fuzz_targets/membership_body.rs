//! The body of a membership message after a correct header: read, written again, and read once more.
//!
//! Input: byte order and cause (one byte), number of members (one byte), then the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spread_fuzz::membership_message;
use spread_proto::message::parse_delivery;
use spread_proto::{Cause, Delivery, Membership, Name, NameField, NewMembership};

fuzz_target!(|data: &[u8]| {
    let bytes = membership_message(data);
    if let Ok(Some((Delivery::Membership(membership), used))) = parse_delivery(&bytes) {
        assert_eq!((used, membership.members.len()), (bytes.len(), usize::from(data.get(1).copied().unwrap_or(0))));
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
