//! A session's heartbeat: the guard pings, and ends the session when nothing at all comes for too long after a ping.
//!
//! Whatever the daemon sends shows that it is there: a pong may come after many messages. A queue that is full is
//! not read from, so nothing is said about a link then.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::session::{Session, state::Heartbeat};

/// The thing to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Look again then.
    At(Instant),
    /// Write what the session has, and look again then.
    Write(Instant),
    /// The session was ended.
    Over,
    /// Nothing more: the session ends as it was asked to.
    Nothing,
}

/// Where a session's heartbeat stands: which ping is under way.
#[derive(Default)]
pub(crate) struct Beat(Option<Sent>);

struct Sent {
    number: u32,
    /// When it was sent.
    at: Instant,
    /// When something was last seen to have come since.
    heard: Instant,
    bytes: u64,
}

impl Beat {
    /// Looks at the session, at the time that the last look asked for.
    pub(crate) fn look(&mut self, session: &Arc<Session>, now: Instant) -> Due {
        let Some(Heartbeat { interval, timeout }) = session.heartbeat else { return Due::Nothing };
        if let Some(sent) = &mut self.0 {
            let mut inbox = session.inbox();
            let mut bytes = inbox.bytes_read;
            if inbox.pings.awaits(sent.number) && bytes == sent.bytes && now >= sent.heard + timeout && !inbox.is_full()
            {
                // This thread may have slept as long itself: what has come meanwhile counts.
                drop(inbox);
                session.fill();
                inbox = session.inbox();
                bytes = inbox.bytes_read;
                if bytes == sent.bytes {
                    drop(inbox);
                    session.finish(Err(Failure::no_pong(timeout)));
                    return Due::Over;
                }
            }
            if inbox.pings.awaits(sent.number) {
                if bytes != sent.bytes || inbox.is_full() {
                    (sent.bytes, sent.heard) = (bytes, now);
                }
                return Due::At(sent.heard + timeout);
            }
            let next = sent.at + interval;
            self.0 = None;
            if now < next {
                return Due::At(next);
            }
        }
        self.ping(session, now, timeout)
    }

    fn ping(&mut self, session: &Arc<Session>, now: Instant, timeout: Duration) -> Due {
        // It may have been asked to end since somebody looked whether it is open: it is still to be read to its end.
        let Ok(number) = session.ping(false, now) else { return Due::Nothing };
        let bytes = session.inbox().bytes_read;
        self.0 = Some(Sent { number, at: now, heard: now, bytes });
        Due::Write(now + timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::fake::{self, Asked, Fake};
    use crate::session::link::Link;
    use crate::session::pings;

    /// The guard may look whether a session is open right before it is asked to end, and ping it right after. It is to
    /// be served to its end all the same.
    #[test]
    fn a_session_whose_ping_comes_too_late_is_not_given_up() {
        let host = Arc::new(Asked::default());
        let (interval, now) = (Duration::from_secs(1), Instant::now());
        let session = fake::session(host.surroundings(), Some(Heartbeat { interval, timeout: interval }));
        session.open(&(Fake::idle() as Arc<dyn Link>), fake::established(), &[]);
        let mut beat = Beat::default();
        assert!(session.close());
        assert_eq!(beat.look(&session, now), Due::Nothing);
    }

    fn beating() -> (Arc<Asked>, Arc<Session>) {
        let host = Arc::new(Asked::default());
        let heartbeat = Heartbeat { interval: Duration::from_secs(10), timeout: Duration::from_secs(3) };
        let session = fake::session(host.surroundings(), Some(heartbeat));
        session.open(&(Fake::idle() as Arc<dyn Link>), fake::established(), &[]);
        (host, session)
    }

    #[test]
    fn a_session_whose_daemon_keeps_silent_is_over() {
        let ((_host, session), start) = (beating(), Instant::now());
        let at = |secs| start + Duration::from_secs(secs);
        let mut beat = Beat::default();
        assert_eq!(beat.look(&session, start), Due::Write(at(3)));
        // Whatever comes shows that the daemon is there.
        let mut other = Vec::new();
        pings::encode(fake::established().private_group, 77, &mut other);
        session.bring(&other);
        assert_eq!(beat.look(&session, at(3)), Due::At(at(6)));
        assert_eq!(beat.look(&session, at(6)), Due::Over);
        assert_eq!(session.inbox().end, Some(Err(Failure::no_pong(Duration::from_secs(3)))));
    }

    #[test]
    fn a_pong_is_followed_by_the_next_ping_an_interval_after_the_last_one() {
        let ((_host, session), start) = (beating(), Instant::now());
        let at = |secs| start + Duration::from_secs(secs);
        let mut beat = Beat::default();
        assert_eq!(beat.look(&session, start), Due::Write(at(3)));
        let mut pong = Vec::new();
        pings::encode(fake::established().private_group, 1, &mut pong);
        session.bring(&pong);
        assert_eq!(beat.look(&session, at(3)), Due::At(at(10)));
        assert_eq!(beat.look(&session, at(10)), Due::Write(at(13)));
    }
}
