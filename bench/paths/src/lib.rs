//! The paths that every message takes, without sockets: what `cargo bench -p spread-paths` times, and
//! `bench/instructions.js` counts the instructions of.

use std::hint::black_box;

use spread_daemon::internals::Socketless;
use spread_proto::client::{Client, Config, Happened};
use spread_proto::{Delivery, Destination, GroupName, Multicast, PrivateName, Reader, ServiceType};

/// Messages in a run of the paths of small messages: about what one read of a flood has.
const MANY: u64 = 256;
const SMALL: usize = 64;
const LARGE: usize = 16 * 1024;
const MOST: usize = 140_000;
/// Of a view: as large as groups get in practice.
const MEMBERS: usize = 100;
/// Of a service with a group for each of its users, say.
const GROUPS: usize = 10_000;

/// One path.
#[derive(Debug)]
pub struct Path {
    /// Its name.
    pub name: &'static str,
    /// Messages (of one receiver) in a run.
    pub messages: u64,
    /// Makes what a run needs; the result is one run.
    pub prepare: fn() -> Box<dyn FnMut()>,
}

/// All of them.
pub fn all() -> Vec<Path> {
    vec![
        Path { name: "encode-64", messages: MANY, prepare: || encode(SMALL) },
        Path { name: "encode-16k", messages: MANY, prepare: || encode(LARGE) },
        Path { name: "decode-64", messages: MANY, prepare: || decode(wire(&names(2), SMALL)) },
        Path { name: "decode-16k", messages: MANY, prepare: || decode(wire(&names(2), LARGE)) },
        Path { name: "decode-view-100", messages: 1, prepare: || decode(view()) },
        Path { name: "daemon-64-to-1", messages: MANY, prepare: || deliver(1, SMALL) },
        Path { name: "daemon-64-to-10", messages: 10 * MANY, prepare: || deliver(10, SMALL) },
        Path { name: "daemon-64-to-500", messages: 500 * MANY, prepare: || deliver(500, SMALL) },
        Path { name: "daemon-64-in-turn", messages: GROUPS as u64, prepare: in_turn },
        Path { name: "daemon-16k-to-1", messages: MANY, prepare: || deliver(1, LARGE) },
        Path { name: "daemon-join-leave-100", messages: 2 * MEMBERS as u64 + 2, prepare: join_and_leave },
    ]
}

/// A client of the rules.
struct Member {
    id: u32,
    client: Client,
}

impl Member {
    fn connect(rules: &mut Socketless, name: &str) -> Member {
        let config = Config::new(Some(PrivateName::new(name.as_bytes()).expect("it is legal")), true);
        let mut client = Client::new(config).expect("it is legal");
        let id = rules.accept();
        let mut bytes = Vec::new();
        while client.accept().is_none() {
            rules.feed(id, &client.take_transmit());
            rules.take(id, &mut bytes);
            let (used, happened) = client.handle_bytes(&bytes).expect("the daemon keeps to the protocol");
            if let Some(Happened::Authenticate(_)) = happened {
                client.handle_authenticated().expect("it is time for that");
            }
            bytes.drain(..used);
        }
        Member { id, client }
    }

    fn join(&mut self, rules: &mut Socketless) {
        self.client.join(group()).expect("it is connected");
        rules.feed(self.id, &self.client.take_transmit());
    }
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("member{index}")).collect()
}

fn group() -> GroupName {
    GroupName::new(b"group").expect("it is legal")
}

fn destination(group: GroupName) -> Destination {
    Destination::parse(group.as_bytes()).expect("it is legal")
}

/// Members of one group, in it, with nothing waiting for them.
fn members(rules: &mut Socketless, count: usize) -> Vec<Member> {
    let mut members: Vec<_> = names(count).iter().map(|name| Member::connect(rules, name)).collect();
    for member in &mut members {
        member.join(rules);
    }
    drain(rules, &members);
    members
}

/// What waits for the members is written; how many bytes.
fn drain(rules: &mut Socketless, members: &[Member]) -> usize {
    members.iter().map(|member| rules.skip(member.id)).sum()
}

