//! Sending: from JavaScript's arguments to encoded messages in a session's outbox. [`send_message`] is the hot path.

use std::sync::Arc;

use spread_proto::limits::{MAX_NAME_LEN, NAME_FIELD_LEN};
use spread_proto::message::Multicast;
use spread_proto::{ApiMisuse, Destination, GroupName, ServiceType};

use super::hub::Hub;
use super::memory::View;
use super::napi::{Call, Value};
use crate::failure::Failure;
use crate::session::Session;
use crate::session::outbox::{WRITE_AT, Written};

/// Answers of the calls that queue something. `lib/session/sending.js` knows the numbers.
pub(crate) const REFUSED: i32 = -1;
/// Nothing was queued: a view in the payload has no bytes, and only JavaScript can say whether it ever had any.
const EMPTY_VIEW: i32 = -2;
const ABOVE_HIGH_WATER: i32 = 0;
const TAKEN: i32 = 1;

/// Queues a join or a leave.
pub(super) fn request<'env>(
    hub: &mut Hub,
    call: Call<'env>,
    id: Value<'env>,
    group: Value<'env>,
    queue: impl FnOnce(&Arc<Session>, GroupName) -> Result<(), Failure>,
) -> i32 {
    let session = hub.session(call.u32(id));
    let name = call.string(group).unwrap_or_default();
    let result = GroupName::new(name.as_bytes()).map_err(Failure::from).and_then(|group| {
        let session = session?;
        queue(&session, group)?;
        Ok(session)
    });
    match result {
        Ok(session) => {
            hub.mark_dirty(&session);
            TAKEN
        }
        Err(failure) => {
            hub.last_failure = Some(failure);
            REFUSED
        }
    }
}

/// Returns the answer for a result; a failure is kept for `lastFailure()`.
pub(crate) fn answer(hub: &mut Hub, result: Result<i32, Failure>) -> i32 {
    result.unwrap_or_else(|failure| {
        hub.last_failure = Some(failure);
        REFUSED
    })
}

/// Queues a message, to these groups or to the last one. This is the hot path of sending.
pub(super) fn send_message<'env>(
    hub: &mut Hub,
    call: Call<'env>,
    groups: Option<Value<'env>>,
    arguments: [Value<'env>; 4],
) -> Result<i32, Failure> {
    let [id, service, mess_type, data] = arguments;
    match groups {
        Some(groups) => hub.aim(call, groups)?,
        None if hub.recent.is_none() => return Err(Failure::bug("there is no group to send to again")),
        None => {}
    }
    let payload = Payload::of(call, data)?;
    if payload.has_empty_view() {
        return Ok(EMPTY_VIEW);
    }
    let destinations = std::mem::take(&mut hub.destinations);
    let one = hub.recent;
    let head = Multicast {
        service_type: ServiceType(call.u32(service)),
        groups: one.as_ref().map_or(&destinations, std::slice::from_ref),
        mess_type: call.i32(mess_type) as i16,
        data_len: payload.len,
    };
    let result = hub.queue_message(call.u32(id), &head, &payload);
    hub.destinations = destinations;
    result
}

/// A piece of what is sent, where JavaScript has it.
#[derive(Clone, Copy)]
enum Piece<'env> {
    View(View),
    Text { value: Value<'env>, len: usize },
}

impl<'env> Piece<'env> {
    /// Looks at one. What is neither a string nor a view is refused, so is an array within an array.
    fn of(call: Call<'env>, value: Value<'env>) -> Result<Piece<'env>, Failure> {
        if let Some(len) = call.string_len(value) {
            return Ok(Piece::Text { value, len });
        }
        let view = call.view(value);
        view.map(Piece::View).ok_or_else(|| Failure::bug("the payload is neither a string nor a view"))
    }

    fn len(self) -> usize {
        match self {
            Piece::View(view) => view.len,
            Piece::Text { len, .. } => len,
        }
    }
}

/// The pieces of one message, in their order. From the look at the first piece until the last one is
/// copied no JavaScript runs, so that all of them stay where they are.
struct Payload<'env> {
    call: Call<'env>,
    pieces: Pieces<'env>,
    len: usize,
}

