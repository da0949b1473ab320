//! The daemon's end of a session, as a state machine.
//!
//! A state is named after what it waits for. Each cell is the effect of an event there; the machine asks this table
//! ([`action`]) and nothing else, and a test walks every cell.
//!
//! | state \ event | Bytes | End | Admit | Authorize | Refuse |
//! |---|---|---|---|---|---|
//! | ExpectRequest | Handshake | Gone | Misuse | Misuse | Refuse |
//! | Naming | Wait | Gone | Greet | Misuse | Refuse |
//! | ExpectChoice | Handshake | Gone | Misuse | Misuse | Refuse |
//! | Authorizing | Wait | Gone | Misuse | Accept | Refuse |
//! | Open | Request | Gone | Misuse | Misuse | Close |
//! | Closed | Discard | Nothing | Misuse | Misuse | Nothing |

use alloc::string::String;
use alloc::vec::Vec;

use crate::codes::Code;
use crate::deframer::Reader;
use crate::error::{ApiMisuse, ClientMisbehaved};
use crate::handshake::{self, Accept, AuthName, ConnectRequest};
use crate::header::Frame;
use crate::limits::{AUTH_CHOICE_LEN, NAME_FIELD_LEN};
use crate::name::{Name, NameField, PrivateGroup};
use crate::service::ServiceType;

/// The state of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waits for the connect request.
    ExpectRequest,
    /// Waits for the daemon to choose the session's private group.
    Naming,
    /// Waits for the choice of methods.
    ExpectChoice,
    /// Waits for the daemon to judge the choice.
    Authorizing,
    /// The session is open.
    Open,
    /// Over.
    Closed,
}

/// An event of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Bytes arrived from the client.
    Bytes,
    /// The stream ended or broke.
    End,
    /// The daemon has a private group for it.
    Admit,
    /// The daemon accepts the chosen methods.
    Authorize,
    /// The daemon refuses or ends the session.
    Refuse,
}

/// The effect of an event in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Read as the handshake's next unit.
    Handshake,
    /// Leave the bytes where they are.
    Wait,
    /// Send the list of methods; to an old library, which knows of none, go on to the verdict.
    Greet,
    /// Send the accept.
    Accept,
    /// Read as a request.
    Request,
    /// Send the code and end.
    Refuse,
    /// End without an answer: none is possible any more.
    Close,
    /// Discard.
    Discard,
    /// The client is gone.
    Gone,
    /// No effect.
    Nothing,
    /// The daemon must not do that now.
    Misuse,
}

impl State {
    /// Every state.
    pub const ALL: [State; 6] =
        [State::ExpectRequest, State::Naming, State::ExpectChoice, State::Authorizing, State::Open, State::Closed];
}

impl Event {
    /// Every event.
    pub const ALL: [Event; 5] = [Event::Bytes, Event::End, Event::Admit, Event::Authorize, Event::Refuse];
}

/// Returns the table's cell.
pub const fn action(state: State, event: Event) -> Action {
    match (event, state) {
        (Event::Bytes, State::ExpectRequest | State::ExpectChoice) => Action::Handshake,
        (Event::Bytes, State::Naming | State::Authorizing) => Action::Wait,
        (Event::Bytes, State::Open) => Action::Request,
        (Event::Bytes, State::Closed) => Action::Discard,
        (Event::End | Event::Refuse, State::Closed) => Action::Nothing,
        (Event::End, _) => Action::Gone,
        (Event::Admit, State::Naming) => Action::Greet,
        (Event::Authorize, State::Authorizing) => Action::Accept,
        (Event::Admit | Event::Authorize, _) => Action::Misuse,
        (Event::Refuse, State::Open) => Action::Close,
        (Event::Refuse, _) => Action::Refuse,
    }
}

/// The result of the client's bytes.
#[derive(Debug)]
pub enum Happened<'a> {
    /// It asks for a session: [`Server::admit`] or [`Server::refuse`] it.
    Requested(ConnectRequest),
    /// It chose these methods (an old library implicitly the first one allowed): [`Server::authorize`] or
    /// [`Server::refuse`] it.
    Chose(Vec<AuthName>),
    /// A request of an open session, whole and legal.
    Request(Request<'a>),
}

