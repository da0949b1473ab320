//! The guard's thread: an event, a command or the time happens to a session, and what the table says is done. The clock is
//! looked at here, once a round, and nowhere below.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use polling::{Events, Poller};
use spread_proto::client::State;

use super::beat::{Beat, Due};
use super::connecting::{self, Stepped};
use super::entry::{Connecting, Entry};
use super::mode::{self, Do, Event, LATE, Mode, Read, Sight};
use super::timers::{Timer, Timers};
use super::writing::LateWrites;
use crate::connect::attempt::{Attempt, Progress};
use crate::connect::socket::Socket;
use crate::environment::orders::Command;
use crate::environment::shared::Environment;
use crate::failure::Failure;
use crate::session::inbox::Filled;
use crate::session::outbox::Written;
use crate::session::state::Heartbeat;
use crate::session::{Ask, Session};

/// How often a late loop's sockets are read. At 20,000 messages a second that is every 40 messages.
const DRAIN_EVERY: Duration = Duration::from_millis(2);

/// The thread's own state.
pub(super) struct Guard<'a> {
    shared: &'a Arc<Environment>,
    poller: &'a Poller,
    entries: HashMap<u32, Entry>,
    /// Sessions in the modes Suspect and Draining.
    active: Vec<u32>,
    late: LateWrites,
    timers: Timers,
    /// Sessions that ping themselves.
    beats: HashMap<u32, Beat>,
}

