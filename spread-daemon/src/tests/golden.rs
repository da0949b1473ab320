//! Every recording of a single daemon: what its clients sent goes in, in the recorded order, and what comes out for
//! each is what the real daemon sent.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use spread_proto::{Header, Measure, Reader, ServiceType};

use super::transcript::{self, Frame, Transcript};
use super::world::World;
use crate::auth::{Auth, IpRule};
use crate::config::Limits;
use crate::event::Reason;

/// Not replayed, and why.
const ELSEWHERE: [(&str, &str); 2] = [
    ("daemon_of_three_killed", "three daemons: `spread-proto` replays it into its client"),
    ("network_partition_and_merge", "three daemons: `spread-proto` replays it into its client"),
];

/// The third byte of a request that ends a session.
const KILL: u8 = 4;

/// Names that the daemon invents begin so; what follows is its own affair.
const INVENTED: &[u8] = b"#r";

#[test]
fn recorded_clients_get_the_recorded_answers() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../spread-proto/testdata/transcripts"));
    // A strict daemon and one that is not.
    for strict in [false, true] {
        let (mut replayed, mut compared) = (0, 0);
        for transcript in transcript::read_all(folder) {
            if ELSEWHERE.iter().any(|(name, _)| *name == transcript.name) {
                continue;
            }
            replayed += 1;
            compared += replay(&transcript, strict);
        }
        assert_eq!(replayed, 42);
        assert!(compared > 20_000, "{compared} bytes were compared");
    }
}

/// Replays one story, and says how many bytes were compared.
fn replay(story: &Transcript, strict: bool) -> usize {
    let mut stage = Stage::new(story);
    stage.world.rules.strict = strict;
    for frame in &story.frames {
        let conn = frame.conn.as_str();
        stage.connect(conn);
        if frame.to_daemon {
            stage.pending.push_back(frame);
        } else if frame.kind != "eof" {
            *stage.due.entry(conn).or_default() += frame.bytes.len();
            stage.bring_about(frame);
        }
    }
    while stage.feed(0) {}
    story.connections.iter().map(|connection| stage.compare(&connection.id)).sum()
}

/// One story under way.
struct Stage<'a> {
    story: &'a Transcript,
    world: World,
    ids: HashMap<&'a str, Option<usize>>,
    answers: HashMap<&'a str, Vec<u8>>,
    /// Bytes that each connection had been sent at this point of the recording.
    due: HashMap<&'a str, usize>,
    /// What clients have sent and the daemon has not read yet. In which order it read what several sent at the same time
    /// is seen by what it answered.
    pending: VecDeque<&'a Frame>,
    /// Names that the daemon made up: the recorded one, ours.
    names: Vec<(Vec<u8>, Vec<u8>)>,
}

impl<'a> Stage<'a> {
    fn new(story: &'a Transcript) -> Stage<'a> {
        Stage {
            story,
            world: World::new(daemon(story), auth(story), limits(story)),
            ids: HashMap::new(),
            answers: HashMap::new(),
            due: HashMap::new(),
            pending: VecDeque::new(),
            names: Vec::new(),
        }
    }

    fn connect(&mut self, conn: &'a str) {
        self.ids.entry(conn).or_insert_with(|| self.world.accept().ok());
    }

    /// Has the daemon read until it has answered as much as the recorded one had with this frame.
    fn bring_about(&mut self, frame: &Frame) {
        let conn = frame.conn.as_str();
        while self.answers.get(conn).map_or(0, Vec::len) < self.due[conn] {
            let next = self.pending.iter().position(|unit| is_cause(unit, frame));
            if !self.feed(next.unwrap_or(0)) {
                return;
            }
        }
    }

    /// Has the daemon read one thing. Whether there was one.
    fn feed(&mut self, index: usize) -> bool {
        let Some(unit) = self.pending.remove(index) else { return false };
        let Some(id) = self.ids[unit.conn.as_str()] else { return true };
        match unit.kind.as_str() {
            "eof" => self.world.end(id, Reason::Gone),
            _ => self.world.feed(id, &with_our_names(&unit.bytes, &self.names)),
        }
        for (conn, id) in &self.ids {
            let Some(id) = id else { continue };
            self.answers.entry(conn).or_default().append(&mut self.world.take_written(*id));
        }
        note_invented(self.story, &self.answers, &mut self.names);
        true
    }

    /// Compares what one connection got with what it had got, and says how many bytes that was.
    fn compare(&mut self, conn: &str) -> usize {
        let mut expected = self.story.stream(conn, false);
        if self.ids[conn].is_none() {
            // Refused before it said a word: who has accepted the connection sends the code.
            assert_eq!(expected, [-3_i8 as u8], "{} {conn}", self.story.name);
            return 1;
        }
        let got = self.answers.remove(conn).unwrap_or_default();
        // This library closed its socket when it had read the list. The daemon answers even so, to nobody.
        if (self.story.name.as_str(), conn) == ("reject_auth", "c1") {
            assert_eq!(expected.pop(), Some(0xf7));
        }
        let expected = units(&without_ids(&with_our_names(&expected, &self.names)));
        let answered = units(&without_ids(&got));
        assert_eq!(answered, expected, "{} {conn}", self.story.name);
        got.len()
    }
}

/// Whether a client's request is what the daemon answered with this message: its own multicast, or the join, leave or
/// end of the member that a view says has changed.
pub(crate) fn is_cause(request: &Frame, answer: &Frame) -> bool {
    if request.kind != "message" || answer.kind != "message" {
        return false;
    }
    let (sender, group) = (&request.bytes[4..36], request.bytes.get(48..80));
    match answer.bytes[1] & 0x3f {
        0 => sender == &answer.bytes[4..36],
        _ => answer.bytes.ends_with(sender) && (group == answer.bytes.get(4..36) || request.bytes[2] == KILL),
    }
}

/// A daemon's bytes in hex, message by message, so that a difference can be read.
pub(crate) fn units(bytes: &[u8]) -> Vec<String> {
    let mut at = handshake_len(bytes);
    let mut units = vec![bytes[..at].to_vec()];
    while let Ok(Measure::Message(_, len)) = Reader::Client.measure(&bytes[at..]) {
        let end = bytes.len().min(at + len);
        units.push(bytes[at..end].to_vec());
        at = end;
    }
    units.push(bytes[at..].to_vec());
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).expect("half a byte");
    units.iter().map(|unit| unit.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()).collect()
}

