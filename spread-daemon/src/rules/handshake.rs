//! How a client becomes a session: its request, its name, its authentication.

use spread_proto::server::{Happened, State};
use spread_proto::{AuthName, Code, ConnectRequest, PrivateGroup, PrivateName};

use super::chunk::Chunk;
use super::operation::Operation;
use super::queue::Parcel;
use super::state::Rules;
use crate::event::{Event, Reason};

/// The numbers in an invented name, `r<n>-<m>`, are below these: with both, a private name is full.
const INVENTED: u32 = 9_999;
const NUMBERED: u32 = 10_000;

enum Step {
    Name(ConnectRequest),
    Judge(Vec<AuthName>),
}

impl Rules {
    /// Takes what there is of a handshake, and says how many bytes that was: what is behind the handshake is left.
    pub(crate) fn shake_hands(&mut self, id: u32, bytes: &[u8]) -> usize {
        let mut at = 0;
        if let Some(session) = self.sessions.get_mut(id).filter(|session| !session.is_open()) {
            session.spoke = true;
            self.lobby.hear(id);
        }
        while self.is_shaking_hands(id) {
            match self.handle_unit(id, &bytes[at..]) {
                0 => break,
                used => at += used,
            }
        }
        at
    }

    fn handle_unit(&mut self, id: u32, bytes: &[u8]) -> usize {
        let Some(session) = self.sessions.get_mut(id) else { return 0 };
        let (used, step) = match session.protocol.handle_bytes(bytes) {
            Ok((used, Some(Happened::Requested(request)))) => (used, Some(Step::Name(request))),
            Ok((used, Some(Happened::Chose(chosen)))) => (used, Some(Step::Judge(chosen))),
            Ok((used, _)) => (used, None),
            Err(misbehaved) => {
                self.end(id, Reason::Misbehaved(misbehaved));
                return 0;
            }
        };
        match step {
            Some(Step::Name(request)) => self.name(id, request),
            Some(Step::Judge(chosen)) => self.judge(id, &chosen),
            None => {}
        }
        self.answer(id);
        used
    }

    /// Finds a session its private group. A name whose session is on its way out is waited for.
    pub(crate) fn name(&mut self, id: u32, request: ConnectRequest) {
        let private = request.name.or_else(|| self.invent(id));
        let group = private.map(|private| PrivateGroup::new(private, self.daemon));
        let holder = group.and_then(|group| self.names.get(&group.name())).copied();
        if let (Some(group), Some(true)) = (group, holder.map(|holder| self.is_going(holder))) {
            self.leavings.wait(group.name(), id);
            return;
        }
        let Some(session) = self.sessions.get_mut(id) else { return };
        let Some(group) = group.filter(|_| holder.is_none()) else {
            session.protocol.refuse(Code::RejectNotUnique);
            return;
        };
        self.names.insert(group.name(), id);
        session.name = Some(group.name());
        session.membership = request.membership;
        let chosen = session.protocol.admit(group);
        self.submit(Operation::Connect { session: id, name: group.name(), membership: request.membership });
        if let Ok(Some(Happened::Chose(chosen))) = chosen {
            self.judge(id, &chosen);
        }
    }

    /// A free name for a client that asks for none: `r`, a number, and the session's own. Such names can be asked for
    /// too, so when all are taken that have the session's own number, another stands in for it.
    fn invent(&mut self, id: u32) -> Option<PrivateName> {
        for _ in 0..=self.names.len() as u32 / INVENTED {
            let number = (id + self.invented / INVENTED) % NUMBERED;
            for _ in 0..INVENTED {
                // A step that is prime to their number, so that names vary and every free one is found.
                let first = (self.invented % INVENTED + 7_919) % INVENTED;
                self.invented = self.invented / INVENTED * INVENTED + first;
                let name = PrivateName::new(format!("r{first}-{number}").as_bytes()).ok()?;
                if !self.names.contains_key(&PrivateGroup::new(name, self.daemon).name()) {
                    return Some(name);
                }
            }
            self.invented = (self.invented + INVENTED) % (INVENTED * NUMBERED);
        }
        None
    }

    /// Whether the session of this number is over, or will be once what it sent is read.
    fn is_going(&self, id: u32) -> bool {
        self.session(id).is_none_or(|session| session.going || session.ended.is_some())
    }

    /// Sends away whoever is first to go of those in their handshake, so that somebody else has room. Whether there was
    /// one.
    pub(crate) fn make_room(&mut self) -> bool {
        let Some(id) = self.lobby.first_to_go() else { return false };
        if let Some(session) = self.sessions.get_mut(id) {
            session.protocol.refuse(Code::RejectQuota);
        }
        self.answer(id);
        true
    }

    /// Lets a session in, or not.
    fn judge(&mut self, id: u32, chosen: &[AuthName]) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        if !self.auth.admits(chosen, session.peer) || session.protocol.authorize().is_err() {
            session.protocol.refuse(Code::RejectAuth);
            return;
        }
        let (private_group, peer) = (session.protocol.private_group().expect("it was admitted"), session.peer);
        self.lobby.leave(id);
        self.sessions.stats.connected += 1;
        self.events.push(Event::Connected { private_group, peer });
    }

    /// Queues what the handshake says, and ends the session if that was a refusal.
    pub(crate) fn answer(&mut self, id: u32) {
        let Some(session) = self.sessions.get_mut(id) else { return };
        let transmit = session.protocol.take_transmit();
        let refused = session.protocol.state() == State::Closed;
        let code = transmit.last().and_then(|&byte| Code::from_number(i32::from(byte as i8)));
        if !transmit.is_empty() {
            let chunk = Chunk::new(transmit, &self.meter);
            self.sessions.push(id, &Parcel::whole(chunk));
        }
        if refused {
            self.end(id, Reason::Refused(code.unwrap_or(Code::ConnectionClosed)));
        }
    }
}
