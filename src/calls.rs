//! The functions that `lib/` calls. They check nothing that `lib/` has checked, and run no JavaScript.

use std::ptr::null_mut;
use std::sync::Arc;
use std::time::{Duration, Instant};

use napi::sys::{self, napi_callback_info, napi_env, napi_value};
use spread_daemon::Limits;
use spread_proto::client::Config;
use spread_proto::limits::{MAX_NAME_LEN, NAME_FIELD_LEN};
use spread_proto::message::Multicast;
use spread_proto::{Address, Destination, GroupName, PrivateName, ServiceType};

use crate::attempt::Attempt;
use crate::daemons;
use crate::failure::Failure;
use crate::guard::{Command, Guard};
use crate::hub::{Hub, Slot, enter};
use crate::inbox::{self, Overflow};
use crate::js::{self, View};
use crate::outbox::{self, WRITE_AT, Written};
use crate::session::{Phase, Session};
use crate::taking::Taken;

/// Answers of the calls that queue something.
const REFUSED: i32 = -1;
const ABOVE_HIGH_WATER: i32 = 0;
const TAKEN: i32 = 1;

/// What `take` answers when there are notices to ask for.
const NOTICES: i32 = -1;

type Raw = unsafe extern "C" fn(napi_env, napi_callback_info) -> napi_value;

