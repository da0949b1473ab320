//! Connecting: an attempt is taken from step to step.

use std::sync::Arc;
use std::time::Instant;

use spread_proto::client::State;

use super::entry::{Connecting, Entry};
use super::lookup;
use crate::connect::attempt::{Attempt, Progress, Turn};
use crate::connect::socket::Socket;
use crate::environment::shared::{Environment, Notice};
use crate::failure::Failure;
use crate::session::link::Link;

/// What a step came to.
#[derive(Clone, Copy)]
pub(super) enum Stepped {
    /// The attempt goes on, and has to be looked at then.
    On(Option<Instant>),
    /// The session is open.
    Open,
    /// The session is over.
    Over,
}

/// Takes an attempt a step further; nothing happens to a session that has none.
pub(super) fn advance(
    entry: &mut Entry,
    shared: &Arc<Environment>,
    step: impl FnOnce(&mut Attempt, Option<&Arc<Socket>>) -> Progress,
) -> Stepped {
    let (id, poller, socket) = (entry.session.id, shared.orders.poller(), entry.socket().cloned());
    let Some(Connecting::Attempt(attempt)) = &mut entry.connecting else { return Stepped::On(None) };
    let progress = step(attempt, socket.as_ref());
    let wake_at = attempt.wake_at();
    match progress {
        Progress::Wait => {}
        Progress::LookUp(host, port) => lookup::start(shared, id, host, port),
        Progress::Switch(socket) => {
            if let Err(failure) = entry.set_socket(poller, socket) {
                entry.session.finish(Err(failure));
                return Stepped::Over;
            }
            entry.await_ready(poller, false, true);
        }
        Progress::AwaitWritable => entry.await_ready(poller, false, true),
        Progress::AwaitReadable => entry.await_ready(poller, true, false),
        Progress::Authenticate(turn, bytes) => {
            let Turn { number, method, target } = turn;
            shared.notify(Notice { about: id, kind: "auth", text: format!("{number} {method} {target}") });
            tell_method(shared, id, number, &bytes);
            entry.await_ready(poller, true, false);
        }
        Progress::ForMethod(number, bytes) => {
            tell_method(shared, id, number, &bytes);
            entry.await_ready(poller, true, false);
        }
        Progress::Failed(failure) => {
            entry.session.finish(Err(failure));
            return Stepped::Over;
        }
        Progress::Connected(established, rest) => {
            let link: Arc<dyn Link> = socket.expect("it answered over one");
            entry.connecting = None;
            entry.session.open(&link, established, &rest);
            return if entry.session.state() == State::Closed { Stepped::Over } else { Stepped::Open };
        }
    }
    Stepped::On(wake_at)
}

/// Handles that the time for connecting, or for its step under way, is over.
pub(super) fn expire(entry: &mut Entry, shared: &Arc<Environment>, now: Instant) -> Stepped {
    match entry.connecting {
        Some(Connecting::Elsewhere(under_way)) if entry.session.state() == State::ExpectAccept => {
            entry.session.finish(Err(Failure::timeout(under_way)));
            Stepped::Over
        }
        _ => advance(entry, shared, |attempt, _| attempt.expire(now)),
    }
}

/// Bytes for the method that has its turn, in hexadecimal.
fn tell_method(shared: &Environment, id: u32, turn: u32, bytes: &[u8]) {
    if !bytes.is_empty() {
        let mut text = format!("{turn} ");
        for byte in bytes {
            let digits = [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16));
            text.extend(digits.into_iter().flatten());
        }
        shared.notify(Notice { about: id, kind: "authBytes", text });
    }
}
