//! The daemon's thread: sockets in, sockets out, the rules of [`Core`] in between.
//!
//! A turn is: accept who waits, read once from everybody who has something, write to everybody who is owed something.
//! Nobody is waited for: a client that does not read has its queue, one that does not write is not looked at, and a
//! handshake that takes too long is ended by its deadline.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};

use crate::Shared;
use crate::core::Core;
use crate::event::{Event, Reason};
use crate::listen::Listeners;
use crate::queue::MOST_SLICES;
use crate::stream::Stream;

pub(crate) const WAKER: Token = Token(0);
const FIRST_LISTENER: usize = 1;
const FIRST_SESSION: usize = 64;

/// What is read at once, from one client and then from the next.
const READ_LEN: usize = 256 * 1024;

/// Connections accepted in one turn.
const MOST_ACCEPTED: usize = 256;

/// How long accepting rests when the process has no descriptor left.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// How long a connection that is over stays, to hand over its last bytes.
const LINGER: Duration = Duration::from_secs(2);

/// What a client that is over may still send, and nobody reads: enough that its last answer is not lost to a reset.
const MOST_IGNORED: usize = 1024 * 1024;

struct Connection {
    stream: Stream,
    /// Tells two connections apart that had the same number one after the other.
    serial: u64,
    /// In the list of those to read from.
    ready: bool,
    /// The client will send no more, or is gone: a short read is not the last one.
    read_closed: bool,
    /// A write failed: what is owed cannot be paid. Reading finds the end, behind all that was sent before.
    broken: bool,
    /// All is written, and the client was told so; bytes ignored since.
    farewell: Option<usize>,
}

pub(crate) struct Server {
    poll: Poll,
    listeners: Listeners,
    core: Core,
    connections: Vec<Option<Connection>>,
    ready: VecDeque<u32>,
    /// Deadlines of handshakes, in order.
    handshakes: VecDeque<(Instant, u32, u64)>,
    /// Deadlines of those that are over.
    lingering: VecDeque<(Instant, u32, u64)>,
    accept_from: Option<Instant>,
    serial: u64,
    scratch: Box<[u8]>,
    shared: Arc<Shared>,
}

impl Server {
    pub(crate) fn new(poll: Poll, mut listeners: Listeners, core: Core, shared: Arc<Shared>) -> io::Result<Server> {
        for (index, listener) in listeners.all.iter_mut().enumerate() {
            poll.registry().register(listener.source(), Token(FIRST_LISTENER + index), Interest::READABLE)?;
        }
        Ok(Server {
            poll,
            listeners,
            core,
            connections: Vec::new(),
            ready: VecDeque::new(),
            handshakes: VecDeque::new(),
            lingering: VecDeque::new(),
            accept_from: Some(Instant::now()),
            serial: 0,
            scratch: vec![0; READ_LEN].into_boxed_slice(),
            shared,
        })
    }

