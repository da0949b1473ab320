//! Stories, a line a step:
//!
//! | line | means |
//! |---|---|
//! | `daemons one two three`, `seed 7`, `detect 50ms` | first: the network |
//! | `connect a one`, `connect a one silent` | a client, with or without membership messages |
//! | `join a room`, `leave a room` | as said |
//! | `send a safe room,#b#two text`, `discard …` | a message; the text `7:2000` is a 7 made 2,000 bytes long |
//! | `disconnect a`, `gone a` | by a kill, by the end of its connection |
//! | `part one two \| three`, `heal` | whoever is not named is alone |
//! | `kill two`, `start two`, `hang two`, `wake two` | as said |
//! | `stop two`, `go two` | it stands still, and its layer does not know |
//! | `disturb one`, `fail two` | its ring forms again; its layer loses it |
//! | `latency 5ms 2ms`, `latency one two 5ms` | at least, and what may be added |
//! | `run 20ms`, `settle` | time passes, until nothing is under way |
//! | `heard`, `views` | writes down what each client has heard, what each daemon has installed |

use std::collections::BTreeMap;
use std::fmt::Write;

use spread_proto::client::Config;
use spread_proto::{Delivery, GroupId, Name, PrivateName, ServiceType};

use super::checker::{Seen, Trace};
use super::cluster::{Clients, Cluster};
use crate::event::{Event, Reason};
use crate::ordering::simulated::Latency;
use crate::rules::hash;
use crate::tests::world::Member;

/// A story under way.
pub(super) struct Story {
    pub(super) cluster: Cluster,
    clients: Clients,
    /// What each client has heard and nobody has written down.
    heard: BTreeMap<String, Vec<String>>,
    /// What each client, in each of its lives, has sent and seen.
    pub(super) traces: Vec<Trace>,
    current: BTreeMap<String, usize>,
}

/// What a story begins with.
struct Head {
    daemons: Vec<String>,
    seed: u64,
    detect: u64,
}

