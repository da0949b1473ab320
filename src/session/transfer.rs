//! Bytes between a session's link and its two queues: what several threads do, each under the queue's lock.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::inbox::Filled;
use super::outbox::Written;
#[cfg(target_os = "linux")]
use super::pace::Counts;
use super::state::Brought;
use super::{Ask, Session};

impl Session {
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
}
