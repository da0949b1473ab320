//! How the guard stands to a session, and what it does when something happens: the table of `guard`, as a function.
//!
//! `–` is: it stays so, and nothing is done. A test walks every cell.
//!
//! | mode | opened | taken from | readable | writable | tick | read nothing | read something | read until full | read the end |
//! |---|---|---|---|---|---|---|---|---|---|
//! | connecting | armed, listen | – | advance | advance | – | – | – | – | – |
//! | armed | – | armed, listen | suspect, tick | suspect, tick | – | – | – | – | – |
//! | armed, the loop came since | – | armed, listen | suspect, tick | suspect, tick | – | – | – | – | – |
//! | armed, the loop has not come since | – | armed, listen | draining, read | draining, read | – | – | – | – | – |
//! | suspect, for less than 20 ms | – | armed, listen | – | – | – | – | – | – | – |
//! | suspect, the loop came | – | armed, listen | – | – | armed, listen | – | – | – | – |
//! | suspect, the loop has not come | – | armed, listen | – | – | draining, read | – | – | – | – |
//! | draining, the loop came | – | armed, listen | – | – | armed, listen | armed late, listen | – | idle, listen | forget |
//! | draining, the loop has not come | – | armed, listen | – | – | draining, read | armed late, listen | – | idle, listen | forget |
//! | idle | – | armed, listen | – | write | – | – | – | – | – |
//! | always | – | always, listen | read | write and read | – | always, listen | always, listen | idle, listen | forget |
//! | foreign | – | – | – | – | – | – | – | – | – |
//!
//! Where the guard reads for everybody, "armed" is "always".

use std::time::{Duration, Instant};

/// A loop that has not come round for this long is late.
pub(super) const LATE: Duration = Duration::from_millis(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// An attempt is under way.
    Connecting,
    /// `late` has the loop's visits when the guard last read and found nothing more: if the loop has not come since, it is
    /// late still.
    Armed { late: Option<u64> },
    /// There is something to read since then, when the loop's visits were these.
    Suspect { visits: u64, since: Instant },
    /// The guard reads as long as the loop's visits are these.
    Draining { visits: u64 },
    /// The queue is full.
    Idle,
    /// There is no loop.
    Always,
    /// Another engine carries the session.
    Foreign,
}

impl Mode {
    /// Returns whether the guard has to look round for it.
    pub(super) fn is_active(self) -> bool {
        matches!(self, Mode::Suspect { .. } | Mode::Draining { .. })
    }
}

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The session is open.
    Opened,
    /// The session's queue, which was full, was taken from.
    TakenFrom,
    /// The socket can be read, or has an error; `writable`: it can be written too.
    Ready { writable: bool },
    /// It is time to look round.
    Tick,
    /// The guard has read.
    Read(Read),
}

/// What the guard found when it read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Nothing,
    Something,
    UntilFull,
    End,
}

/// The thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Do {
    Nothing,
    /// Take the attempt a step further.
    Advance,
    /// Have the poller say when there is something to read.
    Listen,
    /// Look round at short intervals.
    Tick,
    Read,
    Write,
    WriteAndRead,
    /// Let the session go.
    Forget,
}

/// What the guard sees of the session and its loop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// The loop's visits so far.
    pub(super) visits: u64,
    pub(super) now: Instant,
    /// There is no loop.
    pub(super) always: bool,
}

