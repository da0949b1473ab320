//! The daemon without its sockets: sessions, groups, and one total order of all that they ask. Pure: bytes come in by
//! [`Core::handle_bytes`], and wait to be written in each session's queue.
//!
//! Everything takes effect in the order in which it is read, one request after the other. That is the one total order,
//! and as every message goes to its receivers' queues at its place there, all six services are kept by it.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use spread_proto::limits::HEADER_LEN;
use spread_proto::membership::encode_self_leave;
use spread_proto::server::Request;
use spread_proto::server::{Happened, Server, State};
use spread_proto::{AuthName, Cause, Code, ConnectRequest, DaemonName, Name, NameField, NewMembership, PrivateGroup};
use spread_proto::{Measure, PrivateName, Reader};

use crate::auth::{Auth, Peer};
use crate::config::Limits;
use crate::event::{Event, Reason, Stats};
use crate::groups::{Groups, Member};
use crate::queue::Queue;

/// One client.
#[derive(Debug)]
pub(crate) struct Session {
    server: Server,
    peer: Peer,
    /// Once the session is named; the name is taken from then on.
    name: Option<Name>,
    pub(crate) membership: bool,
    /// The beginning of a message whose rest has not come yet.
    partial: Vec<u8>,
    pub(crate) queue: Queue,
    /// Sorted by name.
    pub(crate) groups: Vec<Name>,
    /// The number of the last message it got: each message goes to a session once.
    pub(crate) stamp: u64,
    /// In the list of those who have something to write.
    pub(crate) dirty: bool,
    /// The group of its last message, and where that was found, when.
    pub(crate) recent: Option<(NameField, u32, u64)>,
    /// It is over: what waits is written, and then the connection ends.
    pub(crate) ended: Option<Reason>,
}

/// The daemon's state.
pub(crate) struct Core {
    pub(crate) daemon: DaemonName,
    auth: Auth,
    pub(crate) limits: Limits,
    pub(crate) sessions: Vec<Option<Box<Session>>>,
    free: Vec<u32>,
    names: HashMap<Name, u32, RandomState>,
    pub(crate) groups: Groups,
    /// Numbers messages, for [`Session::stamp`].
    pub(crate) stamp: u64,
    /// Numbers invented names.
    invented: u32,
    handshakes: usize,
    /// Sessions that have something to write.
    pub(crate) dirty: Vec<u32>,
    /// Sessions beyond their bound: they are written to before they are judged.
    pub(crate) over: Vec<u32>,
    pub(crate) stats: Stats,
    /// What happened since the last look.
    pub(crate) events: Vec<Event>,
}

impl Core {
    /// `base` is what all group ids begin with; `seed` varies the names invented.
    pub(crate) fn new(daemon: DaemonName, auth: Auth, limits: Limits, base: [i32; 2], seed: u32) -> Core {
        Core {
            daemon,
            auth,
            limits,
            sessions: Vec::new(),
            free: Vec::new(),
            names: HashMap::default(),
            groups: Groups::new(base),
            stamp: 0,
            invented: seed,
            handshakes: 0,
            dirty: Vec::new(),
            over: Vec::new(),
            stats: Stats::default(),
            events: Vec::new(),
        }
    }

    /// A client has connected. `Err` has the byte to send it away with.
    pub(crate) fn accept(&mut self, peer: Peer) -> Result<u32, u8> {
        let taken = self.sessions.len() - self.free.len();
        if taken >= self.limits.sessions || self.handshakes >= self.limits.handshakes {
            self.stats.refused += 1;
            self.events.push(Event::Ended(None, Reason::Refused(Code::RejectQuota)));
            return Err(Code::RejectQuota.number() as i8 as u8);
        }
        let session = Some(Box::new(Session {
            server: Server::new(self.auth.names()),
            peer,
            name: None,
            membership: false,
            partial: Vec::new(),
            queue: Queue::default(),
            groups: Vec::new(),
            stamp: 0,
            dirty: false,
            recent: None,
            ended: None,
        }));
        self.handshakes += 1;
        self.stats.sessions += 1;
        Ok(match self.free.pop() {
            Some(id) => {
                self.sessions[id as usize] = session;
                id
            }
            None => {
                self.sessions.push(session);
                self.sessions.len() as u32 - 1
            }
        })
    }

    /// Forgets a session that is over; its number is free again.
    pub(crate) fn forget(&mut self, id: u32) {
        if let Some(session) = self.sessions.get_mut(id as usize).and_then(Option::take) {
            self.stats.queued_bytes -= session.queue.bytes() as u64;
            self.stats.sessions -= 1;
            self.free.push(id);
        }
    }

