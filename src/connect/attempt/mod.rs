//! One connect: look up, connect, shake hands, at one address after the other, within one deadline.

mod handshake;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use spread_proto::client::{Client, Config};
use spread_proto::{Address, ConnectError};

use super::literal::literal;
use super::options::ConnectOptions;
use super::socket::{Socket, Target};
use crate::failure::Failure;
use crate::resources;
use crate::session::state::Established;

/// A Unix socket whose daemon has a full backlog refuses at once; it is tried again after this.
const RETRY_UNIX: Duration = Duration::from_millis(10);

/// The next thing to do.
pub(crate) enum Progress {
    /// Nothing: a look-up or a deadline is awaited.
    Wait,
    /// Look this host up.
    LookUp(String, u16),
    /// Watch this socket, and say when it can be written.
    Switch(Arc<Socket>),
    /// Say when the socket can be written.
    AwaitWritable,
    /// Say when the socket can be read.
    AwaitReadable,
    /// A method has its turn: JavaScript exchanges its bytes. These are the first of them that came.
    Authenticate(Turn, Vec<u8>),
    /// More bytes for the method that has its turn.
    ForMethod(u32, Vec<u8>),
    /// The session is up; these bytes came after the handshake.
    Connected(Established, Vec<u8>),
    /// It did not come about.
    Failed(Failure),
}

/// A method's turn to exchange bytes with the daemon.
#[derive(Debug)]
pub(crate) struct Turn {
    /// Which turn of this attempt: what JavaScript says of an earlier one is late.
    pub(crate) number: u32,
    /// Which of the configured methods.
    pub(crate) method: usize,
    /// With whom.
    pub(crate) target: String,
}

/// A handshake under way.
struct Handshake {
    target: Target,
    until: Instant,
    client: Box<Client>,
    /// What came and is not used yet.
    bytes: Vec<u8>,
}

/// The step under way; with a target, until when it may take.
enum Step {
    Idle,
    LookingUp(String),
    Connecting(Target, Instant),
    Retrying(Target, Instant),
    ShakingHands(Handshake),
    /// The bytes are those that the method under way was given.
    Authenticating(Handshake),
}

/// The attempt.
pub(crate) struct Attempt {
    addresses: VecDeque<Address>,
    targets: VecDeque<Target>,
    config: Config,
    keep_alive: bool,
    deadline: Instant,
    step: Step,
    /// The last method's turn.
    turn: u32,
    /// The daemon hung up within a method's turn.
    hung_up: bool,
    /// Why each address tried so far did not do.
    tried: Vec<String>,
    /// What to report in the end: a daemon's own word before a connection that did not come about.
    verdict: Option<Failure>,
}

impl Attempt {
    pub(crate) fn new(options: &ConnectOptions, now: Instant) -> Attempt {
        Attempt {
            addresses: options.addresses.clone().into(),
            targets: VecDeque::new(),
            config: options.config(),
            keep_alive: options.keep_alive,
            deadline: now + options.timeout,
            step: Step::Idle,
            turn: 0,
            hung_up: false,
            tried: Vec::new(),
            verdict: None,
        }
    }

