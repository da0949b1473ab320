//! What memberships and slow readers weigh: it is counted, and bounded by the bytes in all.

use spread_proto::ServiceType;
use spread_proto::client::Config;

use super::world::{Member, World};
use crate::config::Limits;
use crate::event::Reason;

const AGREED: ServiceType = ServiceType::AGREED_MESS;

fn unheard(world: &mut World) -> Member {
    Member::connect(world, Config::new(None, false)).unwrap()
}

#[test]
fn memberships_are_held_bytes() {
    let mut world = World::with(Limits::default());
    let mut a = unheard(&mut world);
    let mut held = vec![world.rules.held()];
    for group in ["one", "two", "three"] {
        a.join(&mut world, group);
        held.push(world.rules.held());
    }
    let mut b = unheard(&mut world);
    b.join(&mut world, "one");
    held.push(world.rules.held());
    assert_eq!(held[0], 0);
    assert!(held.is_sorted_by(|less, more| less < more), "{held:?}");
    // Another one in a group that is there weighs less than a group.
    assert!(held[4] - held[3] < held[3] - held[2]);
    b.leave(&mut world, "one");
    assert_eq!(world.rules.held(), held[3]);
    world.end(a.connection, Reason::Gone);
    assert_eq!(world.rules.held(), 0);
}

/// The one in most groups goes when that is too much.
#[test]
fn memberships_are_bounded_by_the_bytes_in_all() {
    let mut world = World::with(Limits { total_bytes: 100_000, ..Limits::default() });
    let mut few = unheard(&mut world);
    few.join(&mut world, "one");
    let mut many = unheard(&mut world);
    let mut joined = 0;
    while world.ended.is_empty() {
        many.join(&mut world, &format!("g{joined}"));
        joined += 1;
        assert!(world.rules.held() <= 100_000);
    }
    assert_eq!(world.ended, [(Some(many.private_group()), Reason::SlowTotal)]);
    assert!(joined > 100 && joined < 1000, "{joined}");
    few.send(&mut world, AGREED, &["one"], b"still here");
    assert_eq!(few.heard(&mut world).len(), 1);
}

/// A view is made once, whoever gets it; and not at all where nobody wants it.
#[test]
fn a_view_is_one_chunk_for_all() {
    const MEMBERS: usize = 50;
    let mut world = World::with(Limits::default());
    let mut members: Vec<_> =
        (0..MEMBERS).map(|number| Member::named(&mut world, &format!("m{number}")).unwrap()).collect();
    for member in &mut members {
        member.join(&mut world, "room");
    }
    for member in &members {
        world.stall(member.connection);
    }
    let announced = world.rules.announced;
    let mut last = unheard(&mut world);
    last.join(&mut world, "room");
    let view = 48 + 32 * (MEMBERS + 1) + 12 + 8 + 4 + 32;
    assert_eq!(world.rules.announced - announced, view);
    assert_eq!(world.rules.stats().queued_bytes as usize, MEMBERS * view);
    // Its bytes, and a holder for each.
    assert!(world.waiting() < view + (MEMBERS + 2) * 64, "{}", world.waiting());
}

#[test]
fn where_nobody_wants_views_there_are_none() {
    let mut world = World::with(Limits::default());
    let mut members: Vec<_> = (0..50).map(|_| unheard(&mut world)).collect();
    for member in &mut members {
        member.join(&mut world, "room");
    }
    members[0].leave(&mut world, "room");
    for member in &members {
        world.end(member.connection, Reason::Gone);
    }
    assert_eq!((world.rules.announced, world.rules.stats().messages_out), (0, 0));
}

/// Small messages to many that do not read weigh more than their bytes, which are held once.
#[test]
fn what_waits_for_many_weighs_for_each() {
    const READERS: usize = 100;
    let mut world = World::with(Limits { total_bytes: 1_000_000, ..Limits::default() });
    let mut readers: Vec<_> = (0..READERS).map(|_| unheard(&mut world)).collect();
    for reader in &mut readers {
        reader.join(&mut world, "room");
        world.stall(reader.connection);
    }
    let mut sender = unheard(&mut world);
    let mut sent = 0;
    while world.ended.is_empty() {
        sender.send(&mut world, AGREED, &["room"], b"");
        sent += 1;
    }
    // A reference in each queue is about as long as the message.
    assert!(sent < 1_000_000 / (READERS * 48), "{sent} were sent");
    assert!(world.rules.held() <= 1_000_000);
}
