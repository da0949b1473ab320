//! What clients sent, into the server: the handshake's bytes are the real daemon's, and each request is read as what
//! the client had called.

use serde_json::Value;
use spread_proto::server::{Happened, Request, Server, State};
use spread_proto::{ByteOrder, ClientMisbehaved, Code, Frame, Header, Hint, InvalidMessage, Name, PrivateGroup};

use crate::transcript::{Connection, Transcript, int, list, payload, text};
use crate::transcripts;

/// Refusals that a daemon decides, not the machine: recording, connection, code.
const DAEMON_REFUSES: [(&str, &str, Code); 3] = [
    ("reject_quota", "c2", Code::RejectQuota),
    ("reject_not_unique", "c2", Code::RejectNotUnique),
    ("reject_auth", "c2", Code::RejectAuth),
];

/// A request in the words of the library's calls.
#[derive(Debug, PartialEq)]
enum Asked {
    Join(String),
    Leave(String),
    Kill,
    Multicast { service_type: u32, groups: Vec<String>, mess_type: i16, data: Vec<u8> },
}

/// What one connection came to at the server.
#[derive(Default)]
struct Served {
    answered: Vec<u8>,
    asked: Vec<Asked>,
    misbehaved: Option<ClientMisbehaved>,
    /// Every multicast as a daemon passes it on.
    forwarded: Vec<Vec<u8>>,
}

#[test]
fn handshakes_are_answered_as_by_the_daemon() {
    let (mut accepted, mut refused) = (0, 0);
    for transcript in transcripts() {
        for connection in &transcript.connections {
            let served = serve(&transcript, connection);
            let units = transcript.units(&connection.id, false);
            let mut answer: Vec<u8> =
                units.iter().filter(|unit| unit.kind != "message").flat_map(|unit| unit.bytes.clone()).collect();
            // This library closed its socket when it had read the list. The daemon answers even so, to nobody.
            if transcript.name == "reject_auth" && connection.id == "c1" {
                assert_eq!(answer.pop(), Some(0xf7));
            }
            assert_eq!(served.answered, answer, "{} {}", transcript.name, connection.id);
            accepted += usize::from(connection.private_group.is_some());
            refused += usize::from(connection.private_group.is_none());
        }
    }
    assert_eq!((accepted, refused), (75, 12));
}

#[test]
fn requests_are_the_calls_of_the_library() {
    let mut compared = 0;
    for transcript in transcripts() {
        for connection in transcript.connections.iter().filter(|connection| connection.is_library) {
            let served = serve(&transcript, connection);
            let mut called: Vec<_> = transcript.events(&connection.id).filter_map(Asked::read).collect();
            // A library whose session is broken has nobody to say farewell to; and the request for which the daemon
            // ends a session is none.
            let is_broken = transcript.events(&connection.id).any(|event| event["ret"] == -8);
            if is_broken {
                assert_eq!(called.pop(), Some(Asked::Kill));
            }
            if served.misbehaved.is_some() {
                assert!(matches!(called.pop(), Some(Asked::Multicast { .. })));
            }
            assert_eq!(served.asked, called, "{} {}", transcript.name, connection.id);
            compared += called.len();
        }
    }
    assert_eq!(compared, 212);
}

#[test]
fn what_ends_a_session_is_told_by_name() {
    let mut ended = Vec::new();
    for transcript in transcripts() {
        for connection in &transcript.connections {
            if let Some(misbehaved) = serve(&transcript, connection).misbehaved {
                ended.push((transcript.name.clone(), misbehaved));
            }
        }
    }
    let expected = [
        ("illegal_service_kills_session", ClientMisbehaved::Service(0x14)),
        ("too_many_groups", InvalidMessage::TooManyGroups { count: 101, max: 100 }.into()),
    ];
    assert_eq!(ended, expected.map(|(name, misbehaved)| (name.to_owned(), misbehaved)));
}

/// The plain sockets, of which no library call tells what they sent.
#[test]
fn requests_of_plain_sockets() {
    let all = transcripts();
    let find = |name: &str| all.iter().find(|transcript| transcript.name == name).unwrap();
    let room = || "room".to_owned();

    let big = find("big_endian_sender");
    let mut expected = vec![Asked::Join(room())];
    for mess_type in [0, 1, -1, 0x1234, 0x7fff, -0x8000] {
        let (groups, data) = (vec![room()], b"from big".to_vec());
        expected.push(Asked::Multicast { service_type: 0x10, groups, mess_type, data });
    }
    expected.extend([Asked::Leave(room()), Asked::Kill]);
    assert_eq!(serve(big, &big.connections[1]).asked, expected);

    let old = find("old_library_versions");
    for connection in &old.connections {
        assert_eq!(serve(old, connection).asked, [Asked::Join(room()), Asked::Kill]);
    }
}

