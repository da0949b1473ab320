//! Mailboxes on a C library, against an embedded daemon and without JavaScript: so that the engine can be run under
//! valgrind. `CSPREAD_LIBSPREAD` names the library; without it these tests say that they are skipped.

use std::sync::Arc;
use std::time::Duration;

use spread_daemon::{Config as DaemonConfig, Daemon};
use spread_proto::message::{encode_join, encode_kill, encode_leave, parse_delivery};
use spread_proto::{
    DaemonName, Delivery, Destination, Frame, GroupName, Multicast, Name, PrivateGroup, PrivateName, Reader,
    ServiceType,
};

use super::mailbox::Mailbox;
use super::receiving::Room;
use super::{Plan, sending};
use crate::connect::options::ConnectOptions;

fn library() -> Option<String> {
    let path = std::env::var("CSPREAD_LIBSPREAD").ok();
    if path.is_none() {
        println!("skipped: CSPREAD_LIBSPREAD names no C library");
    }
    path
}

fn daemon() -> Daemon {
    let config = DaemonConfig { port: 0, ..DaemonConfig::new(DaemonName::new(b"daemon").unwrap()) };
    Daemon::start(config, |_| {}).unwrap()
}

struct Member {
    mailbox: Arc<Mailbox>,
    private_group: PrivateGroup,
    room: Room,
}

impl Member {
    fn connect(path: &str, daemon: &Daemon, name: &str) -> Member {
        let address = format!("{}@127.0.0.1", daemon.port().unwrap());
        let name = Some(PrivateName::new(name.as_bytes()).unwrap());
        let options = ConnectOptions { name, ..ConnectOptions::to(&[&address], Duration::from_secs(60)) };
        let plan = Plan::new(&options, path).unwrap();
        let (mailbox, connected) = super::open(&plan).unwrap();
        assert_eq!(connected.address, format!("127.0.0.1:{}", daemon.port().unwrap()));
        Member { mailbox, private_group: connected.private_group, room: Room::default() }
    }

    /// Sends what `encode` writes.
    fn send(&self, encode: impl FnOnce(PrivateGroup, &mut Vec<u8>)) {
        let mut bytes = Vec::new();
        encode(self.private_group, &mut bytes);
        let frame: Frame<'_> = Reader::Daemon.frame(&bytes).unwrap().unwrap();
        sending::send(&self.mailbox, &frame);
    }

    fn join(&self, group: GroupName) {
        self.send(|own, out| encode_join(own, group, out));
    }

    fn multicast(&self, groups: &[Destination], mess_type: i16, data: &[u8]) {
        let head = Multicast { service_type: ServiceType::SAFE_MESS, groups, mess_type, data_len: data.len() };
        self.send(|own, out| {
            head.encode_head(own, out);
            out.extend_from_slice(data);
        });
    }

    /// Receives the next one, as it would stand on the wire.
    fn receive<T>(&mut self, look: impl FnOnce(Delivery<'_>) -> T) -> T {
        self.room.receive(&self.mailbox).unwrap();
        let (delivery, used) = parse_delivery(&self.room.frame).unwrap().unwrap();
        assert_eq!(used, self.room.frame.len());
        look(delivery)
    }

    /// The members of the next one, which is a view.
    fn view(&mut self) -> Vec<String> {
        self.receive(|delivery| match delivery {
            Delivery::Membership(view) => view.members.iter().map(|name| Name::from_field(name).to_string()).collect(),
            other => panic!("{other:?} is no view"),
        })
    }
}

fn group(name: &str) -> GroupName {
    GroupName::new(name.as_bytes()).unwrap()
}

fn destination(name: &str) -> Destination {
    Destination::parse(name.as_bytes()).unwrap()
}

#[test]
fn messages_of_every_length_come_whole() {
    let Some(path) = library() else { return };
    let daemon = daemon();
    let (mut a, b) = (Member::connect(&path, &daemon, "a"), Member::connect(&path, &daemon, "b"));
    a.join(group("room"));
    assert_eq!(a.view(), ["#a#daemon"]);
    let mut groups: Vec<_> = (0..42).map(|number| destination(&format!("g{number}"))).collect();
    groups.push(destination("room"));
    // The longer ones do not fit the receiver's first buffer.
    for (number, len) in [0, 1, 16_384, 16_385, 60_000, 138_624].into_iter().enumerate() {
        let data: Vec<u8> = (0..len).map(|index| (index % 251) as u8).collect();
        b.multicast(&groups, number as i16 - 3, &data);
        a.receive(|delivery| match delivery {
            Delivery::Message(message) => {
                assert_eq!(message.body, data);
                assert_eq!(message.mess_type, number as i16 - 3);
                assert_eq!(message.groups.len(), 43);
                assert_eq!(Name::from_field(message.sender).to_string(), "#b#daemon");
            }
            other => panic!("{other:?} is no message"),
        });
    }
}

#[test]
fn views_that_do_not_fit_the_first_buffer_come_whole() {
    let Some(path) = library() else { return };
    let daemon = daemon();
    let mut members: Vec<_> = (0..70).map(|number| Member::connect(&path, &daemon, &format!("m{number}"))).collect();
    for count in 1..=members.len() {
        members[count - 1].join(group("room"));
        for member in &mut members[..count] {
            assert_eq!(member.view().len(), count);
        }
    }
    let last = members.pop().unwrap();
    last.send(|own, out| encode_leave(own, group("room"), out));
    assert_eq!(members[0].view().len(), 69);
}

#[test]
fn the_farewell_ends_the_stream_behind_all_that_was_sent() {
    let Some(path) = library() else { return };
    let daemon = daemon();
    let (mut a, mut b) = (Member::connect(&path, &daemon, "a"), Member::connect(&path, &daemon, "b"));
    a.join(group("room"));
    a.view();
    b.multicast(&[destination("room")], 0, b"the last");
    b.send(encode_kill);
    assert_eq!(b.room.receive(&b.mailbox).unwrap_err().code, "ERR_SPREAD_CONNECTION_CLOSED");
    a.receive(|delivery| assert!(matches!(delivery, Delivery::Message(message) if message.body == b"the last")));
    // The name is free again.
    drop(b);
    Member::connect(&path, &daemon, "b");
}

#[test]
fn a_daemon_that_is_gone_is_told_by_both_sides() {
    let Some(path) = library() else { return };
    let daemon = daemon();
    let mut a = Member::connect(&path, &daemon, "a");
    drop(daemon);
    assert_eq!(a.room.receive(&a.mailbox).unwrap_err().code, "ERR_SPREAD_CONNECTION_CLOSED");
    let join = |own, out: &mut Vec<u8>| encode_join(own, group("room"), out);
    let mut bytes = Vec::new();
    join(a.private_group, &mut bytes);
    let frame = Reader::Daemon.frame(&bytes).unwrap().unwrap();
    assert!(sending::send(&a.mailbox, &frame) < 0);
}
