//! The daemon without its sockets: sessions, groups, and one total order of all that they ask. Pure: bytes come in by
//! [`Rules::handle_bytes`], and wait to be written in each session's queue.
//!
//! Everything takes effect in the order in which it is read, one request after the other. That is the one total order,
//! and as every message goes to its receivers' queues at its place there, all six services are kept by it.
//!
//! | call | when |
//! |---|---|
//! | [`Rules::allow`] | before each of the following: how much work it may be |
//! | [`Rules::accept`] | a client has connected |
//! | [`Rules::handle_bytes`] | bytes came from it |
//! | [`Rules::go_on`] | it was [behind](Session::behind) with what it had sent |
//! | [`Rules::go_on_leaving`] | [some](Rules::has_leavings) are still on their way out of their groups |
//! | [`Rules::judge_queue`] | a session's socket takes no more |
//! | [`Rules::is_overfull`], then [`Rules::cut_heaviest`] | all were written to |
//! | [`Rules::end`] | its stream ended, or its time is over |
//! | [`Rules::forget`] | its connection is given up; not before [`Session::ended`] says why |

use std::collections::HashMap;

use foldhash::quality::RandomState;
use spread_proto::server::Server;
use spread_proto::{Code, DaemonName, Name};

use super::chunk::Meter;
use super::groups::Groups;
use super::leavings::Leavings;
use super::lobby::Lobby;
use super::operation::Operation;
use super::sessions::{Session, Sessions};
use super::steps::Steps;
use crate::auth::{Auth, Peer};
use crate::config::Limits;
use crate::event::{Event, Reason, Stats};

/// The daemon's state.
pub(crate) struct Rules {
    pub(crate) daemon: DaemonName,
    pub(crate) auth: Auth,
    /// Handshakes are taken as a 5.0.1 daemon takes them.
    pub(crate) strict: bool,
    pub(crate) limits: Limits,
    pub(crate) sessions: Sessions,
    /// Which session has which private group.
    pub(crate) names: HashMap<Name, u32, RandomState>,
    pub(crate) groups: Groups,
    /// Numbers multicasts, for [`Session::stamp`].
    pub(crate) stamp: u64,
    /// Numbers invented names.
    pub(crate) invented: u32,
    /// Sessions in their handshake.
    pub(crate) lobby: Lobby,
    /// Sessions that are over, and are still to leave their groups.
    pub(crate) leavings: Leavings,
    /// What the present unit of work may cost.
    pub(crate) steps: Steps,
    /// Bytes of memberships that members were told of.
    pub(crate) announced: usize,
    /// The memory of all that waits in queues.
    pub(crate) meter: Meter,
    /// The memory of all messages that are not whole.
    kept: usize,
    /// What happened since the last look.
    pub(crate) events: Vec<Event>,
}

impl Rules {
    /// `base` is what all group ids begin with; `seed` varies the names invented.
    pub(crate) fn new(daemon: DaemonName, auth: Auth, limits: Limits, base: [i32; 2], seed: u32) -> Rules {
        Rules {
            daemon,
            auth,
            strict: false,
            limits,
            sessions: Sessions::new(&limits),
            names: HashMap::default(),
            groups: Groups::new(base),
            stamp: 0,
            invented: seed,
            lobby: Lobby::default(),
            leavings: Leavings::default(),
            steps: Steps::ALL,
            announced: 0,
            meter: Meter::default(),
            kept: 0,
            events: Vec::new(),
        }
    }

    /// Allows what comes next so much work.
    pub(crate) fn allow(&mut self, steps: Steps) {
        self.steps = steps;
    }

    /// A client has connected. If there is no room, somebody in its handshake goes for it; if there is nobody, `Err` has
    /// the code to send it away with.
    pub(crate) fn accept(&mut self, peer: Peer) -> Result<u32, Code> {
        let is_full = self.sessions.len() >= self.limits.sessions || self.lobby.len() >= self.limits.handshakes;
        if is_full && !self.make_room() {
            self.sessions.stats.refused += 1;
            let reason = Reason::Refused(Code::RejectQuota);
            self.events.push(Event::Ended { private_group: None, peer, reason });
            return Err(Code::RejectQuota);
        }
        let protocol = Server::new(self.auth.names());
        let protocol = if self.strict { protocol.strict() } else { protocol };
        let id = self.sessions.insert(Session::new(protocol, peer));
        self.lobby.enter(id, peer);
        Ok(id)
    }