/// A multicast passed on with the daemon's own byte order in the header, and nothing else touched, is what the
/// receivers got: each recorded data message was one of these.
#[test]
fn multicasts_pass_on_as_recorded() {
    let mut compared = 0;
    for transcript in transcripts() {
        let forwarded: Vec<_> =
            transcript.connections.iter().flat_map(|connection| serve(&transcript, connection).forwarded).collect();
        for frame in transcript.frames.iter().filter(|frame| !frame.to_daemon && frame.kind == "message") {
            if frame.bytes[0] & 0x3f != 0 {
                assert!(forwarded.contains(&frame.bytes), "{}", transcript.name);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 142);
}

/// Runs all that a client sent through the server, and plays the daemon as the recorded one behaved.
fn serve(transcript: &Transcript, connection: &Connection) -> Served {
    let mut outcome = Served::default();
    let mut server = Server::new(methods(transcript, connection));
    let verdict = DAEMON_REFUSES
        .iter()
        .find(|(name, conn, _)| *name == transcript.name && *conn == connection.id)
        .map(|(_, _, code)| *code);
    if verdict == Some(Code::RejectQuota) {
        server.refuse(Code::RejectQuota);
    }
    let stream = transcript.stream(&connection.id, true);
    let mut at = 0;
    loop {
        outcome.answered.append(&mut server.take_transmit());
        let (used, happened) = match server.handle_bytes(&stream[at..]) {
            Ok(step) => step,
            Err(misbehaved) => {
                outcome.misbehaved = Some(misbehaved);
                return outcome;
            }
        };
        at += used;
        match happened {
            None if used == 0 => break,
            None => {}
            Some(Happened::Request(request)) => outcome.take(request),
            Some(step) => decide(&mut server, connection, verdict, step),
        }
    }
    assert_eq!(at, stream.len(), "{}: nothing is left over", transcript.name);
    outcome
}

/// The daemon's part in a handshake.
fn decide(server: &mut Server, connection: &Connection, verdict: Option<Code>, step: Happened<'_>) {
    match (step, verdict) {
        (Happened::Requested(request), Some(Code::RejectNotUnique)) => {
            assert_eq!(request.name.unwrap().as_bytes(), connection.private_name.as_bytes());
            server.refuse(Code::RejectNotUnique);
        }
        (Happened::Requested(request), _) => {
            assert_eq!((request.membership, request.priority), (connection.membership, connection.priority));
            // A client that is refused later never learns the name it would have had.
            let group = connection.private_group.as_deref().unwrap_or("#unknown#gamma");
            if let Some(chosen) = server.admit(PrivateGroup::parse(group.as_bytes()).unwrap()).unwrap() {
                decide(server, connection, verdict, chosen);
            }
        }
        (Happened::Chose(_), Some(code)) => server.refuse(code),
        (Happened::Chose(methods), None) => {
            assert_eq!(methods.len(), 1);
            server.authorize().unwrap();
            assert_eq!(server.state(), State::Open);
        }
        (Happened::Request(request), _) => panic!("{request:?} in a handshake"),
    }
}

/// The methods that this daemon offered, as its list says.
fn methods(transcript: &Transcript, connection: &Connection) -> Vec<String> {
    let list = transcript.units(&connection.id, false).into_iter().find(|unit| unit.kind == "auth_list");
    let list = list.map_or("NULL ", |unit| std::str::from_utf8(&unit.bytes[1..]).unwrap());
    list.split_terminator(' ').map(str::to_owned).collect()
}

impl Served {
    fn take(&mut self, request: Request<'_>) {
        self.asked.push(match request {
            Request::Join(group) => Asked::Join(group.to_string()),
            Request::Leave(group) => Asked::Leave(group.to_string()),
            Request::Kill => Asked::Kill,
            Request::Multicast(frame) => {
                self.forwarded.push(passed_on(&frame));
                Asked::Multicast {
                    service_type: frame.header.service_type.0,
                    groups: frame.group_fields().iter().map(|field| Name::from_field(field).to_string()).collect(),
                    mess_type: frame.header.hint.mess_type(),
                    data: frame.body().to_vec(),
                }
            }
            Request::Nothing => panic!("no recording has a request for no group"),
        });
    }
}

fn passed_on(frame: &Frame<'_>) -> Vec<u8> {
    let header = Header { byte_order: ByteOrder::Little, hint: Hint(frame.header.hint.0), ..frame.header };
    [&header.encode(Name::from_field(frame.sender_field())), &frame.bytes[48..]].concat()
}

impl Asked {
    /// What a call asks for; `None` if it sends no request.
    fn read(event: &Value) -> Option<Asked> {
        if event["ret"].as_i64().is_none_or(|ret| ret < 0) {
            return None;
        }
        let args = &event["args"];
        match event["call"].as_str()? {
            "SP_join" => Some(Asked::Join(text(&args["group"]))),
            "SP_leave" => Some(Asked::Leave(text(&args["group"]))),
            "SP_disconnect" => Some(Asked::Kill),
            "SP_multicast" | "SP_multigroup_multicast" => Some(Asked::Multicast {
                service_type: int(&args["service_type"]),
                groups: list(&args["groups"]).iter().map(text).collect(),
                mess_type: int(&args["mess_type"]),
                data: payload(args),
            }),
            _ => None,
        }
    }
}
