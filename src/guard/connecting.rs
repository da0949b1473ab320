//! Connecting: the guard takes an attempt from step to step.

use std::sync::Arc;

use polling::Event;

use super::thread::{Entry, Mode, Watch};
use crate::connect::attempt::{Attempt, Progress, Turn};
use crate::connect::socket::Socket;
use crate::environment::shared::Notice;
use crate::failure::Failure;
use crate::session::link::Link;
use crate::session::{Session, state::Phase};

impl Watch<'_> {
    pub(super) fn connect(&mut self, session: Arc<Session>, attempt: Box<Attempt>) {
        let id = session.id;
        self.deadlines.insert((attempt.deadline(), id));
        self.entries.insert(id, Entry { session, socket: None, mode: Mode::Connecting(attempt) });
        self.guarded(id, |watch, id| watch.advance(id, Attempt::begin));
    }

    /// Takes an attempt a step further.
    pub(super) fn advance(&mut self, id: u32, step: impl FnOnce(&mut Attempt, Option<&Arc<Socket>>) -> Progress) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        let Mode::Connecting(attempt) = &mut entry.mode else { return };
        let progress = step(attempt, entry.socket.as_ref());
        let wake_at = attempt.wake_at();
        match progress {
            Progress::Wait => {}
            Progress::LookUp(host, port) => super::lookup::start(self.shared, id, host, port),
            Progress::Switch(socket) => {
                if let Err(failure) = self.swap_socket(id, socket) {
                    self.give_up(id, failure);
                    return;
                }
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
                self.give_up(id, failure);
                return;
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

    fn give_up(&mut self, id: u32, failure: Failure) {
        if let Some(entry) = self.entries.get(&id) {
            entry.session.finish(Err(failure));
        }
        self.forget(id);
    }

    fn swap_socket(&mut self, id: u32, socket: Arc<Socket>) -> Result<(), Failure> {
        let Some(entry) = self.entries.get_mut(&id) else { return Ok(()) };
        if let Some(old) = entry.socket.take() {
            let _ = self.poller.delete(old.as_ref());
        }
        // SAFETY: the entry holds the socket for as long as it is in the poller: it is deleted from there here, in
        // `forget`, and at the end of `run`, each time before the entry lets it go.
        unsafe { self.poller.add(socket.as_ref(), Event::none(id as usize)) }
            .map_err(|error| Failure::resources("connect", "watching a socket", &error))?;
        entry.socket = Some(socket);
        Ok(())
    }
}
