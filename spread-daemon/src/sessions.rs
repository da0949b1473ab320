//! All sessions, and what waits for each.

use std::collections::BTreeSet;

use spread_proto::Name;
use spread_proto::server::{Server, State};

use crate::auth::Peer;
use crate::config::Limits;
use crate::event::{Reason, Stats};
use crate::queue::{Parcel, Queue};

/// One client.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) server: Server,
    pub(crate) peer: Peer,
    /// Once the session is named; the name is taken from then on.
    pub(crate) name: Option<Name>,
    pub(crate) membership: bool,
    /// The beginning of a message whose rest has not come yet.
    pub(crate) partial: Vec<u8>,
    pub(crate) queue: Queue,
    /// In the order of their names, in which its end is told.
    pub(crate) groups: BTreeSet<Name>,
    /// The number of the last multicast it got: each goes to a session once.
    pub(crate) stamp: u64,
    /// In the list of those who have something to write.
    dirty: bool,
    /// In the list of those beyond their bound.
    over: bool,
    /// It is over: what waits is offered to the socket once, and then its connection ends.
    pub(crate) ended: Option<Reason>,
}

impl Session {
    pub(crate) fn new(methods: Vec<String>, peer: Peer) -> Session {
        Session {
            server: Server::new(methods),
            peer,
            name: None,
            membership: false,
            partial: Vec::new(),
            queue: Queue::default(),
            groups: BTreeSet::new(),
            stamp: 0,
            dirty: false,
            over: false,
            ended: None,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        self.server.state() == State::Open
    }

    /// Memory that it has the daemon hold, as far as it alone does.
    fn weight(&self) -> usize {
        self.queue.bytes() + self.partial.capacity()
    }
}

/// The sessions, by number. A number is used again when its session is forgotten.
pub(crate) struct Sessions {
    slots: Vec<Option<Box<Session>>>,
    free: Vec<u32>,
    /// Those who have something to write, or are over.
    dirty: Vec<u32>,
    /// Those beyond their bound: they are written to before they are judged.
    over: Vec<u32>,
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
            dirty: Vec::new(),
            over: Vec::new(),
            bytes: limits.session_bytes,
            messages: limits.session_messages.unwrap_or(usize::MAX),
            stats: Stats::default(),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(crate) fn insert(&mut self, session: Session) -> u32 {
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

    pub(crate) fn remove(&mut self, id: u32) -> Option<Box<Session>> {
        let session = self.slots.get_mut(id as usize)?.take()?;
        self.stats.queued_bytes -= session.queue.bytes() as u64;
        self.free.push(id);
        Some(session)
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
        let Some(session) = self.slots[id as usize].as_deref_mut() else { return };
        session.queue.push(parcel);
        self.stats.queued_bytes += parcel.len() as u64;
        if !session.dirty {
            session.dirty = true;
            self.dirty.push(id);
        }
        if (session.queue.bytes() > self.bytes || session.queue.messages() > self.messages) && !session.over {
            session.over = true;
            self.over.push(id);
        }
    }

    /// Delivers messages.
    #[inline]
    pub(crate) fn deliver(&mut self, id: u32, parcel: &Parcel) {
        self.stats.messages_out += parcel.messages as u64;
        self.push(id, parcel);
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
    pub(crate) fn mark(&mut self, id: u32) {
        if let Some(Some(session)) = self.slots.get_mut(id as usize)
            && !std::mem::replace(&mut session.dirty, true)
        {
            self.dirty.push(id);
        }
    }

    pub(crate) fn has_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// Takes those to write to off their list.
    pub(crate) fn take_dirty(&mut self, into: &mut Vec<u32>) {
        into.clear();
        into.append(&mut self.dirty);
        for &id in &*into {
            if let Some(session) = self.get_mut(id) {
                session.dirty = false;
            }
        }
    }

    /// Takes one that was beyond its bound when something was queued for it.
    pub(crate) fn take_over(&mut self) -> Option<u32> {
        let id = self.over.pop()?;
        if let Some(session) = self.get_mut(id) {
            session.over = false;
        }
        Some(id)
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

    /// The session that has the daemon hold most, if any holds anything.
    pub(crate) fn heaviest(&self) -> Option<u32> {
        let (id, session) = self.iter().max_by_key(|(_, session)| session.weight())?;
        (session.weight() > 0).then_some(id)
    }

    /// Drops what waits for a session.
    pub(crate) fn drop_queue(&mut self, id: u32) {
        if let Some(session) = self.get_mut(id) {
            let bytes = session.queue.bytes() as u64;
            session.queue.clear();
            self.stats.queued_bytes -= bytes;
        }
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