enum Pieces<'env> {
    One(Piece<'env>),
    Many(Vec<Piece<'env>>),
}

impl<'env> Payload<'env> {
    /// Looks at the pieces.
    fn of(call: Call<'env>, value: Value<'env>) -> Result<Payload<'env>, Failure> {
        let pieces = if call.is_array(value) {
            // All elements are read before the first one is looked at: reading can run JavaScript.
            let elements = call.elements(value);
            Pieces::Many(elements.into_iter().map(|element| Piece::of(call, element)).collect::<Result<_, _>>()?)
        } else {
            Pieces::One(Piece::of(call, value)?)
        };
        let mut payload = Payload { call, pieces, len: 0 };
        payload.len = payload.pieces().iter().map(|piece| piece.len()).sum();
        Ok(payload)
    }

    fn pieces(&self) -> &[Piece<'env>] {
        match &self.pieces {
            Pieces::One(piece) => std::slice::from_ref(piece),
            Pieces::Many(pieces) => pieces,
        }
    }

    fn has_empty_view(&self) -> bool {
        self.pieces().iter().any(|piece| matches!(piece, Piece::View(view) if view.len == 0))
    }

    /// Appends it. A string is written straight to where it leaves from.
    fn append_to(&self, out: &mut Vec<u8>) {
        for piece in self.pieces() {
            match *piece {
                // SAFETY: no JavaScript has run since `of` looked: a payload is made, queued and dropped by `send_message`,
                // and after its look nothing there calls JavaScript.
                Piece::View(view) => unsafe { view.append_to(out) },
                Piece::Text { value, len } => {
                    let start = out.len();
                    // One byte more: Node ends what it writes with a NUL.
                    out.resize(start + len + 1, 0);
                    self.call.copy_string(value, &mut out[start..]);
                    out.truncate(start + len);
                }
            }
        }
    }
}

impl Hub {
    fn session(&mut self, id: u32) -> Result<Arc<Session>, Failure> {
        match self.slots.get_mut(id) {
            Some(slot) => Ok(slot.session.clone()),
            None => Err(ApiMisuse::NotConnected.into()),
        }
    }

    fn queue_message(&mut self, id: u32, head: &Multicast<'_>, payload: &Payload<'_>) -> Result<i32, Failure> {
        let session = match self.slots.get_mut(id) {
            Some(slot) => &slot.session,
            None => return Err(ApiMisuse::NotConnected.into()),
        };
        let mut outbox = session.outbox();
        let below = outbox.multicast(head, |out| payload.append_to(out), session.pool())?;
        let full_turn = outbox.queued() >= WRITE_AT;
        let blocked = session.blocked.is_set();
        drop(outbox);
        let answer = if below { TAKEN } else { ABOVE_HIGH_WATER };
        if blocked {
            // It was so under the lock, so the watcher of the socket has this still to write. To ask for the turn's end
            // too would have the loop come round for nothing.
            return Ok(answer);
        }
        if full_turn {
            let session = session.clone();
            if session.write() == Written::Blocked {
                session.block();
            }
        } else if session.mark_dirty() {
            let session = session.clone();
            self.list_dirty(&session);
        }
        Ok(answer)
    }

    /// Marks that there is something to write at the end of this turn.
    pub(crate) fn mark_dirty(&self, session: &Arc<Session>) {
        if session.mark_dirty() {
            self.list_dirty(session);
        }
    }

    fn list_dirty(&self, session: &Arc<Session>) {
        if self.shared.list_dirty(session) {
            #[cfg(unix)]
            if let Some(event_loop) = &self.event_loop {
                event_loop.write_at_turns_end();
            }
            self.shared.orders.ensure_ticking();
        }
    }

    /// Reads where a message is to go: to `recent`, or to `destinations` if that is none.
    fn aim<'env>(&mut self, call: Call<'env>, groups: Value<'env>) -> Result<(), Failure> {
        self.recent = None;
        if call.is_array(groups) {
            self.destinations.clear();
            for group in call.elements(groups) {
                self.destinations.push(destination(call, group)?);
            }
        } else {
            self.recent = Some(destination(call, groups)?);
        }
        Ok(())
    }
}

/// Reads a destination, and checks it.
fn destination<'env>(call: Call<'env>, value: Value<'env>) -> Result<Destination, Failure> {
    // Room for one character more than is legal, and the NUL. Node copies whole characters only, of up to 4 bytes
    // each, so with less room a long name could look like a shorter one.
    let mut bytes = [0; NAME_FIELD_LEN + 4];
    let len = call.copy_string(value, &mut bytes).unwrap_or(0);
    if len > MAX_NAME_LEN {
        let len = call.string_len(value).unwrap_or(len);
        return Err(ApiMisuse::GroupLength(len).into());
    }
    Ok(Destination::parse(&bytes[..len])?)
}
