//! Connections that are over but for their end. A connection closed while there is something unread in it is reset,
//! and a reset takes away what the client has not read yet: the very byte, perhaps, that says why it was refused. So
//! the daemon says first that nothing more will come, and then reads on, in vain, until the client hangs up too, or
//! for a moment.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use mio::{Interest, Registry, Token};

use crate::stream::Stream;

/// How long a connection that is over stays.
const LINGER: Duration = Duration::from_secs(2);

/// What a client that is over may still send.
const MOST_IGNORED: usize = 1024 * 1024;

struct Parting {
    stream: Stream,
    since: Instant,
    ignored: usize,
}

/// All of them, by a number that grows: the first is the oldest.
pub(crate) struct Partings {
    all: BTreeMap<usize, Parting>,
    next: usize,
    /// How many there may be; beyond it the oldest is closed.
    most: usize,
}

impl Partings {
    pub(crate) fn new(most: usize) -> Partings {
        Partings { all: BTreeMap::new(), next: 0, most }
    }

    /// Says that nothing more will come. `token` makes the token for the connection's number.
    pub(crate) fn begin(&mut self, mut stream: Stream, registry: &Registry, token: impl Fn(usize) -> Token) {
        stream.shutdown_write();
        let token = token(self.next);
        let known = registry.reregister(stream.source(), token, Interest::READABLE);
        if known.or_else(|_| registry.register(stream.source(), token, Interest::READABLE)).is_err() {
            return;
        }
        if self.all.len() >= self.most {
            self.all.pop_first();
        }
        self.all.insert(self.next, Parting { stream, since: Instant::now(), ignored: 0 });
        self.next += 1;
    }

    /// Reads on in vain.
    pub(crate) fn read(&mut self, number: usize, scratch: &mut [u8]) {
        let Some(parting) = self.all.get_mut(&number) else { return };
        while parting.ignored < MOST_IGNORED {
            match parting.stream.read(scratch) {
                Ok(read @ 1..) => parting.ignored += read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                _ => break,
            }
        }
        self.all.remove(&number);
    }

    /// Closes those whose moment is over.
    pub(crate) fn expire(&mut self, now: Instant) {
        while self.deadline().is_some_and(|deadline| deadline <= now) {
            self.all.pop_first();
        }
    }

    /// When the next one's moment is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.all.first_key_value().map(|(_, parting)| parting.since + LINGER)
    }
}
