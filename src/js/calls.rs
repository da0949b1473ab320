//! The functions that `lib/` calls. They check nothing that `lib/` has checked, and run no JavaScript.

use std::ffi::{CStr, CString};
use std::time::{Duration, Instant};

use napi::sys::{napi_callback_info, napi_env, napi_value};
use spread_proto::ApiMisuse;

use super::hub::{Slot, enter};
use super::napi::{Call, Value, arguments};
use super::options::{connect_session, daemon_options, latency, limits, network_options};
use super::sending::{REFUSED, answer, request, send_message};
use super::taking::Taken;
use crate::environment::orders::Command;
use crate::failure::Failure;
use crate::libspread;

/// What `take` answers when there are notices to ask for.
const NOTICES: i32 = -1;

type Raw = unsafe extern "C" fn(napi_env, napi_callback_info) -> napi_value;

macro_rules! functions {
    ($($(#[$doc:meta])* $js:literal $name:ident[$count:literal] = |$hub:ident, $call:ident, $arguments:pat_param| $body:block)*) => {
        /// The functions of an environment.
        pub(crate) const FUNCTIONS: &[(&str, Raw)] = &[("raise", raise), $(($js, $name)),*];

        $(
            $(#[$doc])*
            unsafe extern "C" fn $name(env: napi_env, info: napi_callback_info) -> napi_value {
                // SAFETY: Node calls this with its environment and its call, and `open` made the function.
                unsafe { enter::<$count>(env, info, |$hub, $call, $arguments| $body) }
            }
        )*
    };
}

functions! {
    /// `take(header)` → records in the batch, or [`NOTICES`]; the session's id in `header[0]`.
    "take" take[0] = |hub, call, []| {
        let (id, count) = match hub.take(call) {
            Taken::Records(id, count) => (id, count as i32),
            Taken::Notices => (0, NOTICES),
            Taken::Nothing => (0, 0),
        };
        hub.batch.set_session(id);
        call.int(count)
    }

    /// `notices()` → an array of `[about, kind, text]`.
    "notices" notices[0] = |hub, call, []| {
        let notices: Vec<_> = hub
            .shared
            .take_notices()
            .iter()
            .map(|notice| {
                let about = call.number(f64::from(notice.about));
                call.array(&[about, call.text(notice.kind), call.text(&notice.text)])
            })
            .collect();
        call.array(&notices)
    }

    /// `connect(options)` → the session's id, or 0. The options are those of lib/session/options.js, by name.
    "connect" connect[1] = |hub, call, [options]| {
        let id = connect_session(hub, call, options).unwrap_or_else(|failure| {
            hub.last_failure = Some(failure);
            0
        });
        call.number(f64::from(id))
    }

    /// `limits()` → limits and defaults, by name: those of daemons in `daemon`.
    "limits" get_limits[0] = |_hub, call, []| {
        limits(call)
    }

    /// `authWrite(id, turn, bytes)`: the authentication method that has this turn sends bytes.
    "authWrite" auth_write[3] = |hub, call, [id, turn, bytes]| {
        if let Some(view) = call.view(bytes) {
            let mut bytes = Vec::new();
            view.append_to(&mut bytes);
            hub.shared.orders.give(Command::AuthWrite(call.u32(id), call.u32(turn), bytes));
        }
        Value::UNDEFINED
    }

    /// `authDone(id, turn, used, text)`: it is done, having used so many of the bytes it was given; or, with a text, it
    /// has failed.
    "authDone" auth_done[4] = |hub, call, [id, turn, used, text]| {
        let result = call.string(text).map_or_else(|| Ok(call.u32(used) as usize), Err);
        hub.shared.orders.give(Command::AuthDone(call.u32(id), call.u32(turn), result));
        Value::UNDEFINED
    }

    /// `libraryVersion(path)` → `[major, minor, patch]` of the C library; nothing if there is none.
    "libraryVersion" library_version[1] = |hub, call, [path]| {
        match libspread::version(&call.string(path).unwrap_or_default()) {
            Ok(version) => call.array(&version.map(|part| call.int(part))),
            Err(failure) => {
                hub.last_failure = Some(failure);
                Value::UNDEFINED
            }
        }
    }

    /// `info(id)` → `{ privateGroup, address, version }` of a session that was connected; the version, `[major, minor,
    /// patch]`, only where it is known.
    "info" info[1] = |hub, call, [id]| {
        match hub.slots.get_mut(call.u32(id)).and_then(|slot| slot.session.connected()) {
            None => Value::UNDEFINED,
            Some(connected) => {
                let version = |version: [i8; 3]| call.array(&version.map(|part| call.int(i32::from(part))));
                call.object(&[
                    (c"privateGroup", call.latin1(connected.private_group.as_bytes())),
                    (c"address", call.text(&connected.address)),
                    (c"version", connected.version.map_or(Value::UNDEFINED, version)),
                ])
            }
        }
    }

    /// `ended(id)` → how the session ended, or nothing if that was wanted; and forgets it. It is a failure as of
    /// `lastFailure()`, with `hint` (the system's), `torn` (in the middle of a message), `unsentMessages`, `unsentBytes`.
    "ended" ended[1] = |hub, call, [id]| {
        let Some(slot) = hub.slots.remove(call.u32(id)) else { return Value::UNDEFINED };
        hub.shared.orders.give(Command::Forget(slot.session.id));
        let inbox = slot.session.inbox();
        let (end, torn) = (inbox.end.clone(), inbox.torn);
        drop(inbox);
        let outbox = slot.session.outbox();
        let unsent = [outbox.unsent_messages, outbox.unsent_bytes];
        drop(outbox);
        match slot.broken.map_or(end, |failure| Some(Err(failure))) {
            Some(Err(failure)) => {
                let [messages, bytes] = unsent.map(|count| call.number(count as f64));
                let more = [
                    (c"hint", call.text(failure.hint)),
                    (c"torn", call.flag(torn)),
                    (c"unsentMessages", messages),
                    (c"unsentBytes", bytes),
                ];
                call.object(&[&describe(call, &failure)[..], &more].concat())
            }
            _ => Value::UNDEFINED,
        }
    }

    /// `lastFailure()` → why the last call was refused: `{ code, number, text, errno, syscall }`, the last two of the
    /// system.
    "lastFailure" last_failure[0] = |hub, call, []| {
        hub.last_failure.take().map_or(Value::UNDEFINED, |failure| call.object(&describe(call, &failure)))
    }

    /// `join(id, group)` → an answer.
    "join" join[2] = |hub, call, [id, group]| {
        let answer = request(hub, call, id, group, |session, group| {
            session.outbox().join(group, session.pool())
        });
        call.int(answer)
    }

    /// `leave(id, group)` → an answer.
    "leave" leave[2] = |hub, call, [id, group]| {
        let answer = request(hub, call, id, group, |session, group| {
            session.outbox().leave(group, session.pool())
        });
        call.int(answer)
    }

    /// `send(id, service, groups, type, data)` → an answer.
    "send" send[5] = |hub, call, [id, service, groups, mess_type, data]| {
        let result = send_message(hub, call, Some(groups), [id, service, mess_type, data]);
        call.int(answer(hub, result))
    }

    /// `sendAgain(id, service, type, data)`, to the one group that the last call of `send()` had → an answer.
    "sendAgain" send_again[4] = |hub, call, arguments| {
        let result = send_message(hub, call, None, arguments);
        call.int(answer(hub, result))
    }

    /// `ping(id)` → the number of a ping that is queued, or a refusal.
    "ping" ping[1] = |hub, call, [id]| {
        let session = hub.slots.get_mut(call.u32(id)).map(|slot| slot.session.clone());
        let result = session.ok_or_else(|| Failure::from(ApiMisuse::NotConnected)).and_then(|session| {
            let number = session.ping(true, Instant::now())?;
            hub.soil(&session);
            Ok(number)
        });
        match result {
            Ok(number) => call.int(number as i32),
            Err(failure) => {
                hub.last_failure = Some(failure);
                call.int(REFUSED)
            }
        }
    }

    /// `holdBack(id, on, kept, batchIsOver)`: nothing more of this session is to be delivered, or again. `kept` bytes wait in
    /// JavaScript's own queues, beside the batch under way if that is not over.
    "holdBack" hold_back[4] = |hub, call, [id, on, kept, over]| {
        if let Some(slot) = hub.slots.get_mut(call.u32(id)) {
            slot.hold(call.bool(on), call.f64(kept) as usize, call.bool(over));
        }
        Value::UNDEFINED
    }

    /// `flush()`: a turn has ended, in a runtime whose loop does not say so.
    "flush" flush[0] = |hub, _call, []| {
        hub.shared.write_dirty();
        Value::UNDEFINED
    }

    /// `askEmpty(id)` → whether something waits to be sent; then it will be told once nothing does.
    "askEmpty" ask_empty[1] = |hub, call, [id]| {
        let waits = match hub.slots.get_mut(call.u32(id)) {
            Some(slot) => slot.session.outbox().ask_empty(),
            None => false,
        };
        call.int(i32::from(waits))
    }

    /// `disconnect(id, within)`: ends an open session, after what was accepted; a connecting one at once.
    "disconnect" disconnect[2] = |hub, call, [id, within]| {
        let within = Duration::from_secs_f64(call.f64(within) / 1000.0);
        if let Some(slot) = hub.slots.get_mut(call.u32(id)) {
            let session = slot.session.clone();
            if session.close() {
                hub.shared.orders.give(Command::EndAt(session.id, Instant::now() + within));
                hub.soil(&session);
            }
        }
        Value::UNDEFINED
    }

    /// `stats(id)` → figures of a session, by the names of `index.d.ts`.
    "stats" stats[1] = |hub, call, [id]| {
        let Some(slot) = hub.slots.get_mut(call.u32(id)) else { return Value::UNDEFINED };
        call.object(&figures(slot).map(|(name, figure)| (name, call.number(figure as f64))))
    }

    /// `hold(on)`: whether the environment stays alive for its sessions and daemons.
    "hold" hold[1] = |hub, call, [on]| {
        hub.bell.hold(call, call.bool(on));
        Value::UNDEFINED
    }

    /// `startDaemon(options)` → the daemon's id, or 0. The options are those of lib/daemon/daemon.js, by name.
    "startDaemon" start_daemon[1] = |hub, call, [options]| {
        let options = daemon_options(call, options);
        let id = hub.daemons.start(&hub.shared, options).unwrap_or_else(|failure| {
            hub.last_failure = Some(failure);
            0
        });
        call.number(f64::from(id))
    }

    /// `daemonPort(id)` → the TCP port it listens on, 0 for none.
    "daemonPort" daemon_port[1] = |hub, call, [id]| {
        let port = hub.daemons.get(call.u32(id)).and_then(spread_daemon::Daemon::port);
        call.int(i32::from(port.unwrap_or(0)))
    }

    /// `daemonStats(id)` → figures of a daemon, by name.
    "daemonStats" daemon_stats[1] = |hub, call, [id]| {
        match hub.daemons.get(call.u32(id)) {
            Some(daemon) => daemon_figures(call, &daemon.stats()),
            None => Value::UNDEFINED,
        }
    }

    /// `tellDaemon(id, on)`: whether notices say who connects to it and who is gone.
    "tellDaemon" tell_daemon[2] = |hub, call, [id, on]| {
        hub.daemons.tell(call.u32(id), call.bool(on));
        Value::UNDEFINED
    }

    /// `stopDaemon(id)`: a notice says when it has stopped.
    "stopDaemon" stop_daemon[1] = |hub, call, [id]| {
        if let Some(daemon) = hub.daemons.get(call.u32(id)) {
            daemon.stop();
        }
        Value::UNDEFINED
    }

    /// `forgetDaemon(id)`: it has stopped.
    "forgetDaemon" forget_daemon[1] = |hub, call, [id]| {
        hub.daemons.remove(call.u32(id));
        Value::UNDEFINED
    }

    /// `startNetwork(options)` → the network's id, or 0. The options are those of lib/daemon/network.js, by name.
    "startNetwork" start_network[1] = |hub, call, [options]| {
        let options = network_options(call, options);
        let id = hub.networks.start(&hub.shared, options).unwrap_or_else(|failure| {
            hub.last_failure = Some(failure);
            0
        });
        call.number(f64::from(id))
    }

    /// `stopNetwork(id)`: all its daemons stop; it is forgotten.
    "stopNetwork" stop_network[1] = |hub, call, [id]| {
        hub.networks.stop(call.u32(id));
        Value::UNDEFINED
    }

    /// `networkPort(id, place)` → the TCP port of a daemon.
    "networkPort" network_port[2] = |hub, call, [id, place]| {
        let place = call.u32(place) as usize;
        call.int(hub.networks.get(call.u32(id)).map_or(0, |network| i32::from(network.port(place))))
    }

    /// `networkStats(id, place)` → figures of a daemon that is not dead, by name.
    "networkStats" network_stats[2] = |hub, call, [id, place]| {
        match hub.networks.stats(call.u32(id), call.u32(place) as usize) {
            Some(stats) => daemon_figures(call, &stats),
            None => Value::UNDEFINED,
        }
    }

    /// `networkParts(id, parts)`: of each daemon the number of its part.
    "networkParts" network_parts[2] = |hub, call, [id, parts]| {
        let parts: Vec<u32> = call.elements(parts).into_iter().map(|part| call.u32(part)).collect();
        if let Some(network) = hub.networks.get(call.u32(id)) {
            network.set_parts(&parts);
        }
        Value::UNDEFINED
    }

    /// `networkKill(id, place)`: a daemon dies.
    "networkKill" network_kill[2] = |hub, call, [id, place]| {
        if let Some(network) = hub.networks.get(call.u32(id)) {
            network.kill(call.u32(place) as usize);
        }
        Value::UNDEFINED
    }

    /// `networkStart(id, place)` → whether a daemon that was dead has been started.
    "networkStart" network_start[2] = |hub, call, [id, place]| {
        let started = hub.networks.start_daemon(call.u32(id), call.u32(place) as usize);
        let is_started = started.is_ok();
        if let Err(failure) = started {
            hub.last_failure = Some(failure);
        }
        call.flag(is_started)
    }

    /// `networkHang(id, place, hangs, noticed)`: a daemon stands still, or goes on.
    "networkHang" network_hang[4] = |hub, call, [id, place, hangs, noticed]| {
        if let Some(network) = hub.networks.get(call.u32(id)) {
            network.set_hanging(call.u32(place) as usize, call.bool(hangs), call.bool(noticed));
        }
        Value::UNDEFINED
    }

    /// `networkLatency(id, latency)`: `ms` and `jitter` between all, or with `isPair` `from` one place `to` another.
    "networkLatency" network_latency[2] = |hub, call, [id, given]| {
        let (pair, latency) = latency(call, given);
        if let Some(network) = hub.networks.get(call.u32(id)) {
            network.set_latency(pair, latency);
        }
        Value::UNDEFINED
    }

    /// `networkDetect(id, ms)`: how long a loss takes to be noticed.
    "networkDetect" network_detect[2] = |hub, call, [id, ms]| {
        if let Some(network) = hub.networks.get(call.u32(id)) {
            network.set_detect(Duration::from_secs_f64(call.f64(ms) / 1000.0));
        }
        Value::UNDEFINED
    }

    /// `networkIsSettled(id)` → whether nothing is under way anywhere.
    "networkIsSettled" network_is_settled[1] = |hub, call, [id]| {
        let is_settled = hub.networks.get(call.u32(id)).is_none_or(spread_daemon::network::Network::is_settled);
        call.flag(is_settled)
    }

    /// `reader()` → who reads: `'loop'` or `'guard'`.
    "reader" reader[0] = |hub, call, []| {
        call.text(if hub.shared.orders.always { "guard" } else { "loop" })
    }
}

/// Figures of a daemon, by name.
fn daemon_figures<'env>(call: Call<'env>, stats: &spread_daemon::Stats) -> Value<'env> {
    let named: Vec<_> = stats.named().map(|(name, figure)| (camel_case(name), figure)).collect();
    let figures: Vec<_> = named.iter().map(|(name, figure)| (name.as_c_str(), call.number(*figure as f64))).collect();
    call.object(&figures)
}

/// A failure, by name.
fn describe<'env>(call: Call<'env>, failure: &Failure) -> [(&'static CStr, Value<'env>); 5] {
    let (errno, syscall) = failure.refused;
    [
        (c"code", call.text(failure.code)),
        (c"number", call.int(failure.number)),
        (c"text", call.text(&failure.text)),
        (c"errno", call.int(errno)),
        (c"syscall", call.text(syscall)),
    ]
}

