//! The sessions' connections: what is known of each socket, and writing to it.

use std::io::{self, IoSlice};

use mio::{Interest, Registry, Token};

use crate::queue::MOST_SLICES;
use crate::sessions::Sessions;
use crate::stream::Stream;

/// What is written to one client before others have their turn.
const MOST_WRITTEN: usize = 1024 * 1024;

/// A session's connection.
#[expect(clippy::struct_excessive_bools, reason = "four facts that have nothing to do with each other")]
pub(crate) struct Connection {
    pub(crate) stream: Stream,
    pub(crate) token: Token,
    /// Tells two connections apart that had the same number one after the other.
    pub(crate) serial: u64,
    /// In the list of those to read from.
    pub(crate) ready: bool,
    /// The client will send no more, or is gone: a short read is not the last one.
    pub(crate) read_closed: bool,
    /// A write failed: what is owed cannot be paid. Reading finds the end, behind all that was sent before.
    pub(crate) broken: bool,
    /// The socket is full, and an event will say when it is not.
    pub(crate) blocked: bool,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Everything is written.
    All,
    /// The socket takes no more for now.
    Blocked,
    /// The socket takes more, but others have their turn.
    Enough,
    /// The socket takes nothing any more.
    Broken,
}

impl Connection {
    pub(crate) fn new(stream: Stream, token: Token, serial: u64) -> Connection {
        Connection { stream, token, serial, ready: false, read_closed: false, broken: false, blocked: false }
    }

    /// Writes from the front of a session's queue what the socket takes: how that ended, and in how many calls.
    pub(crate) fn write(&mut self, sessions: &mut Sessions, id: u32) -> (Written, u64) {
        let (mut calls, mut total) = (0, 0);
        while let Some(queue) = sessions.get(id).map(|session| &session.queue).filter(|queue| !queue.is_empty()) {
            if self.broken {
                return (Written::Broken, calls);
            }
            if total >= MOST_WRITTEN {
                return (Written::Enough, calls);
            }
            let mut slices: [IoSlice<'_>; MOST_SLICES] = std::array::from_fn(|_| IoSlice::new(&[]));
            let mut count = 0;
            for (place, slice) in slices.iter_mut().zip(queue.front()) {
                *place = slice;
                count += 1;
            }
            calls += 1;
            match self.stream.write(&slices[..count]) {
                Ok(written @ 1..) => {
                    total += written;
                    sessions.advance(id, written);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return (Written::Blocked, calls),
                _ => self.broken = true,
            }
        }
        (Written::All, calls)
    }

    /// Asks to be told when the socket takes more, or no longer. (It is asked for only while needed: a Unix socket
    /// would tell after each read of the client's.)
    pub(crate) fn watch(&mut self, registry: &Registry, blocked: bool) {
        if self.blocked != blocked {
            self.blocked = blocked;
            let interest = if blocked { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            self.broken |= registry.reregister(self.stream.source(), self.token, interest).is_err();
        }
    }
}
