//! One connect: look up, connect, shake hands, at one address after the other, within one deadline.

use std::collections::VecDeque;
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::time::{Duration, Instant};

use spread_proto::client::{Client, Config, Happened};
use spread_proto::{Address, ConnectError};

use super::literal::literal;
use super::options::ConnectOptions;
use super::socket::{Socket, Target};
use crate::failure::Failure;
use crate::resources;
use crate::session::state::Established;

/// A Unix socket whose daemon has a full backlog refuses at once; it is tried again after this.
const RETRY_UNIX: Duration = Duration::from_millis(10);

/// A method whose daemon has hung up is given this time to come to an end with what came before.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What a daemon may send to one method before that is done.
const MOST_GIVEN: usize = 1024 * 1024;

/// What has to happen next.
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
    /// The session is up; these bytes came behind the handshake.
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

enum Step {
    /// The bytes are those that the method under way was given.
    Authenticating(Target, Instant, Box<Client>, Vec<u8>),
    LookingUp(String),
    Connecting(Target, Instant),
    ShakingHands(Target, Instant, Box<Client>, Vec<u8>),
    Retrying(Target, Instant),
    Idle,
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

    /// When all of it has to be over.
    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// When to call [`Attempt::expire`] before that.
    pub(crate) fn wake_at(&self) -> Option<Instant> {
        match self.step {
            Step::Connecting(_, at)
            | Step::ShakingHands(_, at, ..)
            | Step::Authenticating(_, at, ..)
            | Step::Retrying(_, at) => Some(at),
            _ => None,
        }
    }

    /// The first step.
    pub(crate) fn begin(&mut self, now: Instant) -> Progress {
        self.next(now)
    }

    /// The look-up came to its end.
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

