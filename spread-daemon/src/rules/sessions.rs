//! All sessions, and what waits for each.

use spread_proto::Name;
use spread_proto::server::{Server, State};

use super::chunk::Chunk;
use super::queue::{Parcel, Queue};
use crate::auth::Peer;
use crate::config::Limits;
use crate::event::{Reason, Stats};

/// Bytes of what was dropped whose memory is given back at once. The system takes its time for each page.
const FREED: usize = 256 * 1024;

/// One client.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts that have nothing to do with each other")]
pub(crate) struct Session {
    pub(crate) protocol: Server,
    pub(crate) peer: Peer,
    /// Once the session is named; the name is taken from then on.
    pub(crate) name: Option<Name>,
    pub(crate) membership: bool,
    /// It has said something.
    pub(crate) spoke: bool,
    /// The beginning of a message whose rest has not come yet.
    pub(crate) kept: Vec<u8>,
    /// What it has sent and there were no steps left for: a chunk, and where in it that begins.
    pub(crate) behind: Option<(Chunk, usize)>,
    /// Its client is gone; what it sent before is still to be read.
    pub(crate) going: bool,
    pub(crate) queue: Queue,
    /// Messages that it sent.
    pub(crate) messages_in: u64,
    /// Messages queued for it, memberships included.
    pub(crate) messages_out: u64,
    /// The number of the last multicast it got: each goes to a session once.
    pub(crate) stamp: u64,
    /// In a list of those to write to.
    listed: bool,
    /// Its number is not to be used again when it is forgotten.
    keeps_number: bool,
    /// It is over: what waits is offered to the socket once, and then its connection ends.
    pub(crate) ended: Option<Reason>,
}

impl Session {
    pub(crate) fn new(protocol: Server, peer: Peer) -> Session {
        Session {
            protocol,
            peer,
            name: None,
            membership: false,
            spoke: false,
            kept: Vec::new(),
            behind: None,
            going: false,
            queue: Queue::default(),
            messages_in: 0,
            messages_out: 0,
            stamp: 0,
            listed: false,
            keeps_number: false,
            ended: None,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.protocol.state() == State::Open
    }

    /// Memory that it has the daemon hold, as far as it alone does.
    fn weight(&self) -> usize {
        let behind = self.behind.as_ref().map_or(0, |(chunk, _)| chunk.len());
        self.queue.weight() + self.kept.capacity() + behind
    }
}

/// The sessions, by number. A number is used again when its session is forgotten and has left its groups.
pub(crate) struct Sessions {
    slots: Vec<Option<Box<Session>>>,
    free: Vec<u32>,
    /// How many are not over.
    living: usize,
    /// Those who have something to write, or are over, since the last look.
    listed: Vec<u32>,
    /// What waited for sessions that were cut: much memory is given back a little at a time.
    dropped: Vec<Queue>,
    /// The bound of each.
    bytes: usize,
    messages: usize,
    pub(crate) stats: Stats,
}

impl Sessions {
    pub(crate) fn new(limits: &Limits) -> Sessions {
        Sessions {
            slots: Vec::new(),
            free: Vec::new(),
            living: 0,
            listed: Vec::new(),
            dropped: Vec::new(),
            bytes: limits.session_bytes,
            messages: limits.session_messages.unwrap_or(usize::MAX),
            stats: Stats::default(),
        }
    }

    /// How many there are that are not over.
    pub(crate) fn len(&self) -> usize {
        self.living
    }

    pub(crate) fn insert(&mut self, session: Session) -> u32 {
        self.living += 1;
        let session = Some(Box::new(session));
        match self.free.pop() {
            Some(id) => {
                self.slots[id as usize] = session;
                id
            }
            None => {
                self.slots.push(session);
                self.slots.len() as u32 - 1
            }
        }
    }

    /// A session is over; `None` if it was before.
    pub(crate) fn end(&mut self, id: u32, reason: Reason) -> Option<&mut Session> {
        let session = self.slots.get_mut(id as usize)?.as_deref_mut().filter(|session| session.ended.is_none())?;
        session.ended = Some(reason);
        self.living -= 1;
        Some(session)
    }

    pub(crate) fn remove(&mut self, id: u32) -> Option<Box<Session>> {
        self.drop_queue(id);
        let session = self.slots.get_mut(id as usize)?.take()?;
        if !session.keeps_number {
            self.free.push(id);
        }
        Some(session)
    }

    /// A session's number is not used again before [`Sessions::free_number`] says so.
    pub(crate) fn retain_number(&mut self, id: u32) {
        if let Some(session) = self.get_mut(id) {
            session.keeps_number = true;
        }
    }

    /// A session's number may be used again, once it is forgotten.
    pub(crate) fn free_number(&mut self, id: u32) {
        match self.get_mut(id) {
            Some(session) => session.keeps_number = false,
            None => self.free.push(id),
        }
    }

