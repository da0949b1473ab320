//! Reading what JavaScript asks for when it opens a session or starts a daemon: objects, by the names of `index.d.ts`.

use std::ffi::CStr;
use std::time::{Duration, Instant};

use spread_proto::client::AuthMethod;
use spread_proto::limits::{DEFAULT_MULTICAST_SIZE, DEFAULT_PORT, MAX_AUTH_NAME_LEN, MAX_MULTICAST_SIZE};
use spread_proto::{Address, AuthName, PrivateName};

use super::daemons;
use super::hub::{Hub, Slot};
use super::napi::{Call, Value};
use crate::connect::attempt::Attempt;
use crate::connect::options::ConnectOptions;
use crate::environment::orders::Command;
use crate::failure::Failure;
use crate::guard;
use crate::libspread::{self, Plan};
use crate::session::inbox::{self, Overflow};
use crate::session::outbox;
use crate::session::{Session, state::Heartbeat};

/// An object whose properties are read by name. What is missing is 0, false or nothing.
#[derive(Clone, Copy)]
struct Given<'env> {
    call: Call<'env>,
    object: Value<'env>,
}

impl<'env> Given<'env> {
    fn value(self, name: &CStr) -> Value<'env> {
        self.call.property(self.object, name)
    }

    fn flag(self, name: &CStr) -> bool {
        self.call.bool(self.value(name))
    }

    fn number(self, name: &CStr) -> f64 {
        self.call.f64(self.value(name))
    }

    fn count(self, name: &CStr) -> usize {
        self.number(name) as usize
    }

    /// Reads a number of milliseconds.
    fn time(self, name: &CStr) -> Duration {
        Duration::from_secs_f64(self.number(name) / 1000.0)
    }

    fn text(self, name: &CStr) -> Option<String> {
        self.call.string(self.value(name))
    }

    /// Reads an array's elements; `None` for what is none.
    fn list(self, name: &CStr) -> Option<Vec<Value<'env>>> {
        let value = self.value(name);
        self.call.is_array(value).then(|| self.call.elements(value))
    }

    /// Reads an array's texts.
    fn texts(self, name: &CStr) -> Option<Vec<String>> {
        self.list(name).map(|list| list.into_iter().filter_map(|value| self.call.string(value)).collect())
    }
}

/// Reads the options of a daemon, as `SpreadDaemon.start()` has them.
pub(super) fn daemon_options<'env>(call: Call<'env>, object: Value<'env>) -> daemons::Options {
    let given = Given { call, object };
    let most_messages = given.number(c"maxSessionMessages");
    daemons::Options {
        name: given.text(c"name").unwrap_or_default(),
        host: given.text(c"host"),
        port: given.count(c"port") as u16,
        path: given.text(c"path"),
        mode: given.number(c"mode") as u32,
        strict: given.flag(c"strict"),
        ip_rules: given.texts(c"allowIp"),
        limits: spread_daemon::Limits {
            sessions: given.count(c"maxSessions"),
            handshakes: given.count(c"maxHandshakes"),
            handshake_time: given.time(c"handshakeTimeout"),
            groups: given.count(c"maxGroups"),
            groups_of_session: given.count(c"maxSessionGroups"),
            members_of_group: given.count(c"maxGroupMembers"),
            session_bytes: given.count(c"maxSessionBytes"),
            session_messages: most_messages.is_finite().then_some(most_messages as usize),
            total_bytes: given.count(c"maxTotalBytes"),
            message_size: given.count(c"maxMessageBytes"),
        },
    }
}