    pub(crate) fn session(&mut self, id: u32) -> Option<&mut Session> {
        self.sessions.get_mut(id as usize)?.as_deref_mut()
    }

    /// Whether the session is still in its handshake.
    pub(crate) fn is_shaking_hands(&mut self, id: u32) -> bool {
        self.session(id).is_some_and(|session| {
            session.ended.is_none() && !matches!(session.server.state(), State::Open | State::Closed)
        })
    }

    /// Bytes came from a client. They are used up, or the session is over.
    pub(crate) fn handle_bytes(&mut self, id: u32, bytes: &[u8]) {
        self.stats.bytes_in += bytes.len() as u64;
        let Some(session) = self.session(id) else { return };
        if session.partial.is_empty() {
            self.handle_fresh(id, bytes);
            return;
        }
        let mut partial = std::mem::take(&mut session.partial);
        let (used, judge) = complete(session.server.state(), &mut partial, bytes);
        if judge {
            self.handle_fresh(id, &partial);
        } else {
            session.partial = partial;
        }
        self.handle_bytes_behind(id, &bytes[used..]);
    }

    /// What completed a message left nothing behind in the session, unless it was a handshake's.
    fn handle_bytes_behind(&mut self, id: u32, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let Some(session) = self.session(id) else { return };
        if session.partial.is_empty() {
            self.handle_fresh(id, bytes);
        } else {
            let rest = std::mem::take(&mut session.partial);
            self.handle_fresh(id, &[&rest[..], bytes].concat());
        }
    }

    /// Takes requests from the front of the bytes, and keeps what is not whole.
    fn handle_fresh(&mut self, id: u32, bytes: &[u8]) {
        let mut source = Source::new(bytes);
        let mut at = 0;
        loop {
            let Some(session) = self.session(id) else { return };
            if session.ended.is_some() {
                return;
            }
            let used = if session.server.state() == State::Open {
                self.handle_request(id, &mut source, at)
            } else {
                self.handle_handshake(id, &bytes[at..])
            };
            if used == 0 {
                break;
            }
            at += used;
        }
        if let Some(session) = self.session(id)
            && session.ended.is_none()
        {
            session.partial.extend_from_slice(&bytes[at..]);
        }
    }

    fn handle_request(&mut self, id: u32, source: &mut Source<'_>, at: usize) -> usize {
        let bytes: &[u8] = source.bytes;
        let Some(session) = self.session(id) else { return 0 };
        let own = session.server.private_group().expect("an open session has its private group");
        match spread_proto::server::parse_request(own, &bytes[at..]) {
            Ok(None) => 0,
            Ok(Some((request, used))) => {
                match request {
                    Request::Multicast(frame) => self.multicast(id, &frame, source, at),
                    Request::Join(group) => self.join(id, group),
                    Request::Leave(group) => self.leave(id, group),
                    Request::Kill => self.end(id, Reason::Left),
                    Request::Nothing => {}
                }
                used
            }
            Err(misbehaved) => {
                self.end(id, Reason::Misbehaved(misbehaved));
                0
            }
        }
    }

    fn handle_handshake(&mut self, id: u32, bytes: &[u8]) -> usize {
        let Some(session) = self.session(id) else { return 0 };
        let (used, happened) = match session.server.handle_bytes(bytes) {
            Ok((used, Some(Happened::Requested(request)))) => (used, Some(Step::Name(request))),
            Ok((used, Some(Happened::Chose(chosen)))) => (used, Some(Step::Judge(chosen))),
            Ok((used, _)) => (used, None),
            Err(misbehaved) => {
                self.end(id, Reason::Misbehaved(misbehaved));
                return 0;
            }
        };
        match happened {
            Some(Step::Name(request)) => self.name(id, request),
            Some(Step::Judge(chosen)) => self.judge(id, &chosen),
            None => {}
        }
        self.send_handshake(id);
        used
    }

    /// Finds a session its private group.
    fn name(&mut self, id: u32, request: ConnectRequest) {
        let private = request.name.unwrap_or_else(|| self.invent(id));
        let group = PrivateGroup::new(private, self.daemon);
        if self.names.contains_key(&group.name()) {
            self.refuse(id, Code::RejectNotUnique);
            return;
        }
        self.names.insert(group.name(), id);
        let Some(session) = self.session(id) else { return };
        session.name = Some(group.name());
        session.membership = request.membership;
        if let Ok(Some(Happened::Chose(chosen))) = session.server.admit(group) {
            self.judge(id, &chosen);
        }
    }

