//! A session's heartbeat: the guard pings, and ends the session when nothing at all comes for too long after a ping.
//!
//! Whatever the daemon sends shows that it is there: a pong may stand behind many messages. A queue that is full is
//! not read from, so nothing is said about a link then.

use std::sync::Arc;
use std::time::Instant;

use crate::failure::Failure;
use crate::session::{Session, state::Heartbeat};

/// What has to be done.
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

/// Where a session's heartbeat stands.
pub(crate) struct Beat {
    next: Instant,
    sent: Option<Sent>,
}

struct Sent {
    number: u32,
    /// When it was sent.
    at: Instant,
    /// When something was last seen to have come since.
    heard: Instant,
    bytes: u64,
}

impl Beat {
    /// The first ping is due then.
    pub(crate) fn at(next: Instant) -> Beat {
        Beat { next, sent: None }
    }

    pub(crate) fn look(&mut self, session: &Arc<Session>, now: Instant) -> Due {
        let Some(Heartbeat { interval, timeout }) = session.heartbeat else { return Due::Nothing };
        if now < self.next {
            // Another deadline of this session's: ours is still in the list.
            return Due::At(self.next);
        }
        if let Some(sent) = &mut self.sent {
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
                self.next = sent.heard + timeout;
                return Due::At(self.next);
            }
            let next = sent.at + interval;
            self.sent = None;
            if now < next {
                self.next = next;
                return Due::At(next);
            }
        }
        self.ping(session, now, timeout)
    }

    fn ping(&mut self, session: &Arc<Session>, now: Instant, timeout: std::time::Duration) -> Due {
        // It may have been asked to end since somebody looked whether it is open: it is still to be read to its end.
        let Ok(number) = session.ping(false) else { return Due::Nothing };
        let bytes = session.inbox().bytes_read;
        self.sent = Some(Sent { number, at: now, heard: now, bytes });
        self.next = now + timeout;
        Due::Write(self.next)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::session::fake::{self, Asked, Fake};
    use crate::session::link::Link;

    /// The guard may look whether a session is open right before it is asked to end, and ping it right behind. It is to
    /// be served to its end all the same.
    #[test]
    fn a_session_whose_ping_comes_too_late_is_not_given_up() {
        let host = Arc::new(Asked::default());
        let (interval, now) = (Duration::from_secs(1), Instant::now());
        let session = fake::session(host.surroundings(), Some(Heartbeat { interval, timeout: interval }));
        session.open(&(Fake::idle() as Arc<dyn Link>), fake::connected(), &[]);
        let mut beat = Beat::at(now);
        assert!(session.close());
        assert_eq!(beat.look(&session, now), Due::Nothing);
    }
}
