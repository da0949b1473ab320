//! Connections that are over but for their end. A connection closed while there is something unread in it is reset,
//! and a reset takes away what the client has not read yet: the very byte, perhaps, that says why it was refused. So
//! the daemon says first that nothing more will come, and then reads on, in vain, until the client hangs up too, or
//! for a moment.

use std::collections::{BTreeMap, VecDeque};
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
    /// In the list of those to read from.
    ready: bool,
}

/// All of them, by a number that grows: the first is the oldest.
pub(crate) struct Partings {
    all: BTreeMap<usize, Parting>,
    next: usize,
    /// Those to read from.
    ready: VecDeque<usize>,
    /// How many there may be; beyond it the oldest is closed.
    most: usize,
}

impl Partings {
    pub(crate) fn new(most: usize) -> Partings {
        Partings { all: BTreeMap::new(), next: 0, ready: VecDeque::new(), most }
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
            self.close_oldest();
        }
        self.all.insert(self.next, Parting { stream, since: Instant::now(), ignored: 0, ready: false });
        self.next += 1;
    }

    /// Closes the one that is oldest. Whether there was one.
    pub(crate) fn close_oldest(&mut self) -> bool {
        self.all.pop_first().is_some()
    }

    /// There may be something to read.
    pub(crate) fn will_read(&mut self, number: usize) {
        if let Some(parting) = self.all.get_mut(&number)
            && !std::mem::replace(&mut parting.ready, true)
        {
            self.ready.push_back(number);
        }
    }

    /// Whether there is something to read.
    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Reads once in vain from each of so many.
    pub(crate) fn read(&mut self, most: usize, scratch: &mut [u8]) {
        for _ in 0..most.min(self.ready.len()) {
            let Some(number) = self.ready.pop_front() else { return };
            let Some(parting) = self.all.get_mut(&number) else { continue };
            parting.ready = false;
            match parting.stream.read(scratch) {
                Ok(read @ 1..) if parting.ignored + read < MOST_IGNORED => {
                    parting.ignored += read;
                    self.will_read(number);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                _ => {
                    self.all.remove(&number);
                }
            }
        }
    }

    /// Closes at most so many of those whose moment is over.
    pub(crate) fn expire(&mut self, now: Instant, most: usize) {
        for _ in 0..most {
            if self.deadline().is_none_or(|deadline| deadline > now) {
                return;
            }
            self.close_oldest();
        }
    }

    /// When the next one's moment is over.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.all.first_key_value().map(|(_, parting)| parting.since + LINGER)
    }
}
