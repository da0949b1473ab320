//! The guard's deadlines: of which session, and what for.

use std::collections::BTreeSet;
use std::time::Instant;

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The session has to be connected by then.
    Connect,
    /// The attempt's step under way has had its share of that time, or is tried again.
    Step,
    /// A ping is due, or its pong.
    Ping,
    /// The session was asked to end, and has had its time for that.
    End,
}

/// All of them.
#[derive(Default)]
pub(super) struct Timers(BTreeSet<(Instant, u32, Timer)>);

impl Timers {
    pub(super) fn set(&mut self, at: Instant, id: u32, timer: Timer) {
        self.0.insert((at, id, timer));
    }

    /// Returns when the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, ..)| *at)
    }

    /// Takes one that is due now.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(u32, Timer)> {
        self.next().filter(|at| *at <= now)?;
        self.0.pop_first().map(|(_, id, timer)| (id, timer))
    }

    /// Drops the deadlines of an attempt: the session is connected.
    pub(super) fn end_attempt(&mut self, id: u32) {
        self.0.retain(|(_, of, timer)| *of != id || !matches!(timer, Timer::Connect | Timer::Step));
    }

    /// Drops the deadlines of a session.
    pub(super) fn forget(&mut self, id: u32) {
        self.0.retain(|(_, of, _)| *of != id);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn deadlines_come_in_their_order_and_each_once() {
        let (mut timers, start) = (Timers::default(), Instant::now());
        let at = |ms| start + Duration::from_millis(ms);
        for (ms, id, timer) in [(3, 1, Timer::Ping), (1, 2, Timer::Step), (2, 1, Timer::Connect), (9, 3, Timer::End)] {
            timers.set(at(ms), id, timer);
        }
        assert_eq!(timers.next(), Some(at(1)));
        assert_eq!(timers.take_due(start), None);
        assert_eq!(timers.take_due(at(9)), Some((2, Timer::Step)));
        timers.end_attempt(1);
        assert_eq!(timers.take_due(at(9)), Some((1, Timer::Ping)));
        timers.forget(3);
        assert_eq!(timers.take_due(at(9)), None);
        assert_eq!(timers.next(), None);
    }
}
