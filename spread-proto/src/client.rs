//! The client's end of a session, as a state machine.
//!
//! A state is named after what it waits for. Each cell is the effect of an event there. Whoever keeps a session asks this
//! table ([`action`], [`after`]) and nothing else: [`Client`], which has the bytes of both directions in memory, and the
//! addon's sessions, whose bytes are in queues between threads. Tests walk every cell of both. Handshake and Proceed lead to
//! the next state, Kill to Closing, Fail, Lose and Close to Closed; the others stay.
//!
//! | state \ event | Bytes | End | Request | Authenticated | Disconnect |
//! |---|---|---|---|---|---|
//! | ExpectAuthList | Handshake | Fail | Misuse | Misuse | Close |
//! | Authenticating | ToMethod | Fail | Misuse | Proceed | Close |
//! | ExpectAccept | Handshake | Fail | Misuse | Misuse | Close |
//! | Open | Deliver | Lose | Send | Misuse | Kill |
//! | Closing | Discard | Close | Misuse | Misuse | Nothing |
//! | Closed | Discard | Nothing | Misuse | Misuse | Nothing |

use alloc::vec::Vec;

use crate::error::{ApiMisuse, ConnectError, DaemonMisbehaved};
use crate::handshake::{self, Accept, AuthName, ConnectRequest};
use crate::limits::VERSION;
use crate::message::{Delivery, Multicast, encode_join, encode_kill, encode_leave};
use crate::name::{GroupName, PrivateGroup, PrivateName};

/// The state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The connect request is sent; waits for the list of methods.
    ExpectAuthList,
    /// A method of the caller's exchanges its own bytes.
    Authenticating,
    /// Waits for the daemon's verdict.
    ExpectAccept,
    /// The session is open.
    Open,
    /// The kill request is sent; waits for the end of the stream.
    Closing,
    /// Over.
    Closed,
}

/// An event of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Bytes arrived from the daemon.
    Bytes,
    /// The stream ended or broke.
    End,
    /// The caller wants to join, leave or multicast.
    Request,
    /// The caller's method has finished.
    Authenticated,
    /// The caller wants to end the session.
    Disconnect,
}

/// The effect of an event in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read as the handshake's next unit.
    Handshake,
    /// Hand to the caller's method.
    ToMethod,
    /// Go on to the next method, or wait for the verdict.
    Proceed,
    /// Read as a message.
    Deliver,
    /// Discard.
    Discard,
    /// Encode the request.
    Send,
    /// Send the kill request and wait for the end.
    Kill,
    /// Connecting failed.
    Fail,
    /// The session was lost.
    Lose,
    /// The session is over, as wanted.
    Close,
    /// No effect.
    Nothing,
    /// The caller must not do that now.
    Misuse,
}

impl State {
    /// Every state.
    pub const ALL: [State; 6] =
        [State::ExpectAuthList, State::Authenticating, State::ExpectAccept, State::Open, State::Closing, State::Closed];
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 5] = [Event::Bytes, Event::End, Event::Request, Event::Authenticated, Event::Disconnect];
}

/// Returns the table's cell.
pub const fn action(state: State, event: Event) -> Action {
    use Action::{Close, Deliver, Discard, Fail, Handshake, Kill, Lose, Misuse, Nothing, Proceed, Send, ToMethod};
    use State::{Authenticating, Closed, Closing, ExpectAccept, ExpectAuthList, Open};
    match (event, state) {
        (Event::Bytes, ExpectAuthList | ExpectAccept) => Handshake,
        (Event::Bytes, Authenticating) => ToMethod,
        (Event::Bytes, Open) => Deliver,
        (Event::Bytes, Closing | Closed) => Discard,
        (Event::End, ExpectAuthList | Authenticating | ExpectAccept) => Fail,
        (Event::End, Open) => Lose,
        (Event::End, Closing) => Close,
        (Event::End, Closed) => Nothing,
        (Event::Request, Open) => Send,
        (Event::Request, _) => Misuse,
        (Event::Authenticated, Authenticating) => Proceed,
        (Event::Authenticated, _) => Misuse,
        (Event::Disconnect, ExpectAuthList | Authenticating | ExpectAccept) => Close,
        (Event::Disconnect, Open) => Kill,
        (Event::Disconnect, Closing | Closed) => Nothing,
    }
}

