//! A daemon without sockets, and clients that are `spread-proto`'s client machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};

use spread_proto::client::{Client, Config, Happened};
use spread_proto::{Code, DaemonName, Delivery, Destination, GroupName, Multicast, Name, PrivateName, ServiceType};

use crate::auth::{Auth, Peer};
use crate::config::Limits;
use crate::event::{Event, Reason};
use crate::rules::Rules;
use crate::rules::queue::Queue;
use crate::rules::steps::Steps;

pub(crate) const PEER: Peer = Peer::Tcp(SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 1));

/// The daemon, and its connections. The daemon uses a session's number again; a connection's is its own.
pub(crate) struct World {
    pub(crate) rules: Rules,
    /// Session → connection.
    connections: BTreeMap<u32, usize>,
    /// Connection → what was written to it.
    written: Vec<Vec<u8>>,
    /// Connections that do not read.
    stalled: BTreeSet<usize>,
    /// What each unit of work may cost.
    pub(crate) steps: Steps,
    /// How each session that is over has ended.
    pub(crate) ended: Vec<(Option<String>, Reason)>,
    /// What the daemon has reported of its network.
    pub(crate) news: Vec<Event>,
}

impl World {
    pub(crate) fn new(daemon: &str, auth: Auth, limits: Limits) -> World {
        let rules = Rules::new(DaemonName::new(daemon.as_bytes()).unwrap(), auth, limits, [1, 2], 0);
        World {
            rules,
            connections: BTreeMap::new(),
            written: Vec::new(),
            stalled: BTreeSet::new(),
            steps: Steps::ALL,
            ended: Vec::new(),
            news: Vec::new(),
        }
    }

    /// With everybody let in, and these bounds.
    pub(crate) fn with(limits: Limits) -> World {
        World::new("here", Auth::default(), limits)
    }

    pub(crate) fn accept(&mut self) -> Result<usize, Code> {
        self.accept_from(PEER)
    }

    pub(crate) fn accept_from(&mut self, peer: Peer) -> Result<usize, Code> {
        let accepted = self.rules.accept(peer);
        self.settle();
        let connection = self.written.len();
        self.connections.insert(accepted?, connection);
        self.written.push(Vec::new());
        Ok(connection)
    }

    /// The session of a connection, as long as it is there.
    pub(crate) fn session(&self, connection: usize) -> Option<u32> {
        self.connections.iter().find(|(_, of)| **of == connection).map(|(id, _)| *id)
    }

    /// What clients have the daemon hold, besides groups and memberships.
    pub(crate) fn waiting(&self) -> usize {
        self.rules.held() - self.rules.groups.bytes()
    }

    /// Bytes come from a client.
    pub(crate) fn feed(&mut self, connection: usize, bytes: &[u8]) {
        // Nobody reads from a connection that is over.
        if let Some(id) = self.session(connection) {
            self.rules.allow(self.steps);
            self.rules.handle_bytes(id, bytes);
            self.settle();
        }
    }

    /// Goes on with what a client is behind with. Whether it was.
    pub(crate) fn go_on(&mut self, connection: usize) -> bool {
        let behind = self.session(connection).filter(|&id| self.rules.is_behind(id));
        if let Some(id) = behind {
            self.rules.allow(self.steps);
            self.rules.go_on(id);
            self.settle();
        }
        behind.is_some()
    }

    /// Goes on with those who leave groups. Whether somebody does.
    pub(crate) fn go_on_leaving(&mut self) -> bool {
        let leaves = self.rules.has_leavings();
        self.rules.allow(self.steps);
        self.rules.go_on_leaving();
        self.settle();
        leaves
    }

    /// A client is gone, but not all that it sent is read.
    pub(crate) fn note_going(&mut self, connection: usize) {
        if let Some(id) = self.session(connection) {
            self.rules.note_going(id);
        }
    }

    /// A client's session ends.
    pub(crate) fn end(&mut self, connection: usize, reason: Reason) {
        if let Some(id) = self.session(connection) {
            self.rules.allow(self.steps);
            self.rules.end(id, reason);
            self.settle();
        }
    }

    /// The client does not read any more.
    pub(crate) fn stall(&mut self, connection: usize) {
        self.stalled.insert(connection);
    }

    /// What was written to a connection since the last look.
    pub(crate) fn take_written(&mut self, connection: usize) -> Vec<u8> {
        std::mem::take(&mut self.written[connection])
    }

    /// What the daemon's thread does after each read.
    pub(crate) fn settle(&mut self) {
        loop {
            while self.rules.sessions.has_listed() {
                let listed: Vec<_> = self.rules.sessions.take_listed().collect();
                for id in listed {
                    self.rules.sessions.strike(id);
                    self.write(id);
                    self.rules.judge_queue(id);
                }
            }
            if !self.rules.is_overfull() || !self.rules.cut_heaviest() {
                break;
            }
        }
        for event in self.rules.events.drain(..) {
            match event {
                Event::Ended { private_group, reason, .. } => {
                    self.ended.push((private_group.map(|group| group.to_string()), reason));
                }
                Event::View(_) | Event::Up | Event::Down(_) => self.news.push(event),
                _ => {}
            }
        }
    }