/// The daemon's name, as its clients' private groups have it.
fn daemon(story: &Transcript) -> &str {
    let group = story.connections.iter().find_map(|connection| connection.private_group.as_deref());
    group.map_or("alpha", |group| group.rsplit('#').next().expect("its last part"))
}

/// What the recorded daemon was configured to: its list says which methods, the story whom they let in.
fn auth(story: &Transcript) -> Auth {
    let list = story.frames.iter().find(|frame| frame.kind == "auth_list").map_or(&b""[..], |frame| &frame.bytes[1..]);
    let has = |name: &str| String::from_utf8_lossy(list).split(' ').any(|method| method == name);
    let local = if story.name == "reject_auth" { "10.0.0.0/8" } else { "local" };
    Auth { null: has("NULL") || list.is_empty(), ip: has("IP").then(|| vec![IpRule::parse(local).unwrap()]) }
}

fn limits(story: &Transcript) -> Limits {
    let sessions = if story.name == "reject_quota" { 1 } else { Limits::default().sessions };
    Limits { sessions, ..Limits::default() }
}

/// Remembers which name stands for which: the daemon's invented ones, the recorded and ours.
fn note_invented(story: &Transcript, answers: &HashMap<&str, Vec<u8>>, names: &mut Vec<(Vec<u8>, Vec<u8>)>) {
    for connection in story.connections.iter().filter(|connection| connection.private_name.is_empty()) {
        let Some(recorded) = &connection.private_group else { continue };
        let Some(answer) = answers.get(connection.id.as_str()) else { continue };
        let Some(at) = answer.windows(2).position(|pair| pair == INVENTED) else { continue };
        let len = usize::from(answer[at - 1]);
        let ours = answer[at..at + len].to_vec();
        if !names.iter().any(|(known, _)| known == recorded.as_bytes()) {
            names.push((recorded.clone().into_bytes(), ours));
        }
    }
}

/// The recorded invented names replaced by ours, wherever they stand: in a name's field, or behind their length.
fn with_our_names(bytes: &[u8], names: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (recorded, ours) in names {
        while let Some(at) = bytes.windows(recorded.len()).position(|window| window == recorded) {
            if at > 0 && usize::from(bytes[at - 1]) == recorded.len() {
                bytes[at - 1] = ours.len() as u8;
                bytes.splice(at..at + recorded.len(), ours.iter().copied());
            } else {
                let field = recorded.len().max(ours.len());
                let mut name = ours.clone();
                name.resize(field, 0);
                bytes.splice(at..at + field, name);
            }
        }
    }
    bytes
}

/// A daemon's bytes, with the group ids in memberships blotted out.
pub(crate) fn without_ids(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let mut at = handshake_len(&bytes);
    while let Ok(Measure::Message(header, len)) = Reader::Client.measure(&bytes[at..]) {
        let body = at + 48 + 32 * header.num_groups as usize;
        if is_view(&header) && body + 12 <= bytes.len() {
            bytes[body..body + 12].fill(0xee);
        }
        at += len;
    }
    bytes
}

fn is_view(header: &Header) -> bool {
    header.service_type.contains(ServiceType::REG_MEMB_MESS) && header.data_len >= 12
}

/// The list, which libraries before version 3.16 do not get, and the verdict if it is a good one.
fn handshake_len(bytes: &[u8]) -> usize {
    let verdict = match bytes.first() {
        Some(1) => 0,
        Some(&list) if (list as i8) > 0 => 1 + usize::from(list),
        _ => return bytes.len(),
    };
    // Behind it the version, of two bytes or three, and the private group behind its length.
    match bytes[verdict..].iter().position(|&byte| byte == b'#') {
        Some(at) => verdict + at + usize::from(bytes[verdict + at - 1]),
        None => bytes.len(),
    }
}
