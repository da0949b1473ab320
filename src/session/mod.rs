//! What the threads share of one session. No thread of its own: JavaScript's, the guard's and the C library's all call
//! it.
//!
//! | file | has |
//! |---|---|
//! | [`state`] | where a session stands, and what became of it |
//! | [`link`] | the engines' seam: what carries a session's bytes |
//! | [`flag`] | a flag between threads
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

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::Instant;

use spread_proto::PrivateGroup;
use spread_proto::client::{Action, Event, State};

use crate::failure::Failure;
use flag::Flag;
use inbox::{Filled, Inbox};
use link::Link;
use outbox::{Outbox, Written};
#[cfg(target_os = "linux")]
use pace::{Bustle, Counts};
use pool::Pool;
use state::{Brought, Established, Heartbeat, Lifecycle};

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

    /// Reads what the socket has, and rings.
    pub(crate) fn fill(self: &Arc<Self>) -> Filled {
        let (news, filled) = self.inbox().fill(self.pool());
        if filled == Filled::Ended {
            self.ended();
        } else if news {
            self.announce();
        }
        filled
    }

    /// Reads on the loop's thread, which may not wait for the lock. It has no need of the bell: `take_soon` is called if
    /// JavaScript is to take what there is. While that has plenty to take already it has the loop's time; if it stays so,
    /// the guard reads, which does not see the loop come round.
    pub(crate) fn fill_by_loop(self: &Arc<Self>, take_soon: impl FnOnce()) -> Filled {
        let inbox = self.inbox.try_lock();
        if self.listed.is_set() && inbox.as_ref().is_ok_and(|inbox| inbox.has_plenty()) {
            return Filled::More;
        }
        self.loop_visits.fetch_add(1, Ordering::AcqRel);
        // The guard is at it, and rings.
        let Ok(mut inbox) = inbox else { return Filled::More };
        let (news, filled) = inbox.fill(self.pool());
        drop(inbox);
        if filled == Filled::Ended {
            self.ended();
        } else if news
            && self.listed.set()
            && self.around.host.upgrade().is_some_and(|host| host.ready_here(self.clone()))
        {
            take_soon();
        }
        filled
    }

    /// Returns what has come and gone so far, unless the guard is at it.
    #[cfg(target_os = "linux")]
    pub(crate) fn counts(&self) -> Option<Counts> {
        let bytes = self.inbox.try_lock().ok()?.bytes_read;
        Some(Counts { bytes, sent: self.outbox().messages })
    }

    /// Takes a message that an engine brings by itself. Unless it is the end, it is for the caller to announce it.
    pub(crate) fn bring(self: &Arc<Self>, message: &[u8]) -> Brought {
        let mut inbox = self.inbox();
        inbox.push(message, self.pool());
        let brought = if inbox.end.is_some() {
            Brought::Over
        } else if inbox.is_full() {
            Brought::Full
        } else {
            Brought::Taken
        };
        drop(inbox);
        if brought == Brought::Over {
            self.ended();
        }
        brought
    }

    /// Returns whether the queue is full, and reading is to wait.
    pub(crate) fn is_full(&self) -> bool {
        self.inbox().is_full()
    }

    /// Writes what the socket takes.
    pub(crate) fn write(self: &Arc<Self>) -> Written {
        let mut outbox = self.outbox();
        let written = outbox.write(self.pool());
        // Under the lock: the last write has the last word.
        self.blocked.put(written == Written::Blocked);
        let due = outbox.take_due();
        drop(outbox);
        if due.drain || due.empty {
            self.news.drain.set_if(due.drain);
            self.news.empty.set_if(due.empty);
            self.announce();
        }
        written
    }

    /// Has the guard watch a socket that takes no more, as the JavaScript thread has found; the loop does so too.
    pub(crate) fn block(self: &Arc<Self>) {
        self.ask(Ask::WriteWhenPossible(self.clone()));
    }

    /// Goes on reading, after the queue was taken from. Returns whether reading was held up.
    pub(crate) fn read_on(&self) -> bool {
        let mut inbox = self.inbox();
        if !inbox.unpause() {
            return false;
        }
        let link = inbox.link.clone();
        drop(inbox);
        if let Some(link) = link {
            link.resume();
        }
        self.ask(Ask::ReadOn(self.id));
        true
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
