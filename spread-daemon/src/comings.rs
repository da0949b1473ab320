//! Who comes and who goes: connections are accepted, and end.

use std::io::{self, IoSlice};
use std::time::{Duration, Instant};

use mio::{Interest, Token};
use spread_proto::Code;

use crate::connections::Connection;
use crate::event::Reason;
use crate::serve::{EventLoop, FIRST_CONNECTION, LAST, PART};
use crate::stream::Stream;

/// Connections whose time is over and that are closed in one turn.
const MOST_EXPIRED: usize = 16;

/// How long accepting rests when the process has no descriptor left.
const ACCEPT_REST: Duration = Duration::from_millis(100);

impl EventLoop {
    /// Accepts those who have connected, as far as there is time for it.
    pub(crate) fn accept(&mut self) {
        if self.accept_from.is_none_or(|at| at > Instant::now()) {
            return;
        }
        self.accept_from = None;
        let by_messages = self.rules.limits.session_messages.is_some();
        for index in 0..self.listeners.all.len() {
            let until = Instant::now() + PART;
            loop {
                if !self.has_until(until) {
                    self.accept_from = Some(Instant::now());
                    break;
                }
                match self.listeners.all[index].accept(by_messages) {
                    Ok((stream, peer)) => match self.rules.accept(peer) {
                        Ok(id) => self.greet(id, stream),
                        Err(code) => self.send_away(stream, code),
                    },
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    // The client was faster to go than we to come.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                    // There is no descriptor left, say.
                    Err(_) if self.partings.close_oldest() || self.rules.make_room() => {
                        self.accept_from = Some(Instant::now());
                        break;
                    }
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
            self.rules.end(id, Reason::Gone);
            self.rules.forget(id);
            return;
        }
        self.serial += 1;
        if self.connections.len() <= id as usize {
            self.connections.resize_with(id as usize + 1, || None);
        }
        self.connections[id as usize] = Some(Connection::new(stream, token, self.serial));
        // A time beyond all clocks is none.
        if let Some(deadline) = Instant::now().checked_add(self.rules.limits.handshake_time) {
            self.handshakes.push_back((deadline, id, self.serial));
        }
    }

    /// Refuses a client that there is no room for, by one byte. A fresh socket takes that.
    fn send_away(&mut self, mut stream: Stream, code: Code) {
        let _ = stream.write(&[IoSlice::new(&[code.number() as i8 as u8])]);
        self.partings.begin(stream, self.poll.registry(), parting_token);
    }

    /// A session is over: its connection ends, and its number is free. If the client is gone there is nobody to part
    /// from; one that has said nothing has nothing there that is unread.
    pub(crate) fn part(&mut self, id: u32, reason: Reason) {
        let parts = reason != Reason::Gone && self.rules.session(id).is_some_and(|session| session.spoke);
        let connection = self.connections.get_mut(id as usize).and_then(Option::take);
        if let Some(connection) = connection.filter(|_| parts) {
            self.partings.begin(connection.stream, self.poll.registry(), parting_token);
        }
        self.rules.forget(id);
    }

    /// Ends what has taken too long.
    pub(crate) fn expire(&mut self) {
        let now = Instant::now();
        self.partings.expire(now, MOST_EXPIRED);
        let mut ended = 0;
        while let Some((at, id, serial)) = self.handshakes.front().copied()
            && ended < MOST_EXPIRED
        {
            let waits = self.is_current(id, serial) && self.rules.is_shaking_hands(id);
            if waits && at > now {
                return;
            }
            self.handshakes.pop_front();
            if waits {
                ended += 1;
                self.rules.end(id, Reason::HandshakeTime);
                self.write(id, LAST);
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