    /// Returns when all of it has to be over.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Returns when to call [`Attempt::expire`] before that.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        match self.step {
            Step::Connecting(_, at) | Step::Retrying(_, at) => Some(at),
            Step::ShakingHands(ref handshake) | Step::Authenticating(ref handshake) => Some(handshake.until),
            Step::Idle | Step::LookingUp(_) => None,
        }
    }

    /// Takes the first step.
    pub(crate) fn begin(&mut self, now: Instant) -> Progress {
        self.next(now)
    }

    /// Takes the result of the look-up.
    pub(crate) fn resolved(&mut self, result: Result<Vec<Target>, Failure>, now: Instant) -> Progress {
        match result {
            Ok(targets) => self.targets = targets.into(),
            Err(failure) => {
                self.tried.push(failure.text.clone());
                self.verdict.get_or_insert(failure);
            }
        }
        self.next(now)
    }

    /// Goes on, since the socket is ready for what was awaited.
    pub(crate) fn ready(&mut self, socket: Option<&Arc<Socket>>, now: Instant) -> Progress {
        let Some(socket) = socket else { return Progress::Wait };
        match std::mem::replace(&mut self.step, Step::Idle) {
            Step::Connecting(target, until) => match socket.connected() {
                Ok(Some(())) => self.greet(socket, target, until, now),
                Ok(None) => {
                    self.step = Step::Connecting(target, until);
                    Progress::AwaitWritable
                }
                Err(error) => self.give_up_target(&target, &error, now),
            },
            Step::ShakingHands(handshake) => self.shake(socket, handshake, now),
            Step::Authenticating(handshake) => self.read_for_method(socket, handshake, now),
            step => {
                self.step = step;
                Progress::Wait
            }
        }
    }

    /// Handles a deadline that has passed: that of the target under way, or that of all.
    pub(crate) fn expire(&mut self, now: Instant) -> Progress {
        if now >= self.deadline {
            return self.expire_all();
        }
        if self.wake_at().is_none_or(|at| now < at) {
            return Progress::Wait;
        }
        match std::mem::replace(&mut self.step, Step::Idle) {
            Step::Retrying(target, _) => self.try_target(target, now),
            Step::Connecting(target, _)
            | Step::ShakingHands(Handshake { target, .. })
            | Step::Authenticating(Handshake { target, .. }) => {
                if self.hung_up {
                    self.refused(&target, ConnectError::Ended, now)
                } else {
                    let error = std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer in time");
                    self.give_up_target(&target, &error, now)
                }
            }
            Step::Idle | Step::LookingUp(_) => Progress::Wait,
        }
    }

    /// Fails with what was under way when the time for all of it was over.
    fn expire_all(&mut self) -> Progress {
        let what = match std::mem::replace(&mut self.step, Step::Idle) {
            Step::Idle => "connecting".to_owned(),
            Step::LookingUp(host) => format!("looking up '{host}'"),
            Step::Connecting(target, _) | Step::Retrying(target, _) => format!("connecting to {target}"),
            Step::ShakingHands(Handshake { target, .. }) => {
                format!("the daemon at {target} kept silent in the handshake")
            }
            Step::Authenticating(Handshake { target, .. }) => format!("authenticating at {target}"),
        };
        Progress::Failed(Failure::timeout(&what))
    }

    /// Goes on to the next target or address, or fails with the reasons if there is none.
    fn next(&mut self, now: Instant) -> Progress {
        self.step = Step::Idle;
        if let Some(target) = self.targets.pop_front() {
            return self.try_target(target, now);
        }
        match self.addresses.pop_front() {
            Some(Address::Unix { path }) => self.try_target(Target::Unix(path), now),
            Some(Address::Tcp { host, port }) => match literal(&host, port) {
                Some(result) => self.resolved(result.map(|address| vec![Target::Tcp(address)]), now),
                None => {
                    self.step = Step::LookingUp(host.clone());
                    Progress::LookUp(host, port)
                }
            },
            None => Progress::Failed(self.verdict.take().unwrap_or_else(|| Failure::connect(&self.tried.join("; ")))),
        }
    }

    fn try_target(&mut self, target: Target, now: Instant) -> Progress {
        self.hung_up = false;
        match Socket::connect(&target, self.keep_alive) {
            Ok(socket) => {
                let left = self.targets.len() + self.addresses.len() + 1;
                let share = self.deadline.saturating_duration_since(now) / left as u32;
                self.step = Step::Connecting(target, now + share);
                Progress::Switch(socket)
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                self.step = Step::Retrying(target, now + RETRY_UNIX);
                Progress::Wait
            }
            Err(error) => self.give_up_target(&target, &error, now),
        }
    }

    fn give_up_target(&mut self, target: &Target, error: &std::io::Error, now: Instant) -> Progress {
        if resources::is_exhausted(error) {
            self.verdict.get_or_insert(Failure::resources("connect", &format!("connecting to {target}"), error));
        }
        self.tried.push(format!("{target}: {error}"));
        self.next(now)
    }

    /// Goes on after a daemon that said no, or hung up: another one may say yes.
    fn refused(&mut self, target: &Target, error: ConnectError, now: Instant) -> Progress {
        self.tried.push(format!("{target}: {error}"));
        self.verdict.get_or_insert(error.into());
        self.next(now)
    }
}

#[cfg(test)]
mod tests;
