//! Every bound: at it all is well, one beyond it the one client concerned loses, and nobody else.

use spread_proto::client::Config;
use spread_proto::{Code, ServiceType};

use super::world::{Member, World};
use crate::config::Limits;
use crate::event::Reason;

const AGREED: ServiceType = ServiceType::AGREED_MESS;

/// A daemon with a bound, and a client that is to notice nothing.
fn world(limits: Limits) -> (World, Member) {
    let mut world = World::with(limits);
    let mut witness = Member::named(&mut world, "witness").unwrap();
    witness.join(&mut world, "w");
    witness.heard(&mut world);
    (world, witness)
}

/// The witness is served as before.
fn is_well(world: &mut World, witness: &mut Member) {
    witness.send(world, AGREED, &["w"], b"still here");
    assert_eq!(witness.heard(world), ["w < witness: still here"]);
}

fn ended(name: &str, reason: Reason) -> (Option<String>, Reason) {
    (Some(format!("#{name}#here")), reason)
}

#[test]
fn sessions() {
    let (mut world, mut witness) = world(Limits { sessions: 3, ..Limits::default() });
    let _a = Member::named(&mut world, "a").unwrap();
    let b = Member::named(&mut world, "b").unwrap();
    assert_eq!(Member::named(&mut world, "c").err(), Some(Code::RejectQuota));
    assert_eq!(world.ended, [(None, Reason::Refused(Code::RejectQuota))]);
    is_well(&mut world, &mut witness);
    world.end(b.connection, Reason::Gone);
    assert!(Member::named(&mut world, "c").is_ok());
}

#[test]
fn handshakes() {
    let (mut world, mut witness) = world(Limits { handshakes: 2, ..Limits::default() });
    let silent = [world.accept().unwrap(), world.accept().unwrap()];
    // One more, and the first of them goes for it, and hears why.
    world.accept().unwrap();
    assert_eq!(world.ended, [(None, Reason::Refused(Code::RejectQuota))]);
    assert_eq!(world.take_written(silent[0]), [-3_i8 as u8]);
    is_well(&mut world, &mut witness);
    world.end(silent[1], Reason::HandshakeTime);
    assert_eq!(world.ended.last(), Some(&(None, Reason::HandshakeTime)));
    // Those whose handshake is over do not count.
    assert!(Member::named(&mut world, "a").is_ok());
    assert!(Member::named(&mut world, "b").is_ok());
}

#[test]
fn groups_in_all() {
    // One of them is the witness's.
    let (mut world, mut witness) = world(Limits { groups: 3, ..Limits::default() });
    let mut a = Member::named(&mut world, "a").unwrap();
    a.join(&mut world, "one");
    a.join(&mut world, "two");
    // A group that is there may be joined all the same.
    a.join(&mut world, "w");
    assert_eq!(witness.heard(&mut world), ["w = a witness (join a)"]);
    assert!(world.ended.is_empty());
    a.join(&mut world, "three");
    assert_eq!(world.ended, [ended("a", Reason::Limit("groups in all"))]);
    assert_eq!(witness.heard(&mut world), ["w = witness (disconnect a)"]);
    is_well(&mut world, &mut witness);
    assert_eq!(world.rules.stats().groups, 1);
}

#[test]
fn groups_of_a_session() {
    let (mut world, mut witness) = world(Limits { groups_of_session: 2, ..Limits::default() });
    let mut a = Member::named(&mut world, "a").unwrap();
    a.join(&mut world, "one");
    a.join(&mut world, "two");
    a.join(&mut world, "two");
    a.leave(&mut world, "one");
    a.join(&mut world, "one");
    assert!(world.ended.is_empty());
    a.join(&mut world, "three");
    assert_eq!(world.ended, [ended("a", Reason::Limit("groups of one session"))]);
    is_well(&mut world, &mut witness);
}

#[test]
fn members_of_a_group() {
    let (mut world, mut witness) = world(Limits { members_of_group: 2, ..Limits::default() });
    let mut a = Member::named(&mut world, "a").unwrap();
    let mut b = Member::named(&mut world, "b").unwrap();
    a.join(&mut world, "w");
    assert!(world.ended.is_empty());
    b.join(&mut world, "w");
    assert_eq!(world.ended, [ended("b", Reason::Limit("members of one group"))]);
    assert_eq!(witness.heard(&mut world), ["w = a witness (join a)"]);
    is_well(&mut world, &mut witness);
}

#[test]
fn bytes_of_a_session() {
    // A message to `room`: header, group, body.
    let message = 48 + 32 + 100;
    let (mut world, mut witness) = world(Limits { session_bytes: 10 * message, ..Limits::default() });
    let mut slow = Member::named(&mut world, "slow").unwrap();
    slow.join(&mut world, "room");
    slow.heard(&mut world);
    world.stall(slow.connection);
    for _ in 0..10 {
        witness.send(&mut world, AGREED, &["room"], &[b'x'; 100]);
    }
    assert!(world.ended.is_empty());
    witness.send(&mut world, AGREED, &["room"], b"");
    assert_eq!(world.ended, [ended("slow", Reason::SlowBytes)]);
    is_well(&mut world, &mut witness);
    assert_eq!(world.rules.stats().queued_bytes, 0);
    assert_eq!(world.waiting(), 0);
}

