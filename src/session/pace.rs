//! How a session's messages come: in a stream of small reads, or otherwise.
//!
//! A real daemon writes every message by itself, so that each wakes its reader: at 50,000 a second that is most of what
//! a message costs. A session that only listens to such a stream is better off looking at the socket at intervals (`event_loop`,
//! `libspread`), as network cards are moderated. One that sends meanwhile may wait for what comes next, and is woken for
//! each.
//!
//! What wakes an environment too often may be many sessions, none of which would by itself: how quickly messages come is
//! a matter of all of them ([`Bustle`]), how large they are and whether something is sent, of each ([`Pace`]).

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Visits from one look to the next.
const VISITS: u32 = 64;
/// An environment is busy if they took no longer than this: 25,000 a second.
const QUICK: Duration = Duration::from_micros(40 * VISITS as u64);
/// A session's are a stream if each of them brought no more than this on average: what is more fills batches anyway.
const SMALL: u64 = 4096;
/// Between two looks at a stream. At 50,000 messages a second fifteen come in it; it is what a message waits at most.
pub(crate) const INTERVAL: Duration = Duration::from_micros(300);
/// A thread that is one of many waits no longer than so many of them.
const MOST_INTERVALS: u32 = 4;
/// Ticks in a row that find nothing end it.
const EMPTY: u32 = 2;

/// The counts of a session: bytes that have come, messages that were sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) bytes: u64,
    pub(crate) sent: u64,
}

/// How often the sessions of an environment are visited, all together, by whatever thread.
#[derive(Debug, Default)]
pub(crate) struct Bustle {
    visits: AtomicU32,
    since: Mutex<Option<Instant>>,
    quick: AtomicBool,
    /// Sessions that have a thread each which receives a stream.
    streams: AtomicU32,
}

impl Bustle {
    /// Returns how long a thread that receives one of an environment's streams sleeps from one look to the next: the more
    /// there are, the longer, so that each finds about as much.
    pub(crate) fn interval(&self) -> Duration {
        INTERVAL * self.streams.load(Ordering::Relaxed).clamp(1, MOST_INTERVALS)
    }

    /// Counts a thread that begins to receive a stream, until it drops what this returns.
    pub(crate) fn begin_stream(&self) -> Stream<'_> {
        self.streams.fetch_add(1, Ordering::Relaxed);
        Stream(self)
    }

    /// Counts a read.
    pub(crate) fn visit(&self) {
        if (self.visits.fetch_add(1, Ordering::Relaxed) + 1).is_multiple_of(VISITS) {
            self.look(Instant::now());
        }
    }

    fn look(&self, now: Instant) {
        let since = self.since.lock().expect("no holder panics").replace(now);
        self.quick.store(since.is_some_and(|since| now - since <= QUICK), Ordering::Relaxed);
    }

    fn is_quick(&self) -> bool {
        self.quick.load(Ordering::Relaxed)
    }
}

/// A thread receives a stream.
pub(crate) struct Stream<'a>(&'a Bustle);

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The pace of one session.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    visits: u32,
    counts: Counts,
    empty: u32,
}

impl Pace {
    /// Counts a read. Returns whether it is time for a look.
    pub(crate) fn visit(&mut self, bustle: &Bustle) -> bool {
        bustle.visit();
        self.visits += 1;
        self.visits >= VISITS
    }

    /// Returns whether the visits since the last look were those of a stream.
    pub(crate) fn look(&mut self, bustle: &Bustle, counts: Counts) -> bool {
        let before = std::mem::replace(&mut self.counts, counts);
        let visits = u64::from(std::mem::take(&mut self.visits));
        self.empty = 0;
        bustle.is_quick() && counts.sent == before.sent && counts.bytes - before.bytes <= SMALL * visits
    }

    /// Returns whether the stream goes on, after a tick has read.
    pub(crate) fn tick(&mut self, bustle: &Bustle, counts: Counts) -> bool {
        let before = std::mem::replace(&mut self.counts, counts);
        if counts.bytes == before.bytes {
            self.empty += 1;
        } else {
            bustle.visit();
            self.empty = 0;
        }
        self.empty < EMPTY && counts.sent == before.sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks at the visits of so many sessions that come so many µs apart and bring so many bytes; `sends` messages go
    /// out at each. Returns whether those of the first one are a stream.
    fn is_stream(sessions: u64, apart: u64, bytes: u64, sends: u64) -> bool {
        let (bustle, mut pace, start) = (Bustle::default(), Pace::default(), Instant::now());
        let mut found = false;
        for number in 1..=u64::from(3 * VISITS) * sessions {
            if number.is_multiple_of(VISITS.into()) {
                bustle.look(start + Duration::from_micros(number * apart));
            }
            let own = number / sessions;
            // Its clock is the one above, and not the machine's.
            pace.visits += u32::from(number.is_multiple_of(sessions));
            if pace.visits >= VISITS {
                found = pace.look(&bustle, Counts { bytes: own * bytes, sent: own * sends });
            }
        }
        found
    }

    #[test]
    fn a_stream_is_quick_small_and_one_way() {
        assert!(is_stream(1, 20, 144, 0));
        assert!(is_stream(1, 40, 4096, 0));
        assert!(!is_stream(1, 41, 144, 0), "woken seldom enough");
        assert!(!is_stream(1, 20, 4097, 0), "batches already");
        assert!(!is_stream(1, 20, 144, 1), "a conversation");
    }

    #[test]
    fn many_sessions_are_quick_together() {
        assert!(is_stream(10, 40, 144, 0));
        assert!(!is_stream(10, 41, 144, 0));
        assert!(!is_stream(10, 20, 144, 1));
    }

    #[test]
    fn one_look_is_none() {
        let bustle = Bustle::default();
        bustle.look(Instant::now());
        assert!(!bustle.is_quick(), "there is nothing to compare with");
        bustle.look(Instant::now());
        assert!(bustle.is_quick());
    }

    #[test]
    fn it_ends_when_nothing_comes_or_something_goes() {
        let (bustle, mut pace) = (Bustle::default(), Pace::default());
        assert!(pace.tick(&bustle, Counts { bytes: 1, sent: 0 }));
        assert!(pace.tick(&bustle, Counts { bytes: 1, sent: 0 }), "one tick may be too early");
        assert!(pace.tick(&bustle, Counts { bytes: 2, sent: 0 }));
        assert!(pace.tick(&bustle, Counts { bytes: 2, sent: 0 }));
        assert!(!pace.tick(&bustle, Counts { bytes: 2, sent: 0 }));
        let mut pace = Pace::default();
        assert!(!pace.tick(&bustle, Counts { bytes: 1, sent: 1 }));
    }
}
