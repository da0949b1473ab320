//! Bytes of every kind, from several clients at once: no panic, nothing beyond the bounds, and what others get are
//! whole messages.

use std::path::Path;

use proptest::prelude::*;
use spread_proto::client::Config;
use spread_proto::{Measure, Reader, ServiceType};

use super::transcript;
use super::world::{Member, World};
use crate::config::Limits;
use crate::event::Reason;

const LIMITS: Limits = Limits {
    sessions: 8,
    handshakes: 4,
    groups: 20,
    groups_of_session: 5,
    members_of_group: 6,
    session_bytes: 60_000,
    total_bytes: 150_000,
    ..DEFAULT
};

const DEFAULT: Limits = Limits {
    sessions: 0,
    handshakes: 0,
    handshake_time: std::time::Duration::from_secs(5),
    groups: 0,
    groups_of_session: 0,
    members_of_group: 0,
    session_bytes: 0,
    session_messages: None,
    total_bytes: 0,
    message_size: 143_952,
};

#[derive(Clone, Debug)]
enum Move {
    /// One who keeps the protocol, and then joins and sends.
    Member,
    Join {
        who: usize,
        group: usize,
    },
    Send {
        who: usize,
        group: usize,
        len: usize,
    },
    /// One who does not.
    Connect,
    /// A recorded client's bytes, in part, with some of them changed.
    Say {
        who: usize,
        recording: usize,
        from: usize,
        len: usize,
        changes: Vec<(usize, u8)>,
    },
    /// Anything.
    Babble {
        who: usize,
        bytes: Vec<u8>,
    },
    Stall {
        who: usize,
    },
    HangUp {
        who: usize,
    },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let who = 0..8_usize;
    let say =
        (who.clone(), any::<usize>(), any::<usize>(), 1..4000_usize, prop::collection::vec(any::<(usize, u8)>(), 0..4))
            .prop_map(|(who, recording, from, len, changes)| Move::Say { who, recording, from, len, changes });
    let whole = (who.clone(), any::<usize>()).prop_map(|(who, recording)| Move::Say {
        who,
        recording,
        from: 0,
        len: usize::MAX,
        changes: Vec::new(),
    });
    let babble =
        (who.clone(), prop::collection::vec(any::<u8>(), 0..300)).prop_map(|(who, bytes)| Move::Babble { who, bytes });
    let join = (who.clone(), 0..8_usize).prop_map(|(who, group)| Move::Join { who, group });
    let send = (who.clone(), 0..8_usize, 0..60_000_usize).prop_map(|(who, group, len)| Move::Send { who, group, len });
    let one = prop_oneof![
        2 => Just(Move::Member),
        4 => join,
        8 => send,
        3 => Just(Move::Connect),
        4 => say,
        4 => whole,
        1 => babble,
        3 => who.clone().prop_map(|who| Move::Stall { who }),
        1 => who.prop_map(|who| Move::HangUp { who }),
    ];
    prop::collection::vec(one, 1..80)
}

/// What recorded clients sent, each connection's in one piece.
fn recorded() -> &'static [Vec<u8>] {
    static ALL: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../spread-proto/testdata/transcripts"));
        let stories = transcript::read_all(folder);
        stories
            .iter()
            .flat_map(|story| story.connections.iter().map(|connection| story.stream(&connection.id, true)))
            .collect()
    })
}

