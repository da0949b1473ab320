//! The sessions' connections: what is known of each socket, and writing to it.

use std::io::{self, IoSlice};
use std::time::Instant;

use mio::{Interest, Registry, Token};

use crate::rules::queue::MOST_SLICES;
use crate::rules::sessions::Sessions;
use crate::stream::Stream;

/// A session's connection.
#[expect(clippy::struct_excessive_bools, reason = "facts that have nothing to do with each other")]
pub(crate) struct Connection {
    pub(crate) stream: Stream,
    pub(crate) token: Token,
    /// Tells two connections apart that had the same number one after the other.
    pub(crate) serial: u64,
    /// When its client connected.
    pub(crate) since: Instant,
    /// In a list of those to read from.
    pub(crate) ready: bool,
    /// It had much to say when it was last read from.
    pub(crate) bulky: bool,
    /// The client will send no more, or is gone: a short read is not the last one.
    pub(crate) read_closed: bool,
    /// A write failed: what is owed cannot be paid. Reading finds the end, behind all that was sent before.
    pub(crate) broken: bool,
    /// The socket is full, and an event will say when it is not.
    pub(crate) blocked: bool,
    /// It is watched for that.
    watched: bool,
}

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Everything is written.
    All,
    /// The socket takes no more until it is writable again.
    Blocked,
    /// Something is; the socket may take more, but others have their turn.
    Some,
    /// The socket takes nothing any more.
    Broken,
}

impl Connection {
    pub(crate) fn new(stream: Stream, token: Token, serial: u64) -> Connection {
        Connection {
            stream,
            token,
            serial,
            since: Instant::now(),
            ready: false,
            bulky: false,
            read_closed: false,
            broken: false,
            blocked: false,
            watched: false,
        }
    }

    /// Writes once from the front of a session's queue, which is not empty, so many bytes at most.
    pub(crate) fn write(&mut self, sessions: &mut Sessions, id: u32, most: usize) -> Written {
        let Some(queue) = sessions.get(id).map(|session| &session.queue) else { return Written::All };
        let mut slices: [IoSlice<'_>; MOST_SLICES] = std::array::from_fn(|_| IoSlice::new(&[]));
        let (mut count, mut offered) = (0, 0);
        for (place, bytes) in slices.iter_mut().zip(queue.front()) {
            let bytes = &bytes[..bytes.len().min(most - offered)];
            *place = IoSlice::new(bytes);
            count += 1;
            offered += bytes.len();
            if offered == most {
                break;
            }
        }
        match self.stream.write(&slices[..count]) {
            Ok(written @ 1..) => {
                let is_all = written == queue.bytes();
                sessions.advance(id, written);
                if is_all { Written::All } else { Written::Some }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Written::Blocked,
            _ => {
                self.broken = true;
                Written::Broken
            }
        }
    }

    /// Notes how a write ended, and asks to be told when the socket takes more, or no longer. (It is asked for only while
    /// needed: a Unix socket would tell after each read of the client's.)
    pub(crate) fn note(&mut self, written: Written, registry: &Registry) {
        self.blocked = written == Written::Blocked;
        let watched = match written {
            Written::Blocked => true,
            Written::Some => self.watched,
            _ => false,
        };
        if self.watched != watched {
            self.watched = watched;
            let interest = if watched { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            self.broken |= registry.reregister(self.stream.source(), self.token, interest).is_err();
        }
    }
}