/// `raise(error)`: an uncaught exception, now. It runs the handlers of the process, which may call anything here, so
/// the environment's state is not entered.
unsafe extern "C" fn raise(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: Node calls this with its environment and its call, which is under way until this returns.
    let (call, ([error], _)) = unsafe {
        let call = Call::new(env);
        (call, arguments::<1>(call, info))
    };
    call.raise(error);
    Value::UNDEFINED.raw()
}

fn figures(slot: &Slot) -> [(&'static CStr, u64); 10] {
    let inbox = slot.session.inbox();
    let (bytes_read, reads, waiting, most) = (inbox.bytes_read, inbox.reads, inbox.queued(), inbox.high_water);
    drop(inbox);
    let outbox = slot.session.outbox();
    [
        (c"messagesReceived", slot.delivered),
        (c"batches", slot.batches),
        (c"bytesReceived", bytes_read),
        (c"reads", reads),
        (c"receiveQueueBytes", waiting as u64),
        (c"receiveQueueHighWater", most as u64),
        (c"messagesSent", outbox.messages),
        (c"bytesSent", outbox.bytes_written),
        (c"writes", outbox.writes),
        (c"sendQueueBytes", outbox.queued() as u64),
    ]
}

/// A figure's name, as JavaScript writes it: `total_bytes` is `totalBytes`.
fn camel_case(name: &str) -> CString {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (first, rest) = part.split_at(part.len().min(1));
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(rest);
    }
    CString::new(camel).unwrap_or_default()
}
