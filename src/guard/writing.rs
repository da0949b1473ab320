//! Writing in the loop's place: what a late turn should have written, and what a socket would not take.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::mode::LATE;
use crate::environment::shared::Environment;
use crate::session::Session;

/// What the loop has to write and may be late with.
#[derive(Default)]
pub(super) struct LateWrites {
    /// Sessions with output that their sockets would not take.
    blocked: Vec<Blocked>,
    /// Something was to be written at the end of this turn of the loop, seen first at that time.
    dirty: Option<(u64, Instant)>,
}

/// Output that waits for its socket.
struct Blocked {
    session: Arc<Session>,
    /// The loop's visits at that time.
    visits: u64,
    since: Instant,
}

impl LateWrites {
    /// Takes what is to be written at the end of a turn that has not come for too long.
    pub(super) fn take_late(&mut self, shared: &Environment, now: Instant) -> Vec<Arc<Session>> {
        if !shared.has_dirty() {
            self.dirty = None;
            return Vec::new();
        }
        let turns = shared.turns.load(Ordering::Acquire);
        match self.dirty {
            Some((turn, since)) if turn == turns && now.duration_since(since) >= LATE => shared.take_dirty(),
            Some((turn, _)) if turn == turns => Vec::new(),
            _ => {
                self.dirty = Some((turns, now));
                Vec::new()
            }
        }
    }

    /// This session's socket takes no more: the loop writes when it does, or else `write_blocked`.
    pub(super) fn wait_for(&mut self, session: Arc<Session>, now: Instant) {
        if !self.blocked.iter().any(|blocked| blocked.session.id == session.id) {
            let visits = session.loop_visits.load(Ordering::Acquire);
            self.blocked.push(Blocked { session, visits, since: now });
        }
    }

    /// Writes for those whose sockets the loop has not visited for too long.
    pub(super) fn write_blocked(&mut self, now: Instant) {
        self.blocked.retain_mut(|blocked| {
            let visits = blocked.session.loop_visits.load(Ordering::Acquire);
            if visits != blocked.visits {
                (blocked.visits, blocked.since) = (visits, now);
            } else if now.duration_since(blocked.since) >= LATE {
                blocked.session.write();
            }
            blocked.session.outbox().queued() > 0
        });
    }

    /// Returns whether nothing waits.
    pub(super) fn is_idle(&self) -> bool {
        self.blocked.is_empty() && self.dirty.is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::session::fake::{self, Asked, Fake};
    use crate::session::link::Link;

    const SOON: Duration = Duration::from_millis(19);

    #[test]
    fn a_turn_is_late_if_it_has_not_ended_for_20_ms() {
        let (mut late, start) = (LateWrites::default(), Instant::now());
        let shared = Environment::new(Box::new(|| {}), false);
        let session = fake::session(shared.surroundings(), None);
        assert!(late.take_late(&shared, start).is_empty());
        assert!(late.is_idle());
        shared.list_dirty(&session);
        assert!(late.take_late(&shared, start).is_empty(), "seen first");
        assert!(late.take_late(&shared, start + SOON).is_empty());
        // A turn has ended, and there is something for the next one.
        shared.write_dirty();
        shared.list_dirty(&session);
        assert!(late.take_late(&shared, start + LATE).is_empty(), "it is another turn");
        assert!(!late.is_idle());
        assert_eq!(late.take_late(&shared, start + 2 * LATE).len(), 1);
        assert!(late.take_late(&shared, start + 2 * LATE).is_empty());
        assert!(late.is_idle());
    }

    #[test]
    fn a_blocked_socket_is_written_if_the_loop_has_not_come_for_20_ms() {
        let (mut late, start) = (LateWrites::default(), Instant::now());
        let host = Arc::new(Asked::default());
        let session = fake::session(host.surroundings(), None);
        let link = Fake::idle();
        session.open(&(link.clone() as Arc<dyn Link>), fake::established(), &[]);
        session.ping(true, start).unwrap();
        late.wait_for(session.clone(), start);
        late.write_blocked(start + SOON);
        assert!(session.outbox().queued() > 0);
        session.loop_visits.fetch_add(1, Ordering::AcqRel);
        late.write_blocked(start + LATE);
        assert!(session.outbox().queued() > 0, "the loop has come");
        late.write_blocked(start + LATE + SOON);
        assert!(!late.is_idle());
        late.write_blocked(start + 2 * LATE);
        assert_eq!(session.outbox().queued(), 0);
        assert!(late.is_idle());
    }
}
