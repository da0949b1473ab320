//! The daemon's thread: waits, and serves whoever has something, or is owed something, a little at a time: `turns` says
//! in which order. Nobody is waited for: a client that does not read has its queue, one that does not write is not
//! looked at, and a handshake that takes too long is ended by its deadline.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use crate::Shared;
use crate::connections::{Connection, Written};
use crate::event::{Event, Reason};
use crate::listen::Listeners;
use crate::partings::Partings;
use crate::rules::Rules;
use crate::rules::steps::Steps;
use crate::turns::{Job, Turns};

pub(crate) const WAKER: Token = Token(0);
pub(crate) const FIRST_LISTENER: Token = Token(1);
/// From here on even numbers are sessions, odd ones partings.
pub(crate) const FIRST_CONNECTION: usize = 1024;

/// What is read at once, from one client and then from the next; and if many wait for their turn, from one who has much
/// to say.
const READ_LEN: usize = 64 * 1024;
const READ_LEN_OF_MANY: usize = 32 * 1024;

/// Whoever sends as much at once has much to say.
const MUCH: usize = 4 * 1024;

/// If more than so many wait for their turn, they are many.
const MANY: usize = 16;

/// Time for each part of a turn: accepting, reading from those who have little to say and from those in their handshake,
/// writing to those who are told something by that, and what may take long. Whoever comes meanwhile waits for these. It is measured: nobody can say in
/// advance what a system call takes.
pub(crate) const PART: Duration = Duration::from_micros(25);
const FIRST_PART: Duration = Duration::from_micros(100);

/// Time without a rest. Whoever was served may wait for this very processor.
const STRETCH: Duration = Duration::from_micros(100);

/// What is written at once. If more waits, it is written in turn.
const LITTLE: usize = 16 * 1024;

/// What is offered to one whose session is over.
pub(crate) const LAST: usize = 128 * 1024;

/// Work for one client who had little to say, and for one who had much.
const FEW_STEPS: Steps = Steps::few(128);
const MANY_STEPS: Steps = Steps::many(256);

/// Connections that are over and are read from in one turn.
const MOST_IGNORED: usize = 4;

pub(crate) struct EventLoop {
    pub(crate) poll: Poll,
    pub(crate) listeners: Listeners,
    pub(crate) rules: Rules,
    pub(crate) connections: Vec<Option<Connection>>,
    pub(crate) partings: Partings,
    pub(crate) turns: Turns,
    /// Deadlines of handshakes, in order.
    pub(crate) handshakes: VecDeque<(Instant, u32, u64)>,
    /// When to accept: at once if there is somebody, later if there was no descriptor.
    pub(crate) accept_from: Option<Instant>,
    pub(crate) serial: u64,
    pub(crate) scratch: Box<[u8]>,
    /// When the processor was last left to others.
    rested: Instant,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) shared: Arc<Shared>,
}

impl EventLoop {
    pub(crate) fn new(poll: Poll, listeners: Listeners, rules: Rules, shared: Arc<Shared>) -> EventLoop {
        EventLoop {
            poll,
            listeners,
            partings: Partings::new(rules.limits.handshakes),
            rules,
            connections: Vec::new(),
            turns: Turns::default(),
            handshakes: VecDeque::new(),
            accept_from: Some(Instant::now()),
            serial: 0,
            scratch: vec![0; READ_LEN].into_boxed_slice(),
            rested: Instant::now(),
            reads: 0,
            writes: 0,
            shared,
        }
    }

