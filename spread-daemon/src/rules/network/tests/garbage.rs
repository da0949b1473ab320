//! Frames that are none of a daemon's: counted, and nothing else.

use super::cluster::Cluster;
use crate::ordering::{Event, Node};
use crate::rules::network::frame::{Frame, Item, Kind, put_header};
use crate::rules::network::snapshot::{OwnGroup, SetKey, State, ViewName};
use crate::rules::network::wire::Input;

fn state() -> State {
    let name = |text: &str| Input(&[&[text.len() as u8], text.as_bytes()].concat()).name().unwrap();
    State {
        members: vec![Node { id: 1, life: 9 }, Node { id: 2, life: 8 }],
        daemon: spread_proto::DaemonName::new(b"one").unwrap(),
        key: SetKey { installed: Some(ViewName { life: 3, count: 4 }), stay: vec![Node { id: 1, life: 9 }] },
        count: 1,
        clock: 2,
        time: 3,
        people: vec![(1, name("#a#one")), (5, name("#b#one"))],
        groups: vec![OwnGroup {
            name: name("room"),
            id: spread_proto::GroupId([1, 2, 3]),
            signalled: true,
            told: 2,
            members: vec![0, 1],
        }],
    }
}

#[test]
fn a_state_is_read_as_it_was_written_and_never_in_part() {
    let bytes = state().encode();
    assert_eq!(State::read(&bytes), Ok(state()));
    for len in 0..bytes.len() {
        assert!(State::read(&bytes[..len]).is_err(), "{len} bytes");
    }
    assert!(State::read(&[&bytes[..], b"x"].concat()).is_err());
}

/// Whatever bytes say, no memory is taken for what is not there.
#[test]
fn any_byte_may_be_wrong() {
    let mut frame = Vec::new();
    put_header(Kind::Operations, 9, 1, 0, &mut frame);
    let name = state().people[0].1;
    for item in [
        Item::Join { serial: 1, name, group: state().groups[0].name },
        Item::Leave { serial: 1, group: state().groups[0].name },
        Item::Gone { serial: 1 },
        Item::Out { node: Node { id: 1, life: 2 } },
    ] {
        item.put(&mut frame);
    }
    assert!(Frame::read(&frame).is_ok());
    let state = state().encode();
    for at in 0..frame.len().max(state.len()) {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            for bytes in [&frame, &state] {
                let mut bytes = bytes.clone();
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = value;
                }
                let _ = (Frame::read(&bytes), State::read(&bytes));
            }
        }
    }
}

#[test]
fn frames_of_others_are_refused_and_counted_and_no_daemon_falls() {
    let mut cluster = Cluster::new(&["one", "two"].map(str::to_owned), 1, 1_000);
    cluster.settle();
    let node = cluster.shared.with(|simulation| simulation.node(1)).unwrap();
    let stranger = Node { id: 9, life: 9 };
    let mut other_version = Vec::new();
    put_header(Kind::Operations, node.life, 1, 0, &mut other_version);
    other_version[0] += 1;
    let mut of_another_life = Vec::new();
    put_header(Kind::Operations, node.life + 1, 1, 0, &mut of_another_life);
    let rules = &mut cluster.daemons[0].world.rules;
    for (from, bytes) in [
        (node, &b""[..]),
        (node, &[0; 26]),
        (node, &[255; 300]),
        (node, &other_version),
        (node, &of_another_life),
        (stranger, &of_another_life),
    ] {
        rules.handle_event(&Event::Frame { from, bytes });
    }
    let network = rules.network_mut();
    assert_eq!((network.traffic.refused, network.is_installed()), (6, true));
}
