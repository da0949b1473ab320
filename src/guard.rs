//! The guard: one thread beside each environment's loop.
//!
//! It connects and shakes hands, keeps the deadlines, and stands in for the loop when JavaScript keeps that busy, so
//! that a real daemon, which cuts off a reader 1,000 messages behind, finds its messages read. Where there is no
//! libuv (see `watch`), it always reads.
//!
//! | mode of a session | the guard | until |
//! |---|---|---|
//! | Connecting | drives the handshake | it is open, or failed |
//! | Armed | waits for one readable event | the event: Suspect, or Draining if the loop was late before |
//! | Suspect | leaves the socket to the loop | 20 ms later: Armed if the loop came round, else Draining |
//! | Draining | reads at every tick | the loop came round, or nothing came: Armed |
//! | Always | reads whenever it can (no libuv) | the end |
//! | Idle | does not read: the queue is full | JavaScript took from it |
//! | Foreign | keeps the deadlines of a session that has another engine | the end |
//!
//! So it is woken once when traffic begins, ticks while traffic lasts, and costs nothing when all is idle.

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use polling::{Event, Events, Poller};

use crate::attempt::{Attempt, Progress, Turn};
use crate::beat::{Beat, Due};
use crate::failure::Failure;
use crate::inbox::Filled;
use crate::link::Link;
use crate::outbox::Written;
use crate::session::{Phase, Session};
use crate::shared::{Notice, Shared};
use crate::socket::{Socket, Target};

/// A loop that has not come round for this long is late.
const LATE: Duration = Duration::from_millis(20);

/// How often a late loop's sockets are read. At 20,000 messages a second that is every 40 messages.
const DRAIN_EVERY: Duration = Duration::from_millis(2);

/// A teardown waits no longer than this for the thread.
const JOIN_WITHIN: Duration = Duration::from_secs(1);

/// What the guard is asked to do.
pub(crate) enum Command {
    /// Connect this session.
    Connect(Arc<Session>, Box<Attempt>),
    /// Another engine connects this session: end it if it is not connected by then, and keep its other deadlines.
    Attend(Arc<Session>, Instant),
    /// A look-up for this session's attempt came to its end.
    Resolved(u32, Result<Vec<Target>, Failure>),
    /// The session is over: let its socket go.
    Forget(u32),
    /// The session's queue was taken from: watch it again.
    Resume(u32),
    /// The session's socket took no more: see that it is written once it does, if the loop does not.
    Blocked(Arc<Session>),
    /// End the session at this time if it has not ended by then.
    EndAt(u32, Instant),
    /// An authentication method of this session's sends bytes; its turn's number.
    AuthWrite(u32, u32, Vec<u8>),
    /// It is done, and has used so many bytes; or it has failed.
    AuthDone(u32, u32, Result<usize, String>),
    /// The session is open and wants to be pinged, the first time then.
    Beat(u32, Instant),
}

/// The handle, held by every thread of the environment.
pub(crate) struct Guard {
    poller: Poller,
    commands: Mutex<Vec<Command>>,
    /// It looks round at least every [`LATE`], so nobody needs to wake it for that.
    ticking: AtomicBool,
    stop: AtomicBool,
    stopped: Mutex<bool>,
    on_stopped: Condvar,
    shared: OnceLock<Weak<Shared>>,
    started: AtomicBool,
    /// There is no libuv: the guard reads and writes for everybody.
    pub(crate) always: bool,
}

impl Guard {
    pub(crate) fn new(always: bool) -> std::io::Result<Guard> {
        Ok(Guard {
            poller: Poller::new()?,
            commands: Mutex::new(Vec::new()),
            ticking: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            stopped: Mutex::new(false),
            on_stopped: Condvar::new(),
            shared: OnceLock::new(),
            started: AtomicBool::new(false),
            always,
        })
    }

    /// Starts the thread, the first time.
    pub(crate) fn start(shared: &Arc<Shared>) -> std::io::Result<()> {
        let guard = &shared.guard;
        guard.shared.get_or_init(|| Arc::downgrade(shared));
        if !guard.started.swap(true, Ordering::AcqRel) {
            let held = shared.clone();
            let result = std::thread::Builder::new().name("cspread-guard".into()).spawn(move || {
                Watch::new(&held).run();
                *held.guard.stopped.lock().expect("no holder panics") = true;
                held.guard.on_stopped.notify_all();
            });
            if let Err(error) = result {
                guard.started.store(false, Ordering::Release);
                return Err(error);
            }
        }
        Ok(())
    }

    pub(crate) fn command(&self, command: Command) {
        self.commands.lock().expect("no holder panics").push(command);
        let _ = self.poller.notify();
    }

    /// Sees to it that the guard looks round soon: there is something to write, and the loop might not get to it.
    pub(crate) fn ensure_ticking(&self) {
        if !self.ticking.swap(true, Ordering::AcqRel) {
            let _ = self.poller.notify();
        }
    }

