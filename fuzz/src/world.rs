//! A daemon's rules with clients that keep the protocol, beside a model of what each of them must receive: each member
//! of a group gets a message to it once, at its place in the one order; each member of a group that changes gets the
//! new membership, with all its members.
//!
//! The model reads a client's bytes with `spread-proto`, as the daemon does, and keeps nothing but who is where.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use spread_daemon::internals::Socketless;
use spread_daemon::{Event, Limits, Reason};
use spread_proto::client::{Client, Config, Happened};
use spread_proto::limits::{HEADER_LEN, MAX_SIZE};
use spread_proto::message::parse_delivery;
use spread_proto::server::{Request, parse_request};
use spread_proto::{
    Cause, Delivery, Frame, GroupId, Measure, Name, PrivateGroup, PrivateName, Reader, Service, ServiceType,
};

/// Bounds that an input can reach.
pub const LIMITS: Limits = Limits {
    sessions: 64,
    handshakes: 8,
    handshake_time: Duration::from_secs(5),
    groups: 6,
    groups_of_session: 4,
    members_of_group: 5,
    session_bytes: 20_000,
    session_messages: Some(40),
    total_bytes: 100_000,
    message_size: MAX_SIZE,
};

/// Bits of a message's type word that a daemon takes out.
const STRIPPED: u32 = ServiceType::MEMBERSHIP_MESS.0 | ServiceType::INTERNAL;

/// What a client has to hear next; a body by its hash.
#[derive(Debug, PartialEq, Eq)]
enum News {
    Message { service: Option<Service>, sender: Name, groups: Vec<Name>, mess_type: i16, len: usize, body: u64 },
    View { group: Name, cause: Cause, changed: Option<Name>, members: Vec<Name> },
    SelfLeave { group: Name },
}

/// A client.
struct Person {
    id: u32,
    own: PrivateGroup,
    membership: bool,
    /// It does not read.
    stalled: bool,
    /// Bytes of its that the daemon has not got yet.
    unsent: Vec<u8>,
    /// Bytes that the daemon has, of a message that is not whole.
    partial: Vec<u8>,
    due: VecDeque<News>,
    /// The last membership of each group that it received.
    ids: BTreeMap<Name, GroupId>,
}

/// The rules, the clients, and who is in which group.
pub struct World {
    rules: Socketless,
    people: BTreeMap<Name, Person>,
    groups: BTreeMap<Name, BTreeSet<Name>>,
}

impl World {
    /// A daemon without clients.
    #[allow(clippy::new_without_default)]
    pub fn new() -> World {
        World { rules: Socketless::with(LIMITS), people: BTreeMap::new(), groups: BTreeMap::new() }
    }

    /// Those who are there, in the order of their names.
    pub fn names(&self) -> Vec<PrivateGroup> {
        self.people.values().map(|person| person.own).collect()
    }

    /// A client connects, under this name or one of the daemon's choice. Who has the name already is refused.
    pub fn connect(&mut self, name: Option<&[u8]>, membership: bool) {
        if self.people.len() == LIMITS.sessions {
            return;
        }
        let name = name.map(|name| PrivateName::new(name).expect("a legal name"));
        let is_taken = self.people.values().any(|person| {
            name.is_some_and(|name| person.own.as_bytes() == [b"#", name.as_bytes(), b"#daemon"].concat())
        });
        let id = self.rules.accept();
        let mut client = Client::new(Config::new(name, membership)).expect("one method");
        let mut bytes = Vec::new();
        while client.accept().is_none() {
            self.rules.feed(id, &client.take_transmit());
            self.rules.take(id, &mut bytes);
            match client.handle_bytes(&bytes) {
                Ok((used, Some(Happened::Connected(_)))) => assert_eq!(used, bytes.len(), "nothing follows it"),
                Ok((used, None)) => assert!(used > 0 || !bytes.is_empty(), "the handshake stands still"),
                Ok((_, other)) => panic!("{other:?} in a handshake"),
                Err(_) => {
                    assert!(is_taken, "refused, though the name is free");
                    assert!(matches!(self.rules.take_events()[..], [Event::Ended { private_group: None, .. }]));
                    self.rules.forget(id);
                    return;
                }
            }
            bytes.clear();
        }
        assert!(!is_taken, "let in under a name that somebody has");
        let own = client.accept().expect("it is connected").private_group;
        assert!(matches!(self.rules.take_events()[..], [Event::Connected { .. }]));
        let person = Person {
            id,
            own,
            membership,
            stalled: false,
            unsent: Vec::new(),
            partial: Vec::new(),
            due: VecDeque::new(),
            ids: BTreeMap::new(),
        };
        assert!(self.people.insert(own.name(), person).is_none(), "two of one name");
    }

