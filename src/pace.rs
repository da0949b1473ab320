//! How a session's messages come: in a stream of small reads, or otherwise.
//!
//! A real daemon writes every message by itself, so that each wakes its reader: at 50,000 a second that is most of what
//! a message costs. Whoever only listens to such a stream is better off looking at the socket at intervals (`ticker`),
//! as network cards are moderated. Whoever sends meanwhile may wait for what comes next, and is woken for each.

use std::time::{Duration, Instant};

/// Visits from one look to the next.
const VISITS: u32 = 64;
/// They are a stream if they took no longer than this: 25,000 a second.
const QUICK: Duration = Duration::from_micros(40 * VISITS as u64);
/// And if each of them brought no more than this on average: what is more fills batches anyway.
const SMALL: u64 = 4096;
/// Ticks in a row that find nothing end it.
const EMPTY: u32 = 2;

/// What is counted of a session: bytes that have come, messages that were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) bytes: u64,
    pub(crate) sent: u64,
}

/// The pace of one session.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    visits: u32,
    since: Option<Instant>,
    counts: Counts,
    empty: u32,
}

impl Pace {
    /// The socket was readable, and read. Whether it is time for a look.
    pub(crate) fn visit(&mut self) -> bool {
        self.visits += 1;
        self.visits >= VISITS
    }

    /// A look: whether the visits since the last one were those of a stream.
    pub(crate) fn look(&mut self, now: Instant, counts: Counts) -> bool {
        let before = std::mem::replace(&mut self.counts, counts);
        let since = self.since.replace(now);
        let visits = u64::from(std::mem::take(&mut self.visits));
        self.empty = 0;
        since.is_some_and(|since| now - since <= QUICK)
            && counts.sent == before.sent
            && counts.bytes - before.bytes <= SMALL * visits
    }

    /// A tick has read: whether the stream goes on.
    pub(crate) fn tick(&mut self, counts: Counts) -> bool {
        let before = std::mem::replace(&mut self.counts, counts);
        self.empty = if counts.bytes == before.bytes { self.empty + 1 } else { 0 };
        let goes_on = self.empty < EMPTY && counts.sent == before.sent;
        if !goes_on {
            // It has to show itself anew.
            (self.since, self.visits) = (None, 0);
        }
        goes_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at visits that come so many µs apart and bring so many bytes; `sends` messages go out at each.
    fn is_stream(apart: u64, bytes: u64, sends: u64) -> bool {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let mut found = false;
        for number in 1..=u64::from(3 * VISITS) {
            if pace.visit() {
                let counts = Counts { bytes: number * bytes, sent: number * sends };
                found = pace.look(start + Duration::from_micros(number * apart), counts);
            }
        }
        found
    }

    #[test]
    fn a_stream_is_quick_small_and_one_way() {
        assert!(is_stream(20, 144, 0));
        assert!(is_stream(40, 4096, 0));
        assert!(!is_stream(41, 144, 0), "woken seldom enough");
        assert!(!is_stream(20, 4097, 0), "batches already");
        assert!(!is_stream(20, 144, 1), "a conversation");
    }

    #[test]
    fn one_look_is_none() {
        let mut pace = Pace::default();
        assert!(!pace.look(Instant::now(), Counts::default()), "there is nothing to compare with");
    }

    #[test]
    fn it_ends_when_nothing_comes_or_something_goes() {
        let mut pace = Pace::default();
        assert!(pace.tick(Counts { bytes: 1, sent: 0 }));
        assert!(pace.tick(Counts { bytes: 1, sent: 0 }), "one tick may be too early");
        assert!(pace.tick(Counts { bytes: 2, sent: 0 }));
        assert!(pace.tick(Counts { bytes: 2, sent: 0 }));
        assert!(!pace.tick(Counts { bytes: 2, sent: 0 }));
        let mut pace = Pace::default();
        assert!(!pace.tick(Counts { bytes: 1, sent: 1 }));
    }

    #[test]
    fn behind_its_end_it_shows_itself_anew() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert!(!pace.look(now, Counts::default()));
        pace.visit();
        assert!(pace.look(now + QUICK, Counts { bytes: 1, sent: 0 }));
        assert!(!pace.tick(Counts { bytes: 1, sent: 1 }));
        assert!(!pace.look(now + QUICK, Counts { bytes: 2, sent: 1 }));
    }
}
