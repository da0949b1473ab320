//! Writing in the loop's place: what a late turn should have written, and what a socket would not take.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::LATE;
use super::thread::{Mode, Watch};
use crate::session::Session;
use crate::session::outbox::Written;

/// Output that waits for its socket.
pub(super) struct Blocked {
    session: Arc<Session>,
    /// The loop's visits at that time.
    visits: u64,
    since: Instant,
}

impl Watch<'_> {
    /// Writes what the loop would have written at the end of a turn, had it come to it.
    pub(super) fn write_for_the_loop(&mut self, now: Instant) {
        let orders = &self.shared.orders;
        if self.is_turn_late(now) {
            for session in self.shared.take_dirty() {
                session.clean();
                if session.write() == Written::Blocked {
                    self.block(session);
                }
            }
        }
        self.blocked.retain_mut(|blocked| {
            let visits = blocked.session.loop_visits.load(Ordering::Acquire);
            if visits != blocked.visits {
                (blocked.visits, blocked.since) = (visits, now);
            } else if now.duration_since(blocked.since) >= LATE {
                blocked.session.write();
            }
            blocked.session.outbox().queued() > 0
        });
        if self.active.is_empty() && self.blocked.is_empty() && self.dirty.is_none() {
            orders.set_ticking(false);
            // Whoever made something dirty before this found the guard ticking, and did not wake it.
            if self.shared.has_dirty() {
                orders.set_ticking(true);
            }
        }
    }

    /// Whether something was to be written at the end of a turn that has not come for too long.
    fn is_turn_late(&mut self, now: Instant) -> bool {
        if !self.shared.has_dirty() {
            self.dirty = None;
            return false;
        }
        let turns = self.shared.turns.load(Ordering::Acquire);
        match self.dirty {
            Some((turn, since)) if turn == turns => now.duration_since(since) >= LATE,
            _ => {
                self.dirty = Some((turns, now));
                false
            }
        }
    }

    pub(super) fn block(&mut self, session: Arc<Session>) {
        if matches!(self.entries.get(&session.id).map(|entry| &entry.mode), Some(Mode::Foreign(_))) {
            // Its link writes on by itself.
        } else if self.shared.orders.always {
            self.listen(session.id);
        } else if !self.blocked.iter().any(|blocked| blocked.session.id == session.id) {
            self.shared.orders.set_ticking(true);
            let visits = session.loop_visits.load(Ordering::Acquire);
            self.blocked.push(Blocked { session, visits, since: Instant::now() });
        }
    }
}