impl Story {
    /// Plays a whole text. The result is the text with what was heard written into it.
    pub(super) fn play(text: &str) -> (Story, String) {
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("    ")).collect();
        let mut story = Story::begin(&lines);
        let mut out = String::new();
        for line in lines {
            writeln!(out, "{line}").unwrap();
            for said in story.step(line) {
                writeln!(out, "    {said}").unwrap();
            }
        }
        (story, out)
    }

    fn begin(lines: &[&str]) -> Story {
        let mut head = Head { daemons: Vec::new(), seed: 1, detect: 50_000 };
        for line in lines {
            match line.split_once(' ') {
                Some(("daemons", names)) => head.daemons = names.split(' ').map(str::to_owned).collect(),
                Some(("seed", seed)) => head.seed = seed.parse().unwrap(),
                Some(("detect", time)) => head.detect = micros(time),
                _ => {}
            }
        }
        let cluster = Cluster::new(&head.daemons, head.seed, head.detect);
        Story { cluster, clients: Clients::new(), heard: BTreeMap::new(), traces: Vec::new(), current: BTreeMap::new() }
    }

    /// Plays a line, and returns what it has to say.
    pub(super) fn step(&mut self, line: &str) -> Vec<String> {
        let words: Vec<&str> = line.split(' ').collect();
        let said = match words[..] {
            ["" | "#" | "daemons" | "seed" | "detect", ..] => Vec::new(),
            ["heard"] => self.take_heard(),
            ["views"] => self.take_views(),
            ["settle"] => {
                self.cluster.settle();
                Vec::new()
            }
            ["run", time] => {
                self.cluster.run(micros(time));
                Vec::new()
            }
            ["connect", who, at, ref rest @ ..] => self.connect(who, at, rest.is_empty()),
            ["join" | "leave" | "send" | "discard" | "disconnect" | "gone", who, ..] => self.act(who, &words),
            _ => {
                self.happen(&words);
                Vec::new()
            }
        };
        self.cluster.pump();
        self.listen();
        said
    }

    fn connect(&mut self, who: &str, at: &str, listens: bool) -> Vec<String> {
        let place = self.cluster.place(at);
        let daemon = &mut self.cluster.daemons[place];
        let is_up = daemon.is_awake() && daemon.world.rules.network.as_ref().is_some_and(|network| network.is_up());
        if !is_up || self.clients.contains_key(who) {
            return vec![format!("{who} finds nobody")];
        }
        let config = Config::new(Some(PrivateName::new(who.as_bytes()).unwrap()), listens);
        match Member::connect(&mut daemon.world, config) {
            Ok(member) => {
                self.current.insert(who.to_owned(), self.traces.len());
                self.traces.push(Trace::new(&member.private_group(), listens));
                self.clients.insert(who.to_owned(), (place, member));
                Vec::new()
            }
            Err(code) => vec![format!("{who} is refused: {code:?}")],
        }
    }

    /// A client does something, if it can.
    fn act(&mut self, who: &str, words: &[&str]) -> Vec<String> {
        let Some((place, member)) = self.clients.get_mut(who) else { return vec![format!("{who} is not connected")] };
        let daemon = &mut self.cluster.daemons[*place];
        if !daemon.is_awake() {
            return vec![format!("{who} waits")];
        }
        let trace = &mut self.traces[self.current[who]];
        let world = &mut daemon.world;
        match *words {
            ["join", _, group] => member.join(world, group),
            ["leave", _, group] => {
                trace.seen.push(Seen::AskedToLeave(group.to_owned()));
                member.leave(world, group);
            }
            [verb @ ("send" | "discard"), _, service, groups, text] => {
                let (service, discard) = (service_of(service), verb == "discard");
                let bits = if discard { service.0 | ServiceType::SELF_DISCARD.0 } else { service.0 };
                let groups: Vec<&str> = groups.split(',').collect();
                let body = body_of(text);
                trace.sent(&body, &groups, discard);
                member.send(world, ServiceType(bits), &groups, &body);
            }
            ["disconnect", _] => {
                member.client.disconnect();
                member.flush(world);
                self.part_with(who);
            }
            ["gone", _] => {
                let connection = member.connection;
                world.end(connection, Reason::Gone);
                self.part_with(who);
            }
            _ => panic!("{words:?}?"),
        }
        Vec::new()
    }

    /// A client has no connection any more.
    fn part_with(&mut self, who: &str) {
        self.clients.remove(who);
        self.traces[self.current[who]].is_cut = true;
    }

    /// Something happens to daemons.
    fn happen(&mut self, words: &[&str]) {
        let place = |name: &str| self.cluster.place(name);
        let shared = self.cluster.shared.clone();
        match *words {
            ["part", ref names @ ..] => {
                let mut parts: Vec<u32> = (0..self.cluster.daemons.len() as u32).map(|place| 1_000 + place).collect();
                let mut part = 0;
                for name in names {
                    match *name {
                        "|" => part += 1,
                        name => parts[place(name)] = part,
                    }
                }
                shared.with(|simulation| simulation.set_parts(&parts));
            }
            ["heal"] => shared.with(|simulation| simulation.set_parts(&vec![0; self.cluster.daemons.len()])),
            ["kill", name] => self.cluster.kill(place(name)),
            ["start", name] => {
                let place = place(name);
                if self.cluster.daemons[place].is_dead {
                    self.cluster.start(place);
                }
            }
            ["hang" | "wake", name] => {
                let (place, is_hung) = (place(name), words[0] == "hang");
                self.cluster.daemons[place].is_stopped = is_hung;
                shared.with(|simulation| simulation.set_hung(place, is_hung));
            }
            ["stop" | "go", name] => {
                let place = place(name);
                self.cluster.daemons[place].is_stopped = words[0] == "stop";
            }
            ["disturb", name] => shared.with(|simulation| simulation.disturb(place(name))),
            ["fail", name] => shared.with(|simulation| simulation.rejoin(place(name))),
            ["refusals", one_in] => shared.with(|simulation| simulation.set_refusals(one_in.parse().unwrap())),
            ["latency", from, to, least] => {
                let (pair, latency) = ((place(from), place(to)), Latency { least: micros(least), jitter: 0 });
                shared.with(|simulation| simulation.set_latency(Some(pair), latency));
            }
            ["latency", least, jitter] => {
                let latency = Latency { least: micros(least), jitter: micros(jitter) };
                shared.with(|simulation| simulation.set_latency(None, latency));
            }
            _ => panic!("{words:?}?"),
        }
    }

    /// When all is well again: one view of all daemons, and nothing on its way.
    pub(super) fn check_end(&self) -> Result<(), String> {
        let views: Vec<_> = self.cluster.daemons.iter().map(|daemon| daemon.world.rules.network.as_ref()).collect();
        for network in views.into_iter().flatten() {
            if !network.is_installed() || network.view.len() != self.cluster.daemons.len() || network.held() > 0 {
                return Err(format!("a daemon ends outside: {:?}, {} bytes held", network.view, network.held()));
            }
        }
        Ok(())
    }

    /// Takes down what all clients have been sent, and whose connection has ended.
    fn listen(&mut self) {
        let mut cut = Vec::new();
        for (who, (place, member)) in &mut self.clients {
            let daemon = &mut self.cluster.daemons[*place];
            let trace = &mut self.traces[self.current[who]];
            let lines = self.heard.entry(who.clone()).or_default();
            if daemon.is_dead {
                cut.push(who.clone());
                continue;
            }
            member.hear(&mut daemon.world, |delivery| {
                lines.push(line(delivery));
                trace.hear(delivery);
            });
            if daemon.world.session(member.connection).is_none() {
                cut.push(who.clone());
            }
        }
        for who in cut {
            self.heard.entry(who.clone()).or_default().push("cut".to_owned());
            self.part_with(&who);
        }
    }

    fn take_heard(&mut self) -> Vec<String> {
        let heard = std::mem::take(&mut self.heard);
        heard.iter().flat_map(|(who, lines)| lines.iter().map(move |line| format!("{who}: {line}"))).collect()
    }

    fn take_views(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for daemon in &mut self.cluster.daemons {
            for event in std::mem::take(&mut daemon.news) {
                match event {
                    Event::View(view) => {
                        let names: Vec<_> = view.members.iter().map(ToString::to_string).collect();
                        lines.push(format!("{} has installed {}", daemon.name, names.join(" ")));
                    }
                    Event::Down(loss) => lines.push(format!("{} is down: {loss}", daemon.name)),
                    Event::Up => lines.push(format!("{} is up", daemon.name)),
                    _ => {}
                }
            }
        }
        lines
    }
}

