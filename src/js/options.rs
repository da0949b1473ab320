//! Reading what JavaScript asks for when it opens a session or starts a daemon.

use std::time::{Duration, Instant};

use napi::sys::{napi_env, napi_value};
use spread_daemon::Limits;
use spread_proto::client::{AuthMethod, Config};
use spread_proto::{Address, AuthName, PrivateName};

use super::daemons;
use super::hub::{Hub, Slot};
use super::napi as js;
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
pub(crate) unsafe fn daemon_options(env: napi_env, options: napi_value) -> daemons::Options {
    // SAFETY: the caller is a call from JavaScript with this argument.
    unsafe {
        let values = js::elements(env, options);
        let text = |index: usize| js::string(env, values[index]);
        let number = |index: usize| js::f64(env, values[index]);
        let rules = js::is_array(env, values[4])
            .then(|| js::elements(env, values[4]).into_iter().filter_map(|value| js::string(env, value)).collect());
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
unsafe fn auth_methods(env: napi_env, auth: napi_value) -> Option<Result<Vec<AuthMethod>, Failure>> {
    // SAFETY: the caller is a call from JavaScript with this argument.
    unsafe {
        js::is_array(env, auth).then(|| {
            let method = |value| {
                let parts = js::elements(env, value);
                let name = AuthName::new(&js::string(env, parts[0]).unwrap_or_default())?;
                Ok(AuthMethod { name, interactive: js::bool(env, parts[1]) })
            };
            js::elements(env, auth).into_iter().map(method).collect()
        })
    }
}

/// Begins to connect a new session: by the library, if there is a last argument (its path; empty: where it is found).
pub(crate) unsafe fn connect_session(
    hub: &mut Hub,
    env: napi_env,
    arguments: &[napi_value; 15],
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
    // SAFETY: the caller is a call from JavaScript with these arguments.
    let (addresses, name, flags, numbers, library) = unsafe {
        let addresses: Vec<_> = js::elements(env, addresses).into_iter().map(|value| js::string(env, value)).collect();
        let flags = [membership, priority, keep_alive, pause].map(|value| js::bool(env, value));
        let numbers = [timeout, high_water, queue, message, receive].map(|value| js::f64(env, value));
        (addresses, js::string(env, name).unwrap_or_default(), flags, numbers, js::string(env, library))
    };
    let [membership, priority, keep_alive, pause] = flags;
    let [timeout, high_water, queue, message, receive] = numbers;
    let timeout = Duration::from_secs_f64(timeout / 1000.0);
    // SAFETY: as above.
    let beat =
        unsafe { [ping_interval, ping_timeout].map(|value| Duration::from_secs_f64(js::f64(env, value) / 1000.0)) };
    let heartbeat = (!beat[0].is_zero()).then_some(Heartbeat { interval: beat[0], timeout: beat[1] });
    let addresses = addresses
        .iter()
        .map(|text| Address::parse(text.as_deref().unwrap_or_default()))
        .collect::<Result<Vec<_>, _>>()?;
    let name = if name.is_empty() { None } else { Some(PrivateName::new(name.as_bytes())?) };
    let mut config = Config { priority, ..Config::new(name, membership) };
    // SAFETY: as above.
    if let Some(methods) = unsafe { auth_methods(env, auth) } {
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
