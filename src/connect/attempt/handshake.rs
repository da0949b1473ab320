//! The handshake with one target, and the turns of methods that exchange bytes of their own.

use std::mem::MaybeUninit;
use std::sync::Arc;
use std::time::{Duration, Instant};

use spread_proto::ConnectError;
use spread_proto::client::{Client, Happened};

use super::{Attempt, Handshake, Progress, Step, Turn};
use crate::connect::socket::{Socket, Target};
use crate::failure::Failure;
use crate::session::state::Established;

/// A method whose daemon has hung up is given this time to come to an end with what came before.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What a daemon may send to one method before that is done.
const MOST_GIVEN: usize = 1024 * 1024;

impl Attempt {
    /// Sends the request, since the socket is connected.
    pub(super) fn greet(&mut self, socket: &Arc<Socket>, target: Target, until: Instant, now: Instant) -> Progress {
        let mut client = match Client::new(self.config.clone()) {
            Ok(client) => Box::new(client),
            Err(misuse) => return Progress::Failed(misuse.into()),
        };
        if let Err(error) = send_whole(socket, &client.take_transmit()) {
            return self.give_up_target(&target, &error, now);
        }
        self.step = Step::ShakingHands(Handshake { target, until, client, bytes: Vec::new() });
        Progress::AwaitReadable
    }

    /// Reads what came for the handshake.
    pub(super) fn shake(&mut self, socket: &Arc<Socket>, mut handshake: Handshake, now: Instant) -> Progress {
        match read_some(socket) {
            Ok(Some(read)) if read.is_empty() => return self.refused(&handshake.target, ConnectError::Ended, now),
            Ok(Some(read)) => handshake.bytes.extend(read),
            Ok(None) => {}
            Err(error) => return self.give_up_target(&handshake.target, &error, now),
        }
        self.go_on(socket, handshake, now)
    }

    /// Goes on with the bytes that the handshake has, as far as they lead.
    fn go_on(&mut self, socket: &Arc<Socket>, mut handshake: Handshake, now: Instant) -> Progress {
        loop {
            let Handshake { target, client, bytes, .. } = &mut handshake;
            let (used, connected, method) = match client.handle_bytes(bytes) {
                Ok((used, Some(Happened::Connected(_)))) => (used, true, None),
                Ok((used, Some(Happened::Authenticate(method)))) => (used, false, Some(method)),
                Ok((used, _)) => (used, false, None),
                Err(error) => return self.refused(target, error, now),
            };
            bytes.drain(..used);
            let transmit = client.take_transmit();
            if !transmit.is_empty()
                && let Err(error) = send_whole(socket, &transmit)
            {
                return self.give_up_target(target, &error, now);
            }
            if connected {
                let accept = client.accept().expect("it is connected");
                let (private_group, version) = (accept.private_group, Some(accept.version));
                let established = Established { private_group, version, address: target.to_string() };
                return Progress::Connected(established, handshake.bytes);
            }
            if let Some(method) = method {
                return self.begin_method(method, handshake);
            }
            if used == 0 {
                self.step = Step::ShakingHands(handshake);
                return Progress::AwaitReadable;
            }
        }
    }

    /// Gives a method its turn, and the bytes that came already.
    fn begin_method(&mut self, method: usize, handshake: Handshake) -> Progress {
        self.turn += 1;
        let turn = Turn { number: self.turn, method, target: handshake.target.to_string() };
        let given = handshake.bytes.clone();
        self.step = Step::Authenticating(handshake);
        Progress::Authenticate(turn, given)
    }

    /// Reads what came for the method that has its turn.
    pub(super) fn read_for_method(&mut self, socket: &Arc<Socket>, mut handshake: Handshake, now: Instant) -> Progress {
        let Handshake { target, until, bytes: given, .. } = &mut handshake;
        match read_some(socket) {
            Ok(Some(read)) if read.is_empty() && given.is_empty() => self.refused(target, ConnectError::Ended, now),
            Ok(Some(read)) if read.is_empty() => {
                // What came before may be all that the method needs, and the verdict after it.
                self.hung_up = true;
                *until = (*until).min(now + LAST_WORDS);
                self.step = Step::Authenticating(handshake);
                Progress::Wait
            }
            Ok(_) if given.len() > MOST_GIVEN => {
                let failure = Failure::protocol(&format!("more than {MOST_GIVEN} bytes to one authentication method"));
                self.tried.push(format!("{target}: {}", failure.text));
                self.verdict.get_or_insert(failure);
                self.next(now)
            }
            Ok(read) => {
                let read = read.unwrap_or_default();
                given.extend_from_slice(&read);
                self.step = Step::Authenticating(handshake);
                Progress::ForMethod(self.turn, read)
            }
            Err(error) => self.give_up_target(target, &error, now),
        }
    }

    /// Sends bytes of the method that has this turn.
    pub(crate) fn write_for_method(
        &mut self,
        socket: Option<&Arc<Socket>>,
        turn: u32,
        bytes: &[u8],
        now: Instant,
    ) -> Progress {
        let (Some(socket), Step::Authenticating(handshake)) = (socket, &self.step) else { return Progress::Wait };
        match if turn == self.turn { send_whole(socket, bytes) } else { Ok(()) } {
            Ok(()) => Progress::Wait,
            Err(error) => {
                let target = handshake.target.clone();
                self.give_up_target(&target, &error, now)
            }
        }
    }

    /// Ends this turn of a method: it has used so many of the bytes that it was given, or it has failed.
    pub(crate) fn method_done(
        &mut self,
        socket: Option<&Arc<Socket>>,
        turn: u32,
        result: Result<usize, String>,
        now: Instant,
    ) -> Progress {
        let is_current = turn == self.turn && matches!(self.step, Step::Authenticating(_));
        let (true, Some(socket)) = (is_current, socket) else { return Progress::Wait };
        let Step::Authenticating(mut handshake) = std::mem::replace(&mut self.step, Step::Idle) else {
            return Progress::Wait;
        };
        let used = match result {
            Ok(used) => used.min(handshake.bytes.len()),
            Err(text) => {
                self.tried.push(format!("{}: {text}", handshake.target));
                self.verdict.get_or_insert(Failure::auth(&text));
                return self.next(now);
            }
        };
        handshake.bytes.drain(..used);
        match handshake.client.handle_authenticated() {
            Ok(Some(Happened::Authenticate(method))) => self.begin_method(method, handshake),
            Ok(_) => self.go_on(socket, handshake, now),
            Err(misuse) => Progress::Failed(misuse.into()),
        }
    }
}

/// Reads without blocking: `None` if nothing is there, no bytes at the end of the stream.
fn read_some(socket: &Socket) -> std::io::Result<Option<Vec<u8>>> {
    let mut buffer = [MaybeUninit::uninit(); 1024];
    match socket.read(&mut buffer) {
        // SAFETY: the kernel wrote the first `read` bytes of the buffer.
        Ok(read) => Ok(Some(buffer[..read].iter().map(|byte| unsafe { byte.assume_init() }).collect())),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sends a unit of the handshake in one write: a fresh socket takes its few bytes whole.
fn send_whole(socket: &Socket, bytes: &[u8]) -> std::io::Result<()> {
    match socket.write(bytes)? {
        written if written == bytes.len() => Ok(()),
        _ => Err(std::io::Error::other("the socket took the handshake in part only")),
    }
}