impl<'a> Guard<'a> {
    pub(super) fn new(shared: &'a Arc<Environment>) -> Guard<'a> {
        Guard {
            shared,
            poller: shared.orders.poller(),
            entries: HashMap::new(),
            active: Vec::new(),
            late: LateWrites::default(),
            timers: Timers::default(),
            beats: HashMap::new(),
        }
    }

    pub(super) fn run(&mut self) {
        let mut events = Events::new();
        while !self.shared.orders.is_stopping() {
            events.clear();
            let timeout = self.timeout(Instant::now());
            if self.poller.wait(&mut events, timeout).is_err() {
                continue;
            }
            let now = Instant::now();
            for command in self.shared.orders.take() {
                self.obey(command, now);
            }
            for event in events.iter() {
                let ready = Event::Ready { writable: event.writable };
                self.guarded(event.key as u32, |guard, id| guard.happen(id, ready, now));
            }
            self.tick(now);
            self.write_for_the_loop(now);
            while let Some((id, timer)) = self.timers.take_due(now) {
                self.guarded(id, |guard, id| guard.expire(id, timer, now));
            }
        }
        for (_, mut entry) in self.entries.drain() {
            entry.leave(self.poller);
        }
    }

    /// Acts on a session so that a panic ends this one, not all of them.
    fn guarded(&mut self, id: u32, act: impl FnOnce(&mut Self, u32)) {
        if catch_unwind(AssertUnwindSafe(|| act(self, id))).is_err()
            && let Some(entry) = self.entries.get(&id)
        {
            entry.session.finish(Err(Failure::bug("the guard thread panicked over this session")));
            self.forget(id);
        }
    }

    /// Returns how long there is nothing to do, if nothing happens.
    fn timeout(&self, now: Instant) -> Option<Duration> {
        let draining = |id: &u32| matches!(self.entries.get(id).map(|entry| entry.mode), Some(Mode::Draining { .. }));
        let tick = if self.active.iter().any(draining) {
            Some(DRAIN_EVERY)
        } else if self.shared.orders.is_ticking() {
            Some(LATE)
        } else {
            None
        };
        let deadline = self.timers.next().map(|at| at.saturating_duration_since(now));
        tick.into_iter().chain(deadline).min()
    }

    fn obey(&mut self, command: Command, now: Instant) {
        match command {
            Command::Connect(session, attempt) => {
                let id = session.id;
                self.timers.set(attempt.deadline(), id, Timer::Connect);
                self.entries.insert(id, Entry::new(session, Mode::Connecting, Connecting::Attempt(attempt)));
                self.advance(id, |attempt, _| attempt.begin(now), now);
            }
            Command::Attend(session, deadline, under_way) => {
                let id = session.id;
                self.timers.set(deadline, id, Timer::Connect);
                self.entries.insert(id, Entry::new(session, Mode::Foreign, Connecting::Elsewhere(under_way)));
            }
            Command::Resolved(id, result) => self.advance(id, |attempt, _| attempt.resolved(result, now), now),
            Command::AuthWrite(id, turn, bytes) => {
                self.advance(id, |attempt, socket| attempt.write_for_method(socket, turn, &bytes, now), now);
            }
            Command::AuthDone(id, turn, result) => {
                self.advance(id, |attempt, socket| attempt.method_done(socket, turn, result, now), now);
            }
            Command::Forget(id) => self.forget(id),
            Command::EndAt(id, at) => self.timers.set(at, id, Timer::End),
            Command::Ask(Ask::ReadOn(id)) => self.guarded(id, |guard, id| guard.happen(id, Event::TakenFrom, now)),
            Command::Ask(Ask::WriteWhenPossible(session)) => self.block(session, now),
            Command::Ask(Ask::Ping(id)) => {
                if let Some(Heartbeat { interval, .. }) =
                    self.entries.get(&id).and_then(|entry| entry.session.heartbeat)
                {
                    self.beats.insert(id, Beat::default());
                    self.timers.set(now + interval, id, Timer::Ping);
                }
            }
        }
    }

    /// Takes an attempt a step further.
    fn advance(&mut self, id: u32, step: impl FnOnce(&mut Attempt, Option<&Arc<Socket>>) -> Progress, now: Instant) {
        self.guarded(id, |guard, id| {
            if let Some(entry) = guard.entries.get_mut(&id) {
                let stepped = connecting::advance(entry, guard.shared, step);
                guard.stepped(id, stepped, now);
            }
        });
    }

    fn stepped(&mut self, id: u32, stepped: Stepped, now: Instant) {
        match stepped {
            Stepped::On(Some(at)) => self.timers.set(at, id, Timer::Step),
            Stepped::On(None) => {}
            Stepped::Open => {
                self.timers.end_attempt(id);
                self.happen(id, Event::Opened, now);
            }
            Stepped::Over => self.forget(id),
        }
    }

    /// Applies an event to a session, by the table.
    fn happen(&mut self, id: u32, event: Event, now: Instant) {
        let always = self.shared.orders.always;
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let visits = entry.session.loop_visits.load(Ordering::Acquire);
        let was_active = entry.mode.is_active();
        let (mode, act) = mode::next(entry.mode, event, Sight { visits, now, always });
        entry.mode = mode;
        if mode.is_active() && !was_active {
            self.active.push(id);
        }
        match act {
            Do::Nothing => {}
            Do::Advance => self.advance(id, |attempt, socket| attempt.ready(socket, now), now),
            Do::Listen => entry.listen(self.poller, always),
            Do::Tick => self.shared.orders.set_ticking(true),
            Do::Read => self.read(id, now),
            Do::Write => {
                if entry.session.write() == Written::Blocked {
                    entry.listen(self.poller, always);
                }
            }
            Do::WriteAndRead => {
                entry.session.write();
                self.read(id, now);
            }
            Do::Forget => self.forget(id),
        }
    }

    /// Reads in the loop's place.
    fn read(&mut self, id: u32, now: Instant) {
        let Some(entry) = self.entries.get(&id) else { return };
        let before = entry.session.inbox().bytes_read;
        let filled = entry.session.fill();
        let came = entry.session.inbox().bytes_read > before;
        let read = match filled {
            Filled::Ended => Read::End,
            Filled::Full => Read::UntilFull,
            Filled::Dry if !came => Read::Nothing,
            Filled::Dry | Filled::More => Read::Something,
        };
        self.happen(id, Event::Read(read), now);
    }

    /// Looks after what is active. Cheap and harmless when called more often than needed.
    fn tick(&mut self, now: Instant) {
        for id in std::mem::take(&mut self.active) {
            self.guarded(id, |guard, id| guard.happen(id, Event::Tick, now));
            if self.entries.get(&id).is_some_and(|entry| entry.mode.is_active()) {
                self.active.push(id);
            }
        }
    }

    /// Writes what the loop would have written, had it come to it.
    fn write_for_the_loop(&mut self, now: Instant) {
        for session in self.late.take_late(self.shared, now) {
            session.clear_dirty();
            if session.write() == Written::Blocked {
                self.block(session, now);
            }
        }
        self.late.write_blocked(now);
        if self.active.is_empty() && self.late.is_idle() {
            self.shared.orders.set_ticking(false);
            // A thread that made something dirty before this found the guard ticking, and did not wake it.
            if self.shared.has_dirty() {
                self.shared.orders.set_ticking(true);
            }
        }
    }

    /// Arranges the next write of a session whose socket takes no more.
    fn block(&mut self, session: Arc<Session>, now: Instant) {
        match self.entries.get(&session.id) {
            // Its link writes on by itself.
            Some(entry) if entry.mode == Mode::Foreign => {}
            Some(entry) if self.shared.orders.always => entry.listen(self.poller, true),
            None if self.shared.orders.always => {}
            _ => {
                self.shared.orders.set_ticking(true);
                self.late.wait_for(session, now);
            }
        }
    }

    /// Handles a deadline that has come.
    fn expire(&mut self, id: u32, timer: Timer, now: Instant) {
        // A session may have ended before its deadline was set.
        let Some(entry) = self.entries.get_mut(&id) else { return };
        match timer {
            Timer::Connect | Timer::Step => {
                let stepped = connecting::expire(entry, self.shared, now);
                self.stepped(id, stepped, now);
            }
            Timer::Ping => {
                if entry.session.state() == State::Open {
                    self.beat(id, now);
                }
            }
            Timer::End => {
                // It was to end by now, and the caller wants it to: that is no failure.
                entry.session.finish(Ok(()));
                self.forget(id);
            }
        }
    }

    /// Looks at a session whose ping is due, or its pong.
    fn beat(&mut self, id: u32, now: Instant) {
        let (Some(entry), Some(beat)) = (self.entries.get(&id), self.beats.get_mut(&id)) else { return };
        let session = entry.session.clone();
        match beat.look(&session, now) {
            Due::At(at) => self.timers.set(at, id, Timer::Ping),
            Due::Write(at) => {
                self.timers.set(at, id, Timer::Ping);
                if session.write() == Written::Blocked {
                    self.block(session, now);
                }
            }
            Due::Over => self.forget(id),
            Due::Nothing => {
                self.beats.remove(&id);
            }
        }
    }

    fn forget(&mut self, id: u32) {
        self.timers.forget(id);
        self.beats.remove(&id);
        if let Some(mut entry) = self.entries.remove(&id) {
            entry.leave(self.poller);
        }
    }
}