    /// The socket is ready for what was awaited.
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
            Step::ShakingHands(target, until, client, bytes) => self.shake(socket, target, until, client, bytes, now),
            Step::Authenticating(target, until, client, given) => {
                self.read_for_method(socket, target, until, client, given, now)
            }
            step => {
                self.step = step;
                Progress::Wait
            }
        }
    }

    /// A deadline passed: that of the target under way, or that of all.
    pub(crate) fn expire(&mut self, now: Instant) -> Progress {
        let all_over = now >= self.deadline;
        match std::mem::replace(&mut self.step, Step::Idle) {
            Step::Retrying(target, at) if !all_over && now >= at => self.try_target(target, now),
            Step::Connecting(target, at)
            | Step::ShakingHands(target, at, ..)
            | Step::Authenticating(target, at, ..)
                if !all_over && now >= at =>
            {
                if self.hung_up {
                    self.refused(&target, ConnectError::Ended, now)
                } else {
                    let error = std::io::Error::new(std::io::ErrorKind::TimedOut, "no answer in time");
                    self.give_up_target(&target, &error, now)
                }
            }
            step if !all_over => {
                self.step = step;
                Progress::Wait
            }
            Step::LookingUp(host) => Progress::Failed(Failure::timeout(&format!("looking up '{host}'"))),
            Step::Authenticating(target, ..) => {
                Progress::Failed(Failure::timeout(&format!("authenticating at {target}")))
            }
            Step::ShakingHands(target, ..) => {
                Progress::Failed(Failure::timeout(&format!("the daemon at {target} kept silent in the handshake")))
            }
            Step::Connecting(target, _) | Step::Retrying(target, _) => {
                Progress::Failed(Failure::timeout(&format!("connecting to {target}")))
            }
            Step::Idle => Progress::Failed(Failure::timeout("connecting")),
        }
    }

    /// Goes on to the next target, or the next address, or says why there is none.
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

    fn greet(&mut self, socket: &Arc<Socket>, target: Target, until: Instant, now: Instant) -> Progress {
        let mut client = match Client::new(self.config.clone()) {
            Ok(client) => client,
            Err(misuse) => return Progress::Failed(misuse.into()),
        };
        if let Err(error) = send_whole(socket, &client.take_transmit()) {
            return self.give_up_target(&target, &error, now);
        }
        self.step = Step::ShakingHands(target, until, Box::new(client), Vec::new());
        Progress::AwaitReadable
    }

    fn shake(
        &mut self,
        socket: &Arc<Socket>,
        target: Target,
        until: Instant,
        client: Box<Client>,
        mut bytes: Vec<u8>,
        now: Instant,
    ) -> Progress {
        match read_some(socket) {
            Ok(Some(read)) if read.is_empty() => return self.refused(&target, ConnectError::Ended, now),
            Ok(Some(read)) => bytes.extend(read),
            Ok(None) => {}
            Err(error) => return self.give_up_target(&target, &error, now),
        }
        self.go_on(socket, target, until, client, bytes, now)
    }

    /// Reads these bytes of the handshake.
    fn go_on(
        &mut self,
        socket: &Arc<Socket>,
        target: Target,
        until: Instant,
        mut client: Box<Client>,
        mut bytes: Vec<u8>,
        now: Instant,
    ) -> Progress {
        loop {
            let (used, connected, method) = match client.handle_bytes(&bytes) {
                Ok((used, Some(Happened::Connected(_)))) => (used, true, None),
                Ok((used, Some(Happened::Authenticate(method)))) => (used, false, Some(method)),
                Ok((used, _)) => (used, false, None),
                Err(error) => return self.refused(&target, error, now),
            };
            bytes.drain(..used);
            let transmit = client.take_transmit();
            if !transmit.is_empty()
                && let Err(error) = send_whole(socket, &transmit)
            {
                return self.give_up_target(&target, &error, now);
            }
            if connected {
                let accept = client.accept().expect("it is connected");
                let (private_group, version) = (accept.private_group, Some(accept.version));
                return Progress::Connected(Established { private_group, version, address: target.to_string() }, bytes);
            }
            if let Some(method) = method {
                return self.begin_method(method, target, until, client, bytes);
            }
            if used == 0 {
                self.step = Step::ShakingHands(target, until, client, bytes);
                return Progress::AwaitReadable;
            }
        }
    }

    fn begin_method(
        &mut self,
        method: usize,
        target: Target,
        until: Instant,
        client: Box<Client>,
        bytes: Vec<u8>,
    ) -> Progress {
        self.turn += 1;
        let turn = Turn { number: self.turn, method, target: target.to_string() };
        self.step = Step::Authenticating(target, until, client, bytes.clone());
        Progress::Authenticate(turn, bytes)
    }

    fn read_for_method(
        &mut self,
        socket: &Arc<Socket>,
        target: Target,
        until: Instant,
        client: Box<Client>,
        mut given: Vec<u8>,
        now: Instant,
    ) -> Progress {
        match read_some(socket) {
            Ok(Some(read)) if read.is_empty() && given.is_empty() => self.refused(&target, ConnectError::Ended, now),
            Ok(Some(read)) if read.is_empty() => {
                // What came before may be all that the method needs, and the verdict behind it.
                self.hung_up = true;
                self.step = Step::Authenticating(target, until.min(now + LAST_WORDS), client, given);
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
                self.step = Step::Authenticating(target, until, client, given);
                Progress::ForMethod(self.turn, read)
            }
            Err(error) => self.give_up_target(&target, &error, now),
        }
    }

    /// The method that has this turn sends these bytes.
    pub(crate) fn write_for_method(
        &mut self,
        socket: Option<&Arc<Socket>>,
        turn: u32,
        bytes: &[u8],
        now: Instant,
    ) -> Progress {
        let (Some(socket), Step::Authenticating(target, ..)) = (socket, &self.step) else { return Progress::Wait };
        match if turn == self.turn { send_whole(socket, bytes) } else { Ok(()) } {
            Ok(()) => Progress::Wait,
            Err(error) => {
                let target = target.clone();
                self.give_up_target(&target, &error, now)
            }
        }
    }

    /// The method that has this turn is done: it has used so many of the bytes it was given, or it has failed.
    pub(crate) fn method_done(
        &mut self,
        socket: Option<&Arc<Socket>>,
        turn: u32,
        result: Result<usize, String>,
        now: Instant,
    ) -> Progress {
        let is_current = turn == self.turn && matches!(self.step, Step::Authenticating(..));
        let (true, Some(socket)) = (is_current, socket) else { return Progress::Wait };
        let Step::Authenticating(target, until, mut client, mut given) = std::mem::replace(&mut self.step, Step::Idle)
        else {
            return Progress::Wait;
        };
        let used = match result {
            Ok(used) => used.min(given.len()),
            Err(text) => {
                self.tried.push(format!("{target}: {text}"));
                self.verdict.get_or_insert(Failure::auth(&text));
                return self.next(now);
            }
        };
        given.drain(..used);
        match client.handle_authenticated() {
            Ok(Some(Happened::Authenticate(method))) => self.begin_method(method, target, until, client, given),
            Ok(_) => self.go_on(socket, target, until, client, given, now),
            Err(misuse) => Progress::Failed(misuse.into()),
        }
    }

    /// The daemon said no, or hung up. Another daemon may say yes.
    fn refused(&mut self, target: &Target, error: ConnectError, now: Instant) -> Progress {
        self.tried.push(format!("{target}: {error}"));
        self.verdict.get_or_insert(error.into());
        self.next(now)
    }
}

