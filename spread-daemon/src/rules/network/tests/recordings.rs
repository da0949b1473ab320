//! The recordings of several daemons: what their clients sent goes in, in the recorded order, the network is cut and
//! healed where it was, and what comes out for each client is what the real daemons sent, but for ids and times.

use std::collections::{HashMap, VecDeque};
use std::path::Path;

use super::cluster::Cluster;
use crate::tests::golden::{is_cause, units, without_ids};
use crate::tests::transcript::{self, Frame, Transcript};

struct Stage<'a> {
    cluster: Cluster,
    /// Connection → its daemon, and its number there.
    ids: HashMap<&'a str, (usize, usize)>,
    answers: HashMap<&'a str, Vec<u8>>,
    pending: VecDeque<&'a Frame>,
}

impl<'a> Stage<'a> {
    fn new() -> Stage<'a> {
        let names = ["d1", "d2", "d3"].map(str::to_owned);
        let mut cluster = Cluster::new(&names, 1, 50_000);
        cluster.settle();
        Stage { cluster, ids: HashMap::new(), answers: HashMap::new(), pending: VecDeque::new() }
    }

    fn note(&mut self, note: &str) {
        let shared = self.cluster.shared.clone();
        match note {
            "cut network into {d1,d2} and {d3}" => shared.with(|simulation| simulation.set_parts(&[0, 0, 1])),
            "heal network" => shared.with(|simulation| simulation.set_parts(&[0, 0, 0])),
            "daemon d3 killed" => {
                self.cluster.kill(2);
                self.ids.retain(|_, (place, _)| *place != 2);
            }
            "daemon d3 started again" => self.cluster.start(2),
            other => panic!("{other}?"),
        }
        if !note.starts_with("cut") {
            self.cluster.settle();
        }
        self.listen();
    }

    fn connect(&mut self, conn: &'a str, private_group: &str) {
        if !self.ids.contains_key(conn) {
            let place = self.cluster.place(private_group.rsplit('#').next().unwrap());
            let connection = self.cluster.daemons[place].world.accept().unwrap();
            self.ids.insert(conn, (place, connection));
        }
    }

    fn listen(&mut self) {
        for (conn, (place, connection)) in &self.ids {
            let world = &mut self.cluster.daemons[*place].world;
            if world.session(*connection).is_some() {
                self.answers.entry(conn).or_default().append(&mut world.take_written(*connection));
            }
        }
    }

    /// Has the daemons read until they have sent as much as the recorded ones had with this frame.
    fn bring_about(&mut self, frame: &Frame, due: usize) {
        let conn = frame.conn.as_str();
        let got = |stage: &Stage<'_>| stage.answers.get(conn).map_or(0, Vec::len);
        while got(self) < due {
            let cause = self.pending.iter().position(|unit| is_cause(unit, frame)).unwrap_or(0);
            if let Some(unit) = self.pending.remove(cause) {
                let (place, connection) = self.ids[unit.conn.as_str()];
                self.cluster.daemons[place].world.feed(connection, &unit.bytes);
                self.cluster.pump();
                self.listen();
                continue;
            }
            let before = got(self);
            self.cluster.settle();
            self.listen();
            assert!(got(self) > before, "{conn} waits for {} bytes", due - before);
        }
    }
}

fn replay(story: &Transcript) {
    let mut stage = Stage::new();
    let mut due: HashMap<&str, usize> = HashMap::new();
    for (index, frame) in story.frames.iter().enumerate() {
        for event in story.events.iter().filter(|event| event["after_frame"] == index && !event["note"].is_null()) {
            stage.note(event["note"].as_str().unwrap());
        }
        if frame.kind == "eof" {
            continue;
        }
        let conn = story.connections.iter().find(|connection| connection.id == frame.conn).unwrap();
        stage.connect(&conn.id, conn.private_group.as_deref().unwrap());
        if frame.to_daemon {
            stage.pending.push_back(frame);
        } else {
            *due.entry(&frame.conn).or_default() += frame.bytes.len();
            stage.bring_about(frame, due[frame.conn.as_str()]);
        }
    }
    for connection in &story.connections {
        let expected = comparable(&story.stream(&connection.id, false));
        let got = comparable(&stage.answers[connection.id.as_str()]);
        assert!(
            got.starts_with(&expected[..expected.len() - 1]),
            "{} {}:\n{got:#?}\n{expected:#?}",
            story.name,
            connection.id
        );
    }
}

/// A daemon's messages in hex, without the ids of views and of transitions.
fn comparable(bytes: &[u8]) -> Vec<String> {
    let mut units = units(&without_ids(bytes));
    for unit in units.iter_mut().filter(|unit| unit.starts_with("802000")) {
        unit.truncate(2 * 48);
    }
    units
}

#[test]
fn recorded_clients_of_several_daemons_get_the_recorded_answers() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../spread-proto/testdata/transcripts"));
    let several = ["network_partition_and_merge", "daemon_of_three_killed"];
    let stories = transcript::read_all(folder);
    let stories: Vec<_> = stories.iter().filter(|story| several.contains(&story.name.as_str())).collect();
    assert_eq!(stories.len(), 2);
    stories.into_iter().for_each(replay);
}