/// `5ms`, `2s`, `300us`.
fn micros(text: &str) -> u64 {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[number.len()..] {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        _ => panic!("{text} is no time"),
    };
    number.parse::<u64>().unwrap() * unit
}

fn service_of(name: &str) -> ServiceType {
    match name {
        "unreliable" => ServiceType::UNRELIABLE_MESS,
        "reliable" => ServiceType::RELIABLE_MESS,
        "fifo" => ServiceType::FIFO_MESS,
        "causal" => ServiceType::CAUSAL_MESS,
        "agreed" => ServiceType::AGREED_MESS,
        "safe" => ServiceType::SAFE_MESS,
        _ => panic!("{name} is no service"),
    }
}

fn body_of(text: &str) -> Vec<u8> {
    match text.split_once(':') {
        Some((head, len)) => {
            let mut body = head.as_bytes().to_vec();
            body.resize(len.parse::<usize>().unwrap().max(head.len()), b'.');
            body
        }
        None => text.as_bytes().to_vec(),
    }
}

/// A body without what makes it long.
pub(super) fn head_of(body: &[u8]) -> String {
    String::from_utf8_lossy(body).trim_end_matches('.').to_owned()
}

/// `#a#one` as `a@one`.
fn short(name: Name) -> String {
    let text = name.to_string();
    match text.split('#').collect::<Vec<_>>()[..] {
        ["", name, daemon] => format!("{name}@{daemon}"),
        _ => text,
    }
}

fn list<'a>(names: impl IntoIterator<Item = &'a [u8; 32]>) -> String {
    names.into_iter().map(|name| short(Name::from_field(name))).collect::<Vec<_>>().join(" ")
}

/// An id by its daemon's name, where that is one of those in stories.
fn id_of(id: GroupId) -> String {
    let names = ["one", "two", "three", "four", "five", "six", "seven"];
    let name = names.into_iter().find(|name| hash(name.as_bytes()) == id.0[0]).unwrap_or("?");
    format!("{name}.{}.{}", id.0[1] - 1_000, id.0[2])
}

/// A delivery in a line.
fn line(delivery: &Delivery<'_>) -> String {
    match delivery {
        Delivery::Message(message) => {
            let (sender, groups) = (short(Name::from_field(message.sender)), list(message.groups));
            format!("{groups} < {sender}: {}", head_of(message.body))
        }
        Delivery::Membership(view) => {
            let cause = format!("{:?}", view.cause).to_lowercase();
            let changed = view.changed().map_or(String::new(), |changed| format!(" {}", short(changed)));
            let sets: Vec<_> = view.sets().map(list).collect();
            let sets = match view.changed() {
                None => format!("; from {}; own {}", sets.join(" | "), view.own_set),
                Some(_) => String::new(),
            };
            format!("{} = {} ({cause}{changed}; {}{sets})", view.group, list(view.members), id_of(view.id))
        }
        Delivery::Transition { group, id } => format!("{group}: transition from {}", id_of(*id)),
        Delivery::SelfLeave { group } => format!("{group}: left"),
        Delivery::Reject(_) => panic!("no daemon rejects"),
    }
}