/// What is there, if anything is; no bytes are the end of the stream.
fn read_some(socket: &Socket) -> std::io::Result<Option<Vec<u8>>> {
    let mut buffer = [MaybeUninit::uninit(); 1024];
    match socket.read(&mut buffer) {
        // SAFETY: the kernel wrote the first `read` bytes of the buffer.
        Ok(read) => Ok(Some(buffer[..read].iter().map(|byte| unsafe { byte.assume_init() }).collect())),
        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

/// The units of the handshake each leave in one write: a fresh socket takes their few bytes whole.
fn send_whole(socket: &Socket, bytes: &[u8]) -> std::io::Result<()> {
    match socket.write(bytes)? {
        written if written == bytes.len() => Ok(()),
        _ => Err(std::io::Error::other("the socket took the handshake in part only")),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(5);

    fn attempt(address: &str, start: Instant) -> Attempt {
        Attempt::new(&ConnectOptions::to(&[address], TIMEOUT), start)
    }

    #[test]
    fn a_name_that_is_not_resolved_in_time_says_so() {
        let start = Instant::now();
        let mut attempt = attempt("4803@name.invalid", start);
        assert!(matches!(attempt.begin(start), Progress::LookUp(host, 4803) if host == "name.invalid"));
        assert_eq!(attempt.wake_at(), None);
        let soon = start + TIMEOUT.saturating_sub(Duration::from_nanos(1));
        assert!(matches!(attempt.expire(soon), Progress::Wait));
        match attempt.expire(start + TIMEOUT) {
            Progress::Failed(failure) => assert_eq!(failure, Failure::timeout("looking up 'name.invalid'")),
            _ => panic!("its time is over"),
        }
    }

    #[test]
    fn targets_share_the_time_that_is_left() {
        let start = Instant::now();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let target = Target::Tcp(listener.local_addr().unwrap());
        let mut attempt = attempt("4803@name.invalid", start);
        attempt.begin(start);
        // A second of the five is over, and there are two targets.
        let now = start + Duration::from_secs(1);
        assert!(matches!(attempt.resolved(Ok(vec![target.clone(), target]), now), Progress::Switch(_)));
        assert_eq!(attempt.wake_at(), Some(start + Duration::from_secs(3)));
        assert!(matches!(attempt.expire(start + Duration::from_secs(2)), Progress::Wait), "it was too early");
        assert!(matches!(attempt.expire(start + Duration::from_secs(3)), Progress::Switch(_)), "the second one");
        assert_eq!(attempt.wake_at(), Some(start + TIMEOUT));
        assert!(matches!(attempt.expire(start + TIMEOUT), Progress::Failed(_)));
    }
}
