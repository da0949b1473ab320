//! Who hears what, in which order: stories of clients named by letters, and what each of them has heard since the
//! last line that asked.
//!
//! | line | means |
//! |---|---|
//! | `a b connect` | they connect |
//! | `x connects without membership` | so it does |
//! | `a joins room`, `a leaves room` | as said |
//! | `a sends room,#b text` | one message to these, where `#b` is b's private group |
//! | `a discards room text` | the same with self discard |
//! | `a disconnects`, `a is gone` | by a kill, by the end of its connection |
//! | `a: room = a (join a)` | what it hears next |
//! | `all heard` | nobody has heard anything else |

use std::collections::BTreeMap;

use spread_proto::client::Config;
use spread_proto::{Code, PrivateName, ServiceType};

use super::world::{Member, World};
use crate::auth::{Auth, IpRule};
use crate::config::Limits;
use crate::event::Reason;

const STORIES: &[(&str, &str)] = &[
    (
        "joins and leaves are told to all members, in one order",
        "a b connect
         a joins room
         b joins room
         a: room = a (join a)
         a: room = a b (join b)
         b: room = a b (join b)
         a leaves room
         a: room: left
         b: room = b (leave a)
         b leaves room
         b: room: left
         all heard",
    ),
    (
        "a member that disconnects, or is gone, is told in the order of its groups",
        "a b c connect
         a joins two
         a joins one
         b joins two
         b joins one
         c joins one
         a: two = a (join a)
         a: one = a (join a)
         a: two = a b (join b)
         a: one = a b (join b)
         a: one = a b c (join c)
         b: two = a b (join b)
         b: one = a b (join b)
         b: one = a b c (join c)
         c: one = a b c (join c)
         b disconnects
         a: one = a c (disconnect b)
         a: two = a (disconnect b)
         c: one = a c (disconnect b)
         a is gone
         c: one = c (disconnect a)
         all heard",
    ),
    (
        "joining twice and leaving what one is not in are ignored",
        "a b connect
         a joins room
         a joins room
         a leaves other
         b leaves room
         a: room = a (join a)
         all heard",
    ),
    (
        "a message goes once to each receiver, whatever it is sent to",
        "a b c connect
         a joins one
         a joins two
         b joins two
         a: one = a (join a)
         a: two = a (join a)
         a: two = a b (join b)
         b: two = a b (join b)
         c sends one,two,#a,#b,nobody hello
         a: one,two,a,b,nobody < c: hello
         b: one,two,a,b,nobody < c: hello
         all heard",
    ),
    (
        "self discard keeps it from the sender alone",
        "a b connect
         a joins room
         b joins room
         a: room = a (join a)
         a: room = a b (join b)
         b: room = a b (join b)
         a discards room,#a hello
         a sends room again
         a: room < a: again
         b: room,a < a: hello
         b: room < a: again
         all heard",
    ),
    (
        "a private message needs no group, one to nobody is dropped",
        "a b connect
         a sends #b for you
         a sends #a for me
         a sends #z for nobody
         a sends room for nobody
         a: a < a: for me
         b: b < a: for you
         all heard",
    ),
    (
        "without membership: messages, and nothing of members; not even the confirmation of a leave",
        "a connect
         x connects without membership
         x joins room
         a joins room
         a: room = a x (join a)
         a sends room hello
         a: room < a: hello
         x: room < a: hello
         x leaves room
         a: room = a (leave x)
         all heard",
    ),
    (
        "what several send comes to all in one order",
        "a b c connect
         a joins room
         b joins room
         a: room = a (join a)
         a: room = a b (join b)
         b: room = a b (join b)
         a sends room 1
         c sends room 2
         b sends room 3
         c sends room 4
         a: room < a: 1
         a: room < c: 2
         a: room < b: 3
         a: room < c: 4
         b: room < a: 1
         b: room < c: 2
         b: room < b: 3
         b: room < c: 4
         all heard",
    ),
    (
        "a name is free again once its session is over, and its groups know the new one as another member",
        "a b connect
         a joins room
         b joins room
         a: room = a (join a)
         a: room = a b (join b)
         b: room = a b (join b)
         b is gone
         a: room = a (disconnect b)
         b connect
         b joins room
         a: room = a b (join b)
         b: room = a b (join b)
         all heard",
    ),
];