    /// Serves until it is told to stop. All sockets are closed then.
    pub(crate) fn run(mut self, tell: &mut impl FnMut(Event)) {
        let mut events = Events::with_capacity(1024);
        while !self.shared.stop.load(Ordering::Acquire) {
            let timeout = self.timeout();
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => break,
                _ => {}
            }
            if timeout != Some(Duration::ZERO) {
                self.rested = Instant::now();
            }
            self.turn(&events);
            self.publish(tell);
        }
        self.rules.stop();
        self.publish(tell);
        self.shared.stats.at_rest();
    }

    fn turn(&mut self, events: &Events) {
        for event in events {
            self.note(event);
        }
        self.accept();
        self.serve_first();
        self.serve_others();
        self.partings.read(MOST_IGNORED, &mut self.scratch);
        self.expire();
    }

    /// Returns whether it is not that late yet. After much work the processor is left to others first, once.
    pub(crate) fn has_until(&mut self, until: Instant) -> bool {
        let now = Instant::now();
        if now - self.rested >= STRETCH {
            thread::yield_now();
            self.rested = Instant::now();
        }
        now < until
    }

    fn publish(&mut self, tell: &mut impl FnMut(Event)) {
        let stats = self.rules.stats();
        self.shared.stats.store(&crate::Stats { reads: self.reads, writes: self.writes, ..stats });
        self.rules.events.drain(..).for_each(&mut *tell);
        self.answer(tell);
    }

    /// Answers those who have asked who is there.
    fn answer(&self, tell: &mut impl FnMut(Event)) {
        let wanted = std::mem::take(&mut *self.shared.wanted.lock().expect("no holder panics"));
        for (number, limit) in wanted {
            let since =
                |id: u32| self.connections.get(id as usize)?.as_ref().map(|connection| connection.since.elapsed());
            let snapshot = Box::new(self.rules.snapshot(limit, |id| since(id).unwrap_or_default()));
            tell(Event::Snapshot { number, snapshot });
        }
    }

    fn timeout(&self) -> Option<Duration> {
        let sessions = &self.rules.sessions;
        let is_idle = self.turns.is_idle() && !sessions.has_listed() && !sessions.has_dropped();
        if !is_idle || self.rules.has_leavings() || self.partings.has_ready() {
            return Some(Duration::ZERO);
        }
        let handshake = self.handshakes.front().map(|(at, ..)| *at);
        let times = [handshake, self.partings.deadline(), self.accept_from];
        times.into_iter().flatten().min().map(|at| at.saturating_duration_since(Instant::now()))
    }

    fn note(&mut self, event: &mio::event::Event) {
        let Some(number) = event.token().0.checked_sub(FIRST_CONNECTION) else {
            if event.token() != WAKER && self.accept_from.is_none() {
                self.accept_from = Some(Instant::now());
            }
            return;
        };
        if number % 2 == 1 {
            self.partings.will_read(number / 2);
            return;
        }
        let id = (number / 2) as u32;
        let Some(Some(connection)) = self.connections.get_mut(id as usize) else { return };
        if event.is_read_closed() || event.is_error() {
            connection.read_closed = true;
            // Nobody waits for an answer there.
            connection.bulky = true;
            self.rules.note_going(id);
        }
        if event.is_writable() && std::mem::take(&mut connection.blocked) && self.rules.sessions.enlist(id) {
            self.turns.will_write_later([id]);
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.will_read(id);
        }
    }

    fn will_read(&mut self, id: u32) {
        if let Some(Some(connection)) = self.connections.get_mut(id as usize)
            && !std::mem::replace(&mut connection.ready, true)
        {
            if self.rules.is_shaking_hands(id) && !connection.bulky {
                self.turns.will_read_guest(id);
            } else {
                self.turns.will_read(id, connection.bulky);
            }
        }
    }

    /// Those who had little to say, and then whoever is told something by that: first they themselves, who may wait for it.
    fn serve_first(&mut self) {
        self.turns.will_write_later(self.rules.sessions.take_listed());
        let until = Instant::now() + FIRST_PART;
        while self.has_until(until)
            && let Some(id) = self.turns.next_light()
        {
            self.serve_light(id);
        }
        let until = Instant::now() + PART;
        while self.has_until(until)
            && let Some(id) = self.turns.next_guest()
        {
            self.serve_light(id);
        }
        let until = Instant::now() + PART;
        while self.has_until(until)
            && let Some(id) = self.turns.next_fresh()
        {
            match self.rules.session(id).map_or(0, |session| session.queue.bytes()) {
                0..=LITTLE => self.write(id, LITTLE),
                _ => self.turns.will_write_later([id]),
            }
        }
    }

    fn serve_light(&mut self, id: u32) {
        self.read(id, FEW_STEPS);
        self.turns.will_write(self.rules.sessions.take_listed());
        if self.rules.session(id).is_some_and(|session| (1..=LITTLE).contains(&session.queue.bytes())) {
            self.write(id, LITTLE);
        }
    }

    /// What may take long.
    fn serve_others(&mut self) {
        self.rules.sessions.free_some();
        let until = Instant::now() + PART;
        while self.has_until(until) {
            match self.turns.next(!self.rules.is_overfull(), self.rules.has_leavings()) {
                Some(Job::Read(id)) => self.read(id, MANY_STEPS),
                Some(Job::Write(id, most)) => self.write(id, most),
                Some(Job::Leave) => {
                    self.rules.allow(MANY_STEPS);
                    self.rules.go_on_leaving();
                }
                // Everybody was offered what waits.
                None if self.rules.is_overfull() && self.rules.cut_heaviest() => {}
                None => return,
            }
            self.turns.took(std::mem::take(&mut self.rules.announced));
            self.turns.will_write_later(self.rules.sessions.take_listed());
        }
    }

    /// Reads once from a client, or goes on with what it is behind with; and goes back to it if there may be more.
    fn read(&mut self, id: u32, steps: Steps) {
        let Some(Some(connection)) = self.connections.get_mut(id as usize) else { return };
        if !std::mem::take(&mut connection.ready) {
            return;
        }
        self.rules.allow(steps);
        let mut more = true;
        if self.rules.is_behind(id) {
            self.rules.go_on(id);
        } else {
            self.reads += 1;
            let len = match connection.bulky {
                _ if self.turns.waiting() <= MANY => READ_LEN,
                true => READ_LEN_OF_MANY,
                false => MUCH,
            };
            match connection.stream.read(&mut self.scratch[..len]) {
                Ok(0) => self.rules.end(id, Reason::Gone),
                Ok(read) => {
                    connection.bulky = read >= MUCH || connection.read_closed;
                    more = read == len || connection.read_closed || connection.broken || cfg!(windows);
                    self.turns.took(read);
                    self.rules.handle_bytes(id, &self.scratch[..read]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && !connection.broken => return,
                Err(_) => {
                    connection.broken = true;
                    self.rules.end(id, Reason::Gone);
                }
            }
        }
        if self.rules.session(id).is_none_or(|session| session.ended.is_some()) {
            self.write(id, LAST);
            return;
        }
        let is_behind = self.rules.is_behind(id);
        if let Some(Some(connection)) = self.connections.get_mut(id as usize) {
            connection.bulky |= is_behind;
        }
        if more || is_behind {
            self.will_read(id);
        }
    }

    /// Writes once what the socket takes, so many bytes at most. If the session is over, its connection ends then: what
    /// is left is dropped.
    pub(crate) fn write(&mut self, id: u32, most: usize) {
        self.rules.sessions.strike(id);
        let Some(Some(connection)) = self.connections.get_mut(id as usize) else { return };
        let Some(session) = self.rules.session(id) else { return };
        let (ended, waiting) = (session.ended, session.queue.bytes());
        let written = match connection {
            _ if waiting == 0 => Written::All,
            Connection { broken: true, .. } => Written::Broken,
            Connection { blocked: true, .. } if ended.is_none() => Written::Blocked,
            _ => {
                self.writes += 1;
                connection.write(&mut self.rules.sessions, id, most)
            }
        };
        if let Some(reason) = ended {
            self.part(id, reason);
            return;
        }
        connection.note(written, self.poll.registry());
        match written {
            Written::All => {}
            Written::Some => {
                if self.rules.sessions.enlist(id) {
                    self.turns.will_write_later([id]);
                }
            }
            Written::Broken => {
                self.rules.sessions.drop_queue(id);
                self.will_read(id);
            }
            Written::Blocked => {
                self.rules.settle(id);
                self.rules.judge_queue(id);
            }
        }
    }
}
