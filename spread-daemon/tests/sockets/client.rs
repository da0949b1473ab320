//! A client: a blocking socket and `spread-proto`'s client machine.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use spread_daemon::{Config, Daemon, Event};
use spread_proto::client::{Client, Config as ClientConfig, Happened};
use spread_proto::{Code, DaemonName, Delivery, Destination, GroupName, Multicast, PrivateName, ServiceType};

/// A test that waits longer than this has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn config() -> Config {
    Config { port: 0, ..Config::new(DaemonName::new(b"here").unwrap()) }
}

/// A daemon, and what it tells.
pub(crate) fn start(config: Config) -> (Daemon, Receiver<Event>) {
    let (tell, told) = mpsc::channel();
    let daemon = Daemon::start(config, move |event| drop(tell.send(event))).unwrap();
    (daemon, told)
}

/// A stream of either kind.
pub(crate) trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

pub(crate) struct Member {
    pub(crate) stream: Box<dyn Stream>,
    client: Client,
    bytes: Vec<u8>,
    at: usize,
}

impl Member {
    pub(crate) fn connect(address: SocketAddr, name: &str) -> Result<Member, Code> {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Member::over(Box::new(stream), name)
    }

    /// Connects a session that wants no memberships.
    pub(crate) fn unaware(address: SocketAddr, name: &str) -> Result<Member, Code> {
        Member::open(Box::new(TcpStream::connect(address).unwrap()), name, false)
    }

    pub(crate) fn over(stream: Box<dyn Stream>, name: &str) -> Result<Member, Code> {
        Member::open(stream, name, true)
    }

    fn open(stream: Box<dyn Stream>, name: &str, membership: bool) -> Result<Member, Code> {
        let config = ClientConfig::new(PrivateName::new(name.as_bytes()).ok(), membership);
        let mut member = Member { stream, client: Client::new(config).unwrap(), bytes: Vec::new(), at: 0 };
        loop {
            member.flush();
            let (used, happened) =
                member.client.handle_bytes(&member.bytes[member.at..]).map_err(|error| error.code())?;
            let step = match happened {
                Some(Happened::Connected(_)) => Some(true),
                Some(Happened::Authenticate(_)) => Some(false),
                Some(other) => panic!("{other:?} in a handshake"),
                None => None,
            };
            member.at += used;
            match step {
                Some(true) => return Ok(member),
                Some(false) => drop(member.client.handle_authenticated().unwrap()),
                None if used == 0 => member.read().expect("the daemon answers"),
                None => {}
            }
        }
    }

    pub(crate) fn flush(&mut self) {
        let bytes = self.client.take_transmit();
        self.stream.write_all(&bytes).unwrap();
    }

    /// Bytes of what was asked for, not sent.
    pub(crate) fn take_transmit(&mut self) -> Vec<u8> {
        self.client.take_transmit()
    }

    pub(crate) fn join(&mut self, group: &str) {
        self.queue_join(group);
        self.flush();
    }

    /// Asks for a join; `flush` sends it.
    pub(crate) fn queue_join(&mut self, group: &str) {
        self.client.join(GroupName::new(group.as_bytes()).unwrap()).unwrap();
    }

    /// Asks for a message; `flush` sends it.
    pub(crate) fn queue(&mut self, groups: &[&str], body: &[u8]) {
        let groups: Vec<_> = groups.iter().map(|name| Destination::parse(name.as_bytes()).unwrap()).collect();
        let service_type = ServiceType::SAFE_MESS;
        let head = Multicast { service_type, groups: &groups, mess_type: 0, data_len: 0 };
        self.client.multicast(&head, body, 140_000).unwrap();
    }

    pub(crate) fn send(&mut self, groups: &[&str], body: &[u8]) {
        self.queue(groups, body);
        self.flush();
    }

    /// The next thing it hears.
    pub(crate) fn hear<T>(&mut self, look: impl FnOnce(&Delivery<'_>) -> T) -> T {
        loop {
            let (used, whole) = match self.client.handle_bytes(&self.bytes[self.at..]).unwrap() {
                (used, Some(Happened::Delivery(_))) => (used, true),
                (used, None) => (used, false),
                (_, other) => panic!("{other:?} in an open session"),
            };
            if whole {
                let message = &self.bytes[self.at..self.at + used];
                let (delivery, _) = spread_proto::message::parse_delivery(message).unwrap().unwrap();
                let seen = look(&delivery);
                self.at += used;
                return seen;
            }
            self.at += used;
            self.read().expect("the session goes on");
        }
    }

    /// The next thing, which is a message: its body.
    pub(crate) fn message(&mut self) -> Vec<u8> {
        self.hear(|delivery| match delivery {
            Delivery::Message(message) => message.body.to_vec(),
            other => panic!("{other:?} is no message"),
        })
    }

    /// The next thing, which is a view: how many members it has.
    pub(crate) fn view(&mut self) -> usize {
        self.hear(|delivery| match delivery {
            Delivery::Membership(view) => view.members.len(),
            other => panic!("{other:?} is no view"),
        })
    }

    /// Reads until the stream ends. How many bytes that were.
    pub(crate) fn read_out(&mut self) -> usize {
        let mut rest = Vec::new();
        // A reset is an end too.
        let _ = self.stream.read_to_end(&mut rest);
        rest.len()
    }

    fn read(&mut self) -> io::Result<()> {
        self.bytes.drain(..std::mem::take(&mut self.at));
        let len = self.bytes.len();
        self.bytes.resize(len + 256 * 1024, 0);
        let read = self.stream.read(&mut self.bytes[len..])?;
        self.bytes.truncate(len + read);
        if read == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}