    fn write(&mut self, id: u32) {
        let Some(&connection) = self.connections.get(&id) else { return };
        if self.stalled.contains(&connection) {
            self.rules.sessions.get_mut(id).expect("it is there").queue.settle();
        } else {
            let queue = |rules: &Rules| rules.session(id).map_or(Vec::new(), |session| front(&session.queue));
            loop {
                let front = queue(&self.rules);
                if front.is_empty() {
                    break;
                }
                self.rules.sessions.advance(id, front.len());
                self.written[connection].extend_from_slice(&front);
            }
        }
        if self.rules.session(id).is_some_and(|session| session.ended.is_some()) {
            self.rules.forget(id);
            self.connections.remove(&id);
        }
    }
}

fn front(queue: &Queue) -> Vec<u8> {
    queue.front().flatten().copied().collect()
}

/// A client, and what it has read and not yet looked at.
pub(crate) struct Member {
    pub(crate) connection: usize,
    pub(crate) client: Client,
    bytes: Vec<u8>,
}

impl Member {
    /// Connects; `Err` is the daemon's refusal.
    pub(crate) fn connect(world: &mut World, config: Config) -> Result<Member, Code> {
        Member::connect_from(world, PEER, config)
    }

    pub(crate) fn connect_from(world: &mut World, peer: Peer, config: Config) -> Result<Member, Code> {
        let connection = world.accept_from(peer)?;
        let mut member = Member { connection, client: Client::new(config).unwrap(), bytes: Vec::new() };
        loop {
            member.flush(world);
            member.bytes.append(&mut world.take_written(connection));
            let (used, happened) = member.client.handle_bytes(&member.bytes).map_err(|error| error.code())?;
            let happened = happened.map(|happened| match happened {
                Happened::Authenticate(_) => false,
                Happened::Connected(_) => true,
                other => panic!("{other:?} in a handshake"),
            });
            member.bytes.drain(..used);
            match happened {
                Some(true) => return Ok(member),
                Some(false) => drop(member.client.handle_authenticated().unwrap()),
                None if used == 0 => panic!("the handshake stands still"),
                None => {}
            }
        }
    }

    pub(crate) fn named(world: &mut World, name: &str) -> Result<Member, Code> {
        Member::connect(world, Config::new(Some(PrivateName::new(name.as_bytes()).unwrap()), true))
    }

    pub(crate) fn private_group(&self) -> String {
        self.client.accept().unwrap().private_group.to_string()
    }

    /// What the client wants to say goes to the daemon.
    pub(crate) fn flush(&mut self, world: &mut World) {
        world.feed(self.connection, &self.client.take_transmit());
    }

    pub(crate) fn join(&mut self, world: &mut World, group: &str) {
        self.client.join(GroupName::new(group.as_bytes()).unwrap()).unwrap();
        self.flush(world);
    }

    pub(crate) fn leave(&mut self, world: &mut World, group: &str) {
        self.client.leave(GroupName::new(group.as_bytes()).unwrap()).unwrap();
        self.flush(world);
    }

    pub(crate) fn send(&mut self, world: &mut World, service: ServiceType, groups: &[&str], body: &[u8]) {
        self.queue(service, groups, body);
        self.flush(world);
    }

    /// Asks for a message; `flush` sends it.
    pub(crate) fn queue(&mut self, service: ServiceType, groups: &[&str], body: &[u8]) {
        let groups: Vec<_> = groups.iter().map(|name| Destination::parse(name.as_bytes()).unwrap()).collect();
        let head = Multicast { service_type: service, groups: &groups, mess_type: 0, data_len: 0 };
        self.client.multicast(&head, body, 140_000).unwrap();
    }

    /// What it has heard since the last look, a line each.
    pub(crate) fn heard(&mut self, world: &mut World) -> Vec<String> {
        let mut lines = Vec::new();
        self.hear(world, |delivery| lines.push(line(delivery)));
        lines
    }

    /// Goes through what it has heard since the last look.
    pub(crate) fn hear(&mut self, world: &mut World, mut tell: impl FnMut(&Delivery<'_>)) {
        self.bytes.append(&mut world.take_written(self.connection));
        let mut at = 0;
        while at < self.bytes.len() {
            match self.client.handle_bytes(&self.bytes[at..]).unwrap() {
                (used, Some(Happened::Delivery(delivery))) => {
                    at += used;
                    tell(&delivery);
                }
                other => panic!("{other:?}: no whole message"),
            }
        }
        self.bytes.clear();
    }
}

/// A delivery in a line: `room < #a#here: text`, `room = a b (join a)`, `room: left`.
fn line(delivery: &Delivery<'_>) -> String {
    let short = |name: Name| name.to_string().split('#').nth(1).map_or(name.to_string(), str::to_owned);
    match delivery {
        Delivery::Message(message) => {
            let groups: Vec<_> = message.groups.iter().map(|group| short(Name::from_field(group))).collect();
            let (sender, body) = (short(Name::from_field(message.sender)), String::from_utf8_lossy(message.body));
            let big = if message.endian_mismatch { " (big-endian)" } else { "" };
            format!("{} < {sender}: {body}{big}", groups.join(","))
        }
        Delivery::Membership(view) => {
            let members: Vec<_> = view.members.iter().map(|member| short(Name::from_field(member))).collect();
            let cause = format!("{:?}", view.cause).to_lowercase();
            let changed = view.changed().map_or(String::new(), |changed| format!(" {}", short(changed)));
            format!("{} = {} ({cause}{changed})", view.group, members.join(" "))
        }
        Delivery::SelfLeave { group } => format!("{group}: left"),
        other => panic!("{other:?} from a single daemon"),
    }
}