    /// A free name for a client that asks for none: `r`, a number, and the session's own.
    fn invent(&mut self, id: u32) -> PrivateName {
        loop {
            // A full-period step through 0..9999, so that names vary and every free one is found.
            self.invented = (self.invented + 7_919) % 9_999;
            let text = format!("r{}-{}", self.invented, id % 10_000);
            let name = PrivateName::new(text.as_bytes()).expect("1 + 4 + 1 + 4 legal characters");
            if !self.names.contains_key(&PrivateGroup::new(name, self.daemon).name()) {
                return name;
            }
        }
    }

    /// Lets a session in, or not.
    fn judge(&mut self, id: u32, chosen: &[AuthName]) {
        let Some(session) = self.sessions[id as usize].as_deref_mut() else { return };
        if !self.auth.admits(chosen, session.peer) || session.server.authorize().is_err() {
            self.refuse(id, Code::RejectAuth);
            return;
        }
        let group = session.server.private_group().expect("it was admitted");
        self.handshakes -= 1;
        self.stats.connected += 1;
        self.events.push(Event::Connected(group));
    }

    fn refuse(&mut self, id: u32, code: Code) {
        if let Some(session) = self.session(id) {
            session.server.refuse(code);
        }
    }

    /// Queues what the handshake says, and ends the session if that was a refusal.
    fn send_handshake(&mut self, id: u32) {
        let Some(session) = self.session(id) else { return };
        let transmit = session.server.take_transmit();
        let refused = session.server.state() == State::Closed;
        if !transmit.is_empty() {
            let chunk: Arc<[u8]> = transmit.as_slice().into();
            self.queue(id, &chunk, 0, chunk.len());
        }
        if refused {
            let code = transmit.last().and_then(|&byte| Code::from_number(i32::from(byte as i8)));
            self.stats.refused += 1;
            self.end(id, Reason::Refused(code.unwrap_or(Code::ConnectionClosed)));
        }
    }

    /// Queues a range of a chunk for a session.
    #[inline]
    pub(crate) fn queue(&mut self, id: u32, chunk: &Arc<[u8]>, start: usize, end: usize) {
        let Some(session) = self.sessions[id as usize].as_deref_mut() else { return };
        session.queue.push(chunk, start, end);
        self.stats.queued_bytes += (end - start) as u64;
        if !session.dirty {
            session.dirty = true;
            self.dirty.push(id);
        }
        let beyond = session.queue.bytes() > self.limits.session_bytes
            || self.limits.session_messages.is_some_and(|most| session.queue.messages() > most)
            || self.stats.queued_bytes > self.limits.total_bytes as u64;
        if beyond && self.over.last() != Some(&id) {
            self.over.push(id);
        }
    }

    /// Cuts a session that was written to and is still beyond its bound.
    pub(crate) fn judge_queue(&mut self, id: u32) {
        let Some(session) = self.sessions[id as usize].as_deref_mut() else { return };
        if session.queue.bytes() > self.limits.session_bytes {
            self.end(id, Reason::SlowBytes);
        } else if self.limits.session_messages.is_some_and(|most| session.queue.messages() > most) {
            self.end(id, Reason::SlowMessages);
        } else if self.stats.queued_bytes > self.limits.total_bytes as u64 {
            let waiting = |session: &Option<Box<Session>>| session.as_ref().map_or(0, |session| session.queue.bytes());
            let most = (0..self.sessions.len()).max_by_key(|&index| waiting(&self.sessions[index]));
            self.end(most.expect("one is there") as u32, Reason::SlowTotal);
        }
    }

    fn join(&mut self, id: u32, group: Name) {
        let limits = self.limits;
        let found = self.groups.find(group);
        let members = found.map_or(0, |place| self.groups.at(place).members.len());
        let groups = self.groups.len();
        let Some(session) = self.session(id) else { return };
        let Err(at) = session.groups.binary_search(&group) else { return };
        let beyond = [
            (session.groups.len() >= limits.groups_of_session, "groups of one session"),
            (found.is_none() && groups >= limits.groups, "groups in all"),
            (members >= limits.members_of_group, "members of one group"),
        ];
        if let Some((_, limit)) = beyond.into_iter().find(|(beyond, _)| *beyond) {
            self.end(id, Reason::Limit(limit));
            return;
        }
        session.groups.insert(at, group);
        let member = Member { name: session.name.expect("it is open"), session: id };
        let place = self.groups.join(group, member);
        self.announce(place, Cause::Join, member.name);
    }