/// A legal request.
#[derive(Clone, Copy, Debug)]
pub enum Request<'a> {
    /// Join a group. Its name is not checked beyond its NUL: real daemons take any.
    Join(Name),
    /// Leave a group.
    Leave(Name),
    /// End the session.
    Kill,
    /// Deliver this message. Its groups all have their NUL.
    Multicast(Frame<'a>),
    /// A join or a leave of no group.
    Nothing,
}

/// The daemon's end of one session. Bytes go in by [`Server::handle_bytes`]; bytes to send are taken out by
/// [`Server::take_transmit`] after each call.
#[derive(Debug)]
pub struct Server {
    state: State,
    /// The methods allowed, in the order of the list.
    methods: Vec<String>,
    /// Each unit of the handshake has to come in one piece.
    strict: bool,
    transmit: Vec<u8>,
    request: Option<ConnectRequest>,
    private_group: Option<PrivateGroup>,
}

impl Server {
    /// Makes a session whose client has just connected. `methods` are the authentication methods allowed.
    pub fn new(methods: Vec<String>) -> Server {
        Server {
            state: State::ExpectRequest,
            methods,
            strict: false,
            transmit: Vec::new(),
            request: None,
            private_group: None,
        }
    }

    /// Takes the handshake as a 5.0.1 daemon does, which reads the request once, and the choice once: what
    /// [`Server::handle_bytes`] is given is what one read has found, and what is not whole there is refused.
    #[must_use]
    pub fn strict(self) -> Server {
        Server { strict: true, ..self }
    }

    /// Returns the session's state.
    pub fn state(&self) -> State {
        self.state
    }

    /// Returns the connect request, once read.
    pub fn request(&self) -> Option<ConnectRequest> {
        self.request
    }

    /// Returns the private group, once admitted.
    pub fn private_group(&self) -> Option<PrivateGroup> {
        self.private_group
    }

    /// Takes the bytes to send.
    pub fn take_transmit(&mut self) -> Vec<u8> {
        core::mem::take(&mut self.transmit)
    }

