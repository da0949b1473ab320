//! The library's calls on our client: the bytes that go out are those that the library wrote.

use serde_json::Value;
use spread_proto::client::{Client, Happened, State};
use spread_proto::limits::MAX_MULTICAST_SIZE;
use spread_proto::{ApiMisuse, Destination, GroupName, Multicast, PrivateName, ServiceType};

use crate::transcript::{Connection, Frame, Transcript, int, list, payload, text};
use crate::{config, library_connections, transcripts};

/// What the library sends and our client refuses to: recording, how often, the refusal, and why it is right.
const REFUSED: [(&str, usize, &str, &str); 5] = [
    ("connect_long_name_cut_by_library", 1, "PrivateNameLength", "two long names must not become one by cutting"),
    ("extra_service_bits", 4, "Service", "receivers see bits that are none of the application's"),
    ("illegal_service_kills_session", 1, "Service", "the daemon ends the session"),
    ("reject_illegal_name", 4, "PrivateNameByte", "the daemon refuses the name"),
    ("too_many_groups", 1, "TooManyGroups", "the daemon ends the session"),
];

/// What our client and the library refuse alike, as (the library's code, ours).
const REFUSED_BY_BOTH: [(i32, &str); 3] = [(-12, "Service"), (-14, "GroupByte"), (-14, "GroupLength")];

/// Calls on a session whose connection has ended.
const ENDED: [i32; 2] = [-8, -18];

/// One connection under replay: our client and the frames still to come.
struct Replay<'a> {
    transcript: &'a Transcript,
    client: Client,
    to_daemon: Vec<&'a Frame>,
    to_client: Vec<&'a Frame>,
    refused: Vec<(String, String)>,
}

#[test]
fn frames_are_those_of_the_library() {
    let (mut compared, mut refused) = (0, Vec::new());
    for transcript in transcripts() {
        for connection in library_connections(&transcript) {
            let before: usize = transcript.units(&connection.id, true).len();
            let mut replay = Replay::new(&transcript, connection);
            for event in transcript.events(&connection.id) {
                replay.call(connection, event);
            }
            assert!(replay.to_daemon.is_empty(), "{}: the library sent more", transcript.name);
            compared += before - replay.refused.len();
            refused.append(&mut replay.refused);
        }
    }
    for (name, count, misuse, _) in REFUSED {
        let met = refused.iter().filter(|(in_name, by)| in_name == name && by == misuse).count();
        assert_eq!(met, count, "{name}");
    }
    assert_eq!(refused.len(), REFUSED.iter().map(|(_, count, ..)| count).sum::<usize>(), "{refused:?}");
    assert_eq!(compared, 356);
}

impl<'a> Replay<'a> {
    fn new(transcript: &'a Transcript, connection: &Connection) -> Replay<'a> {
        let mut to_daemon = transcript.units(&connection.id, true);
        let mut to_client = transcript.units(&connection.id, false);
        to_daemon.reverse();
        to_client.reverse();
        let client = Client::new(config(transcript, connection)).unwrap();
        Replay { transcript, client, to_daemon, to_client, refused: Vec::new() }
    }

    fn call(&mut self, connection: &Connection, event: &Value) {
        let Some(call) = event["call"].as_str() else { return };
        // The stream ends at this call or before it, as the library says by its code.
        let ret = event["ret"].as_i64().map_or(0, |ret| ret as i32);
        if ENDED.contains(&ret) {
            self.client.handle_end();
        }
        let result = match call {
            "SP_connect" => return self.connect(connection),
            "SP_receive" => return,
            // A library that only closes its socket sends nothing.
            "SP_kill" => return,
            "SP_disconnect" => return self.disconnect(),
            "SP_join" => group(&event["args"]["group"]).and_then(|group| self.client.join(group)),
            "SP_leave" => group(&event["args"]["group"]).and_then(|group| self.client.leave(group)),
            "SP_multicast" | "SP_multigroup_multicast" => self.multicast(&event["args"]),
            other => panic!("{other}"),
        };
        match result {
            Err(ApiMisuse::NotConnected) if ENDED.contains(&ret) => {}
            Ok(()) => self.compare(call),
            Err(misuse) if ret >= 0 => self.refuse(&misuse),
            Err(misuse) => assert!(
                REFUSED_BY_BOTH.contains(&(ret, &variant(&misuse))),
                "{}: {ret} {misuse:?}",
                self.transcript.name
            ),
        }
    }

    /// The handshake, up to the accept or the refusal.
    fn connect(&mut self, connection: &Connection) {
        match PrivateName::new(connection.private_name.as_bytes()) {
            Err(misuse) if !connection.private_name.is_empty() => {
                self.refuse(&misuse);
                self.client.take_transmit();
            }
            _ => self.compare("connect"),
        }
        while self.client.state() != State::Open {
            let Some(unit) = self.to_client.pop() else { return };
            match self.client.handle_bytes(&unit.bytes) {
                Ok((used, None | Some(Happened::Connected(_)))) => assert_eq!(used, unit.bytes.len()),
                Ok(other) => panic!("{other:?}"),
                Err(_) => return,
            }
            if unit.kind == "auth_list" {
                self.compare("auth_choice");
            }
        }
    }

    fn multicast(&mut self, args: &Value) -> Result<(), ApiMisuse> {
        let groups: Result<Vec<_>, _> =
            list(&args["groups"]).iter().map(|group| Destination::parse(text(group).as_bytes())).collect();
        let body = payload(args);
        let head = Multicast {
            service_type: ServiceType(int(&args["service_type"])),
            groups: &groups?,
            mess_type: int(&args["mess_type"]),
            data_len: body.len(),
        };
        self.client.multicast(&head, &body, MAX_MULTICAST_SIZE)
    }

    /// Bytes without meaning follow the NUL of the kill message's group; we write zeros there.
    fn disconnect(&mut self) {
        let is_open = self.client.state() == State::Open;
        self.client.disconnect();
        let ours = self.client.take_transmit();
        let Some(theirs) = self.to_daemon.pop() else {
            assert!(!is_open, "{}: on a broken session there is nobody to tell", self.transcript.name);
            return;
        };
        let end = 48 + theirs.bytes[48..].iter().position(|&byte| byte == 0).unwrap();
        assert_eq!(ours[..end], theirs.bytes[..end], "{}", self.transcript.name);
        assert_eq!((ours.len(), theirs.bytes.len()), (80, 80));
        assert!(ours[end..].iter().all(|&byte| byte == 0));
    }

    fn compare(&mut self, what: &str) {
        let theirs = self.to_daemon.pop().unwrap_or_else(|| panic!("{}: {what} went nowhere", self.transcript.name));
        assert!(self.client.take_transmit() == theirs.bytes, "{}: {what}", self.transcript.name);
    }

    /// The library sent this, our client does not.
    fn refuse(&mut self, misuse: &ApiMisuse) {
        self.to_daemon.pop().expect("what was refused was sent");
        self.refused.push((self.transcript.name.clone(), variant(misuse)));
    }
}

fn group(value: &Value) -> Result<GroupName, ApiMisuse> {
    GroupName::new(text(value).as_bytes())
}

/// The variant's name, without what it holds.
fn variant(misuse: &ApiMisuse) -> String {
    let text = format!("{misuse:?}");
    text.split(['(', ' ']).next().unwrap().to_owned()
}