#[test]
fn stories() {
    for (what, story) in STORIES {
        let mut stage =
            Stage { world: World::with(Limits::default()), members: BTreeMap::new(), heard: BTreeMap::new() };
        for line in story.lines().map(str::trim) {
            stage.play(line).unwrap_or_else(|problem| panic!("{what}: {line}: {problem}"));
        }
    }
}

struct Stage {
    world: World,
    members: BTreeMap<String, Member>,
    /// What each has heard and nobody has asked for.
    heard: BTreeMap<String, Vec<String>>,
}

impl Stage {
    fn play(&mut self, line: &str) -> Result<(), String> {
        if let Some((who, expected)) = line.split_once(": ") {
            let lines = self.heard.entry(who.to_owned()).or_default();
            if lines.is_empty() {
                return Err("nothing was heard".to_owned());
            }
            let heard = lines.remove(0);
            return if heard == expected { Ok(()) } else { Err(format!("heard {heard}")) };
        }
        let words: Vec<_> = line.split(' ').collect();
        match words[..] {
            ["all", "heard"] => {
                self.heard.retain(|_, lines| !lines.is_empty());
                return if self.heard.is_empty() { Ok(()) } else { Err(format!("{:?} besides", self.heard)) };
            }
            [ref names @ .., "connect"] => names.iter().for_each(|name| self.connect(name, true)),
            [name, "connects", "without", "membership"] => self.connect(name, false),
            [who, verb, ref rest @ ..] => self.act(who, verb, rest),
            _ => return Err("means nothing".to_owned()),
        }
        for (who, member) in &mut self.members {
            self.heard.entry(who.clone()).or_default().extend(member.heard(&mut self.world));
        }
        Ok(())
    }

    fn connect(&mut self, name: &str, membership: bool) {
        let config = Config::new(Some(PrivateName::new(name.as_bytes()).unwrap()), membership);
        self.members.insert(name.to_owned(), Member::connect(&mut self.world, config).unwrap());
    }

    fn act(&mut self, who: &str, verb: &str, rest: &[&str]) {
        let world = &mut self.world;
        let member = self.members.get_mut(who).expect("it has connected");
        let groups: Vec<_> = rest.first().copied().unwrap_or_default().split(',').map(full).collect();
        let groups: Vec<_> = groups.iter().map(String::as_str).collect();
        let body = rest.get(1..).unwrap_or_default().join(" ");
        match verb {
            "joins" => member.join(world, groups[0]),
            "leaves" => member.leave(world, groups[0]),
            "sends" => member.send(world, ServiceType::AGREED_MESS, &groups, body.as_bytes()),
            "discards" => {
                let service = ServiceType(ServiceType::SAFE_MESS.0 | ServiceType::SELF_DISCARD.0);
                member.send(world, service, &groups, body.as_bytes());
            }
            "disconnects" => {
                member.client.disconnect();
                member.flush(world);
                self.members.remove(who);
            }
            "is" => {
                world.end(member.connection, Reason::Gone);
                self.members.remove(who);
            }
            _ => panic!("{verb}?"),
        }
    }
}

/// `#b` stands for b's private group.
fn full(group: &str) -> String {
    if group.starts_with('#') { format!("{group}#here") } else { group.to_owned() }
}

#[test]
fn names() {
    let mut world = World::with(Limits::default());
    let first = Member::named(&mut world, "taken").unwrap();
    assert_eq!(Member::named(&mut world, "taken").err(), Some(Code::RejectNotUnique));
    assert_eq!(first.private_group(), "#taken#here");
    // Two that leave it to the daemon.
    let invented = [(); 2].map(|()| Member::connect(&mut world, Config::new(None, true)).unwrap().private_group());
    assert_ne!(invented[0], invented[1]);
    for name in invented {
        assert!(name.starts_with("#r") && name.ends_with("#here"), "{name}");
    }
}