    /// Forgets what nobody will obey any more.
    pub(crate) fn clear(&self) {
        self.commands.lock().expect("no holder panics").clear();
    }

    /// Ends the thread and waits for it, within bounds.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        let _ = self.poller.notify();
        if self.started.load(Ordering::Acquire) {
            let stopped = self.stopped.lock().expect("no holder panics");
            let _ = self.on_stopped.wait_timeout_while(stopped, JOIN_WITHIN, |stopped| !*stopped);
        }
    }
}

enum Mode {
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
    Foreign,
}

struct Entry {
    session: Arc<Session>,
    /// In the poller, and out of it again before it is let go.
    socket: Option<Arc<Socket>>,
    mode: Mode,
}

/// Output that waits for its socket.
struct Blocked {
    session: Arc<Session>,
    /// The loop's visits at that time.
    visits: u64,
    since: Instant,
}

/// The thread's own state.
struct Watch<'a> {
    shared: &'a Arc<Shared>,
    entries: HashMap<u32, Entry>,
    /// Sessions in the modes Suspect and Draining.
    active: Vec<u32>,
    /// Sessions with output that their sockets would not take.
    blocked: Vec<Blocked>,
    deadlines: BTreeSet<(Instant, u32)>,
    /// When sessions that are to end are ended, at the latest.
    ends: HashMap<u32, Instant>,
    /// Sessions that ping themselves.
    beats: HashMap<u32, Beat>,
    /// Something was to be written at the end of this turn of the loop, seen first at that time.
    dirty: Option<(u64, Instant)>,
}

impl<'a> Watch<'a> {
    fn new(shared: &'a Arc<Shared>) -> Watch<'a> {
        Watch {
            shared,
            entries: HashMap::new(),
            active: Vec::new(),
            blocked: Vec::new(),
            deadlines: BTreeSet::new(),
            ends: HashMap::new(),
            beats: HashMap::new(),
            dirty: None,
        }
    }

    fn run(&mut self) {
        let guard = &self.shared.guard;
        let mut events = Events::new();
        while !guard.stop.load(Ordering::Acquire) {
            events.clear();
            let timeout = self.timeout();
            if guard.poller.wait(&mut events, timeout).is_err() {
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
                let _ = guard.poller.delete(socket.as_ref());
            }
        }
    }

    /// A fault of ours ends one session, not all of them.
    fn guarded(&mut self, id: u32, act: impl FnOnce(&mut Self, u32)) {
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
        } else if self.shared.guard.ticking.load(Ordering::Acquire) {
            Some(LATE)
        } else {
            None
        };
        let deadline = self.deadlines.first().map(|(at, _)| at.saturating_duration_since(Instant::now()));
        tick.into_iter().chain(deadline).min()
    }

    fn obey(&mut self) {
        let commands = std::mem::take(&mut *self.shared.guard.commands.lock().expect("no holder panics"));
        for command in commands {
            match command {
                Command::Connect(session, attempt) => self.connect(session, attempt),
                Command::Attend(session, deadline) => {
                    self.deadlines.insert((deadline, session.id));
                    self.entries.insert(session.id, Entry { session, socket: None, mode: Mode::Foreign });
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
                Command::Resume(id) => self.arm(id, None),
                Command::Blocked(session) => self.block(session),
                Command::EndAt(id, at) => {
                    self.ends.insert(id, at);
                    self.deadlines.insert((at, id));
                }
                Command::Beat(id, at) => {
                    self.beats.insert(id, Beat::at(at));
                    self.deadlines.insert((at, id));
                }
            }
        }
    }

    fn connect(&mut self, session: Arc<Session>, attempt: Box<Attempt>) {
        let id = session.id;
        self.deadlines.insert((attempt.deadline(), id));
        self.entries.insert(id, Entry { session, socket: None, mode: Mode::Connecting(attempt) });
        self.guarded(id, |watch, id| watch.advance(id, Attempt::begin));
    }

    /// Takes an attempt a step further.
    fn advance(&mut self, id: u32, step: impl FnOnce(&mut Attempt, Option<&Arc<Socket>>) -> Progress) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let Mode::Connecting(attempt) = &mut entry.mode else { return };
        let progress = step(attempt, entry.socket.as_ref());
        let wake_at = attempt.wake_at();
        match progress {
            Progress::Wait => {}
            Progress::LookUp(host, port) => crate::lookup::start(self.shared, id, host, port),
            Progress::Switch(socket) => {
                self.swap_socket(id, socket);
                self.interest(id, Event::writable(id as usize));
            }
            Progress::AwaitWritable => self.interest(id, Event::writable(id as usize)),
            Progress::AwaitReadable => self.interest(id, Event::readable(id as usize)),
            Progress::Authenticate(turn, bytes) => {
                let Turn { number, method, target } = turn;
                self.shared.notify(Notice { about: id, kind: "auth", text: format!("{number} {method} {target}") });
                self.tell_method(id, number, &bytes);
                self.interest(id, Event::readable(id as usize));
            }
            Progress::ForMethod(number, bytes) => {
                self.tell_method(id, number, &bytes);
                self.interest(id, Event::readable(id as usize));
            }
            Progress::Failed(failure) => {
                entry.session.finish(Err(failure));
                self.forget(id);
            }
            Progress::Connected(connected, rest) => {
                let session = entry.session.clone();
                let link: Arc<dyn Link> = entry.socket.clone().expect("it answered over one");
                self.deadlines.retain(|(_, of)| *of != id);
                session.open(&link, connected, &rest);
                if session.phase() == Phase::Closed {
                    self.forget(id);
                } else {
                    self.arm(id, None);
                }
                return;
            }
        }
        if let Some(at) = wake_at {
            self.deadlines.insert((at, id));
        }
    }

