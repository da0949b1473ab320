//! The daemon's thread: waits, reads once from everybody who has something, writes to everybody who is owed something.
//! Nobody is waited for: a client that does not read has its queue, one that does not write is not looked at, and a
//! handshake that takes too long is ended by its deadline.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};
use spread_proto::Code;

use crate::Shared;
use crate::connections::{Connection, Written};
use crate::core::Core;
use crate::event::{Event, Reason};
use crate::listen::Listeners;
use crate::partings::Partings;
use crate::stream::Stream;

pub(crate) const WAKER: Token = Token(0);
pub(crate) const FIRST_LISTENER: Token = Token(1);
/// From here on even numbers are sessions, odd ones partings.
const FIRST_CONNECTION: usize = 1024;

/// What is read at once, from one client and then from the next.
const READ_LEN: usize = 256 * 1024;

/// What is read before it is written on: about what stays in a processor's cache.
const WRITE_AFTER: usize = 1024 * 1024;

/// Connections accepted from one listener in one turn.
const MOST_ACCEPTED: usize = 256;

/// How long accepting rests when the process has no descriptor left.
const ACCEPT_REST: Duration = Duration::from_millis(100);

pub(crate) struct Server {
    poll: Poll,
    listeners: Listeners,
    core: Core,
    connections: Vec<Option<Connection>>,
    partings: Partings,
    /// Those to read from.
    ready: VecDeque<u32>,
    /// Deadlines of handshakes, in order.
    handshakes: VecDeque<(Instant, u32, u64)>,
    /// When to accept: at once if there is somebody, later if there was no descriptor.
    accept_from: Option<Instant>,
    serial: u64,
    scratch: Box<[u8]>,
    /// Those to write to, taken off the core's list.
    dirty: Vec<u32>,
    /// Bytes read since all were written to.
    unwritten: usize,
    reads: u64,
    writes: u64,
    shared: Arc<Shared>,
}

impl Server {
    pub(crate) fn new(poll: Poll, listeners: Listeners, core: Core, shared: Arc<Shared>) -> Server {
        Server {
            poll,
            listeners,
            partings: Partings::new(core.limits.handshakes),
            core,
            connections: Vec::new(),
            ready: VecDeque::new(),
            handshakes: VecDeque::new(),
            accept_from: Some(Instant::now()),
            serial: 0,
            scratch: vec![0; READ_LEN].into_boxed_slice(),
            dirty: Vec::new(),
            unwritten: 0,
            reads: 0,
            writes: 0,
            shared,
        }
    }