    /// Serves until it is told to stop. All sockets are closed then.
    pub(crate) fn run(mut self, mut tell: impl FnMut(Event)) {
        let mut events = Events::with_capacity(1024);
        while !self.shared.stop.load(Ordering::Acquire) {
            match self.poll.poll(&mut events, self.timeout()) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => break,
                _ => {}
            }
            for event in &events {
                self.note(event);
            }
            self.accept();
            for _ in 0..self.ready.len() {
                if let Some(id) = self.ready.pop_front() {
                    self.read(id);
                }
            }
            self.write_all();
            self.expire();
            self.shared.stats.store(&self.core.stats);
            self.core.events.drain(..).for_each(&mut tell);
        }
    }

    fn timeout(&self) -> Option<Duration> {
        if !self.ready.is_empty() {
            return Some(Duration::ZERO);
        }
        let deadlines = [self.handshakes.front(), self.lingering.front()];
        let times = deadlines.into_iter().flatten().map(|(at, ..)| *at).chain(self.accept_from);
        times.min().map(|at| at.saturating_duration_since(Instant::now()))
    }

    fn note(&mut self, event: &mio::event::Event) {
        let Some(id) = event.token().0.checked_sub(FIRST_SESSION) else {
            if event.token() != WAKER && self.accept_from.is_none() {
                self.accept_from = Some(Instant::now());
            }
            return;
        };
        let Some(Some(connection)) = self.connections.get_mut(id) else { return };
        connection.read_closed |= event.is_read_closed() || event.is_error();
        if (event.is_readable() || connection.read_closed) && !connection.ready {
            connection.ready = true;
            self.ready.push_back(id as u32);
        }
        if event.is_writable() {
            self.write(id as u32);
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
                        Err(code) => send_away(stream, code),
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
        let token = Token(FIRST_SESSION + id as usize);
        if self.poll.registry().register(stream.source(), token, Interest::READABLE | Interest::WRITABLE).is_err() {
            self.core.end(id, Reason::Gone);
            self.core.forget(id);
            return;
        }
        self.serial += 1;
        let serial = self.serial;
        if self.connections.len() <= id as usize {
            self.connections.resize_with(id as usize + 1, || None);
        }
        let connection = Connection { stream, serial, ready: false, read_closed: false, broken: false, farewell: None };
        self.connections[id as usize] = Some(connection);
        self.handshakes.push_back((Instant::now() + self.core.limits.handshake_time, id, serial));
    }

    /// Reads once from a client, and goes back to it if there may be more.
    fn read(&mut self, id: u32) {
        let Some(Some(connection)) = self.connections.get_mut(id as usize) else { return };
        connection.ready = false;
        self.core.stats.reads += 1;
        match connection.stream.read(&mut self.scratch) {
            Ok(0) => self.gone(id),
            Ok(read) => {
                let more = read == READ_LEN || connection.read_closed || cfg!(windows);
                if let Some(ignored) = &mut connection.farewell {
                    *ignored += read;
                    if *ignored > MOST_IGNORED {
                        self.drop_connection(id);
                        return;
                    }
                } else {
                    self.core.handle_bytes(id, &self.scratch[..read]);
                    self.relieve();
                }
                if let Some(Some(connection)) = self.connections.get_mut(id as usize)
                    && more
                    && !std::mem::replace(&mut connection.ready, true)
                {
                    self.ready.push_back(id);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => self.gone(id),
        }
    }

    fn gone(&mut self, id: u32) {
        self.core.end(id, Reason::Gone);
        self.drop_connection(id);
    }

    /// Writes to those beyond their bound before they are judged: what a turn queues was not yet offered to anybody.
    fn relieve(&mut self) {
        while let Some(id) = self.core.over.pop() {
            self.write(id);
            self.core.judge_queue(id);
        }
    }

    fn write_all(&mut self) {
        while !self.core.dirty.is_empty() {
            for id in std::mem::take(&mut self.core.dirty) {
                if let Some(session) = self.core.session(id) {
                    session.dirty = false;
                    self.write(id);
                }
            }
        }
    }

    /// Writes what the socket takes.
    fn write(&mut self, id: u32) {
        let Some(Some(connection)) = self.connections.get_mut(id as usize) else { return };
        let Some(session) = self.core.session(id) else { return };
        let before = session.queue.bytes();
        let mut calls = 0;
        while !session.queue.is_empty() {
            if connection.broken {
                session.queue.clear();
                break;
            }
            let mut slices: [IoSlice<'_>; MOST_SLICES] = std::array::from_fn(|_| IoSlice::new(&[]));
            let mut count = 0;
            for (place, slice) in slices.iter_mut().zip(session.queue.front()) {
                *place = slice;
                count += 1;
            }
            calls += 1;
            match connection.stream.write(&slices[..count]) {
                Ok(written) => session.queue.advance(written),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    session.queue.settle();
                    break;
                }
                Err(_) => connection.broken = true,
            }
        }
        let written = (before - session.queue.bytes()) as u64;
        let (over, ended) = (session.queue.is_empty(), session.ended);
        self.core.stats.writes += calls;
        self.core.stats.bytes_out += written;
        self.core.stats.queued_bytes -= written;
        if let Some(reason) = ended {
            self.part(id, reason, over);
        }
    }

    /// A session is over: its last bytes are handed over, if it gets any, and then its connection ends.
    fn part(&mut self, id: u32, reason: Reason, all_written: bool) {
        if !matches!(reason, Reason::Left | Reason::Refused(_)) {
            self.drop_connection(id);
            return;
        }
        let Some(Some(connection)) = self.connections.get_mut(id as usize) else { return };
        if connection.broken {
            self.drop_connection(id);
        } else if all_written && connection.farewell.is_none() {
            connection.stream.shutdown_write();
            connection.farewell = Some(0);
            self.lingering.push_back((Instant::now() + LINGER, id, connection.serial));
        } else if !all_written && !self.lingering.iter().any(|(_, _, serial)| *serial == connection.serial) {
            self.lingering.push_back((Instant::now() + LINGER, id, connection.serial));
        }
    }

    fn drop_connection(&mut self, id: u32) {
        if let Some(Some(mut connection)) = self.connections.get_mut(id as usize).map(Option::take) {
            let _ = self.poll.registry().deregister(connection.stream.source());
        }
        self.core.forget(id);
    }

    fn expire(&mut self) {
        let now = Instant::now();
        while let Some((at, id, serial)) = self.handshakes.front().copied()
            && (at <= now || !self.is_current(id, serial) || !self.core.is_shaking_hands(id))
        {
            self.handshakes.pop_front();
            if self.is_current(id, serial) && self.core.is_shaking_hands(id) {
                self.core.end(id, Reason::HandshakeTime);
                self.write(id);
            }
        }
        while let Some((at, id, serial)) = self.lingering.front().copied()
            && (at <= now || !self.is_current(id, serial))
        {
            self.lingering.pop_front();
            if self.is_current(id, serial) {
                self.drop_connection(id);
            }
        }
    }

    fn is_current(&self, id: u32, serial: u64) -> bool {
        matches!(self.connections.get(id as usize), Some(Some(connection)) if connection.serial == serial)
    }
}

/// Refuses a client that there is no room for, by one byte. A fresh socket takes that.
fn send_away(mut stream: Stream, code: u8) {
    let _ = stream.write(&[IoSlice::new(&[code])]);
    stream.shutdown_write();
}