#[test]
fn ip_lists() {
    for (rule, admitted) in [("127.0.0.1", true), ("10.0.0.0/8", false), ("unix", false)] {
        let auth = Auth { null: true, ip: Some(vec![IpRule::parse(rule).unwrap()]) };
        let mut world = World::new("here", auth, Limits::default());
        let mut config = Config::new(None, true);
        config.methods[0].name = spread_proto::AuthName::new(spread_proto::AuthName::IP).unwrap();
        let refused = Member::connect(&mut world, config).err();
        assert_eq!(refused, (!admitted).then_some(Code::RejectAuth), "{rule}");
        // By the other method everybody may.
        assert!(Member::named(&mut world, "any").is_ok());
    }
    let closed = Auth { null: false, ip: Some(vec![IpRule::parse("local").unwrap()]) };
    let mut world = World::new("here", closed, Limits::default());
    assert_eq!(Member::named(&mut world, "any").err(), Some(Code::RejectAuth));
}

/// A strict daemon judges what one read has found; another one waits for the rest. `spread-proto` has all the cases.
#[test]
fn requests_in_pieces() {
    for (strict, pieces, answer) in [
        (false, ["\x05\x00", "\x01\x01\x02ab"], &b"\x05NULL "[..]),
        (true, ["\x05\x00", "\x01\x01\x02ab"], b""),
        (true, ["\x05\x00\x01\x01\x02a", "b"], b"\xfb"),
        (true, ["\x05\x00\x01\x01\x02ab", "NULL"], b"\x05NULL \xf7"),
    ] {
        let mut world = World::with(Limits::default());
        world.rules.strict = strict;
        let connection = world.accept().unwrap();
        for piece in pieces {
            world.feed(connection, piece.as_bytes());
        }
        assert_eq!(world.take_written(connection), answer, "{strict} {pieces:?}");
        assert_eq!(world.ended.len(), usize::from(strict), "{pieces:?}");
    }
}

/// All that a client says in one read takes effect in order, and nothing behind its kill.
#[test]
fn a_kill_in_the_middle_of_a_read() {
    let mut world = World::with(Limits::default());
    let mut a = Member::named(&mut world, "a").unwrap();
    let mut b = Member::named(&mut world, "b").unwrap();
    a.join(&mut world, "room");
    b.client.join(spread_proto::GroupName::new(b"room").unwrap()).unwrap();
    let mut bytes = b.client.take_transmit();
    let request = bytes.clone();
    b.client.disconnect();
    bytes.extend(b.client.take_transmit());
    bytes.extend_from_slice(&request);
    world.feed(b.connection, &bytes);
    assert_eq!(a.heard(&mut world), ["room = a (join a)", "room = a b (join b)", "room = a (disconnect b)"]);
    assert_eq!(world.ended, [(Some("#b#here".to_owned()), Reason::Left)]);
}

/// Bits of a type word that are not a client's are not passed on.
#[test]
fn bits_that_are_not_a_clients() {
    let mut world = World::with(Limits::default());
    let mut a = Member::named(&mut world, "a").unwrap();
    a.join(&mut world, "room");
    a.heard(&mut world);
    for extra in [ServiceType::MEMBERSHIP_MESS.0, ServiceType::REJECT_MESS.0] {
        a.client
            .multicast(
                &spread_proto::Multicast {
                    service_type: ServiceType::SAFE_MESS,
                    groups: &[spread_proto::Destination::parse(b"room").unwrap()],
                    mess_type: 0,
                    data_len: 0,
                },
                b"x",
                140_000,
            )
            .unwrap();
        let mut bytes = a.client.take_transmit();
        for (at, byte) in extra.to_le_bytes().into_iter().enumerate() {
            bytes[at] |= byte;
        }
        world.feed(a.connection, &bytes);
        assert_eq!(a.heard(&mut world), ["room < a: x"]);
    }
}
