//! The daemon's bytes into the client: its deliveries are what the library's `SP_receive` returned.

use serde_json::Value;
use spread_proto::client::{Client, Ended, Happened};
use spread_proto::{ConnectError, Delivery, GroupId, Membership, Name, NameField, NewMembership};

use crate::transcript::{Connection, Transcript, int, list, payload, text};
use crate::{config, library_connections, transcripts};

/// One received message in the library's terms.
#[derive(Clone, Debug, Default, PartialEq)]
struct Received {
    service_type: u32,
    sender: String,
    groups: Vec<String>,
    mess_type: i16,
    endian_mismatch: bool,
    data: Vec<u8>,
    details: Option<Details>,
}

/// What the library's functions for membership bodies say.
#[derive(Clone, Debug, Default, PartialEq)]
struct Details {
    group_id: [i32; 3],
    /// `None` for a transitional signal, which has nothing but an id.
    sets: Option<Sets>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Sets {
    changed_member: String,
    own: usize,
    own_members: usize,
    own_offset: usize,
    members: Vec<Vec<String>>,
}

/// What a connection came to.
struct Session {
    connected: Result<String, ConnectError>,
    received: Vec<Received>,
    client: Client,
}

#[test]
fn deliveries_are_those_of_the_library() {
    let mut compared = 0;
    for transcript in transcripts() {
        for connection in library_connections(&transcript) {
            let session = replay(&transcript, connection);
            compared += compare(&transcript, connection, &session);
        }
    }
    assert_eq!(compared, 261, "as many messages as the recordings hold");
}

#[test]
fn results_of_connecting_are_those_of_the_library() {
    let (mut accepted, mut refused) = (0, 0);
    for transcript in transcripts() {
        for connection in library_connections(&transcript) {
            let session = replay(&transcript, connection);
            let event = transcript.events(&connection.id).find(|event| event["call"] == "SP_connect").unwrap();
            match session.connected {
                Ok(private_group) => {
                    assert_eq!(event["ret"], 1, "{}", transcript.name);
                    assert_eq!(event["private_group"], private_group, "{}", transcript.name);
                    assert_eq!(connection.private_group, Some(private_group), "{}", transcript.name);
                    accepted += 1;
                }
                Err(error) => {
                    assert_eq!(event["ret"], error.code().number(), "{}: {error}", transcript.name);
                    refused += 1;
                }
            }
        }
    }
    assert_eq!((accepted, refused), (72, 8));
}

#[test]
fn ends_are_those_of_the_library() {
    let (mut lost, mut closed) = (0, 0);
    for transcript in transcripts() {
        for connection in library_connections(&transcript).filter(|connection| connection.private_group.is_some()) {
            let mut client = replay(&transcript, connection).client;
            // The first of these calls says how the session ended: CONNECTION_CLOSED comes before a tidying disconnect.
            let end = transcript
                .events(&connection.id)
                .find(|event| event["ret"] == -8 || event["call"] == "SP_disconnect" || event["call"] == "SP_kill")
                .unwrap();
            if end["ret"] == -8 {
                assert_eq!(client.handle_end(), Ended::Lost, "{}", transcript.name);
                lost += 1;
            } else {
                client.disconnect();
                assert_eq!(client.handle_end(), Ended::Closed, "{}", transcript.name);
                closed += 1;
            }
            assert_eq!(client.handle_end(), Ended::Before);
        }
    }
    // In daemon_killed_mid_session one client learns it from a receive, the other from a multicast.
    assert_eq!((lost, closed), (5, 67));
}

/// Plain sockets get the same kind of bytes; an announced version apart, our client reads them as well.
#[test]
fn a_big_endian_client_is_sent_what_any_client_is() {
    let transcript = transcripts().into_iter().find(|each| each.name == "big_endian_sender").unwrap();
    let connection = transcript.connections.iter().find(|connection| !connection.is_library).unwrap();
    let session = replay(&transcript, connection);
    assert_eq!(session.connected.unwrap(), *connection.private_group.as_ref().unwrap());
    assert_eq!(session.received.len() + 2, transcript.units(&connection.id, false).len());
    // Its own messages come back with its own hint: seen from here, of the other byte order.
    assert!(session.received.iter().any(|received| received.endian_mismatch && received.mess_type == 0x1234));
}

/// Runs all that a daemon sent through our client.
fn replay(transcript: &Transcript, connection: &Connection) -> Session {
    let mut client = Client::new(config(transcript, connection)).unwrap();
    let stream = transcript.stream(&connection.id, false);
    let (mut at, mut connected, mut received) = (0, Err(ConnectError::Ended), Vec::new());
    loop {
        let (used, happened) = match client.handle_bytes(&stream[at..]) {
            Ok(step) => step,
            Err(error) => {
                connected = Err(error);
                break;
            }
        };
        let bytes = &stream[at..at + used];
        at += used;
        match happened {
            Some(Happened::Connected(accept)) => connected = Ok(accept.private_group.to_string()),
            Some(Happened::Delivery(delivery)) => {
                let own = client.accept().unwrap().private_group.name();
                received.push(Received::of(delivery, bytes, own));
            }
            Some(other) => panic!("{}: {other:?}", transcript.name),
            None if used == 0 => break,
            None => {}
        }
    }
    assert!(connected.is_err() || at == stream.len(), "{}: nothing is left over", transcript.name);
    Session { connected, received, client }
}

/// Compares with every `SP_receive` of this connection: how many messages it took.
fn compare(transcript: &Transcript, connection: &Connection, session: &Session) -> usize {
    let mut received = session.received.iter();
    let mut taken = 0;
    for event in transcript.events(&connection.id).filter(|event| event["call"] == "SP_receive") {
        let (ret, drop) = (int::<i32>(&event["ret"]), event["args"]["service_type_in"] == 0x0100_0000);
        // -8 and -18 come without a message; `ends_are_those_of_the_library` looks at them.
        if ret == -8 || ret == -18 {
            continue;
        }
        // A buffer that is too short leaves the message where it is, unless it may be dropped.
        let ours = if ret < 0 && !drop { received.clone().next() } else { received.next() };
        let mut ours = ours.unwrap_or_else(|| panic!("{}: {event} did not come", transcript.name)).clone();
        let mut theirs = Received::read(event);
        if ret < 0 || !event["args"].is_null() {
            forget_what_short_buffers_hide(event, &mut ours, &mut theirs);
        }
        assert_eq!(ours, theirs, "{} {}", transcript.name, connection.id);
        taken += usize::from(ret >= 0 || drop);
    }
    // What is left is what came while the clients went: nobody received it.
    for left in received {
        assert_eq!(left.service_type, 0x1400, "{}: {left:?}", transcript.name);
    }
    taken
}

/// With short buffers the library reports the type, the sender and as much of the rest as fits; for a membership it
/// does not say yet which member one is.
fn forget_what_short_buffers_hide(event: &Value, ours: &mut Received, theirs: &mut Received) {
    if int::<i32>(&event["ret"]) < 0 {
        ours.data.clear();
        theirs.data.clear();
        ours.endian_mismatch = false;
        theirs.endian_mismatch = false;
        ours.details = None;
        if ours.service_type & 0x3f00 != 0 {
            assert_eq!(theirs.mess_type, 0);
            ours.mess_type = 0;
        }
    }
    let groups = int::<i32>(&event["num_groups"]);
    if groups <= 0 {
        assert!(groups == 0 || groups == -(ours.groups.len() as i32));
        ours.groups.clear();
    }
}

impl Received {
    fn of(delivery: Delivery<'_>, frame: &[u8], own: Name) -> Received {
        match delivery {
            Delivery::Message(message) => Received {
                service_type: message.service_type.0,
                sender: shown(Name::from_field(message.sender)),
                groups: names(message.groups),
                mess_type: message.mess_type,
                endian_mismatch: message.endian_mismatch,
                data: message.body.to_vec(),
                details: None,
            },
            Delivery::Membership(membership) => {
                assert_eq!(encoded(&membership), frame, "our daemon would send the very same");
                Received::of_membership(&membership, frame, own)
            }
            Delivery::Transition { group, id } => {
                let mut again = Vec::new();
                spread_proto::membership::encode_transition(group, id, &mut again);
                assert_eq!(again, frame);
                let details = Some(Details { group_id: id.0, sets: None });
                let data = frame[48..].to_vec();
                let sender = shown(group);
                Received { service_type: 0x2000, sender, mess_type: -1, data, details, ..Received::default() }
            }
            Delivery::SelfLeave { group } => {
                let mut again = Vec::new();
                spread_proto::membership::encode_self_leave(group, &mut again);
                assert_eq!(again, frame);
                Received { service_type: 0x200, sender: shown(group), mess_type: -1, ..Received::default() }
            }
            Delivery::Reject(reject) => panic!("no recording has a {reject:?}"),
        }
    }