    /// Takes bytes from the client, and returns how many it used, and their result. `(0, None)` asks for more bytes
    /// after the same ones; otherwise call again with the rest. An error ends the session.
    pub fn handle_bytes<'a>(&mut self, bytes: &'a [u8]) -> Result<(usize, Option<Happened<'a>>), ClientMisbehaved> {
        match action(self.state, Event::Bytes) {
            // Nothing is not a read that has found too little.
            _ if bytes.is_empty() => Ok((0, None)),
            Action::Handshake if self.state == State::ExpectRequest => Ok(self.handle_request(bytes)),
            Action::Handshake => Ok(self.handle_choice(bytes)),
            Action::Request => match self.handle_message(bytes) {
                Ok(Some((request, used))) => Ok((used, Some(Happened::Request(request)))),
                Ok(None) => Ok((0, None)),
                Err(misbehaved) => {
                    self.state = State::Closed;
                    Err(misbehaved)
                }
            },
            Action::Wait => Ok((0, None)),
            _ => Ok((bytes.len(), None)),
        }
    }

    /// Handles that the stream ended or broke. Returns whether the session had not ended yet.
    pub fn handle_end(&mut self) -> bool {
        let news = action(self.state, Event::End) == Action::Gone;
        self.state = State::Closed;
        news
    }

    /// Gives the session its private group. An old library then goes straight to the verdict: `Chose` reports that.
    pub fn admit(&mut self, private_group: PrivateGroup) -> Result<Option<Happened<'static>>, ApiMisuse> {
        let (Action::Greet, Some(request)) = (action(self.state, Event::Admit), self.request) else {
            return Err(ApiMisuse::NotConnected);
        };
        self.private_group = Some(private_group);
        if request.has_auth() {
            handshake::encode_auth_list(self.methods.iter().map(String::as_str), &mut self.transmit);
            self.state = State::ExpectChoice;
            return Ok(None);
        }
        self.state = State::Authorizing;
        Ok(Some(Happened::Chose(self.implicit_choice())))
    }

    /// Admits the session.
    pub fn authorize(&mut self) -> Result<(), ApiMisuse> {
        let (Action::Accept, Some(request), Some(private_group)) =
            (action(self.state, Event::Authorize), self.request, self.private_group)
        else {
            return Err(ApiMisuse::NotConnected);
        };
        Accept::encode(private_group, request.has_patch(), &mut self.transmit);
        self.state = State::Open;
        Ok(())
    }

    /// Ends the session; before it is open, with a code.
    pub fn refuse(&mut self, code: Code) {
        if action(self.state, Event::Refuse) == Action::Refuse {
            self.transmit.push(code.number() as i8 as u8);
        }
        self.state = State::Closed;
    }

    fn handle_request(&mut self, bytes: &[u8]) -> (usize, Option<Happened<'static>>) {
        let parsed = if self.strict {
            ConnectRequest::parse_once(bytes).map(Some)
        } else {
            ConnectRequest::parse(bytes).map_err(Some)
        };
        match parsed {
            Ok(None) => return (0, None),
            Ok(Some((request, used))) => {
                self.request = Some(request);
                self.state = State::Naming;
                return (used, Some(Happened::Requested(request)));
            }
            Err(Some(code)) => self.refuse(code),
            Err(None) => self.state = State::Closed,
        }
        (bytes.len(), None)
    }

    fn handle_choice(&mut self, bytes: &[u8]) -> (usize, Option<Happened<'static>>) {
        let block = bytes.first_chunk::<AUTH_CHOICE_LEN>();
        if block.is_none() && !self.strict {
            return (0, None);
        }
        match block.and_then(handshake::parse_auth_choice).filter(|chosen| self.allows(chosen)) {
            Some(chosen) => {
                self.state = State::Authorizing;
                (AUTH_CHOICE_LEN, Some(Happened::Chose(chosen)))
            }
            None => {
                self.refuse(Code::RejectAuth);
                (bytes.len(), None)
            }
        }
    }

    /// Returns whether these are one or two methods, all of them allowed.
    fn allows(&self, chosen: &[AuthName]) -> bool {
        let known = |name: &AuthName| self.methods.iter().any(|method| method == name.as_str());
        matches!(chosen.len(), 1 | 2) && chosen.iter().all(known)
    }

    /// Chooses for a library without list and choice: IP if allowed, else NULL if allowed; else nothing, which
    /// has to be refused. Read.
    fn implicit_choice(&self) -> Vec<AuthName> {
        let allowed = |name: &&str| self.methods.iter().any(|method| method == name);
        let name = [AuthName::IP, AuthName::NULL].into_iter().find(allowed);
        name.and_then(|name| AuthName::new(name).ok()).into_iter().collect()
    }

    fn handle_message<'a>(&self, bytes: &'a [u8]) -> Result<Option<(Request<'a>, usize)>, ClientMisbehaved> {
        let own = self.private_group.expect("an open session has its private group");
        parse_request(own, bytes)
    }
}

/// Reads one request of the session `own` from the front of its bytes: the request and its length, or `None` while
/// it is incomplete. Judges the header as soon as it is complete. For callers that keep their own buffers.
#[inline]
pub fn parse_request(own: PrivateGroup, bytes: &[u8]) -> Result<Option<(Request<'_>, usize)>, ClientMisbehaved> {
    use crate::deframer::Measure;
    let Measure::Message(header, len) = Reader::Daemon.measure(bytes)? else { return Ok(None) };
    let word = header.service_type;
    if (word.0 & ServiceType::REQUESTS).count_ones() != 1 {
        return Err(ClientMisbehaved::Service(word.0));
    }
    if !header.hint.is_legal() {
        return Err(ClientMisbehaved::Hint);
    }
    let sender: &NameField = bytes[4..].first_chunk().expect("a header is here");
    if sender != own.name().as_field() && Name::from_terminated_field(sender) != Some(own.name()) {
        return Err(ClientMisbehaved::Sender);
    }
    if bytes.len() < len {
        return Ok(None);
    }
    let frame = Frame { header, bytes: &bytes[..len] };
    if word.contains(ServiceType::KILL) {
        return Ok(Some((Request::Kill, len)));
    }
    // Nearly all fields are padded, and show the NUL at their end.
    if frame.group_fields().iter().any(|field| field[NAME_FIELD_LEN - 1] != 0 && !field.contains(&0)) {
        return Err(ClientMisbehaved::NameNotTerminated);
    }
    let first = || frame.group_fields().first().map(Name::from_field);
    let request = if word.contains(ServiceType::JOIN) {
        first().map_or(Request::Nothing, Request::Join)
    } else if word.contains(ServiceType::LEAVE) {
        first().map_or(Request::Nothing, Request::Leave)
    } else {
        Request::Multicast(frame)
    };
    Ok(Some((request, len)))
}
