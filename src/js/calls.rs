//! The functions that `lib/` calls. They check nothing that `lib/` has checked, and run no JavaScript.

use std::ptr::null_mut;
use std::time::{Duration, Instant};

use napi::sys::{self, napi_callback_info, napi_env, napi_value};
use spread_proto::ApiMisuse;

use super::hub::{Slot, enter};
use super::napi as js;
use super::options::{connect_session, daemon_options};
use super::sending::{REFUSED, answer, request, send_message};
use super::taking::Taken;
use crate::environment::orders::Command;
use crate::failure::Failure;
use crate::libspread;

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

    /// `connect(addresses, name, membership, priority, timeout, keepAlive, highWater, queue, message, receive, pause,
    /// library, pingInterval, pingTimeout, auth)` → the session's id, or 0.
    "connect" connect[15] = |hub, env, arguments| {
        let id = connect_session(hub, env, &arguments).unwrap_or_else(|failure| {
            hub.last_failure = Some(failure);
            0
        });
        js::from_f64(env, f64::from(id))
    }

    /// `authWrite(id, turn, bytes)`: the authentication method that has this turn sends bytes.
    "authWrite" auth_write[3] = |hub, env, [id, turn, bytes]| {
        if let Some(view) = js::view(env, bytes) {
            let mut bytes = Vec::new();
            view.append_to(&mut bytes);
            hub.shared.orders.give(Command::AuthWrite(js::u32(env, id), js::u32(env, turn), bytes));
        }
        null_mut()
    }

    /// `authDone(id, turn, used, text)`: it is done, having used so many of the bytes it was given; or, with a text, it
    /// has failed.
    "authDone" auth_done[4] = |hub, env, [id, turn, used, text]| {
        let result = js::string(env, text).map_or_else(|| Ok(js::u32(env, used) as usize), Err);
        hub.shared.orders.give(Command::AuthDone(js::u32(env, id), js::u32(env, turn), result));
        null_mut()
    }

    /// `libraryVersion(path)` → `[major, minor, patch]` of the C library; nothing if there is none.
    "libraryVersion" library_version[1] = |hub, env, [path]| {
        match libspread::version(&js::string(env, path).unwrap_or_default()) {
            Ok(version) => js::array(env, &version.map(|part| js::from_i32(env, part))),
            Err(failure) => {
                hub.last_failure = Some(failure);
                null_mut()
            }
        }
    }

    /// `info(id)` → `[private group, address, major, minor, patch]` of a session that was connected, the version only
    /// where it is known.
    "info" info[1] = |hub, env, [id]| {
        match hub.slots.get_mut(js::u32(env, id)).and_then(|slot| slot.session.connected()) {
            None => null_mut(),
            Some(connected) => {
                let group = js::from_latin1(env, connected.private_group.as_bytes());
                let mut items = vec![group, js::from_str(env, &connected.address)];
                items.extend(connected.version.into_iter().flatten().map(|part| js::from_i32(env, i32::from(part))));
                js::array(env, &items)
            }
        }
    }

    /// `ended(id)` → how the session ended (`[code, number, text, errno, syscall, the system's hint, whether in the middle of a
    /// message, messages that were not sent, and bytes]`, or nothing if it was wanted), and forgets it.
    "ended" ended[1] = |hub, env, [id]| {
        let Some(slot) = hub.slots.remove(js::u32(env, id)) else { return null_mut() };
        hub.shared.orders.give(Command::Forget(slot.session.id));
        let inbox = slot.session.inbox();
        let (end, torn) = (inbox.end.clone(), inbox.torn);
        drop(inbox);
        let outbox = slot.session.outbox();
        let unsent = [outbox.unsent_messages, outbox.unsent_bytes];
        drop(outbox);
        match slot.broken.map_or(end, |failure| Some(Err(failure))) {
            Some(Err(failure)) => {
                let [messages, bytes] = unsent.map(|count| js::from_f64(env, count as f64));
                let more = [js::from_str(env, failure.hint), js::from_i32(env, i32::from(torn)), messages, bytes];
                js::array(env, &[describe(env, &failure).as_slice(), &more].concat())
            }
            _ => null_mut(),
        }
    }

    /// `lastFailure()` → what is behind the last refusal: `[code, number, text, errno, syscall]`.
    "lastFailure" last_failure[0] = |hub, env, []| {
        hub.last_failure.take().map_or(null_mut(), |failure| tell(env, &failure))
    }

    /// `join(id, group)` → an answer.
    "join" join[2] = |hub, env, [id, group]| {
        let answer = request(hub, env, id, group, |session, group| {
            session.outbox().join(group, session.pool())
        });
        js::from_i32(env, answer)
    }

    /// `leave(id, group)` → an answer.
    "leave" leave[2] = |hub, env, [id, group]| {
        let answer = request(hub, env, id, group, |session, group| {
            session.outbox().leave(group, session.pool())
        });
        js::from_i32(env, answer)
    }

    /// `send(id, service, groups, type, data)` → an answer.
    "send" send[5] = |hub, env, [id, service, groups, mess_type, data]| {
        let result = send_message(hub, env, Some(groups), [id, service, mess_type, data]);
        js::from_i32(env, answer(hub, result))
    }

    /// `sendAgain(id, service, type, data)`, to the one group that the last call of `send()` had → an answer.
    "sendAgain" send_again[4] = |hub, env, arguments| {
        let result = send_message(hub, env, None, arguments);
        js::from_i32(env, answer(hub, result))
    }

    /// `ping(id)` → the number of a ping that is queued, or a refusal.
    "ping" ping[1] = |hub, env, [id]| {
        let session = hub.slots.get_mut(js::u32(env, id)).map(|slot| slot.session.clone());
        let result = session.ok_or_else(|| Failure::from(ApiMisuse::NotConnected)).and_then(|session| {
            let number = session.ping(true, Instant::now())?;
            hub.soil(&session);
            Ok(number)
        });
        match result {
            Ok(number) => js::from_i32(env, number as i32),
            Err(failure) => {
                hub.last_failure = Some(failure);
                js::from_i32(env, REFUSED)
            }
        }
    }

    /// `holdBack(id, on, kept, batchIsOver)`: nothing more of this session is to be delivered, or again. `kept` bytes wait in
    /// JavaScript's own queues, beside the batch under way if that is not over.
    "holdBack" hold_back[4] = |hub, env, [id, on, kept, over]| {
        if let Some(slot) = hub.slots.get_mut(js::u32(env, id)) {
            slot.hold(js::bool(env, on), js::f64(env, kept) as usize, js::bool(env, over));
        }
        null_mut()
    }

    /// `flush()`: a turn has ended, in a runtime whose loop does not say so.
    "flush" flush[0] = |hub, _env, []| {
        hub.shared.write_dirty();
        null_mut()
    }

    /// `askEmpty(id)` → whether something waits to be sent; then it will be told once nothing does.
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
                hub.shared.orders.give(Command::EndAt(session.id, Instant::now() + within));
                hub.soil(&session);
            }
        }
        null_mut()
    }

    /// `stats(id)` → figures of a session, in the order in which `lib/stats.js` names them.
    "stats" stats[1] = |hub, env, [id]| {
        let Some(slot) = hub.slots.get_mut(js::u32(env, id)) else { return null_mut() };
        let figures = figures(slot).map(|figure| js::from_f64(env, figure as f64));
        js::array(env, &figures)
    }

    /// `hold(on)`: whether the environment stays alive for its sessions and daemons.
    "hold" hold[1] = |hub, env, [on]| {
        let bell = hub.bell;
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

    /// `tellDaemon(id, on)`: whether notices say who connects to it and who is gone.
    "tellDaemon" tell_daemon[2] = |hub, env, [id, on]| {
        hub.daemons.tell(js::u32(env, id), js::bool(env, on));
        null_mut()
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
        js::from_str(env, if hub.shared.orders.always { "guard" } else { "loop" })
    }
}

unsafe fn tell(env: napi_env, failure: &Failure) -> napi_value {
    // SAFETY: the caller is a call from JavaScript.
    unsafe { js::array(env, &describe(env, failure)) }
}

/// Code, number and text; the system's number and the call that it refused.
unsafe fn describe(env: napi_env, failure: &Failure) -> [napi_value; 5] {
    // SAFETY: the caller is a call from JavaScript.
    unsafe {
        let [code, text, call] = [failure.code, &failure.text, failure.refused.1].map(|text| js::from_str(env, text));
        [code, js::from_i32(env, failure.number), text, js::from_i32(env, failure.refused.0), call]
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