    fn of_membership(membership: &Membership<'_>, frame: &[u8], own: Name) -> Received {
        let sets: Vec<_> = membership.sets().map(names).collect();
        let before: usize = sets[..membership.own_set].iter().map(|set| 4 + 32 * set.len()).sum();
        let details = Sets {
            changed_member: membership.changed().map(shown).unwrap_or_default(),
            own: membership.own_set,
            own_members: sets[membership.own_set].len(),
            own_offset: 20 + before + 4,
            members: sets,
        };
        Received {
            service_type: membership.service_type.0,
            sender: shown(membership.group),
            groups: names(membership.members),
            mess_type: membership.index_of(own).map_or(-1, |index| index as i16),
            endian_mismatch: false,
            data: frame[48 + 32 * membership.members.len()..].to_vec(),
            details: Some(Details { group_id: membership.id.0, sets: Some(details) }),
        }
    }

    fn read(event: &Value) -> Received {
        let membership = &event["membership"];
        let details = list_or_none(&membership["group_id"]).map(|id| Details {
            group_id: [int(&id[0]), int(&id[1]), int(&id[2])],
            sets: list_or_none(&membership["vs_sets"]).map(|sets| Sets {
                changed_member: text(&membership["changed_member"]),
                own: int(&membership["my_vs_set_index"]),
                own_members: int(&membership["my_vs_set"]["num_members"]),
                own_offset: int(&membership["my_vs_set"]["members_offset"]),
                members: sets.iter().map(|set| list(set).iter().map(text).collect()).collect(),
            }),
        });
        let is_short = int::<i32>(&event["ret"]) < 0;
        Received {
            service_type: int(&event["service_type"]),
            sender: text(&event["sender"]),
            groups: list(&event["groups"]).iter().map(text).collect(),
            mess_type: int(&event["mess_type"]),
            endian_mismatch: event["endian_mismatch"] == 1,
            data: if is_short { Vec::new() } else { payload(event) },
            details,
        }
    }
}

/// The membership as a daemon of ours would send it.
fn encoded(membership: &Membership<'_>) -> Vec<u8> {
    let members: Vec<_> = membership.members.iter().map(Name::from_field).collect();
    let sets: Vec<Vec<_>> = membership.sets().map(|set| set.iter().map(Name::from_field).collect()).collect();
    let sets: Vec<&[Name]> = sets.iter().map(Vec::as_slice).collect();
    let Membership { group, cause, id: GroupId(id), own_set, .. } = *membership;
    let mut bytes = Vec::new();
    NewMembership { group, cause, id: GroupId(id), sets: &sets, own_set }.encode(members.iter(), &mut bytes);
    bytes
}

fn list_or_none(value: &Value) -> Option<&[Value]> {
    value.as_array().map(Vec::as_slice)
}

fn names(fields: &[NameField]) -> Vec<String> {
    fields.iter().map(|field| shown(Name::from_field(field))).collect()
}

/// A name as the recordings show it: one character a byte.
fn shown(name: Name) -> String {
    name.as_bytes().iter().copied().map(char::from).collect()
}