macro_rules! functions {
    ($($(#[$doc:meta])* $js:literal $name:ident[$count:literal] = |$hub:ident, $env:ident, $arguments:pat_param| $body:block)*) => {
        /// The functions of an environment.
        pub(crate) const FUNCTIONS: &[(&str, Raw)] = &[("raise", raise), $(($js, $name)),*];

        $(
            $(#[$doc])*
            unsafe extern "C" fn $name(env: napi_env, info: napi_callback_info) -> napi_value {
                // SAFETY: Node calls this with its environment and its call, and `open` made the function. All that
                // the body does with the environment happens during the call.
                unsafe {
                    enter::<$count>(env, info, |$hub, $arguments| {
                        let $env = env;
                        $body
                    })
                }
            }
        )*
    };
}

functions! {
    /// `take(header)` → records in the batch, or [`NOTICES`]; the session's id in `header[0]`.
    "take" take[0] = |hub, env, []| {
        let (id, count) = match hub.take(env) {
            Taken::Records(id, count) => (id, count as i32),
            Taken::Notices => (0, NOTICES),
            Taken::Nothing => (0, 0),
        };
        hub.batch.set_session(id);
        js::from_i32(env, count)
    }

    /// `notices()` → an array of `[about, kind, text]`.
    "notices" notices[0] = |hub, env, []| {
        let notices: Vec<_> = hub
            .shared
            .take_notices()
            .iter()
            .map(|notice| {
                let about = js::from_f64(env, f64::from(notice.about));
                js::array(env, &[about, js::from_str(env, notice.kind), js::from_str(env, &notice.text)])
            })
            .collect();
        js::array(env, &notices)
    }

    /// `connect(addresses, name, membership, priority, timeout, keepAlive, highWater, queue, message, receive, pause)`
    /// → the session's id, or 0.
    "connect" connect[11] = |hub, env, arguments| {
        let id = connect_session(hub, env, &arguments).unwrap_or_else(|failure| {
            hub.last_failure = Some(failure);
            0
        });
        js::from_f64(env, f64::from(id))
    }

    /// `info(id)` → `[private group, major, minor, patch, address]` of a session that was connected.
    "info" info[1] = |hub, env, [id]| {
        match hub.slots.get_mut(js::u32(env, id)).and_then(|slot| slot.session.connected()) {
            None => null_mut(),
            Some(connected) => {
                let [major, minor, patch] = connected.accept.version.map(|part| js::from_i32(env, i32::from(part)));
                let group = js::from_latin1(env, connected.accept.private_group.as_bytes());
                js::array(env, &[group, major, minor, patch, js::from_str(env, &connected.address)])
            }
        }
    }

    /// `ended(id)` → how the session ended (`[code, number, text]`, or nothing if it was wanted), and forgets it.
    "ended" ended[1] = |hub, env, [id]| {
        let Some(slot) = hub.slots.remove(js::u32(env, id)) else { return null_mut() };
        hub.shared.guard.command(Command::Forget(slot.session.id));
        let end = slot.session.inbox().end.clone();
        match slot.broken.map_or(end, |failure| Some(Err(failure))) {
            Some(Err(failure)) => tell(env, &failure),
            _ => null_mut(),
        }
    }

    /// `lastFailure()` → what is behind the last refusal: `[code, number, text]`.
    "lastFailure" last_failure[0] = |hub, env, []| {
        hub.last_failure.take().map_or(null_mut(), |failure| tell(env, &failure))
    }

    /// `join(id, group)` → an answer.
    "join" join[2] = |hub, env, [id, group]| {
        let answer = request(hub, env, id, group, |session, group| {
            session.outbox().join(group, &session.shared.pool)
        });
        js::from_i32(env, answer)
    }

    /// `leave(id, group)` → an answer.
    "leave" leave[2] = |hub, env, [id, group]| {
        let answer = request(hub, env, id, group, |session, group| {
            session.outbox().leave(group, &session.shared.pool)
        });
        js::from_i32(env, answer)
    }

    /// `send(id, service, groups, type, data)` → an answer.
    "send" send[5] = |hub, env, arguments| {
        let answer = send_message(hub, env, arguments).unwrap_or_else(|failure| {
            hub.last_failure = Some(failure);
            REFUSED
        });
        js::from_i32(env, answer)
    }

    /// `flush()`: a turn has ended, in a runtime whose loop does not say so.
    "flush" flush[0] = |hub, _env, []| {
        hub.shared.write_dirty();
        null_mut()
    }

    /// `askEmpty(id)` → whether something waits to be sent; then a drain will be told once nothing does.
    "askEmpty" ask_empty[1] = |hub, env, [id]| {
        let waits = match hub.slots.get_mut(js::u32(env, id)) {
            Some(slot) => slot.session.outbox().ask_empty(),
            None => false,
        };
        js::from_i32(env, i32::from(waits))
    }

    /// `disconnect(id, within)`: ends an open session, after what was accepted; a connecting one at once.
    "disconnect" disconnect[2] = |hub, env, [id, within]| {
        let within = Duration::from_secs_f64(js::f64(env, within) / 1000.0);
        if let Some(slot) = hub.slots.get_mut(js::u32(env, id)) {
            let session = slot.session.clone();
            if session.close() {
                hub.shared.guard.command(Command::EndAt(session.id, Instant::now() + within));
                hub.soil(&session);
            } else if session.phase() == Phase::Connecting {
                session.finish(Err(Failure::abandoned()));
            }
        }
        null_mut()
    }

    /// `stats(id)` → figures of a session, in the order in which `lib/session.js` names them.
    "stats" stats[1] = |hub, env, [id]| {
        let Some(slot) = hub.slots.get_mut(js::u32(env, id)) else { return null_mut() };
        let figures = figures(slot).map(|figure| js::from_f64(env, figure as f64));
        js::array(env, &figures)
    }

    /// `hold(on)`: whether the environment stays alive for its sessions and daemons.
    "hold" hold[1] = |hub, env, [on]| {
        let bell = hub.shared.raw_bell();
        if js::bool(env, on) {
            sys::napi_ref_threadsafe_function(env, bell);
        } else {
            sys::napi_unref_threadsafe_function(env, bell);
        }
        null_mut()
    }

    /// `startDaemon(options)` → the daemon's id, or 0. The options are an array, in the order of `lib/daemon.js`.
    "startDaemon" start_daemon[1] = |hub, env, [options]| {
        let options = daemon_options(env, options);
        let id = hub.daemons.start(&hub.shared, options).unwrap_or_else(|failure| {
            hub.last_failure = Some(failure);
            0
        });
        js::from_f64(env, f64::from(id))
    }

    /// `daemonPort(id)` → the TCP port it listens on, 0 for none.
    "daemonPort" daemon_port[1] = |hub, env, [id]| {
        let port = hub.daemons.get(js::u32(env, id)).and_then(spread_daemon::Daemon::port);
        js::from_i32(env, i32::from(port.unwrap_or(0)))
    }

    /// `daemonStats(id)` → `[[name, figure], …]`.
    "daemonStats" daemon_stats[1] = |hub, env, [id]| {
        match hub.daemons.get(js::u32(env, id)) {
            None => null_mut(),
            Some(daemon) => {
                let stats: Vec<_> = daemon
                    .stats()
                    .named()
                    .map(|(name, figure)| {
                        js::array(env, &[js::from_str(env, name), js::from_f64(env, figure as f64)])
                    })
                    .collect();
                js::array(env, &stats)
            }
        }
    }

    /// `stopDaemon(id)`: a notice says when it has stopped.
    "stopDaemon" stop_daemon[1] = |hub, env, [id]| {
        if let Some(daemon) = hub.daemons.get(js::u32(env, id)) {
            daemon.stop();
        }
        null_mut()
    }

    /// `forgetDaemon(id)`: it has stopped.
    "forgetDaemon" forget_daemon[1] = |hub, env, [id]| {
        hub.daemons.remove(js::u32(env, id));
        null_mut()
    }

    /// `reader()` → who reads: `'loop'` or `'guard'`.
    "reader" reader[0] = |hub, env, []| {
        js::from_str(env, if hub.shared.guard.always { "guard" } else { "loop" })
    }
}

unsafe fn tell(env: napi_env, failure: &Failure) -> napi_value {
    // SAFETY: the caller is a call from JavaScript.
    unsafe {
        let (code, text) = (js::from_str(env, failure.code), js::from_str(env, &failure.text));
        js::array(env, &[code, js::from_i32(env, failure.number), text])
    }
}

/// `raise(error)`: an uncaught exception, now. It runs the handlers of the process, which may call anything here, so
/// the environment's state is not entered.
unsafe extern "C" fn raise(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: Node calls this with its environment and its call.
    unsafe {
        let ([error], _) = js::arguments::<1>(env, info);
        sys::napi_fatal_exception(env, error);
    }
    null_mut()
}

/// `[name, host, port, path, ipRules, maxSessions, maxHandshakes, handshakeTimeout, maxGroups, maxSessionGroups,
/// maxGroupMembers, maxSessionBytes, maxSessionMessages, maxTotalBytes, maxMessageBytes]`; `undefined` for what is not
/// wanted.
unsafe fn daemon_options(env: napi_env, options: napi_value) -> daemons::Options {
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

/// Begins to connect a new session.
unsafe fn connect_session(hub: &mut Hub, env: napi_env, arguments: &[napi_value; 11]) -> Result<u32, Failure> {
    let [addresses, name, membership, priority, timeout, keep_alive, high_water, queue, message, receive, pause] =
        *arguments;
    // SAFETY: the caller is a call from JavaScript with these arguments.
    let (addresses, name, flags, numbers) = unsafe {
        let addresses: Vec<_> = js::elements(env, addresses).into_iter().map(|value| js::string(env, value)).collect();
        let flags = [membership, priority, keep_alive, pause].map(|value| js::bool(env, value));
        let numbers = [timeout, high_water, queue, message, receive].map(|value| js::f64(env, value));
        (addresses, js::string(env, name).unwrap_or_default(), flags, numbers)
    };
    let [membership, priority, keep_alive, pause] = flags;
    let [timeout, high_water, queue, message, receive] = numbers;
    let addresses = addresses
        .iter()
        .map(|text| Address::parse(text.as_deref().unwrap_or_default()))
        .collect::<Result<Vec<_>, _>>()?;
    let name = if name.is_empty() { None } else { Some(PrivateName::new(name.as_bytes())?) };
    let config = Config { priority, ..Config::new(name, membership) };
    let attempt = Attempt::new(addresses, config, keep_alive, Duration::from_secs_f64(timeout / 1000.0));
    Guard::start(&hub.shared).map_err(|error| Failure::bug(&format!("no guard thread: {error}")))?;
    let overflow = if pause { Overflow::Pause } else { Overflow::Disconnect };
    let inbox = inbox::Limits { bytes: receive as usize, overflow };
    let outbox = outbox::Limits { high_water: high_water as usize, queue: queue as usize, message: message as usize };
    let shared = hub.shared.clone();
    let id = hub.slots.insert(|id| Slot {
        session: Session::new(id, shared, inbox, outbox),
        #[cfg(unix)]
        watcher: None,
        current: None,
        broken: None,
        delivered: 0,
        batches: 0,
        told: false,
    });
    let id = id.ok_or_else(|| Failure::bug("more sessions than it can count"))?;
    let session = hub.slots.get_mut(id).expect("it was just put in").session.clone();
    hub.shared.guard.command(Command::Connect(session, Box::new(attempt)));
    Ok(id)
}

/// Queues a join or a leave.
unsafe fn request(
    hub: &mut Hub,
    env: napi_env,
    id: napi_value,
    group: napi_value,
    queue: impl FnOnce(&Arc<Session>, GroupName) -> Result<(), Failure>,
) -> i32 {
    // SAFETY: the caller is a call from JavaScript with these arguments.
    let result = unsafe {
        let session = hub.session(js::u32(env, id));
        let name = js::string(env, group).unwrap_or_default();
        GroupName::new(name.as_bytes()).map_err(Failure::from).and_then(|group| {
            let session = session?;
            queue(&session, group)?;
            Ok(session)
        })
    };
    match result {
        Ok(session) => {
            hub.soil(&session);
            TAKEN
        }
        Err(failure) => {
            hub.last_failure = Some(failure);
            REFUSED
        }
    }
}

/// Queues a message. This is the hot path of sending.
unsafe fn send_message(hub: &mut Hub, env: napi_env, arguments: [napi_value; 5]) -> Result<i32, Failure> {
    let [id, service, groups, mess_type, data] = arguments;
    // SAFETY: the caller is a call from JavaScript with these arguments; no JavaScript runs before all are used up.
    unsafe {
        hub.destinations.clear();
        if js::is_array(env, groups) {
            for group in js::elements(env, groups) {
                let destination = hub.destination(env, group)?;
                hub.destinations.push(destination);
            }
        } else {
            let destination = hub.destination(env, groups)?;
            hub.destinations.push(destination);
        }
        let payload = Payload::of(env, data)?;
        let destinations = std::mem::take(&mut hub.destinations);
        let head = Multicast {
            service_type: ServiceType(js::u32(env, service)),
            groups: &destinations,
            mess_type: js::i32(env, mess_type) as i16,
            data_len: payload.len(),
        };
        let result = hub.queue_message(js::u32(env, id), &head, &payload);
        hub.destinations = destinations;
        result
    }
}

/// What is sent, where JavaScript has it.
enum Payload<'a> {
    Bytes(&'a [u8]),
    Text { env: napi_env, value: napi_value, len: usize },
}

impl Payload<'_> {
    /// # Safety
    /// As for [`js::view`].
    unsafe fn of<'a>(env: napi_env, value: napi_value) -> Result<Payload<'a>, Failure> {
        // SAFETY: as the caller vouches.
        unsafe {
            if let Some(len) = js::string_len(env, value) {
                return Ok(Payload::Text { env, value, len });
            }
            match js::view(env, value) {
                View::Bytes(bytes) => Ok(Payload::Bytes(bytes)),
                View::Detached => Err(Failure::detached()),
                View::Other => Err(Failure::bug("the payload is neither a string nor a view")),
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Payload::Bytes(bytes) => bytes.len(),
            Payload::Text { len, .. } => *len,
        }
    }

    /// Appends it. A string is written straight to where it leaves from.
    fn append_to(&self, out: &mut Vec<u8>) {
        match *self {
            Payload::Bytes(bytes) => out.extend_from_slice(bytes),
            Payload::Text { env, value, len } => {
                let start = out.len();
                // One byte more: Node ends what it writes with a NUL.
                out.resize(start + len + 1, 0);
                // SAFETY: the call that brought the string is still under way.
                unsafe { js::copy_string(env, value, &mut out[start..]) };
                out.truncate(start + len);
            }
        }
    }
}

impl Hub {
    fn session(&mut self, id: u32) -> Result<Arc<Session>, Failure> {
        match self.slots.get_mut(id) {
            Some(slot) => Ok(slot.session.clone()),
            None => Err(spread_proto::ApiMisuse::NotConnected.into()),
        }
    }

    fn queue_message(&mut self, id: u32, head: &Multicast<'_>, payload: &Payload<'_>) -> Result<i32, Failure> {
        let session = match self.slots.get_mut(id) {
            Some(slot) => &slot.session,
            None => return Err(spread_proto::ApiMisuse::NotConnected.into()),
        };
        let mut outbox = session.outbox();
        let below = outbox.multicast(head, |out| payload.append_to(out), &session.shared.pool)?;
        let full_turn = outbox.queued() >= WRITE_AT;
        drop(outbox);
        if full_turn && !session.news_blocked.load(std::sync::atomic::Ordering::Acquire) {
            let session = session.clone();
            if session.write() == Written::Blocked {
                session.block();
            }
        } else if session.soil() {
            let session = session.clone();
            self.soil_new(&session);
        }
        Ok(if below { TAKEN } else { ABOVE_HIGH_WATER })
    }

    /// There is something to write at the end of this turn.
    fn soil(&self, session: &Arc<Session>) {
        if session.soil() {
            self.soil_new(session);
        }
    }

    fn soil_new(&self, session: &Arc<Session>) {
        if self.shared.soil(session) {
            #[cfg(unix)]
            if let Some(event_loop) = &self.event_loop {
                event_loop.write_at_turns_end();
            }
            self.shared.guard.ensure_ticking();
        }
    }

    /// A destination, checked.
    ///
    /// # Safety
    /// `env` is the environment of the call under way, and `value` a value of it.
    unsafe fn destination(&mut self, env: napi_env, value: napi_value) -> Result<Destination, Failure> {
        // Room for one byte more than is legal, and the NUL.
        let mut bytes = [0; NAME_FIELD_LEN + 1];
        // SAFETY: as the caller vouches.
        let len = unsafe { js::copy_string(env, value, &mut bytes) }.unwrap_or(0);
        if len > MAX_NAME_LEN {
            // SAFETY: as the caller vouches.
            let len = unsafe { js::string_len(env, value) }.unwrap_or(len);
            return Err(spread_proto::ApiMisuse::GroupLength(len).into());
        }
        let field: [u8; NAME_FIELD_LEN] = *bytes.first_chunk().expect("it is longer");
        match &self.recent {
            Some((recent, recent_len, destination)) if *recent_len == len && *recent == field => Ok(*destination),
            _ => {
                let destination = Destination::parse(&bytes[..len])?;
                self.recent = Some((field, len, destination));
                Ok(destination)
            }
        }
    }
}

/// `[messages delivered, batches, bytes received, reads, queued to receive, its high-water mark, messages sent, bytes
/// sent, writes, queued to send]`
fn figures(slot: &Slot) -> [u64; 10] {
    let inbox = slot.session.inbox();
    let receiving =
        [slot.delivered, slot.batches, inbox.bytes_read, inbox.reads, inbox.queued() as u64, inbox.high_water as u64];
    drop(inbox);
    let outbox = slot.session.outbox();
    let [delivered, batches, bytes_read, reads, queued, high_water] = receiving;
    let sending = [outbox.messages, outbox.bytes_written, outbox.writes, outbox.queued() as u64];
    let [messages, bytes_written, writes, to_send] = sending;
    [delivered, batches, bytes_read, reads, queued, high_water, messages, bytes_written, writes, to_send]
}