proptest! {
    #[test]
    fn nothing_does_harm(moves in moves()) {
        let mut world = World::with(LIMITS);
        let mut witness = Member::named(&mut world, "witness").unwrap();
        witness.join(&mut world, "room");
        let (mut members, mut clients) = (Vec::new(), Vec::new());
        for step in moves {
            play(&mut world, &mut members, &mut clients, step);
            // What is held may be more by one read, which is judged behind it.
            prop_assert!(world.rules.held() <= LIMITS.total_bytes);
            let stats = world.rules.stats();
            prop_assert!(stats.sessions <= LIMITS.sessions as u64 && stats.groups <= LIMITS.groups as u64);
            prop_assert!(world.rules.lobby.len() <= LIMITS.handshakes);
        }
        // Whatever the others said, the witness has heard whole messages, and is served.
        witness.heard(&mut world);
        if world.session(witness.connection).is_some() {
            witness.send(&mut world, ServiceType::SAFE_MESS, &["#witness#here"], b"still here");
            prop_assert_eq!(witness.heard(&mut world), ["witness < witness: still here"]);
        }
        for member in members.iter_mut().chain([&mut witness]) {
            member.heard(&mut world);
            world.end(member.connection, Reason::Gone);
        }
        for connection in clients {
            is_well_formed(&world.take_written(connection));
            world.end(connection, Reason::Gone);
        }
        let stats = world.rules.stats();
        prop_assert_eq!((stats.sessions, stats.groups, stats.queued_bytes, world.rules.held()), (0, 0, 0, 0));
        prop_assert_eq!((world.rules.lobby.len(), world.rules.names.len()), (0, 0));
    }

    /// A client's bytes, cut anywhere, come to the same.
    #[test]
    fn cuts_change_nothing(recording in any::<prop::sample::Index>(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8)) {
        let bytes = recording.get(recorded());
        let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        at.extend([0, bytes.len()]);
        at.sort_unstable();
        let outcome = |pieces: Vec<&[u8]>| {
            let mut world = World::with(Limits::default());
            let connection = world.accept().unwrap();
            for piece in pieces {
                world.feed(connection, piece);
            }
            let figures = world.rules.stats();
            (world.take_written(connection), world.ended, figures.messages_in, figures.messages_out)
        };
        let cut = outcome(at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect());
        prop_assert_eq!(cut, outcome(vec![bytes]));
    }
}

fn play(world: &mut World, members: &mut Vec<Member>, clients: &mut Vec<usize>, step: Move) {
    let all: Vec<_> = clients.iter().copied().chain(members.iter().map(|member| member.connection)).collect();
    let of = |who: usize| all.get(who % all.len().max(1)).copied();
    let count = members.len().max(1);
    match step {
        Move::Member => {
            if let Ok(member) = Member::connect(world, Config::new(None, true)) {
                members.push(member);
            }
        }
        Move::Join { who, group } => {
            if let Some(member) = members.get_mut(who % count) {
                member.join(world, &format!("g{group}"));
            }
        }
        Move::Send { who, group, len } => {
            if let Some(member) = members.get_mut(who % count) {
                member.send(world, ServiceType::SAFE_MESS, &[&format!("g{group}"), "room"], &vec![b'x'; len]);
            }
        }
        Move::Connect => clients.extend(world.accept()),
        Move::Say { who, recording, from, len, changes } => {
            let Some(connection) = of(who) else { return };
            let all = &recorded()[recording % recorded().len()];
            let from = if from == 0 { 0 } else { from % (all.len() + 1) };
            let mut bytes = all[from..all.len().min(from.saturating_add(len))].to_vec();
            for (at, byte) in changes {
                if !bytes.is_empty() {
                    let at = at % bytes.len();
                    bytes[at] = byte;
                }
            }
            world.feed(connection, &bytes);
        }
        Move::Babble { who, bytes } => {
            if let Some(connection) = of(who) {
                world.feed(connection, &bytes);
            }
        }
        Move::Stall { who } => {
            if let Some(connection) = of(who) {
                world.stall(connection);
            }
        }
        Move::HangUp { who } => {
            if let Some(connection) = of(who) {
                world.end(connection, Reason::Gone);
            }
        }
    }
}

/// What a client was sent: a list, a verdict, and whole messages.
fn is_well_formed(bytes: &[u8]) {
    let Some(start) = bytes.windows(5).position(|window| window == b"#here") else { return };
    let mut at = start + 5;
    while at < bytes.len() {
        match Reader::Client.measure(&bytes[at..]) {
            Ok(Measure::Message(_, len)) if at + len <= bytes.len() => at += len,
            other => panic!("{other:?} at {at} of {}", bytes.len()),
        }
    }
}