/// Returns the mode after an event, and what is to be done.
pub(super) fn next(mode: Mode, event: Event, sight: Sight) -> (Mode, Do) {
    let Sight { visits, now, always } = sight;
    let armed = |late| if always { Mode::Always } else { Mode::Armed { late } };
    match (mode, event) {
        (Mode::Foreign, _) => (mode, Do::Nothing),
        (Mode::Connecting, Event::Opened) => (armed(None), Do::Listen),
        (Mode::Connecting, Event::TakenFrom) | (_, Event::Opened) => (mode, Do::Nothing),
        (_, Event::TakenFrom) => (armed(None), Do::Listen),
        (Mode::Connecting, Event::Ready { .. }) => (mode, Do::Advance),
        (Mode::Armed { late: Some(late) }, Event::Ready { .. }) if late == visits => {
            (Mode::Draining { visits }, Do::Read)
        }
        (Mode::Armed { .. }, Event::Ready { .. }) => (Mode::Suspect { visits, since: now }, Do::Tick),
        (Mode::Suspect { since, .. }, Event::Tick) if now.duration_since(since) < LATE => (mode, Do::Nothing),
        (Mode::Suspect { visits: before, .. } | Mode::Draining { visits: before }, Event::Tick) => {
            if visits == before {
                (Mode::Draining { visits }, Do::Read)
            } else {
                (armed(None), Do::Listen)
            }
        }
        (Mode::Draining { visits }, Event::Read(Read::Nothing)) => (armed(Some(visits)), Do::Listen),
        (Mode::Always, Event::Read(Read::Nothing | Read::Something)) => (mode, Do::Listen),
        (Mode::Draining { .. } | Mode::Always, Event::Read(Read::UntilFull)) => (Mode::Idle, Do::Listen),
        (Mode::Draining { .. } | Mode::Always, Event::Read(Read::End)) => (mode, Do::Forget),
        (Mode::Idle, Event::Ready { writable: true }) => (mode, Do::Write),
        (Mode::Always, Event::Ready { writable }) => (mode, if writable { Do::WriteAndRead } else { Do::Read }),
        // Written out, so that a new mode or event has to be thought about here.
        (Mode::Connecting | Mode::Armed { .. } | Mode::Idle | Mode::Always, Event::Tick)
        | (Mode::Suspect { .. } | Mode::Draining { .. } | Mode::Idle, Event::Ready { .. })
        | (Mode::Draining { .. }, Event::Read(Read::Something))
        | (Mode::Connecting | Mode::Armed { .. } | Mode::Suspect { .. } | Mode::Idle, Event::Read(_)) => {
            (mode, Do::Nothing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the rows of the table at the head of this file: a mode and its cells.
    fn rows() -> Vec<(&'static str, Vec<&'static str>)> {
        let lines = include_str!("mode.rs").lines().filter_map(|line| line.strip_prefix("//! | "));
        let rows = lines.map(|line| line.trim_end_matches(" |").split(" | ").collect::<Vec<_>>());
        rows.skip(1).map(|row| (row[0], row[1..].to_vec())).collect()
    }

    const EVENTS: [Event; 9] = [
        Event::Opened,
        Event::TakenFrom,
        Event::Ready { writable: false },
        Event::Ready { writable: true },
        Event::Tick,
        Event::Read(Read::Nothing),
        Event::Read(Read::Something),
        Event::Read(Read::UntilFull),
        Event::Read(Read::End),
    ];

    /// The loop's visits when a mode began.
    const BEFORE: u64 = 7;

    /// Returns the mode of a row, and what the guard sees in it.
    fn scene(row: &str, start: Instant) -> (Mode, Sight) {
        let sight = Sight { visits: BEFORE, now: start + LATE, always: row == "always" };
        let came = Sight { visits: BEFORE + 1, ..sight };
        match row {
            "connecting" => (Mode::Connecting, sight),
            "armed" => (Mode::Armed { late: None }, sight),
            "armed, the loop came since" => (Mode::Armed { late: Some(BEFORE) }, came),
            "armed, the loop has not come since" => (Mode::Armed { late: Some(BEFORE) }, sight),
            "suspect, for less than 20 ms" => {
                let now = start + LATE.saturating_sub(Duration::from_nanos(1));
                (Mode::Suspect { visits: BEFORE, since: start }, Sight { now, ..came })
            }
            "suspect, the loop came" => (Mode::Suspect { visits: BEFORE, since: start }, came),
            "suspect, the loop has not come" => (Mode::Suspect { visits: BEFORE, since: start }, sight),
            "draining, the loop came" => (Mode::Draining { visits: BEFORE }, came),
            "draining, the loop has not come" => (Mode::Draining { visits: BEFORE }, sight),
            "idle" => (Mode::Idle, sight),
            "always" => (Mode::Always, sight),
            "foreign" => (Mode::Foreign, sight),
            other => panic!("there is no mode '{other}'"),
        }
    }

    /// Reads a cell.
    fn expected(cell: &str, mode: Mode, sight: Sight) -> (Mode, Do) {
        let (to, act) = match cell.split_once(", ") {
            Some((to, act)) => (Some(to), act),
            None => (None, cell),
        };
        let to = match to {
            None => mode,
            Some("armed") => Mode::Armed { late: None },
            Some("armed late") => Mode::Armed { late: Some(BEFORE) },
            Some("suspect") => Mode::Suspect { visits: sight.visits, since: sight.now },
            Some("draining") => Mode::Draining { visits: BEFORE },
            Some("idle") => Mode::Idle,
            Some("always") => Mode::Always,
            Some(other) => panic!("there is no mode '{other}'"),
        };
        let act = match act {
            "–" => Do::Nothing,
            "advance" => Do::Advance,
            "listen" => Do::Listen,
            "tick" => Do::Tick,
            "read" => Do::Read,
            "write" => Do::Write,
            "write and read" => Do::WriteAndRead,
            "forget" => Do::Forget,
            other => panic!("nobody does '{other}'"),
        };
        (to, act)
    }

    #[test]
    fn the_table_is_what_happens() {
        let (start, rows) = (Instant::now(), rows());
        assert_eq!(rows.len(), 12);
        for (row, cells) in rows {
            assert_eq!(cells.len(), EVENTS.len(), "{row}");
            for (event, cell) in EVENTS.into_iter().zip(cells) {
                let (mode, sight) = scene(row, start);
                assert_eq!(next(mode, event, sight), expected(cell, mode, sight), "{row}: {event:?}");
            }
        }
    }

    #[test]
    fn where_there_is_no_loop_nothing_is_armed() {
        let sight = Sight { visits: 0, now: Instant::now(), always: true };
        for (mode, event) in [(Mode::Connecting, Event::Opened), (Mode::Idle, Event::TakenFrom)] {
            assert_eq!(next(mode, event, sight), (Mode::Always, Do::Listen));
        }
    }
}
