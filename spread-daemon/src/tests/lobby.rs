//! Any number of handshakes that come to nothing keep nobody out.

use std::net::{Ipv4Addr, SocketAddr};

use spread_proto::client::Config;
use spread_proto::{Code, PrivateName};

use super::world::{Member, World};
use crate::auth::Peer;
use crate::config::Limits;

const BOUND: usize = 20;

fn world() -> World {
    World::with(Limits { handshakes: BOUND, ..Limits::default() })
}

fn host(number: u32) -> Peer {
    Peer::Tcp(SocketAddr::from((Ipv4Addr::from_bits(0x0a00_0000 + number), 1)))
}

fn named(name: &str) -> Config {
    Config::new(Some(PrivateName::new(name.as_bytes()).unwrap()), true)
}

/// A hundred honest ones among so many others, from their host or another.
fn honest_ones_come_through(mut world: World, honest: Peer, attack: impl Fn(&mut World, usize)) {
    for number in 0..5000 {
        attack(&mut world, number);
        if number % 50 == 49 {
            Member::connect_from(&mut world, honest, named(&format!("h{number}"))).unwrap();
        }
    }
    // The last one's place is free again.
    assert_eq!(world.rules.lobby.len(), BOUND - 1);
    let refused = world.ended.iter().filter(|(group, _)| group.is_none()).count();
    assert_eq!(refused, world.rules.stats().refused as usize);
    assert_eq!(world.rules.stats().sessions as usize, 100 + BOUND - 1);
}

#[test]
fn silent_ones_of_one_host() {
    for honest in [host(1), host(2)] {
        honest_ones_come_through(world(), honest, |world, _| {
            world.accept_from(host(1)).unwrap();
        });
    }
}

#[test]
fn silent_ones_of_many_hosts() {
    honest_ones_come_through(world(), host(0), |world, number| {
        world.accept_from(host(number as u32)).unwrap();
    });
}

#[test]
fn ones_that_stop_half_way() {
    for hosts in [1, 5000] {
        honest_ones_come_through(world(), host(1), |world, number| {
            let connection = world.accept_from(host(number as u32 % hosts)).unwrap();
            world.feed(connection, format!("\x05\x00\x01\x01\x05x{number:04}").as_bytes());
        });
    }
}

/// A host that has many keeps none of another's out that are under way.
#[test]
fn one_under_way_stays_while_others_have_more() {
    let mut world = world();
    let slow = world.accept_from(host(2)).unwrap();
    for _ in 0..100 {
        world.accept_from(host(1)).unwrap();
    }
    world.feed(slow, b"\x05\x00\x01\x01\x04slow");
    assert_eq!(world.take_written(slow), b"\x05NULL ");
}

/// The bound of sessions is shared in the same way: those in their handshake go for whoever comes.
#[test]
fn silent_ones_do_not_fill_the_sessions() {
    let mut world = World::with(Limits { sessions: 3, ..Limits::default() });
    let _a = Member::named(&mut world, "a").unwrap();
    for _ in 0..10 {
        world.accept().unwrap();
    }
    let _b = Member::named(&mut world, "b").unwrap();
    let _c = Member::named(&mut world, "c").unwrap();
    // Of those who are there nobody goes.
    assert_eq!(Member::named(&mut world, "d").err(), Some(Code::RejectQuota));
    assert_eq!(world.rules.stats().sessions, 3);
}