    /// Where the bytes go that a client is about to send.
    pub fn unsent(&mut self, who: PrivateGroup) -> &mut Vec<u8> {
        &mut self.people.get_mut(&who.name()).expect("it is there").unsent
    }

    /// Some of them are sent, in one write.
    pub fn send(&mut self, who: PrivateGroup, most: usize) {
        let person = self.people.get_mut(&who.name()).expect("it is there");
        let count = person.unsent.len().min(most);
        let bytes: Vec<u8> = person.unsent.drain(..count).collect();
        self.rules.feed(person.id, &bytes);
        person.partial.extend(bytes);
        let end = self.read_requests(who.name());
        self.settle(end.map(|is_kill| (who.name(), is_kill)));
    }

    /// A client reads no more, or again.
    pub fn stall(&mut self, who: PrivateGroup, on: bool) {
        self.people.get_mut(&who.name()).expect("it is there").stalled = on;
        self.settle(None);
    }

    /// A client's connection ends.
    pub fn hang_up(&mut self, who: PrivateGroup) {
        let id = self.people[&who.name()].id;
        self.rules.hang_up(id);
        self.leave_all(who.name());
        self.settle(Some((who.name(), false)));
    }

    /// All go; nothing is left of them.
    pub fn end(mut self) {
        for who in self.names() {
            if self.people.contains_key(&who.name()) {
                self.hang_up(who);
            }
        }
        let stats = self.rules.stats();
        assert_eq!((stats.sessions, stats.groups, stats.held_bytes), (0, 0, 0));
        assert!(self.groups.is_empty());
    }

    /// The model takes whole requests of a client's. Whether they end its session, and then whether it asked for that.
    fn read_requests(&mut self, who: Name) -> Option<bool> {
        let person = self.people.get_mut(&who).expect("it is there");
        let (own, bytes) = (person.own, std::mem::take(&mut person.partial));
        let mut at = 0;
        let end = loop {
            match parse_request(own, &bytes[at..]) {
                Ok(Some((_, used))) if used - HEADER_LEN > LIMITS.message_size => break Some(false),
                Ok(Some((request, used))) => {
                    at += used;
                    match request {
                        Request::Multicast(frame) => self.deliver(who, &frame),
                        Request::Leave(group) => self.leave(who, group),
                        Request::Join(group) if self.join(who, group) => {}
                        Request::Join(_) => break Some(false),
                        Request::Kill => break Some(true),
                        Request::Nothing => {}
                    }
                }
                Ok(None) => {
                    let rest = Reader::Daemon.measure(&bytes[at..]);
                    let is_large =
                        matches!(rest, Ok(Measure::Message(head, _)) if head.size() > LIMITS.message_size as u64);
                    break is_large.then_some(false);
                }
                Err(_) => break Some(false),
            }
        };
        if end.is_some() {
            self.leave_all(who);
        } else {
            self.people.get_mut(&who).expect("it is there").partial = bytes[at..].to_vec();
        }
        end
    }

    fn deliver(&mut self, sender: Name, frame: &Frame<'_>) {
        let groups: Vec<Name> = frame.group_fields().iter().map(Name::from_field).collect();
        let mut receivers = BTreeSet::new();
        for group in &groups {
            if group.is_private() {
                receivers.insert(*group);
            } else {
                receivers.extend(self.groups.get(group).into_iter().flatten());
            }
        }
        let word = frame.header.service_type;
        if word.contains(ServiceType::SELF_DISCARD) {
            receivers.remove(&sender);
        }
        for receiver in receivers {
            if let Some(person) = self.people.get_mut(&receiver) {
                person.due.push_back(News::Message {
                    service: ServiceType(word.0 & !STRIPPED).service(),
                    sender,
                    groups: groups.clone(),
                    mess_type: frame.header.hint.mess_type(),
                    len: frame.body().len(),
                    body: hash(frame.body()),
                });
            }
        }
    }

    /// Whether the bounds let it in.
    fn join(&mut self, who: Name, group: Name) -> bool {
        let members = self.groups.get(&group);
        if members.is_some_and(|members| members.contains(&who)) {
            return true;
        }
        let own = self.groups.values().filter(|members| members.contains(&who)).count();
        if own >= LIMITS.groups_of_session
            || (members.is_none() && self.groups.len() >= LIMITS.groups)
            || members.is_some_and(|members| members.len() >= LIMITS.members_of_group)
        {
            return false;
        }
        self.groups.entry(group).or_default().insert(who);
        self.announce(group, Cause::Join, who);
        true
    }

    fn leave(&mut self, who: Name, group: Name) {
        if self.take_out(who, group) {
            let person = self.people.get_mut(&who).expect("it is there");
            if person.membership {
                person.due.push_back(News::SelfLeave { group });
            }
            self.announce(group, Cause::Leave, who);
        }
    }