/// Limits of the protocol, and the defaults that native code has: `lib/` has them from here.
pub(super) fn limits(call: Call<'_>) -> Value<'_> {
    let count = |number: usize| call.number(number as f64);
    let daemon = spread_daemon::Limits::default();
    let daemon = call.object(&[
        (c"maxSessions", count(daemon.sessions)),
        (c"maxHandshakes", count(daemon.handshakes)),
        (c"handshakeTimeout", count(daemon.handshake_time.as_millis() as usize)),
        (c"maxGroups", count(daemon.groups)),
        (c"maxSessionGroups", count(daemon.groups_of_session)),
        (c"maxGroupMembers", count(daemon.members_of_group)),
        (c"maxSessionBytes", count(daemon.session_bytes)),
        (c"maxSessionMessages", daemon.session_messages.map_or(call.number(f64::INFINITY), count)),
        (c"maxTotalBytes", count(daemon.total_bytes)),
        (c"maxMessageBytes", count(daemon.message_size)),
    ]);
    call.object(&[
        (c"port", count(DEFAULT_PORT.into())),
        (c"maxMessageBytes", count(DEFAULT_MULTICAST_SIZE)),
        (c"mostMessageBytes", count(MAX_MULTICAST_SIZE)),
        (c"mostAuthName", count(MAX_AUTH_NAME_LEN)),
        (c"daemonMode", count(spread_daemon::config::UNIX_MODE as usize)),
        (c"daemon", daemon),
    ])
}

/// Reads the options of a session, as `lib/session/options.js` has checked them.
fn connect_options(given: Given<'_>) -> Result<ConnectOptions, Failure> {
    let addresses = given.texts(c"addresses").unwrap_or_default();
    let name = given.text(c"privateName").filter(|name| !name.is_empty());
    let interval = given.time(c"pingInterval");
    Ok(ConnectOptions {
        addresses: addresses.iter().map(|text| Address::parse(text)).collect::<Result<_, _>>()?,
        name: name.map(|name| PrivateName::new(name.as_bytes())).transpose()?,
        membership: given.flag(c"membership"),
        priority: given.number(c"priority") > 0.0,
        auth: given.list(c"auth").map(|list| auth_methods(given.call, list)).transpose()?,
        timeout: given.time(c"timeout"),
        keep_alive: given.flag(c"keepAlive"),
        inbox: inbox::Limits {
            max_receive_queue_bytes: given.count(c"maxReceiveQueueBytes"),
            overflow: match given.text(c"overflow").as_deref() {
                Some("pause") => Overflow::Pause,
                _ => Overflow::Disconnect,
            },
        },
        outbox: outbox::Limits {
            high_water_mark: given.count(c"highWaterMark"),
            max_queued_bytes: given.count(c"maxQueuedBytes"),
            max_message_bytes: given.count(c"maxMessageBytes"),
        },
        heartbeat: (!interval.is_zero()).then(|| Heartbeat { interval, timeout: given.time(c"pingTimeout") }),
        libspread: given.text(c"libspread"),
    })
}

/// Reads authentication methods: of each its name, and whether it exchanges bytes.
fn auth_methods<'env>(call: Call<'env>, list: Vec<Value<'env>>) -> Result<Vec<AuthMethod>, Failure> {
    let method = |object| {
        let given = Given { call, object };
        let name = AuthName::new(&given.text(c"name").unwrap_or_default())?;
        Ok(AuthMethod { name, interactive: given.flag(c"interactive") })
    };
    list.into_iter().map(method).collect()
}

/// The engine that connects.
enum Start {
    Native(Box<Attempt>),
    Libspread(Plan),
}

/// Begins to connect a new session.
pub(super) fn connect_session<'env>(hub: &mut Hub, call: Call<'env>, object: Value<'env>) -> Result<u32, Failure> {
    let options = connect_options(Given { call, object })?;
    let start = match &options.libspread {
        None => Start::Native(Box::new(Attempt::new(&options, Instant::now()))),
        Some(path) => Start::Libspread(Plan::new(&options, path)?),
    };
    guard::start(&hub.shared)?;
    let around = hub.shared.surroundings();
    let id = hub
        .slots
        .insert(|id| Slot::new(Session::new(id, around, options.inbox, options.outbox, options.heartbeat)))
        .ok_or_else(|| Failure::bug("more sessions than it can count"))?;
    let session = hub.slots.get_mut(id).expect("it was just put in").session.clone();
    match start {
        Start::Native(attempt) => hub.shared.orders.give(Command::Connect(session, attempt)),
        Start::Libspread(plan) => libspread::connect(&hub.shared, &session, plan),
    }
    Ok(id)
}
