//! Sending: from JavaScript's arguments to encoded messages in a session's outbox. [`send_message`] is the hot path.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use napi::sys::{napi_env, napi_value};
use spread_proto::limits::{MAX_NAME_LEN, NAME_FIELD_LEN};
use spread_proto::message::Multicast;
use spread_proto::{ApiMisuse, Destination, GroupName, ServiceType};

use super::hub::Hub;
use super::napi::{self as js, View};
use crate::failure::Failure;
use crate::session::Session;
use crate::session::outbox::{WRITE_AT, Written};

/// Answers of the calls that queue something. `lib/sending.js` knows the numbers.
pub(crate) const REFUSED: i32 = -1;
/// Nothing was queued: a view in the payload has no bytes, and only JavaScript can say whether it ever had any.
const EMPTY_VIEW: i32 = -2;
const ABOVE_HIGH_WATER: i32 = 0;
const TAKEN: i32 = 1;

/// Queues a join or a leave.
pub(crate) unsafe fn request(
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

/// What JavaScript is told of a result; a failure is kept for `lastFailure()`.
pub(crate) fn answer(hub: &mut Hub, result: Result<i32, Failure>) -> i32 {
    result.unwrap_or_else(|failure| {
        hub.last_failure = Some(failure);
        REFUSED
    })
}

/// Queues a message, to these groups or to the last one. This is the hot path of sending.
///
/// # Safety
/// The caller is a call from JavaScript with these arguments.
pub(crate) unsafe fn send_message(
    hub: &mut Hub,
    env: napi_env,
    groups: Option<napi_value>,
    arguments: [napi_value; 4],
) -> Result<i32, Failure> {
    let [id, service, mess_type, data] = arguments;
    // SAFETY: as the caller vouches.
    unsafe {
        match groups {
            Some(groups) => hub.aim(env, groups)?,
            None if hub.recent.is_none() => return Err(Failure::bug("there is no group to send to again")),
            None => {}
        }
        let payload = Payload::of(env, data)?;
        if payload.has_empty_view() {
            return Ok(EMPTY_VIEW);
        }
        let destinations = std::mem::take(&mut hub.destinations);
        let one = hub.recent;
        let head = Multicast {
            service_type: ServiceType(js::u32(env, service)),
            groups: one.as_ref().map_or(&destinations, std::slice::from_ref),
            mess_type: js::i32(env, mess_type) as i16,
            data_len: payload.len,
        };
        let result = hub.queue_message(js::u32(env, id), &head, &payload);
        hub.destinations = destinations;
        result
    }
}

/// A piece of what is sent, where JavaScript has it.
#[derive(Clone, Copy)]
enum Piece {
    View(View),
    Text { value: napi_value, len: usize },
}

impl Piece {
    /// Looks at one. What is neither a string nor a view is refused, so is an array within an array.
    ///
    /// # Safety
    /// As for [`js::view`].
    unsafe fn of(env: napi_env, value: napi_value) -> Result<Piece, Failure> {
        // SAFETY: as the caller vouches.
        unsafe {
            if let Some(len) = js::string_len(env, value) {
                return Ok(Piece::Text { value, len });
            }
            let view = js::view(env, value);
            view.map(Piece::View).ok_or_else(|| Failure::bug("the payload is neither a string nor a view"))
        }
    }

    fn len(self) -> usize {
        match self {
            Piece::View(view) => view.len,
            Piece::Text { len, .. } => len,
        }
    }
}

/// What is sent: the pieces of one message, in their order. From the look at the first piece until the last one is
/// copied no JavaScript runs, so that all of them stay where they are.
struct Payload {
    env: napi_env,
    pieces: Pieces,
    len: usize,
}

enum Pieces {
    One(Piece),
    Many(Vec<Piece>),
}

impl Payload {
    /// # Safety
    /// As for [`js::view`]. No JavaScript runs before the payload is dropped.
    unsafe fn of(env: napi_env, value: napi_value) -> Result<Payload, Failure> {
        // SAFETY: as the caller vouches.
        let pieces = unsafe {
            if js::is_array(env, value) {
                // All elements are read before the first one is looked at: reading can run JavaScript.
                let elements = js::elements(env, value);
                Pieces::Many(elements.into_iter().map(|element| Piece::of(env, element)).collect::<Result<_, _>>()?)
            } else {
                Pieces::One(Piece::of(env, value)?)
            }
        };
        let mut payload = Payload { env, pieces, len: 0 };
        payload.len = payload.pieces().iter().map(|piece| piece.len()).sum();
        Ok(payload)
    }

    fn pieces(&self) -> &[Piece] {
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
                // SAFETY: no JavaScript has run since `of` looked, as its caller vouches.
                Piece::View(view) => unsafe { view.append_to(out) },
                Piece::Text { value, len } => {
                    let start = out.len();
                    // One byte more: Node ends what it writes with a NUL.
                    out.resize(start + len + 1, 0);
                    // SAFETY: the call that brought the string is still under way.
                    unsafe { js::copy_string(self.env, value, &mut out[start..]) };
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

    fn queue_message(&mut self, id: u32, head: &Multicast<'_>, payload: &Payload) -> Result<i32, Failure> {
        let session = match self.slots.get_mut(id) {
            Some(slot) => &slot.session,
            None => return Err(ApiMisuse::NotConnected.into()),
        };
        let mut outbox = session.outbox();
        let below = outbox.multicast(head, |out| payload.append_to(out), session.pool())?;
        let full_turn = outbox.queued() >= WRITE_AT;
        let blocked = session.blocked.load(Ordering::Acquire);
        drop(outbox);
        let answer = if below { TAKEN } else { ABOVE_HIGH_WATER };
        if blocked {
            // It was so under the lock, so whoever watches the socket has this still to write. To ask for the turn's end
            // too would have the loop come round for nothing.
            return Ok(answer);
        }
        if full_turn {
            let session = session.clone();
            if session.write() == Written::Blocked {
                session.block();
            }
        } else if session.soil() {
            let session = session.clone();
            self.soil_new(&session);
        }
        Ok(answer)
    }

    /// There is something to write at the end of this turn.
    pub(crate) fn soil(&self, session: &Arc<Session>) {
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
            self.shared.orders.ensure_ticking();
        }
    }

    /// Reads where a message is to go: to `recent`, or to `destinations` if that is none.
    ///
    /// # Safety
    /// `env` is the environment of the call under way, and `groups` a value of it.
    unsafe fn aim(&mut self, env: napi_env, groups: napi_value) -> Result<(), Failure> {
        self.recent = None;
        // SAFETY: as the caller vouches.
        unsafe {
            if js::is_array(env, groups) {
                let groups = js::elements(env, groups).into_iter();
                self.destinations.clear();
                for group in groups {
                    self.destinations.push(destination(env, group)?);
                }
            } else {
                self.recent = Some(destination(env, groups)?);
            }
        }
        Ok(())
    }
}

/// A destination, checked.
///
/// # Safety
/// `env` is the environment of the call under way, and `value` a value of it.
unsafe fn destination(env: napi_env, value: napi_value) -> Result<Destination, Failure> {
    // Room for one character more than is legal, and the NUL. Node copies whole characters only, of up to 4 bytes
    // each, so with less room a long name could look like a shorter one.
    let mut bytes = [0; NAME_FIELD_LEN + 4];
    // SAFETY: as the caller vouches.
    let len = unsafe { js::copy_string(env, value, &mut bytes) }.unwrap_or(0);
    if len > MAX_NAME_LEN {
        // SAFETY: as the caller vouches.
        let len = unsafe { js::string_len(env, value) }.unwrap_or(len);
        return Err(ApiMisuse::GroupLength(len).into());
    }
    Ok(Destination::parse(&bytes[..len])?)
}