/// Messages as a client puts them on the wire.
fn sent(client: &mut Client, length: usize) -> Vec<u8> {
    sent_to(std::iter::repeat_n(destination(group()), MANY as usize), client, length)
}

fn sent_to(destinations: impl Iterator<Item = Destination>, client: &mut Client, length: usize) -> Vec<u8> {
    let body = vec![7; length];
    for destination in destinations {
        let groups = [destination];
        let head = Multicast { service_type: ServiceType(0x10), groups: &groups, mess_type: 0, data_len: length };
        client.multicast(&head, &body, MOST).expect("it is legal");
    }
    client.take_transmit()
}

fn encode(length: usize) -> Box<dyn FnMut()> {
    let mut rules = Socketless::new();
    let mut member = Member::connect(&mut rules, "sender");
    Box::new(move || {
        black_box(sent(&mut member.client, length));
    })
}

/// Messages as a daemon puts them on the wire.
fn wire(names: &[String], length: usize) -> Vec<u8> {
    let mut rules = Socketless::new();
    let mut sender = Member::connect(&mut rules, &names[0]);
    let mut receiver = Member::connect(&mut rules, &names[1]);
    receiver.join(&mut rules);
    rules.skip(receiver.id);
    rules.feed(sender.id, &sent(&mut sender.client, length));
    let mut bytes = Vec::new();
    rules.take(receiver.id, &mut bytes);
    bytes
}

/// The view that the last of many members gets.
fn view() -> Vec<u8> {
    let mut rules = Socketless::new();
    let mut others = members(&mut rules, MEMBERS - 1);
    let mut last = Member::connect(&mut rules, "last");
    last.join(&mut rules);
    let mut bytes = Vec::new();
    rules.take(last.id, &mut bytes);
    others.clear();
    bytes
}

fn decode(bytes: Vec<u8>) -> Box<dyn FnMut()> {
    Box::new(move || {
        let mut at = 0;
        while let Some(frame) = Reader::Client.frame(&bytes[at..]).expect("a daemon made it") {
            at += frame.bytes.len();
            black_box(Delivery::parse(frame).expect("a daemon made it"));
        }
        assert_eq!(at, bytes.len());
    })
}

fn deliver(receivers: usize, length: usize) -> Box<dyn FnMut()> {
    let mut rules = Socketless::new();
    let members = members(&mut rules, receivers);
    let mut sender = Member::connect(&mut rules, "sender");
    let bytes = sent(&mut sender.client, length);
    Box::new(move || {
        // As much as the daemon's thread reads at a time; it writes after each.
        let mut written = 0;
        for read in bytes.chunks(64 * 1024) {
            rules.feed(sender.id, read);
            written += drain(&mut rules, &members);
        }
        assert_eq!(written, receivers * bytes.len());
    })
}

/// Messages to each of many groups in turn.
fn in_turn() -> Box<dyn FnMut()> {
    let mut rules = Socketless::new();
    let mut member = Member::connect(&mut rules, "member");
    let mut sender = Member::connect(&mut rules, "sender");
    let groups = || (0..GROUPS).map(|index| GroupName::new(format!("group{index}").as_bytes()).expect("it is legal"));
    for group in groups() {
        member.client.join(group).expect("it is connected");
    }
    rules.feed(member.id, &member.client.take_transmit());
    let (bytes, members) = (sent_to(groups().map(destination), &mut sender.client, SMALL), [member]);
    drain(&mut rules, &members);
    Box::new(move || {
        let mut written = 0;
        for read in bytes.chunks(64 * 1024) {
            rules.feed(sender.id, read);
            written += drain(&mut rules, &members);
        }
        assert_eq!(written, bytes.len());
    })
}

fn join_and_leave() -> Box<dyn FnMut()> {
    let mut rules = Socketless::new();
    let mut members = members(&mut rules, MEMBERS);
    members.push(Member::connect(&mut rules, "last"));
    Box::new(move || {
        let last = members.last_mut().expect("there are members");
        last.join(&mut rules);
        last.client.leave(group()).expect("it is connected");
        rules.feed(last.id, &last.client.take_transmit());
        assert!(drain(&mut rules, &members) > 0);
    })
}