    #[inline]
    pub(crate) fn get(&self, id: u32) -> Option<&Session> {
        self.slots.get(id as usize)?.as_deref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut Session> {
        self.slots.get_mut(id as usize)?.as_deref_mut()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Session)> {
        (0..).zip(&self.slots).filter_map(|(id, slot)| Some((id, slot.as_deref()?)))
    }

    /// Queues messages for a session.
    #[inline]
    pub(crate) fn push(&mut self, id: u32, parcel: &Parcel) {
        self.queue(id, parcel, 0);
    }

    /// Queues messages of which so many are counted as delivered.
    #[inline]
    fn queue(&mut self, id: u32, parcel: &Parcel, delivered: u64) {
        let Some(session) = self.slots[id as usize].as_deref_mut() else { return };
        session.queue.push(parcel);
        session.messages_out += delivered;
        self.stats.queued_bytes += parcel.len() as u64;
        if !session.listed {
            session.listed = true;
            self.listed.push(id);
        }
    }

    /// Counts messages that a session sent.
    #[inline]
    pub(crate) fn count_in(&mut self, id: u32, messages: u64) {
        self.stats.messages_in += messages;
        if let Some(session) = self.get_mut(id) {
            session.messages_in += messages;
        }
    }

    /// Delivers messages.
    #[inline]
    pub(crate) fn deliver(&mut self, id: u32, parcel: &Parcel) {
        let messages = parcel.messages as u64;
        self.stats.messages_out += messages;
        self.queue(id, parcel, messages);
    }

    /// Delivers messages unless the session has those of this number already.
    #[inline]
    pub(crate) fn deliver_once(&mut self, id: u32, stamp: u64, parcel: &Parcel) {
        if let Some(session) = self.get_mut(id)
            && std::mem::replace(&mut session.stamp, stamp) != stamp
        {
            self.deliver(id, parcel);
        }
    }

    /// Puts a session on the list of those to write to.
    pub(crate) fn list(&mut self, id: u32) {
        if let Some(Some(session)) = self.slots.get_mut(id as usize)
            && !std::mem::replace(&mut session.listed, true)
        {
            self.listed.push(id);
        }
    }

    /// A session goes into a list of those to write to that is not kept here. Whether it was in none.
    pub(crate) fn enlist(&mut self, id: u32) -> bool {
        self.get_mut(id).is_some_and(|session| !std::mem::replace(&mut session.listed, true))
    }

    pub(crate) fn has_listed(&self) -> bool {
        !self.listed.is_empty()
    }

    /// Takes over the list of those to write to. They are in a list until [`Sessions::strike`].
    pub(crate) fn take_listed(&mut self) -> impl Iterator<Item = u32> {
        self.listed.drain(..)
    }

    /// A session is in no list of those to write to.
    pub(crate) fn strike(&mut self, id: u32) {
        if let Some(session) = self.get_mut(id) {
            session.listed = false;
        }
    }

    /// Why a session that was written to has to be cut, if it is still beyond its bound.
    pub(crate) fn verdict(&self, id: u32) -> Option<Reason> {
        let queue = &self.get(id)?.queue;
        if queue.bytes() > self.bytes {
            Some(Reason::SlowBytes)
        } else if queue.messages() > self.messages {
            Some(Reason::SlowMessages)
        } else {
            None
        }
    }

    /// Returns the session that has the daemon hold most, if any holds anything. `besides` is what each one holds that is
    /// not counted here.
    pub(crate) fn heaviest(&self, besides: impl Fn(u32) -> usize) -> Option<u32> {
        let living = self.iter().filter(|(_, session)| session.ended.is_none());
        let weighed = living.map(|(id, session)| (session.weight() + besides(id), id));
        let (weight, id) = weighed.max_by_key(|&(weight, _)| weight)?;
        (weight > 0).then_some(id)
    }

    /// Drops what waits for a session.
    pub(crate) fn drop_queue(&mut self, id: u32) {
        if let Some(session) = self.get_mut(id) {
            let queue = std::mem::take(&mut session.queue);
            self.stats.queued_bytes -= queue.bytes() as u64;
            if queue.bytes() > FREED {
                self.dropped.push(queue);
            }
        }
    }

    /// Whether memory of what was dropped is still to be given back.
    pub(crate) fn has_dropped(&self) -> bool {
        !self.dropped.is_empty()
    }

    /// Gives back some of it; returns whether there was any.
    pub(crate) fn free_some(&mut self) -> bool {
        let Some(queue) = self.dropped.last_mut() else { return false };
        if !queue.drop_some(FREED) {
            self.dropped.pop();
        }
        true
    }

    /// This many of a session's bytes were written.
    pub(crate) fn advance(&mut self, id: u32, written: usize) {
        if let Some(session) = self.get_mut(id) {
            session.queue.advance(written);
            self.stats.queued_bytes -= written as u64;
            self.stats.bytes_out += written as u64;
        }
    }
}
