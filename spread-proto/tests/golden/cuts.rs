//! Every recorded stream, cut in two at every byte, ended at every byte, and one byte at a time: the cuts are never
//! seen in what comes out.
//!
//! A machine borrows its caller's bytes, so that a cut is only a matter of how many of them it is shown. Where a
//! delivery lies in the stream stands for what it holds; `received` compares the contents.

use spread_proto::client::{self, Client, Ended};
use spread_proto::server::{self, Server};
use spread_proto::{Code, PrivateGroup};

use crate::transcript::{Connection, Transcript};
use crate::{config, library_connections, transcripts};

/// What happened at which place of the stream.
type Step = (usize, usize, &'static str);

/// One end of a session that reads a stream.
trait Machine {
    /// Takes bytes: how many were used, and what came of it; `None` if it broke.
    fn take(&mut self, bytes: &[u8]) -> Option<(usize, &'static str)>;
    /// Ends the stream, and checks that the machine takes it as it should.
    fn end(&mut self);
}

impl Machine for Client {
    fn take(&mut self, bytes: &[u8]) -> Option<(usize, &'static str)> {
        let (used, happened) = self.handle_bytes(bytes).ok()?;
        let what = match happened {
            None => "",
            Some(client::Happened::Connected(_)) => "connected",
            Some(client::Happened::Delivery(_)) => "delivery",
            Some(_) => "method",
        };
        Some((used, what))
    }

    fn end(&mut self) {
        let expected = match self.state() {
            client::State::Open => Ended::Lost,
            client::State::Closed => Ended::Before,
            _ => Ended::Failed,
        };
        assert_eq!(self.handle_end(), expected);
        assert_eq!((self.state(), self.handle_end()), (client::State::Closed, Ended::Before));
    }
}

impl Machine for Server {
    /// This machine's daemon admits every client.
    fn take(&mut self, bytes: &[u8]) -> Option<(usize, &'static str)> {
        let (used, happened) = self.handle_bytes(bytes).ok()?;
        let what = match happened {
            None => "",
            Some(server::Happened::Requested(request)) => {
                let group = request.name.map_or("#r1-1#alpha".to_owned(), |name| format!("#{name}#alpha"));
                if self.admit(PrivateGroup::parse(group.as_bytes()).unwrap()).unwrap().is_some() {
                    self.authorize().unwrap();
                }
                "requested"
            }
            Some(server::Happened::Chose(_)) => {
                self.authorize().unwrap();
                "chose"
            }
            Some(server::Happened::Request(_)) => "request",
        };
        Some((used, what))
    }

    fn end(&mut self) {
        let is_news = self.state() != server::State::Closed;
        assert_eq!((self.handle_end(), self.state()), (is_news, server::State::Closed));
        assert!(!self.handle_end());
    }
}

/// Shows a machine `stream[..shown]` until it wants more.
fn drain(machine: &mut dyn Machine, stream: &[u8], at: &mut usize, shown: usize, steps: &mut Vec<Step>) {
    while *at <= shown {
        let Some((used, what)) = machine.take(&stream[*at..shown]) else {
            steps.push((*at, 0, "broken"));
            *at = usize::MAX;
            return;
        };
        if used == 0 {
            return;
        }
        // What a closed machine throws away is no step.
        if !what.is_empty() {
            steps.push((*at, used, what));
        }
        *at += used;
    }
}

/// Shows a new machine the stream up to each of these places in turn.
fn run(mut machine: Box<dyn Machine>, stream: &[u8], places: impl Iterator<Item = usize>, end: bool) -> Vec<Step> {
    let (mut at, mut steps) = (0, Vec::new());
    for shown in places {
        drain(machine.as_mut(), stream, &mut at, shown, &mut steps);
    }
    if end {
        machine.end();
    }
    steps
}

/// Every cut of one stream. A machine that breaks does so where the header is whole, not where the message ends.
fn walk(name: &str, stream: &[u8], new: &dyn Fn() -> Box<dyn Machine>) -> usize {
    let whole = run(new(), stream, std::iter::once(stream.len()), false);
    assert_eq!(run(new(), stream, 0..=stream.len(), true), whole, "{name}: byte by byte");
    for cut in 0..=stream.len() {
        let in_two = run(new(), stream, [cut, stream.len()].into_iter(), false);
        assert!(in_two == whole, "{name}: cut at {cut}");
        let ended = run(new(), stream, std::iter::once(cut), true);
        let is_whole = |step: &&Step| match step.2 {
            "broken" => ended.contains(step),
            _ => step.0 + step.1 <= cut,
        };
        assert!(ended.iter().eq(whole.iter().filter(is_whole)), "{name}: ended at {cut}");
    }
    stream.len() + 1
}

fn walk_all<'a>(sessions: impl Iterator<Item = (&'a Transcript, &'a Connection)>, to_daemon: bool) -> usize {
    let mut cuts = 0;
    for (transcript, connection) in sessions {
        let stream = transcript.stream(&connection.id, to_daemon);
        let new_client = || Box::new(Client::new(config(transcript, connection)).unwrap()) as Box<dyn Machine>;
        let new_server = || Box::new(Server::new(vec!["NULL".into(), "IP".into()])) as Box<dyn Machine>;
        let new: &dyn Fn() -> Box<dyn Machine> = if to_daemon { &new_server } else { &new_client };
        cuts += walk(&transcript.name, &stream, new);
    }
    cuts
}

#[test]
fn cuts_in_what_daemons_sent() {
    let all = transcripts();
    let sessions = all.iter().flat_map(|each| library_connections(each).map(move |connection| (each, connection)));
    assert!(walk_all(sessions, false) > 520_000);
}

#[test]
fn cuts_in_what_clients_sent() {
    let all = transcripts();
    let sessions = all.iter().flat_map(|each| each.connections.iter().map(move |connection| (each, connection)));
    assert!(walk_all(sessions, true) > 270_000);
}

/// A refusal in place of the list or of the accept, for each code, however little else has come.
#[test]
fn every_refusal_in_both_places() {
    for &code in Code::ALL {
        for before in [&b""[..], b"\x05NULL "] {
            let mut client = Client::new(client::Config::new(None, true)).unwrap();
            client.handle_bytes(before).unwrap();
            let error = client.handle_bytes(&[code.number() as u8]).unwrap_err();
            assert_eq!(error.code(), code);
            assert_eq!(client.handle_end(), Ended::Before);
        }
    }
}
