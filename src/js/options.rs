//! Reading what JavaScript asks for when it opens a session or starts a daemon.

use std::time::{Duration, Instant};

use spread_daemon::Limits;
use spread_proto::client::{AuthMethod, Config};
use spread_proto::{Address, AuthName, PrivateName};

use super::daemons;
use super::hub::{Hub, Slot};
use super::napi::{Call, Value};
use crate::connect::attempt::Attempt;
use crate::environment::orders::Command;
use crate::failure::Failure;
use crate::guard;
use crate::libspread::{self, Plan};
use crate::session::inbox::{self, Overflow};
use crate::session::outbox;
use crate::session::{Session, state::Heartbeat};

/// `[name, host, port, path, ipRules, maxSessions, maxHandshakes, handshakeTimeout, maxGroups, maxSessionGroups,
/// maxGroupMembers, maxSessionBytes, maxSessionMessages, maxTotalBytes, maxMessageBytes]`; `undefined` for what is not
/// wanted.
pub(super) fn daemon_options<'env>(call: Call<'env>, options: Value<'env>) -> daemons::Options {
    {
        let values = call.elements(options);
        let text = |index: usize| call.string(values[index]);
        let number = |index: usize| call.f64(values[index]);
        let rules = call
            .is_array(values[4])
            .then(|| call.elements(values[4]).into_iter().filter_map(|value| call.string(value)).collect());
        let limits = Limits {
            sessions: number(5) as usize,
            handshakes: number(6) as usize,
            handshake_time: Duration::from_secs_f64(number(7) / 1000.0),
            groups: number(8) as usize,
            groups_of_session: number(9) as usize,
            members_of_group: number(10) as usize,
            session_bytes: number(11) as usize,
            session_messages: Some(number(12)).filter(|most| most.is_finite()).map(|most| most as usize),
            total_bytes: number(13) as usize,
            message_size: number(14) as usize,
        };
        daemons::Options {
            name: text(0).unwrap_or_default(),
            host: text(1),
            port: number(2) as u16,
            path: text(3),
            ip_rules: rules,
            limits,
        }
    }
}

/// Who connects.
enum Start {
    Native(Box<Attempt>),
    Libspread(Plan),
}

/// The authentication methods, if others are wanted than NULL: `[[name, whether it exchanges bytes], …]`.
fn auth_methods<'env>(call: Call<'env>, auth: Value<'env>) -> Option<Result<Vec<AuthMethod>, Failure>> {
    {
        call.is_array(auth).then(|| {
            let method = |value| {
                let parts = call.elements(value);
                let name = AuthName::new(&call.string(parts[0]).unwrap_or_default())?;
                Ok(AuthMethod { name, interactive: call.bool(parts[1]) })
            };
            call.elements(auth).into_iter().map(method).collect()
        })
    }
}

/// Begins to connect a new session: by the library, if there is a last argument (its path; empty: where it is found).
pub(super) fn connect_session<'env>(
    hub: &mut Hub,
    call: Call<'env>,
    arguments: &[Value<'env>; 15],
) -> Result<u32, Failure> {
    let [
        addresses,
        name,
        membership,
        priority,
        timeout,
        keep_alive,
        high_water,
        queue,
        message,
        receive,
        pause,
        library,
        ping_interval,
        ping_timeout,
        auth,
    ] = *arguments;
    let (addresses, name, flags, numbers, library) = {
        let addresses: Vec<_> = call.elements(addresses).into_iter().map(|value| call.string(value)).collect();
        let flags = [membership, priority, keep_alive, pause].map(|value| call.bool(value));
        let numbers = [timeout, high_water, queue, message, receive].map(|value| call.f64(value));
        (addresses, call.string(name).unwrap_or_default(), flags, numbers, call.string(library))
    };
    let [membership, priority, keep_alive, pause] = flags;
    let [timeout, high_water, queue, message, receive] = numbers;
    let timeout = Duration::from_secs_f64(timeout / 1000.0);
    let beat = { [ping_interval, ping_timeout].map(|value| Duration::from_secs_f64(call.f64(value) / 1000.0)) };
    let heartbeat = (!beat[0].is_zero()).then_some(Heartbeat { interval: beat[0], timeout: beat[1] });
    let addresses = addresses
        .iter()
        .map(|text| Address::parse(text.as_deref().unwrap_or_default()))
        .collect::<Result<Vec<_>, _>>()?;
    let name = if name.is_empty() { None } else { Some(PrivateName::new(name.as_bytes())?) };
    let mut config = Config { priority, ..Config::new(name, membership) };
    if let Some(methods) = auth_methods(call, auth) {
        config.methods = methods?;
    }
    let start = match library {
        None => Start::Native(Box::new(Attempt::new(addresses, config, keep_alive, Instant::now() + timeout))),
        Some(path) => Start::Libspread(Plan::new(&addresses, &config, keep_alive, timeout, &path)?),
    };
    guard::start(&hub.shared)?;
    let overflow = if pause { Overflow::Pause } else { Overflow::Disconnect };
    let inbox = inbox::Limits { bytes: receive as usize, overflow };
    let outbox = outbox::Limits { high_water: high_water as usize, queue: queue as usize, message: message as usize };
    let around = hub.shared.surroundings();
    let id = hub.slots.insert(|id| Slot {
        session: Session::new(id, around, inbox, outbox, heartbeat),
        #[cfg(unix)]
        watcher: None,
        current: None,
        broken: None,
        delivered: 0,
        batches: 0,
        held: false,
        batch_bytes: 0,
        kept: 0,
        warned: false,
        told: false,
    });
    let id = id.ok_or_else(|| Failure::bug("more sessions than it can count"))?;
    let session = hub.slots.get_mut(id).expect("it was just put in").session.clone();
    match start {
        Start::Native(attempt) => hub.shared.orders.give(Command::Connect(session, attempt)),
        Start::Libspread(plan) => libspread::connect(&hub.shared, &session, plan),
    }
    Ok(id)
}