    fn leave(&mut self, id: u32, group: Name) {
        let Some(session) = self.session(id) else { return };
        let Ok(at) = session.groups.binary_search(&group) else { return };
        session.groups.remove(at);
        let member = Member { name: session.name.expect("it is open"), session: id };
        if session.membership {
            let mut message = Vec::new();
            encode_self_leave(group, &mut message);
            self.deliver(id, &message.into());
        }
        if let Some(place) = self.groups.leave(group, member) {
            self.announce(place, Cause::Leave, member.name);
        }
    }

    /// Tells a group's members of its new membership: one message, shared by all.
    fn announce(&mut self, place: u32, cause: Cause, changed: Name) {
        let group = self.groups.at(place);
        let mut message = Vec::new();
        NewMembership { group: group.name, cause, id: self.groups.id(place), sets: &[&[changed]], own_set: 0 }
            .encode(group.members.iter().map(|member| &member.name), &mut message);
        let message: Arc<[u8]> = message.into();
        for index in 0..group.members.len() {
            let id = self.groups.at(place).members[index].session;
            if self.sessions[id as usize].as_ref().is_some_and(|session| session.membership) {
                self.deliver(id, &message);
            }
        }
    }

    fn deliver(&mut self, id: u32, message: &Arc<[u8]>) {
        self.stats.messages_out += 1;
        self.queue(id, message, 0, message.len());
    }

    /// The session is over: it leaves its groups, and its name is free. What waits for it is dropped, unless it is the
    /// answer to its handshake, or it has left by its own wish.
    pub(crate) fn end(&mut self, id: u32, reason: Reason) {
        let Some(session) = self.session(id) else { return };
        if session.ended.is_some() {
            return;
        }
        session.ended = Some(reason);
        session.partial = Vec::new();
        let was_open = session.server.state() == State::Open;
        session.server.handle_end();
        let (name, groups) = (session.name.take(), std::mem::take(&mut session.groups));
        let dropped = if matches!(reason, Reason::Left | Reason::Refused(_)) {
            0
        } else {
            let bytes = session.queue.bytes();
            session.queue.clear();
            bytes
        };
        let private_group = if was_open { session.server.private_group() } else { None };
        if !session.dirty {
            session.dirty = true;
            self.dirty.push(id);
        }
        self.stats.queued_bytes -= dropped as u64;
        self.handshakes -= usize::from(!was_open);
        match reason {
            Reason::SlowBytes | Reason::SlowMessages | Reason::SlowTotal => self.stats.cut_slow += 1,
            Reason::Misbehaved(_) | Reason::Limit(_) | Reason::HandshakeTime => self.stats.cut_faulty += 1,
            _ => {}
        }
        self.events.push(Event::Ended(private_group, reason));
        let Some(name) = name else { return };
        self.names.remove(&name);
        // In the order of their names, as they are sorted. A handshake's session is in none.
        for group in groups {
            if let Some(place) = self.groups.leave(group, Member { name, session: id }) {
                self.announce(place, Cause::Disconnect, name);
            }
        }
    }

    /// The session with this private group.
    pub(crate) fn find(&self, name: Name) -> Option<u32> {
        let id = *self.names.get(&name)?;
        let session = self.sessions[id as usize].as_ref()?;
        (session.server.state() == State::Open).then_some(id)
    }
}

enum Step {
    Name(ConnectRequest),
    Judge(Vec<AuthName>),
}

/// Bytes of one read, and the chunk that they become once a message of theirs has a receiver.
pub(crate) struct Source<'a> {
    pub(crate) bytes: &'a [u8],
    chunk: Option<Arc<[u8]>>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Source<'a> {
        Source { bytes, chunk: None }
    }

    /// The chunk: a copy of all the bytes, made once.
    pub(crate) fn chunk(&mut self) -> Arc<[u8]> {
        self.chunk.get_or_insert_with(|| self.bytes.into()).clone()
    }
}

/// Moves to `partial` what completes the message in it. How many bytes that took, and whether there is something to
/// judge now: the whole message, or its header. (So a message that dribbles in is not looked at for every byte.) In a
/// handshake, whose units are short, all bytes are taken and judged.
fn complete(state: State, partial: &mut Vec<u8>, bytes: &[u8]) -> (usize, bool) {
    if state != State::Open {
        partial.extend_from_slice(bytes);
        return (bytes.len(), true);
    }
    let header = HEADER_LEN.saturating_sub(partial.len()).min(bytes.len());
    partial.extend_from_slice(&bytes[..header]);
    match Reader::Daemon.measure(partial) {
        Ok(Measure::Message(_, len)) => {
            let rest = (len - partial.len()).min(bytes.len() - header);
            partial.extend_from_slice(&bytes[header..header + rest]);
            (header + rest, header > 0 || partial.len() == len)
        }
        Ok(Measure::Short) => (header, false),
        Err(_) => (header, true),
    }
}