    fn leave_all(&mut self, who: Name) {
        let groups: Vec<Name> = self.groups.keys().copied().collect();
        for group in groups {
            if self.take_out(who, group) {
                self.announce(group, Cause::Disconnect, who);
            }
        }
    }

    /// Whether it was a member.
    fn take_out(&mut self, who: Name, group: Name) -> bool {
        let Some(members) = self.groups.get_mut(&group) else { return false };
        let was_in = members.remove(&who);
        if members.is_empty() {
            self.groups.remove(&group);
        }
        was_in
    }

    fn announce(&mut self, group: Name, cause: Cause, changed: Name) {
        let members: Vec<Name> = self.groups.get(&group).into_iter().flatten().copied().collect();
        for member in &members {
            let person = self.people.get_mut(member).expect("members are there");
            if person.membership {
                person.due.push_back(News::View { group, cause, changed: Some(changed), members: members.clone() });
            }
        }
    }

    /// All sessions that read do so, and a session above a bound is cut. `end` is whose session has ended by what it
    /// did, and whether it asked for that.
    fn settle(&mut self, end: Option<(Name, bool)>) {
        let mut ended = self.ended();
        assert_eq!(
            ended.iter().map(|(who, _)| *who).collect::<Vec<_>>(),
            end.iter().map(|(who, _)| *who).collect::<Vec<_>>()
        );
        if let Some((who, is_kill)) = end {
            assert_eq!(ended[0].1 == Reason::Left, is_kill, "{:?}", ended[0].1);
            // What waited for it is still offered to its socket.
            self.read(who);
            self.forget(who);
        }
        loop {
            let names: Vec<Name> = self.people.keys().copied().collect();
            for who in names {
                self.read(who);
            }
            self.rules.judge();
            ended = self.ended();
            for (who, reason) in &ended {
                let person = &self.people[who];
                // The most that is held may be a message that is not whole, of one who reads.
                let is_slow = person.stalled || (*reason == Reason::SlowTotal && !person.partial.is_empty());
                assert!(is_slow && is_for_slowness(*reason), "{who} was cut: {reason}");
                self.leave_all(*who);
                self.forget(*who);
            }
            if ended.is_empty() {
                break;
            }
        }
        let stats = self.rules.stats();
        assert!(stats.held_bytes <= LIMITS.total_bytes as u64, "{} bytes are held", stats.held_bytes);
        assert_eq!((stats.sessions, stats.groups), (self.people.len() as u64, self.groups.len() as u64));
    }

    /// Whose sessions have ended since the last look, and why.
    fn ended(&mut self) -> Vec<(Name, Reason)> {
        let ended = self.rules.take_events().into_iter().map(|event| match event {
            Event::Ended { private_group: Some(group), reason, .. } => (group.name(), reason),
            other => panic!("{other:?} though nobody connects"),
        });
        ended.collect()
    }

    fn forget(&mut self, who: Name) {
        let person = self.people.remove(&who).expect("it is there");
        self.rules.forget(person.id);
    }

    /// A client reads what there is: exactly what is due.
    fn read(&mut self, who: Name) {
        let person = self.people.get_mut(&who).expect("it is there");
        if person.stalled {
            self.rules.block(person.id);
            return;
        }
        let mut bytes = Vec::new();
        self.rules.take(person.id, &mut bytes);
        let mut at = 0;
        while let Some((delivery, used)) = parse_delivery(&bytes[at..]).expect("a legal message") {
            at += used;
            let news = News::of(&delivery, &mut person.ids);
            assert_eq!(Some(&news), person.due.front(), "to {who}");
            person.due.pop_front();
        }
        assert_eq!(at, bytes.len(), "whole messages");
        assert!(person.due.is_empty(), "{who} has not heard {:?}", person.due);
    }
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn is_for_slowness(reason: Reason) -> bool {
    matches!(reason, Reason::SlowBytes | Reason::SlowMessages | Reason::SlowTotal)
}

impl News {
    fn of(delivery: &Delivery<'_>, ids: &mut BTreeMap<Name, GroupId>) -> News {
        match delivery {
            Delivery::Message(message) => News::Message {
                service: ServiceType(message.service_type.0).service(),
                sender: Name::from_field(message.sender),
                groups: message.groups.iter().map(Name::from_field).collect(),
                mess_type: message.mess_type,
                len: message.body.len(),
                body: hash(message.body),
            },
            Delivery::Membership(view) => {
                let before = ids.insert(view.group, view.id);
                assert_ne!(before, Some(view.id), "each membership has an id of its own");
                News::View {
                    group: view.group,
                    cause: view.cause,
                    changed: view.changed(),
                    members: view.members.iter().map(Name::from_field).collect(),
                }
            }
            Delivery::SelfLeave { group } => {
                // An empty group is forgotten, and its numbers begin again.
                ids.remove(group);
                News::SelfLeave { group: *group }
            }
            other => panic!("{other:?} from a single daemon"),
        }
    }
}
