//! The functions of sessions.

use std::ffi::CStr;
use std::time::{Duration, Instant};

use spread_proto::ApiMisuse;

use super::describe;
use crate::environment::orders::Command;
use crate::failure::Failure;
use crate::js::hub::Slot;
use crate::js::napi::Value;
use crate::js::options::connect_session;
use crate::js::sending::{REFUSED, answer, request, send_message};

functions! {
    /// `connect(options)` → the session's id, or 0. The options are those of lib/session/options.js, by name.
    "connect" connect[1] = |hub, call, [options]| {
        let id = connect_session(hub, call, options).unwrap_or_else(|failure| {
            hub.last_failure = Some(failure);
            0
        });
        call.number(f64::from(id))
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

    /// `info(id)` → `{ privateGroup, address, version }` of a session that was connected; the version, `[major, minor,
    /// patch]`, only where it is known.
    "info" info[1] = |hub, call, [id]| {
        match hub.slots.get_mut(call.u32(id)).and_then(|slot| slot.session.established()) {
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
            hub.mark_dirty(&session);
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

    /// `holdBack(id, on, kept, batchIsOver)`: stops deliveries of this session, or lets them go on. `kept` bytes wait in
    /// JavaScript's own queues, beside the batch under way if that is not over.
    "holdBack" hold_back[4] = |hub, call, [id, on, kept, over]| {
        if let Some(slot) = hub.slots.get_mut(call.u32(id)) {
            slot.hold_back(call.bool(on), call.f64(kept) as usize, call.bool(over));
        }
        Value::UNDEFINED
    }

    /// `askEmpty(id)` → whether something waits to be sent; then a record follows once nothing does.
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
                hub.mark_dirty(&session);
            }
        }
        Value::UNDEFINED
    }

    /// `stats(id)` → figures of a session, by the names of `index.d.ts`.
    "stats" stats[1] = |hub, call, [id]| {
        let Some(slot) = hub.slots.get_mut(call.u32(id)) else { return Value::UNDEFINED };
        call.object(&figures(slot).map(|(name, figure)| (name, call.number(figure as f64))))
    }
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