/// Returns the state that an action leads to, once it has succeeded. (Between the list of methods and the verdict, methods
/// that exchange bytes have their turns in [`State::Authenticating`].)
pub const fn after(state: State, action: Action) -> State {
    match (action, state) {
        (Action::Handshake, State::ExpectAuthList) | (Action::Proceed, _) => State::ExpectAccept,
        (Action::Handshake, _) => State::Open,
        (Action::Kill, _) => State::Closing,
        (Action::Fail | Action::Lose | Action::Close, _) => State::Closed,
        _ => state,
    }
}

/// A method the client authenticates with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthMethod {
    /// Its name.
    pub name: AuthName,
    /// Whether it exchanges bytes of its own after the choice. NULL and IP do not.
    pub interactive: bool,
}

/// The options of a connection.
#[derive(Clone, Debug)]
pub struct Config {
    /// The name to ask for; `None` leaves it to the daemon.
    pub name: Option<PrivateName>,
    /// Whether the client wants membership messages.
    pub membership: bool,
    /// Carried, without any effect at any known daemon.
    pub priority: bool,
    /// The methods to use, one or two, all of which must succeed.
    pub methods: Vec<AuthMethod>,
}

impl Config {
    /// Makes a configuration with the NULL method alone.
    pub fn new(name: Option<PrivateName>, membership: bool) -> Config {
        let null = AuthMethod { name: AuthName::new(AuthName::NULL).expect("a legal name"), interactive: false };
        Config { name, membership, priority: false, methods: alloc::vec![null] }
    }
}

/// The result of the daemon's bytes.
#[derive(Debug)]
pub enum Happened<'a> {
    /// The method of this index in [`Config::methods`] may begin: exchange its bytes, then call
    /// [`Client::handle_authenticated`].
    Authenticate(usize),
    /// These bytes are for the method under way. If it needs only the first of them (the verdict may follow the
    /// method's last byte), the others are for [`Client::handle_bytes`] once it is authenticated.
    ForMethod(&'a [u8]),
    /// The session is up.
    Connected(Accept),
    /// A message.
    Delivery(Delivery<'a>),
}

/// The meaning of a stream's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The connection did not come about.
    Failed,
    /// The session was lost.
    Lost,
    /// As wanted.
    Closed,
    /// The session was over before.
    Before,
}

/// The client's end of one session. Bytes go in by [`Client::handle_bytes`]; bytes to send are taken out by
/// [`Client::take_transmit`] after each call.
#[derive(Debug)]
pub struct Client {
    state: State,
    config: Config,
    method: usize,
    transmit: Vec<u8>,
    accept: Option<Accept>,
}

impl Client {
    /// Makes a session that is about to connect: its request waits in [`Client::take_transmit`].
    pub fn new(config: Config) -> Result<Client, ApiMisuse> {
        if config.methods.is_empty() || config.methods.len() > 2 {
            return Err(ApiMisuse::AuthCount(config.methods.len()));
        }
        let mut transmit = Vec::new();
        ConnectRequest {
            version: VERSION.map(|byte| byte as i8),
            membership: config.membership,
            priority: config.priority,
            name: config.name,
        }
        .encode(&mut transmit);
        Ok(Client { state: State::ExpectAuthList, config, method: 0, transmit, accept: None })
    }

    /// Returns the session's state.
    pub fn state(&self) -> State {
        self.state
    }

    /// Returns version and private group, once connected.
    pub fn accept(&self) -> Option<Accept> {
        self.accept
    }