    /// Bytes for the method that has its turn, in hexadecimal.
    fn tell_method(&self, id: u32, turn: u32, bytes: &[u8]) {
        if !bytes.is_empty() {
            let mut text = format!("{turn} ");
            for byte in bytes {
                let digits = [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
                text.extend(digits.into_iter().flatten());
            }
            self.shared.notify(Notice { about: id, kind: "authBytes", text });
        }
    }

    fn swap_socket(&mut self, id: u32, socket: Arc<Socket>) {
        let poller = &self.shared.guard.poller;
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if let Some(old) = entry.socket.take() {
            let _ = poller.delete(old.as_ref());
        }
        // SAFETY: the entry holds the socket for as long as it is in the poller: it is deleted from there here, in
        // `forget`, and at the end of `run`, each time before the entry lets it go.
        if unsafe { poller.add(socket.as_ref(), Event::none(id as usize)) }.is_ok() {
            entry.socket = Some(socket);
        }
    }

    fn interest(&self, id: u32, event: Event) {
        if let Some(Entry { socket: Some(socket), .. }) = self.entries.get(&id) {
            let _ = self.shared.guard.poller.modify(socket.as_ref(), event);
        }
    }

    fn arm(&mut self, id: u32, late: Option<u64>) {
        let always = self.shared.guard.always;
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if matches!(entry.mode, Mode::Foreign)
            || matches!(entry.mode, Mode::Connecting(_)) && entry.session.phase() == Phase::Connecting
        {
            return;
        }
        entry.mode = if always { Mode::Always } else { Mode::Armed { late } };
        self.listen(id);
    }

    /// Has the poller say when there is something to read, unless the queue is full; and where nobody else writes, when
    /// what waits can be written.
    fn listen(&self, id: u32) {
        let Some(entry) = self.entries.get(&id) else { return };
        let readable = !matches!(entry.mode, Mode::Idle);
        let writable = self.shared.guard.always && entry.session.outbox().queued() > 0;
        self.interest(id, Event::new(id as usize, readable, writable));
    }

    fn forget(&mut self, id: u32) {
        self.deadlines.retain(|(_, of)| *of != id);
        self.beats.remove(&id);
        self.ends.remove(&id);
        if let Some(Entry { socket: Some(socket), .. }) = self.entries.remove(&id) {
            let _ = self.shared.guard.poller.delete(socket.as_ref());
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
                self.shared.guard.ticking.store(true, Ordering::Release);
            }
            Mode::Idle => {
                if event.writable && entry.session.write() == Written::Blocked {
                    self.listen(id);
                }
            }
            Mode::Suspect { .. } | Mode::Draining { .. } | Mode::Foreign => {}
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

    /// Writes what the loop would have written at the end of a turn, had it come to it.
    fn write_for_the_loop(&mut self, now: Instant) {
        let guard = &self.shared.guard;
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
            guard.ticking.store(false, Ordering::Release);
            // Whoever made something dirty before this found the guard ticking, and did not wake it.
            if self.shared.has_dirty() {
                guard.ticking.store(true, Ordering::Release);
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

    fn block(&mut self, session: Arc<Session>) {
        if matches!(self.entries.get(&session.id).map(|entry| &entry.mode), Some(Mode::Foreign)) {
            // Its link writes on by itself.
        } else if self.shared.guard.always {
            self.listen(session.id);
        } else if !self.blocked.iter().any(|blocked| blocked.session.id == session.id) {
            self.shared.guard.ticking.store(true, Ordering::Release);
            let visits = session.loop_visits.load(Ordering::Acquire);
            self.blocked.push(Blocked { session, visits, since: Instant::now() });
        }
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
            } else if entry.session.phase() == Phase::Connecting {
                entry.session.finish(Err(Failure::timeout(crate::libspread::UNDER_WAY)));
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