    /// A client is gone: once what it sent is read, its session is over.
    pub(crate) fn note_going(&mut self, id: u32) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.going = true;
        }
    }

    /// Forgets a session that is over; its number is free again.
    pub(crate) fn forget(&mut self, id: u32) {
        debug_assert!(self.session(id).is_none_or(|session| session.ended.is_some()));
        self.sessions.remove(id);
    }

    pub(crate) fn session(&self, id: u32) -> Option<&Session> {
        self.sessions.get(id)
    }

    /// Whether there are whole requests of a client for which there were no steps left.
    pub(crate) fn is_behind(&self, id: u32) -> bool {
        self.session(id).is_some_and(|session| session.behind.is_some())
    }

    /// Whether the session is still in its handshake.
    pub(crate) fn is_shaking_hands(&self, id: u32) -> bool {
        self.session(id).is_some_and(|session| session.ended.is_none() && !session.is_open())
    }

    /// The session with this private group.
    pub(crate) fn find(&self, name: Name) -> Option<u32> {
        let id = *self.names.get(&name)?;
        self.session(id)?.is_open().then_some(id)
    }

    /// Figures as of now.
    pub(crate) fn stats(&self) -> Stats {
        let (sessions, groups) = (self.sessions.len() as u64, self.groups.len() as u64);
        Stats { sessions, groups, held_bytes: self.held() as u64, ..self.sessions.stats }
    }

    /// Memory that clients have the daemon hold.
    pub(crate) fn held(&self) -> usize {
        self.meter.bytes() + self.kept + self.groups.bytes()
    }

    /// Whether that is more than the bound, and will be when those are out who are on their way.
    pub(crate) fn is_overfull(&self) -> bool {
        self.held() - Groups::bytes_of(self.leavings.memberships()) > self.limits.total_bytes
    }

    /// Whether somebody is on the way out of a group.
    pub(crate) fn has_leavings(&self) -> bool {
        !self.leavings.is_empty()
    }

    /// Gives back what others held who were cut; or else cuts the session that has the daemon hold most. Returns whether
    /// there was anything to do.
    pub(crate) fn cut_heaviest(&mut self) -> bool {
        if self.sessions.free_some() {
            return true;
        }
        let heaviest = self.sessions.heaviest(|id| Groups::bytes_of(self.groups.count_of(id)));
        let Some(id) = heaviest else { return false };
        self.end(id, Reason::SlowTotal);
        self.sessions.drop_queue(id);
        true
    }

    /// What waits for a session will wait: it is made dense.
    pub(crate) fn settle(&mut self, id: u32) {
        if let Some(session) = self.sessions.get_mut(id) {
            session.queue.settle();
        }
    }

    /// Cuts a session that was written to and is still beyond its bound, as its socket takes no more.
    pub(crate) fn judge_queue(&mut self, id: u32) {
        if let Some(reason) = self.sessions.verdict(id) {
            self.end(id, reason);
            self.sessions.drop_queue(id);
        }
    }

    /// Keeps the beginning of a message until the rest comes.
    pub(crate) fn keep(&mut self, id: u32, kept: Vec<u8>) {
        if let Some(session) = self.sessions.get_mut(id)
            && session.ended.is_none()
        {
            self.kept += kept.capacity();
            session.kept = kept;
        }
    }

    /// Takes out what was kept.
    pub(crate) fn take_kept(&mut self, id: u32) -> Vec<u8> {
        let kept = self.sessions.get_mut(id).map(|session| std::mem::take(&mut session.kept)).unwrap_or_default();
        self.kept -= kept.capacity();
        kept
    }

    /// The session is over: it leaves its groups, and then its name is free. What waits for it may still be written.
    pub(crate) fn end(&mut self, id: u32, reason: Reason) {
        self.take_kept(id);
        let Some(session) = self.sessions.end(id, reason) else { return };
        if let Some((chunk, _)) = session.behind.take() {
            chunk.set_unfinished(false);
        }
        let (was_open, peer) = (session.is_open(), session.peer);
        session.protocol.handle_end();
        let private_group = session.protocol.private_group().filter(|_| was_open);
        let name = session.name.take();
        if !was_open {
            self.lobby.leave(id);
            self.leavings.forget(id);
        }
        self.sessions.list(id);
        self.sessions.stats.count_end(reason);
        self.events.push(Event::Ended { private_group, peer, reason });
        if let Some(name) = name {
            self.submit(Operation::Gone { session: id, name });
        }
    }

    /// The daemon stops: everybody's session is over, and nobody is told of anybody.
    pub(crate) fn stop(&mut self) {
        let over = |(_, session): (u32, &Session)| Event::Ended {
            private_group: session.protocol.private_group().filter(|_| session.is_open()),
            peer: session.peer,
            reason: Reason::Stopped,
        };
        self.events.extend(self.sessions.iter().filter(|(_, session)| session.ended.is_none()).map(over));
    }
}