#[test]
fn messages_of_a_session() {
    let (mut world, mut witness) = world(Limits { session_messages: Some(10), ..Limits::default() });
    let mut slow = Member::named(&mut world, "slow").unwrap();
    slow.join(&mut world, "room");
    slow.heard(&mut world);
    world.stall(slow.connection);
    for _ in 0..10 {
        witness.send(&mut world, AGREED, &["room"], b"");
    }
    assert!(world.ended.is_empty());
    witness.send(&mut world, AGREED, &["room"], b"");
    assert_eq!(world.ended, [ended("slow", Reason::SlowMessages)]);
    is_well(&mut world, &mut witness);
}

/// The one who has most held goes, and what several share is counted once.
#[test]
fn bytes_in_all() {
    let (mut world, mut witness) = world(Limits { total_bytes: 100_000, ..Limits::default() });
    let mut slow: Vec<_> = (0..5).map(|number| Member::named(&mut world, &format!("s{number}")).unwrap()).collect();
    for member in &mut slow {
        member.join(&mut world, "room");
    }
    for member in &mut slow {
        member.heard(&mut world);
        world.stall(member.connection);
    }
    // 5 × 50,000 bytes wait, in 50,000 bytes of memory.
    for _ in 0..5 {
        witness.send(&mut world, AGREED, &["room"], &[b'x'; 10_000]);
    }
    assert!(world.ended.is_empty(), "{:?} {}", world.ended, world.rules.held());
    witness.send(&mut world, AGREED, &["#s3#here"], &vec![b'x'; 40_000]);
    assert!(world.ended.is_empty(), "{:?} {}", world.ended, world.rules.held());
    witness.send(&mut world, AGREED, &["room"], &vec![b'x'; 20_000]);
    assert_eq!(world.ended, [ended("s3", Reason::SlowTotal)]);
    assert!(world.rules.held() <= 100_000);
    is_well(&mut world, &mut witness);
}

/// The system takes its time for each page of memory, and others wait meanwhile.
#[test]
fn much_memory_is_given_back_a_little_at_a_time() {
    let (mut world, mut witness) = world(Limits { session_bytes: 1_000_000, ..Limits::default() });
    let slow = Member::named(&mut world, "slow").unwrap();
    world.stall(slow.connection);
    for _ in 0..11 {
        witness.send(&mut world, AGREED, &["#slow#here"], &vec![b'x'; 100_000]);
    }
    assert_eq!(world.ended, [ended("slow", Reason::SlowBytes)]);
    let mut held = vec![world.rules.held()];
    while world.rules.sessions.has_dropped() {
        world.rules.sessions.free_some();
        held.push(world.rules.held());
    }
    assert!(held[0] > 1_000_000 && held[held.len() - 1] < 10_000, "{held:?}");
    assert!(held.windows(2).all(|pair| pair[0] - pair[1] <= 400_000), "{held:?}");
    is_well(&mut world, &mut witness);
}

/// A message that is not whole is held too.
#[test]
fn beginnings_of_messages() {
    let (mut world, mut witness) = world(Limits { total_bytes: 100_000, ..Limits::default() });
    let mut long = Member::named(&mut world, "long").unwrap();
    let room = [spread_proto::Destination::parse(b"w").unwrap()];
    let head = spread_proto::Multicast { service_type: AGREED, groups: &room, mess_type: 0, data_len: 0 };
    long.client.multicast(&head, &vec![b'x'; 120_000], 140_000).unwrap();
    let bytes = long.client.take_transmit();
    world.feed(long.connection, &bytes[..60_000]);
    assert!(world.ended.is_empty());
    assert!(world.rules.held() >= 60_000);
    world.feed(long.connection, &bytes[60_000..119_000]);
    assert_eq!(world.ended, [ended("long", Reason::SlowTotal)]);
    assert_eq!(world.waiting(), 0);
    is_well(&mut world, &mut witness);
}

#[test]
fn size_of_a_message() {
    for whole in [true, false] {
        let (mut world, mut witness) = world(Limits { message_size: 1000, ..Limits::default() });
        let mut long = Member::named(&mut world, "long").unwrap();
        long.send(&mut world, AGREED, &["w"], &[b'x'; 1000 - 32]);
        assert_eq!(witness.heard(&mut world).len(), 1);
        let room = [spread_proto::Destination::parse(b"w").unwrap()];
        let head = spread_proto::Multicast { service_type: AGREED, groups: &room, mess_type: 0, data_len: 0 };
        long.client.multicast(&head, &[b'x'; 1000 - 31], 140_000).unwrap();
        let bytes = long.client.take_transmit();
        // It is judged by what its header announces.
        world.feed(long.connection, if whole { &bytes } else { &bytes[..48] });
        assert_eq!(world.ended, [ended("long", Reason::Limit("the size of a message"))]);
        is_well(&mut world, &mut witness);
    }
}

#[test]
fn a_name_that_is_refused_leaves_nothing() {
    let (mut world, mut witness) = world(Limits::default());
    for _ in 0..100 {
        assert_eq!(Member::named(&mut world, "witness").err(), Some(Code::RejectNotUnique));
    }
    assert_eq!((world.rules.stats().sessions, world.waiting(), world.rules.lobby.len()), (1, 0, 0));
    assert!(Member::connect(&mut world, Config::new(None, false)).is_ok());
    is_well(&mut world, &mut witness);
}
