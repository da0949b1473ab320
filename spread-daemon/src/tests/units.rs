//! Work comes in units of so many steps. What is not done in one waits; the order of everything is kept, and so is what
//! each client hears.

use proptest::prelude::*;
use spread_proto::client::Config;
use spread_proto::{GroupName, ServiceType};

use super::world::{Member, World};
use crate::config::Limits;
use crate::event::Reason;
use crate::rules::steps::Steps;

const AGREED: ServiceType = ServiceType::AGREED_MESS;

/// A daemon, and members that are in groups together; none of them has anything unread.
fn crowd(names: &[&str], groups: &[&str]) -> (World, Vec<Member>) {
    let mut world = World::with(Limits::default());
    let mut members: Vec<_> = names.iter().map(|name| Member::named(&mut world, name).unwrap()).collect();
    for member in &mut members {
        for group in groups {
            member.join(&mut world, group);
        }
    }
    for member in &mut members {
        member.heard(&mut world);
    }
    (world, members)
}

#[test]
fn an_end_goes_group_by_group_and_others_have_their_turn_between() {
    let (mut world, mut members) = crowd(&["a", "b", "c"], &["three", "one", "two"]);
    world.steps = Steps::many(1);
    let (b, c) = (members[1].connection, members[2].connection);
    world.end(c, Reason::Gone);
    world.end(b, Reason::Gone);
    let a = &mut members[0];
    // Two that leave, in turn, each by the names of its groups.
    assert!(world.go_on_leaving());
    assert_eq!(a.heard(&mut world), ["one = a b (disconnect c)"]);
    assert!(world.go_on_leaving());
    assert_eq!(a.heard(&mut world), ["one = a (disconnect b)"]);
    a.send(&mut world, AGREED, &["two"], b"between");
    assert_eq!(a.heard(&mut world), ["two < a: between"]);
    while world.go_on_leaving() {}
    let rest = [
        "three = a b (disconnect c)",
        "three = a (disconnect b)",
        "two = a b (disconnect c)",
        "two = a (disconnect b)",
    ];
    assert_eq!(a.heard(&mut world), rest);
    assert_eq!(world.rules.stats().sessions, 1);
}

#[test]
fn an_end_that_costs_little_is_done_at_once() {
    let (mut world, mut members) = crowd(&["a", "b"], &["one", "two"]);
    world.steps = Steps::few(100);
    let b = members[1].connection;
    world.end(b, Reason::Left);
    assert_eq!(members[0].heard(&mut world), ["one = a (disconnect b)", "two = a (disconnect b)"]);
    assert!(!world.rules.has_leavings());
}

/// Whoever asks for the name of one that is still on its way out gets it, once it is free.
#[test]
fn a_name_on_its_way_out_is_waited_for() {
    let (mut world, members) = crowd(&["a", "b"], &["one", "two"]);
    world.steps = Steps::few(0);
    world.end(members[1].connection, Reason::Gone);
    let [first, second] = [(); 2].map(|()| world.accept().unwrap());
    for connection in [first, second] {
        world.feed(connection, b"\x05\x00\x01\x01\x01b");
        assert_eq!(world.take_written(connection), b"");
    }
    world.steps = Steps::ALL;
    while world.go_on_leaving() {}
    assert_eq!(world.take_written(first), b"\x05NULL ");
    assert_eq!(world.take_written(second), [-6_i8 as u8], "it has gone to the first");
}

/// The same of one whose client is gone, and of which not all is read yet.
#[test]
fn a_name_whose_client_is_gone_is_waited_for() {
    let (mut world, members) = crowd(&["a", "b"], &["one"]);
    world.note_going(members[1].connection);
    let next = world.accept().unwrap();
    let mut request = b"\x05\x00\x01\x01\x01b".to_vec();
    // Even the choice may be there already.
    request.extend_from_slice(b"NULL");
    request.resize(request.len() + 86, 0);
    world.feed(next, &request);
    assert_eq!(world.take_written(next), b"");
    world.end(members[1].connection, Reason::Gone);
    assert_eq!(world.take_written(next), b"\x05NULL \x01\x05\x00\x01\x07#b#here");
    // Who gives up waiting leaves nothing.
    world.note_going(next);
    let given_up = world.accept().unwrap();
    world.feed(given_up, b"\x05\x00\x01\x01\x01b");
    world.end(given_up, Reason::HandshakeTime);
    world.end(next, Reason::Gone);
    assert_eq!(world.rules.stats().sessions, 1);
}

/// A number is not used again while its session is in groups: a new session would get what is sent to them.
#[test]
fn a_session_on_its_way_out_gets_nothing_and_nobody_else_does() {
    let (mut world, mut members) = crowd(&["a", "b"], &["one", "two"]);
    world.steps = Steps::few(0);
    world.end(members[1].connection, Reason::Left);
    world.steps = Steps::ALL;
    let mut c = Member::named(&mut world, "c").unwrap();
    members[0].send(&mut world, AGREED, &["one"], b"hello");
    assert_eq!(c.heard(&mut world), [""; 0]);
    while world.go_on_leaving() {}
    members[0].heard(&mut world);
    // Now it may.
    let mut d = Member::named(&mut world, "d").unwrap();
    d.join(&mut world, "one");
    assert_eq!(d.heard(&mut world), ["one = a d (join d)"]);
}