    /// Serves until it is told to stop. All sockets are closed then.
    pub(crate) fn run(mut self, tell: &mut impl FnMut(Event)) {
        let mut events = Events::with_capacity(1024);
        while !self.shared.stop.load(Ordering::Acquire) {
            match self.poll.poll(&mut events, self.timeout()) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => break,
                _ => {}
            }
            self.turn(&events);
            self.publish(tell);
        }
        self.core.stop();
        self.publish(tell);
        self.shared.stats.at_rest();
    }

    fn turn(&mut self, events: &Events) {
        for event in events {
            self.note(event);
        }
        self.accept();
        for _ in 0..self.ready.len() {
            if let Some(id) = self.ready.pop_front() {
                self.read(id);
            }
            if self.unwritten >= WRITE_AFTER {
                self.write_all();
            }
        }
        self.write_all();
        self.expire();
    }

    fn publish(&mut self, tell: &mut impl FnMut(Event)) {
        let stats = self.core.stats();
        self.shared.stats.store(&crate::Stats { reads: self.reads, writes: self.writes, ..stats });
        self.core.events.drain(..).for_each(tell);
    }

    fn timeout(&self) -> Option<Duration> {
        if !self.ready.is_empty() || self.core.sessions.has_dirty() {
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
            self.partings.read(number / 2, &mut self.scratch);
            return;
        }
        let id = (number / 2) as u32;
        let Some(Some(connection)) = self.connections.get_mut(id as usize) else { return };
        connection.read_closed |= event.is_read_closed() || event.is_error();
        if event.is_readable() || connection.read_closed {
            self.will_read(id);
        }
        if event.is_writable() {
            self.write(id);
        }
    }

    fn will_read(&mut self, id: u32) {
        if let Some(Some(connection)) = self.connections.get_mut(id as usize)
            && !std::mem::replace(&mut connection.ready, true)
        {
            self.ready.push_back(id);
        }
    }

    fn accept(&mut self) {
        if self.accept_from.is_none_or(|at| at > Instant::now()) {
            return;
        }
        self.accept_from = None;
        for index in 0..self.listeners.all.len() {
            for accepted in 0.. {
                if accepted == MOST_ACCEPTED {
                    self.accept_from = Some(Instant::now());
                    break;
                }
                match self.listeners.all[index].accept() {
                    Ok((stream, peer)) => match self.core.accept(peer) {
                        Ok(id) => self.greet(id, stream),
                        Err(code) => self.send_away(stream, code),
                    },
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    // The client was faster to go than we to come.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                    Err(_) => {
                        self.accept_from = Some(Instant::now() + ACCEPT_REST);
                        break;
                    }
                }
            }
        }
    }

    fn greet(&mut self, id: u32, mut stream: Stream) {
        let token = Token(FIRST_CONNECTION + 2 * id as usize);
        if self.poll.registry().register(stream.source(), token, Interest::READABLE).is_err() {
            self.core.end(id, Reason::Gone);
            self.core.forget(id);
            return;
        }
        self.serial += 1;
        if self.connections.len() <= id as usize {
            self.connections.resize_with(id as usize + 1, || None);
        }
        self.connections[id as usize] = Some(Connection::new(stream, token, self.serial));
        // A time beyond all clocks is none.
        if let Some(deadline) = Instant::now().checked_add(self.core.limits.handshake_time) {
            self.handshakes.push_back((deadline, id, self.serial));
        }
    }

    /// Refuses a client that there is no room for, by one byte. A fresh socket takes that.
    fn send_away(&mut self, mut stream: Stream, code: Code) {
        let _ = stream.write(&[IoSlice::new(&[code.number() as i8 as u8])]);
        self.partings.begin(stream, self.poll.registry(), parting_token);
    }

    /// Reads once from a client, and goes back to it if there may be more. What a client sent that is gone is read to
    /// its end at once (it cannot grow): so its name is free before somebody else can ask for it.
    fn read(&mut self, id: u32) {
        let Some(Some(connection)) = self.connections.get_mut(id as usize) else { return };
        connection.ready = false;
        while let Some(Some(connection)) = self.connections.get_mut(id as usize) {
            self.reads += 1;
            match connection.stream.read(&mut self.scratch) {
                Ok(0) => self.end(id, Reason::Gone),
                Ok(read) => {
                    let (gone, more) = (connection.read_closed, read == READ_LEN || connection.broken || cfg!(windows));
                    self.unwritten += read;
                    self.core.handle_bytes(id, &self.scratch[..read]);
                    self.relieve();
                    if !gone {
                        if more {
                            self.will_read(id);
                        }
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && !connection.broken => return,
                Err(_) => {
                    connection.broken = true;
                    self.end(id, Reason::Gone);
                }
            }
        }
    }

    /// Ends a session, and with the last of what waits for it its connection.
    fn end(&mut self, id: u32, reason: Reason) {
        self.core.end(id, reason);
        self.write(id);
    }

    /// Writes to those beyond their bound before they are judged: what a turn queues was not yet offered to anybody.
    fn relieve(&mut self) {
        while let Some(id) = self.core.take_over() {
            self.write(id);
            self.core.judge_queue(id);
        }
        if self.core.is_overfull() {
            self.write_all();
            while self.core.is_overfull() && self.core.cut_heaviest() {}
        }
    }

    /// Writes to all who are owed something. Those whose sockets are full wait for the event that says otherwise.
    fn write_all(&mut self) {
        self.unwritten = 0;
        let mut dirty = std::mem::take(&mut self.dirty);
        self.core.sessions.take_dirty(&mut dirty);
        for &id in &dirty {
            let Some(session) = self.core.sessions.get_mut(id) else { continue };
            match self.connections.get(id as usize) {
                Some(Some(connection)) if connection.blocked && session.ended.is_none() => session.queue.settle(),
                _ => self.write(id),
            }
        }
        self.dirty = dirty;
    }

    /// Writes what the socket takes. If the session is over, its connection ends then: what is left is dropped.
    fn write(&mut self, id: u32) {
        let Some(Some(connection)) = self.connections.get_mut(id as usize) else { return };
        let (written, calls) = connection.write(&mut self.core.sessions, id);
        self.writes += calls;
        if let Some(reason) = self.core.session(id).and_then(|session| session.ended) {
            self.part(id, reason);
            return;
        }
        connection.watch(self.poll.registry(), written == Written::Blocked);
        if connection.broken {
            self.core.sessions.drop_queue(id);
            self.will_read(id);
        } else if written == Written::Enough {
            self.core.sessions.mark(id);
        } else if written == Written::Blocked
            && let Some(session) = self.core.sessions.get_mut(id)
        {
            session.queue.settle();
        }
    }

    /// A session is over: its connection ends, and its number is free. If the client is gone there is nobody to part
    /// from.
    fn part(&mut self, id: u32, reason: Reason) {
        let connection = self.connections.get_mut(id as usize).and_then(Option::take);
        if let Some(connection) = connection.filter(|_| reason != Reason::Gone) {
            self.partings.begin(connection.stream, self.poll.registry(), parting_token);
        }
        self.core.forget(id);
    }

    fn expire(&mut self) {
        let now = Instant::now();
        self.partings.expire(now);
        while let Some((at, id, serial)) = self.handshakes.front().copied() {
            let waits = self.is_current(id, serial) && self.core.is_shaking_hands(id);
            if waits && at > now {
                break;
            }
            self.handshakes.pop_front();
            if waits {
                self.end(id, Reason::HandshakeTime);
            }
        }
    }

    fn is_current(&self, id: u32, serial: u64) -> bool {
        matches!(self.connections.get(id as usize), Some(Some(connection)) if connection.serial == serial)
    }
}

fn parting_token(number: usize) -> Token {
    Token(FIRST_CONNECTION + 2 * number + 1)
}