    /// Takes the bytes to send, each time in one write.
    pub fn take_transmit(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.transmit)
    }

    /// Takes bytes from the daemon, and returns how many it used, and their result. `(0, None)` asks for more bytes
    /// after the same ones; otherwise call again with the rest. An error ends the session.
    pub fn handle_bytes<'a>(&mut self, bytes: &'a [u8]) -> Result<(usize, Option<Happened<'a>>), ConnectError> {
        let result = match action(self.state, Event::Bytes) {
            Action::Handshake if self.state == State::ExpectAuthList => self.handle_auth_list(bytes),
            Action::Handshake => self.handle_accept(bytes),
            Action::ToMethod if bytes.is_empty() => Ok((0, None)),
            Action::ToMethod => Ok((bytes.len(), Some(Happened::ForMethod(bytes)))),
            Action::Deliver => match crate::message::parse_delivery(bytes) {
                Ok(Some((delivery, used))) => Ok((used, Some(Happened::Delivery(delivery)))),
                Ok(None) => Ok((0, None)),
                Err(invalid) => Err(DaemonMisbehaved::from(invalid).into()),
            },
            _ => Ok((bytes.len(), None)),
        };
        if result.is_err() {
            self.state = State::Closed;
        }
        result
    }

    /// Handles that the stream ended or broke.
    pub fn handle_end(&mut self) -> Ended {
        let action = action(self.state, Event::End);
        self.state = after(self.state, action);
        match action {
            Action::Fail => Ended::Failed,
            Action::Lose => Ended::Lost,
            Action::Close => Ended::Closed,
            _ => Ended::Before,
        }
    }

    /// Handles that the method under way has finished on this side. Its last bytes go out before.
    pub fn handle_authenticated(&mut self) -> Result<Option<Happened<'static>>, ApiMisuse> {
        match action(self.state, Event::Authenticated) {
            Action::Proceed => {
                self.method += 1;
                Ok(self.next_method())
            }
            _ => Err(ApiMisuse::NotConnected),
        }
    }

    /// Asks to join a group.
    pub fn join(&mut self, group: GroupName) -> Result<(), ApiMisuse> {
        let sender = self.requester()?;
        encode_join(sender, group, &mut self.transmit);
        Ok(())
    }

    /// Asks to leave a group.
    pub fn leave(&mut self, group: GroupName) -> Result<(), ApiMisuse> {
        let sender = self.requester()?;
        encode_leave(sender, group, &mut self.transmit);
        Ok(())
    }

    /// Sends a message of at most `max_size` bytes, 32 for each group included.
    pub fn multicast(&mut self, head: &Multicast<'_>, body: &[u8], max_size: usize) -> Result<(), ApiMisuse> {
        let sender = self.requester()?;
        let head = Multicast { data_len: body.len(), ..*head };
        head.check(max_size)?;
        head.encode_head(sender, &mut self.transmit);
        self.transmit.extend_from_slice(body);
        Ok(())
    }

    /// Ends the session.
    pub fn disconnect(&mut self) {
        let action = action(self.state, Event::Disconnect);
        self.state = after(self.state, action);
        if let (Action::Kill, Some(accept)) = (action, self.accept) {
            encode_kill(accept.private_group, &mut self.transmit);
        }
    }

    fn requester(&self) -> Result<PrivateGroup, ApiMisuse> {
        match (action(self.state, Event::Request), self.accept) {
            (Action::Send, Some(accept)) => Ok(accept.private_group),
            _ => Err(ApiMisuse::NotConnected),
        }
    }

    fn handle_auth_list(&mut self, bytes: &[u8]) -> Result<(usize, Option<Happened<'static>>), ConnectError> {
        let Some((list, used)) = handshake::parse_auth_list(bytes)? else { return Ok((0, None)) };
        for method in &self.config.methods {
            if !list.split(' ').any(|offered| offered == method.name.as_str()) {
                let (wanted, offered) = (method.name.as_str().into(), list.trim_end().into());
                return Err(ConnectError::MethodNotOffered { wanted, offered });
            }
        }
        handshake::encode_auth_choice(self.config.methods.iter().map(|method| &method.name), &mut self.transmit);
        Ok((used, self.next_method()))
    }

    /// Enters the next method that exchanges bytes, or the wait for the verdict.
    fn next_method(&mut self) -> Option<Happened<'static>> {
        let rest = &self.config.methods[self.method..];
        if let Some(skipped) = rest.iter().position(|method| method.interactive) {
            self.method += skipped;
            self.state = State::Authenticating;
            return Some(Happened::Authenticate(self.method));
        }
        self.state = State::ExpectAccept;
        None
    }

    fn handle_accept(&mut self, bytes: &[u8]) -> Result<(usize, Option<Happened<'static>>), ConnectError> {
        let Some((accept, used)) = Accept::parse(bytes)? else { return Ok((0, None)) };
        self.accept = Some(accept);
        self.state = after(self.state, Action::Handshake);
        Ok((used, Some(Happened::Connected(accept))))
    }
}