#[test]
fn a_client_that_has_much_done_waits_and_its_requests_keep_their_order() {
    let (mut world, mut members) = crowd(&["a", "b", "c"], &["one"]);
    world.steps = Steps::many(1);
    let mut sender = Member::connect(&mut world, Config::new(None, false)).unwrap();
    for (number, group) in ["one", "#b#here", "one"].into_iter().enumerate() {
        sender.queue(AGREED, &[group], format!("{number}").as_bytes());
    }
    sender.flush(&mut world);
    let heard = |world: &mut World, members: &mut [Member]| -> Vec<usize> {
        members.iter_mut().map(|member| member.heard(world).len()).collect()
    };
    assert_eq!(heard(&mut world, &mut members), [1, 1, 1], "the first, whatever it costs");
    // Others are served meanwhile.
    members[2].send(&mut world, AGREED, &["#c#here"], b"ping");
    assert_eq!(members[2].heard(&mut world), ["c < c: ping"]);
    assert!(world.go_on(sender.connection));
    assert_eq!(heard(&mut world, &mut members), [0, 1, 0]);
    assert!(world.go_on(sender.connection));
    assert_eq!(heard(&mut world, &mut members), [1, 1, 1]);
    assert!(!world.go_on(sender.connection));
}

/// What waits is not copied for each receiver: the bytes are one chunk from the first unit to the last.
#[test]
fn a_flood_in_many_units_is_held_once() {
    let (mut world, members) = crowd(&["a", "b", "c", "d", "e"], &["one", "two"]);
    for member in &members {
        world.stall(member.connection);
    }
    world.steps = Steps::many(1);
    let mut sender = Member::connect(&mut world, Config::new(None, false)).unwrap();
    for number in 0..50 {
        sender.queue(AGREED, &[["one", "two"][number % 2], "none"], &[7; 1000]);
    }
    sender.flush(&mut world);
    while world.go_on(sender.connection) {}
    let bytes = 50 * (48 + 64 + 1000);
    assert_eq!(world.rules.stats().queued_bytes, 5 * bytes);
    assert!(world.waiting() < 2 * bytes as usize, "{} of {bytes}", world.waiting());
}

#[derive(Clone, Debug)]
enum Ask {
    Join(usize),
    Leave(usize),
    Send(Vec<usize>, usize),
}

fn asks() -> impl Strategy<Value = Vec<Ask>> {
    let one = prop_oneof![
        2 => (0..4_usize).prop_map(Ask::Join),
        1 => (0..4_usize).prop_map(Ask::Leave),
        4 => (prop::collection::vec(0..5_usize, 1..4), 0..300_usize).prop_map(|(groups, len)| Ask::Send(groups, len)),
    ];
    prop::collection::vec(one, 1..60)
}

const GROUPS: [&str; 5] = ["g0", "g1", "g2", "g3", "#b#here"];

/// What everybody hears of one that asks for all this at once and is gone, with so many steps for a unit.
fn outcome(asks: &[Ask], cut: usize, steps: Steps) -> Vec<Vec<String>> {
    let (mut world, mut members) = crowd(&["a", "b", "c"], &["g0", "g1"]);
    members[0].leave(&mut world, "g1");
    let mut sender = Member::named(&mut world, "s").unwrap();
    for ask in asks {
        let name = |group: &usize| GroupName::new(GROUPS[*group].as_bytes()).unwrap();
        match ask {
            Ask::Join(group) => sender.client.join(name(group)).unwrap(),
            Ask::Leave(group) => sender.client.leave(name(group)).unwrap(),
            Ask::Send(groups, len) => {
                let groups: Vec<_> = groups.iter().map(|&group| GROUPS[group]).collect();
                sender.queue(AGREED, &groups, &vec![b'x'; *len]);
            }
        }
    }
    let bytes = sender.client.take_transmit();
    world.steps = steps;
    for piece in [&bytes[..cut.min(bytes.len())], &bytes[cut.min(bytes.len())..]] {
        world.feed(sender.connection, piece);
        while world.go_on(sender.connection) {}
    }
    let mut heard = vec![sender.heard(&mut world)];
    world.end(sender.connection, Reason::Gone);
    while world.go_on_leaving() {}
    heard.extend(members.iter_mut().map(|member| member.heard(&mut world)));
    assert_eq!(world.ended.len(), 1);
    heard
}

proptest! {
    #[test]
    fn units_change_nothing(asks in asks(), cut in 0..10_000_usize, steps in 0..40_usize) {
        prop_assert_eq!(outcome(&asks, cut, Steps::many(steps)), outcome(&asks, cut, Steps::ALL));
    }
}
