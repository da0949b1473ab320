//! What the guard knows of one session.

use std::sync::Arc;

use polling::{Event, Poller};

use super::mode::Mode;
use crate::connect::attempt::Attempt;
use crate::connect::socket::Socket;
use crate::failure::Failure;
use crate::session::Session;

/// The part that connects a session.
pub(super) enum Connecting {
    /// The guard, by this attempt.
    Attempt(Box<Attempt>),
    /// Another engine, which does this until it is connected.
    Elsewhere(&'static str),
}

pub(super) struct Entry {
    pub(super) session: Arc<Session>,
    pub(super) mode: Mode,
    /// Until it is connected.
    pub(super) connecting: Option<Connecting>,
    /// In the poller, and out of it again before it is let go.
    socket: Option<Arc<Socket>>,
}

impl Entry {
    pub(super) fn new(session: Arc<Session>, mode: Mode, connecting: Connecting) -> Entry {
        Entry { session, mode, connecting: Some(connecting), socket: None }
    }

    pub(super) fn socket(&self) -> Option<&Arc<Socket>> {
        self.socket.as_ref()
    }

    /// Takes another socket, in place of the one before.
    pub(super) fn set_socket(&mut self, poller: &Poller, socket: Arc<Socket>) -> Result<(), Failure> {
        self.leave(poller);
        // SAFETY: the entry holds the socket for as long as it is in the poller: `leave` takes it out, before another one
        // comes here, when the guard lets the entry go, and at the end of its thread.
        unsafe { poller.add(socket.as_ref(), Event::none(self.session.id as usize)) }
            .map_err(|error| Failure::resources("connect", "watching a socket", &error))?;
        self.socket = Some(socket);
        Ok(())
    }

    /// Has the poller say, once, when the socket can be read or written.
    pub(super) fn await_ready(&self, poller: &Poller, readable: bool, writable: bool) {
        if let Some(socket) = &self.socket {
            let _ = poller.modify(socket.as_ref(), Event::new(self.session.id as usize, readable, writable));
        }
    }

    /// Has the poller say when there is something to read, unless the queue is full; and where nobody else writes, when
    /// what waits can be written.
    pub(super) fn listen(&self, poller: &Poller, writes_too: bool) {
        let writable = writes_too && self.session.outbox().queued() > 0;
        self.await_ready(poller, self.mode != Mode::Idle, writable);
    }

    /// Lets the socket go.
    pub(super) fn leave(&mut self, poller: &Poller) {
        if let Some(socket) = self.socket.take() {
            let _ = poller.delete(socket.as_ref());
        }
    }
}
