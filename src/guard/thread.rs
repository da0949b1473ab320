//! The guard's thread: what it knows of each session, and what an event, a command or the time makes of that.

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use polling::{Event, Events, Poller};

use super::LATE;
use super::beat::{Beat, Due};
use super::writing::Blocked;
use crate::connect::attempt::Attempt;
use crate::connect::socket::Socket;
use crate::environment::orders::Command;
use crate::environment::shared::Shared;
use crate::failure::Failure;
use crate::session::inbox::Filled;
use crate::session::outbox::Written;
use crate::session::state::{Heartbeat, Phase};
use crate::session::{Ask, Session};

/// How often a late loop's sockets are read. At 20,000 messages a second that is every 40 messages.
const DRAIN_EVERY: Duration = Duration::from_millis(2);

pub(super) enum Mode {
    Connecting(Box<Attempt>),
    /// `late` has the loop's visits at the last draining.
    Armed {
        late: Option<u64>,
    },
    Suspect {
        visits: u64,
        since: Instant,
    },
    Draining {
        visits: u64,
    },
    Always,
    Idle,
    /// What is under way until it is connected.
    Foreign(&'static str),
}

pub(super) struct Entry {
    pub(super) session: Arc<Session>,
    /// In the poller, and out of it again before it is let go.
    pub(super) socket: Option<Arc<Socket>>,
    pub(super) mode: Mode,
}

/// The thread's own state.
pub(super) struct Watch<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) poller: &'a Poller,
    pub(super) entries: HashMap<u32, Entry>,
    /// Sessions in the modes Suspect and Draining.
    pub(super) active: Vec<u32>,
    /// Sessions with output that their sockets would not take.
    pub(super) blocked: Vec<Blocked>,
    pub(super) deadlines: BTreeSet<(Instant, u32)>,
    /// When sessions that are to end are ended, at the latest.
    pub(super) ends: HashMap<u32, Instant>,
    /// Sessions that ping themselves.
    pub(super) beats: HashMap<u32, Beat>,
    /// Something was to be written at the end of this turn of the loop, seen first at that time.
    pub(super) dirty: Option<(u64, Instant)>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(shared: &'a Arc<Shared>) -> Watch<'a> {
        Watch {
            shared,
            poller: shared.orders.poller(),
            entries: HashMap::new(),
            active: Vec::new(),
            blocked: Vec::new(),
            deadlines: BTreeSet::new(),
            ends: HashMap::new(),
            beats: HashMap::new(),
            dirty: None,
        }
    }

    pub(super) fn run(&mut self) {
        let orders = &self.shared.orders;
        let mut events = Events::new();
        while !orders.is_stopping() {
            events.clear();
            let timeout = self.timeout();
            if self.poller.wait(&mut events, timeout).is_err() {
                continue;
            }
            self.obey();
            for event in events.iter() {
                self.guarded(event.key as u32, |watch, id| watch.handle_event(id, event));
            }
            self.tick();
            self.expire();
        }
        for (_, entry) in self.entries.drain() {
            if let Some(socket) = &entry.socket {
                let _ = self.poller.delete(socket.as_ref());
            }
        }
    }

    /// A fault of ours ends one session, not all of them.
    pub(super) fn guarded(&mut self, id: u32, act: impl FnOnce(&mut Self, u32)) {
        if catch_unwind(AssertUnwindSafe(|| act(self, id))).is_err()
            && let Some(entry) = self.entries.get(&id)
        {
            entry.session.finish(Err(Failure::bug("the guard thread panicked over this session")));
            self.forget(id);
        }
    }

    fn timeout(&self) -> Option<Duration> {
        let draining = |id: &u32| matches!(self.entries.get(id).map(|entry| &entry.mode), Some(Mode::Draining { .. }));
        let tick = if self.active.iter().any(draining) {
            Some(DRAIN_EVERY)
        } else if self.shared.orders.is_ticking() {
            Some(LATE)
        } else {
            None
        };
        let deadline = self.deadlines.first().map(|(at, _)| at.saturating_duration_since(Instant::now()));
        tick.into_iter().chain(deadline).min()
    }

    fn obey(&mut self) {
        for command in self.shared.orders.take() {
            match command {
                Command::Connect(session, attempt) => self.connect(session, attempt),
                Command::Attend(session, deadline, under_way) => {
                    self.deadlines.insert((deadline, session.id));
                    self.entries.insert(session.id, Entry { session, socket: None, mode: Mode::Foreign(under_way) });
                }
                Command::Resolved(id, result) => {
                    self.guarded(id, |watch, id| watch.advance(id, |attempt, _| attempt.resolved(result)));
                }
                Command::AuthWrite(id, turn, bytes) => self.guarded(id, |watch, id| {
                    watch.advance(id, |attempt, socket| attempt.write_for_method(socket, turn, &bytes));
                }),
                Command::AuthDone(id, turn, result) => self.guarded(id, |watch, id| {
                    watch.advance(id, |attempt, socket| attempt.method_done(socket, turn, result));
                }),
                Command::Forget(id) => self.forget(id),
                Command::Ask(Ask::ReadOn(id)) => self.arm(id, None),
                Command::Ask(Ask::WriteWhenPossible(session)) => self.block(session),
                Command::EndAt(id, at) => {
                    self.ends.insert(id, at);
                    self.deadlines.insert((at, id));
                }
                Command::Ask(Ask::Ping(id)) => {
                    if let Some(Heartbeat { interval, .. }) =
                        self.entries.get(&id).and_then(|entry| entry.session.heartbeat)
                    {
                        let at = Instant::now() + interval;
                        self.beats.insert(id, Beat::at(at));
                        self.deadlines.insert((at, id));
                    }
                }
            }
        }
    }

    pub(super) fn interest(&self, id: u32, event: Event) {
        if let Some(Entry { socket: Some(socket), .. }) = self.entries.get(&id) {
            let _ = self.poller.modify(socket.as_ref(), event);
        }
    }

    pub(super) fn arm(&mut self, id: u32, late: Option<u64>) {
        let always = self.shared.orders.always;
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if matches!(entry.mode, Mode::Foreign(_))
            || matches!(entry.mode, Mode::Connecting(_)) && entry.session.phase() == Phase::Connecting
        {
            return;
        }
        entry.mode = if always { Mode::Always } else { Mode::Armed { late } };
        self.listen(id);
    }

    /// Has the poller say when there is something to read, unless the queue is full; and where nobody else writes, when
    /// what waits can be written.
    pub(super) fn listen(&self, id: u32) {
        let Some(entry) = self.entries.get(&id) else { return };
        let readable = !matches!(entry.mode, Mode::Idle);
        let writable = self.shared.orders.always && entry.session.outbox().queued() > 0;
        self.interest(id, Event::new(id as usize, readable, writable));
    }

    pub(super) fn forget(&mut self, id: u32) {
        self.deadlines.retain(|(_, of)| *of != id);
        self.beats.remove(&id);
        self.ends.remove(&id);
        if let Some(Entry { socket: Some(socket), .. }) = self.entries.remove(&id) {
            let _ = self.poller.delete(socket.as_ref());
        }
    }

    fn handle_event(&mut self, id: u32, event: Event) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let visits = entry.session.loop_visits.load(Ordering::Acquire);
        match &entry.mode {
            Mode::Connecting(_) => self.advance(id, Attempt::ready),
            Mode::Always => {
                if event.writable {
                    entry.session.write();
                }
                self.drain(id);
            }
            Mode::Armed { late: Some(late) } if *late == visits => {
                entry.mode = Mode::Draining { visits };
                self.active.push(id);
                self.drain(id);
            }
            Mode::Armed { .. } => {
                entry.mode = Mode::Suspect { visits, since: Instant::now() };
                self.active.push(id);
                self.shared.orders.set_ticking(true);
            }
            Mode::Idle => {
                if event.writable && entry.session.write() == Written::Blocked {
                    self.listen(id);
                }
            }
            Mode::Suspect { .. } | Mode::Draining { .. } | Mode::Foreign(_) => {}
        }
    }

    /// Reads in the loop's place.
    fn drain(&mut self, id: u32) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let before = entry.session.inbox().bytes_read;
        let filled = entry.session.fill();
        let read = entry.session.inbox().bytes_read > before;
        match (&entry.mode, filled) {
            (_, Filled::Ended) => self.forget(id),
            (_, Filled::Full) => {
                entry.mode = Mode::Idle;
                self.listen(id);
            }
            (Mode::Always, _) => self.arm(id, None),
            (&Mode::Draining { visits }, Filled::Dry) if !read => self.arm(id, Some(visits)),
            _ => {}
        }
    }

    /// Looks after what is active. Cheap and harmless when called more often than needed.
    fn tick(&mut self) {
        let now = Instant::now();
        for id in std::mem::take(&mut self.active) {
            let Some(entry) = self.entries.get_mut(&id) else { continue };
            let visits = entry.session.loop_visits.load(Ordering::Acquire);
            match entry.mode {
                Mode::Suspect { since, .. } if now.duration_since(since) < LATE => {}
                Mode::Suspect { visits: before, .. } | Mode::Draining { visits: before } if visits != before => {
                    self.arm(id, None);
                }
                Mode::Suspect { .. } | Mode::Draining { .. } => {
                    entry.mode = Mode::Draining { visits };
                    self.guarded(id, Self::drain);
                }
                _ => {}
            }
            if matches!(
                self.entries.get(&id).map(|entry| &entry.mode),
                Some(Mode::Suspect { .. } | Mode::Draining { .. })
            ) {
                self.active.push(id);
            }
        }
        self.write_for_the_loop(now);
    }

    fn expire(&mut self) {
        let now = Instant::now();
        while let Some(&(at, id)) = self.deadlines.first()
            && at <= now
        {
            self.deadlines.pop_first();
            let Some(entry) = self.entries.get(&id) else {
                // It had ended before the deadline was set.
                self.ends.remove(&id);
                continue;
            };
            if matches!(entry.mode, Mode::Connecting(_)) {
                self.guarded(id, |watch, id| watch.advance(id, Attempt::expire));
            } else if let Mode::Foreign(under_way) = entry.mode
                && entry.session.phase() == Phase::Connecting
            {
                entry.session.finish(Err(Failure::timeout(under_way)));
                self.forget(id);
            } else if entry.session.phase() == Phase::Closing {
                // It was to end by now, and the caller wants it to: that is no failure. Other deadlines are of the past.
                if self.ends.get(&id).is_some_and(|end| *end <= now) {
                    entry.session.finish(Ok(()));
                    self.forget(id);
                }
            } else if entry.session.phase() == Phase::Open {
                self.guarded(id, |watch, id| watch.beat(id, now));
            }
        }
    }

    /// A session's ping may be due, or its pong.
    fn beat(&mut self, id: u32, now: Instant) {
        let (Some(entry), Some(beat)) = (self.entries.get(&id), self.beats.get_mut(&id)) else { return };
        let session = entry.session.clone();
        match beat.look(&session, now) {
            Due::At(at) => {
                self.deadlines.insert((at, id));
            }
            Due::Write(at) => {
                self.deadlines.insert((at, id));
                if session.write() == Written::Blocked {
                    self.block(session);
                }
            }
            Due::Over => self.forget(id),
            Due::Nothing => {
                self.beats.remove(&id);
            }
        }
    }
}
