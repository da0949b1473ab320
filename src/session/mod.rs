//! What the threads share of one session. No thread of its own: JavaScript's, the guard's and the C library's all call
//! it.
//!
//! | file | has |
//! |---|---|
//! | [`state`] | where a session stands, and what became of it |
//! | [`link`] | the engines' seam: what carries a session's bytes |
//! | [`flag`] | a flag between threads |
//! | [`transfer`] | bytes between the link and the two queues |
//! | [`inbox`] | what came and JavaScript has not taken |
//! | [`outbox`] | what JavaScript sent and the link has not taken |
//! | [`pings`] | messages that a session sends to itself |
//! | [`pace`] | whether messages come in a stream of small reads |
//! | [`pool`] | buffers to use again |

#[cfg(test)]
pub(crate) mod fake;
pub(crate) mod flag;
pub(crate) mod inbox;
pub(crate) mod link;
pub(crate) mod outbox;
#[cfg(target_os = "linux")]
pub(crate) mod pace;
pub(crate) mod pings;
pub(crate) mod pool;
pub(crate) mod state;
mod transfer;

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Instant;

use spread_proto::PrivateGroup;
use spread_proto::client::{Action, Event, State};

use crate::failure::Failure;
use flag::Flag;
use inbox::Inbox;
use link::Link;
use outbox::Outbox;
#[cfg(target_os = "linux")]
use pace::Bustle;
use pool::Pool;
use state::{Established, Heartbeat, Lifecycle};

/// The environment, as its sessions know it.
pub(crate) trait Host: Send + Sync {
    /// Lists a session that has news for JavaScript.
    fn ready(&self, session: Arc<Session>);

    /// Lists a session, on the loop's own thread. Returns whether the caller is to answer in the bell's place.
    fn ready_here(&self, session: Arc<Session>) -> bool;

    /// Has the guard do something.
    fn ask(&self, ask: Ask);
}

/// What a session asks the guard for.
#[derive(Debug)]
pub(crate) enum Ask {
    /// To write once the socket takes something again, if the loop does not.
    WriteWhenPossible(Arc<Session>),
    /// To read again: JavaScript has taken from the queue, which was full.
    ReadOn(u32),
    /// To ping, the first time after an interval from now.
    Ping(u32),
}

/// What a session has of its environment. The environment holds its sessions, and they do not hold it; what every message
/// needs is theirs too, so that none pays for the way there.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) host: Weak<dyn Host>,
    pub(crate) pool: Arc<Pool>,
    #[cfg(target_os = "linux")]
    pub(crate) bustle: Arc<Bustle>,
}

/// News beside messages: set by any thread, taken by JavaScript's.
#[derive(Debug, Default)]
pub(crate) struct News {
    pub(crate) connected: Flag,
    pub(crate) drain: Flag,
    pub(crate) empty: Flag,
}

/// A session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: u32,
    around: Surroundings,
    inbox: Mutex<Inbox>,
    outbox: Mutex<Outbox>,
    established: Mutex<Option<Established>>,
    pub(crate) heartbeat: Option<Heartbeat>,
    lifecycle: Arc<Lifecycle>,
    /// In the ready list: JavaScript will look at it.
    listed: Flag,
    /// In the list of sessions to write at the end of the turn.
    dirty: Flag,
    pub(crate) news: News,
    /// The socket took no more at the last write: the watcher of the socket writes on.
    pub(crate) blocked: Flag,
    /// Counts the loop's visits, so that the guard can tell whether the loop is late.
    pub(crate) loop_visits: AtomicU64,
}

impl Session {
    pub(crate) fn new(
        id: u32,
        around: Surroundings,
        inbox: inbox::Limits,
        outbox: outbox::Limits,
        heartbeat: Option<Heartbeat>,
    ) -> Arc<Session> {
        let lifecycle = Arc::<Lifecycle>::default();
        Arc::new(Session {
            id,
            around,
            inbox: Mutex::new(Inbox::new(inbox, lifecycle.clone())),
            outbox: Mutex::new(Outbox::new(outbox, lifecycle.clone())),
            established: Mutex::new(None),
            heartbeat,
            lifecycle,
            listed: Flag::default(),
            dirty: Flag::default(),
            news: News::default(),
            blocked: Flag::default(),
            loop_visits: AtomicU64::new(0),
        })
    }

    /// Returns where the session stands.
    pub(crate) fn state(&self) -> State {
        self.lifecycle.state()
    }

    /// Opens the session, unless it was given up meanwhile. `rest` are the bytes that came after the handshake.
    pub(crate) fn open(self: &Arc<Self>, link: &Arc<dyn Link>, established: Established, rest: &[u8]) {
        self.outbox().open(link.clone(), established.private_group);
        let mut inbox = self.inbox();
        if self.lifecycle.apply(Event::Bytes) != Action::Handshake {
            drop(inbox);
            link.shutdown();
            self.outbox().close(self.pool());
            return;
        }
        inbox.pings.open(established.private_group);
        *self.established.lock().expect("no holder panics") = Some(established);
        inbox.link = Some(link.clone());
        self.news.connected.set();
        inbox.push(rest, self.pool());
        let ended = inbox.end.is_some();
        drop(inbox);
        if ended {
            self.ended();
        } else if self.heartbeat.is_some() {
            self.ask(Ask::Ping(self.id));
        }
        self.announce();
    }

    /// Queues a ping: its number. JavaScript's are bounded as all that it sends.
    pub(crate) fn ping(&self, bounded: bool, now: Instant) -> Result<u32, Failure> {
        let number = self.inbox().pings.begin(now);
        let queued = self.outbox().ping(number, bounded, self.pool());
        if queued.is_err() {
            self.inbox().pings.forget(number);
        }
        queued.map(|()| number)
    }

    /// Asks the environment; one that is gone does nothing any more.
    fn ask(&self, ask: Ask) {
        if let Some(host) = self.around.host.upgrade() {
            host.ask(ask);
        }
    }

    /// Asks for the end: an open session sends what was accepted first, one that is not open yet ends at once. Returns
    /// whether there is something to send.
    pub(crate) fn close(self: &Arc<Self>) -> bool {
        // Under the lock: nothing is queued after the kill request.
        let mut outbox = self.outbox();
        match self.lifecycle.apply(Event::Disconnect) {
            Action::Kill => {
                outbox.kill(self.pool());
                true
            }
            Action::Close => {
                drop(outbox);
                self.inbox().conclude(Err(Failure::abandoned()), self.pool());
                self.ended();
                false
            }
            _ => false,
        }
    }

    /// Ends the session now. The first end counts; what came whole before it is still delivered.
    pub(crate) fn finish(self: &Arc<Self>, end: Result<(), Failure>) {
        self.inbox().finish(end, self.pool());
        self.ended();
    }

    fn ended(self: &Arc<Self>) {
        let mut outbox = self.outbox();
        outbox.close(self.pool());
        let broken = outbox.broken.take();
        drop(outbox);
        if let Some(broken) = broken {
            self.inbox().explain(broken);
        }
        self.announce();
    }

    /// Puts the session on the ready list, once, and rings.
    pub(crate) fn announce(self: &Arc<Self>) {
        if self.listed.set()
            && let Some(host) = self.around.host.upgrade()
        {
            host.ready(self.clone());
        }
    }

    /// Takes the session off the ready list: what comes later has to be announced again.
    pub(crate) fn unlist(&self) {
        self.listed.put(false);
    }

    /// Marks that there is something to write. Returns whether that is new.
    pub(crate) fn mark_dirty(&self) -> bool {
        // Mostly it is dirty already, and to read that costs nothing.
        !self.dirty.is_set() && self.dirty.set()
    }

    /// Clears that mark: the caller writes now.
    pub(crate) fn clear_dirty(&self) {
        self.dirty.put(false);
    }

    /// Returns the environment's buffers.
    pub(crate) fn pool(&self) -> &Pool {
        &self.around.pool
    }

    /// Returns how busy the environment is.
    #[cfg(target_os = "linux")]
    pub(crate) fn bustle(&self) -> &Bustle {
        &self.around.bustle
    }

    pub(crate) fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().expect("no holder panics")
    }

    pub(crate) fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().expect("no holder panics")
    }

    pub(crate) fn established(&self) -> Option<Established> {
        self.established.lock().expect("no holder panics").clone()
    }

    pub(crate) fn private_group(&self) -> Option<PrivateGroup> {
        self.established.lock().expect("no holder panics").as_ref().map(|established| established.private_group)
    }
}

#[cfg(test)]
mod tests;
