//! One environment's state on the JavaScript thread: made by `open`, taken down by a cleanup hook ([`super::teardown`]).

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use napi::sys::{napi_callback_info, napi_env, napi_value};
use spread_proto::Destination;

use super::batch::Batch;
use super::daemons::Daemons;
use super::napi::{Bell, Call, Value, arguments};
use super::slots::Slots;
use crate::environment::shared::Environment;
#[cfg(unix)]
use crate::event_loop::{poll::Watcher, turn::Loop};
use crate::failure::Failure;
use crate::session::Session;
use crate::session::inbox::Segment;

/// What the JavaScript thread alone keeps of a session.
pub(crate) struct Slot {
    pub(crate) session: Arc<Session>,
    #[cfg(unix)]
    pub(crate) watcher: Option<Watcher>,
    /// The segment under way, and how far it was delivered.
    pub(crate) current: Option<(Segment, usize)>,
    /// What came could not be read further; this is how the session ended.
    pub(crate) broken: Option<Failure>,
    pub(crate) delivered: u64,
    pub(crate) batches: u64,
    /// JavaScript does not come to what it has: nothing more is delivered.
    pub(crate) held_back: bool,
    /// Bytes of the batch that JavaScript walks, and of earlier ones, in its own queues, that it has not come to.
    pub(crate) batch_bytes: usize,
    pub(crate) kept: usize,
    /// JavaScript knows that the session has ended, though it holds back what came before.
    pub(crate) warned: bool,
    /// The end was reported; what is left is that JavaScript asks how.
    pub(crate) is_reported: bool,
}

impl Slot {
    pub(super) fn new(session: Arc<Session>) -> Slot {
        Slot {
            session,
            #[cfg(unix)]
            watcher: None,
            current: None,
            broken: None,
            delivered: 0,
            batches: 0,
            held_back: false,
            batch_bytes: 0,
            kept: 0,
            warned: false,
            is_reported: false,
        }
    }
}

/// The environment's state.
pub(crate) struct Hub {
    pub(crate) shared: Arc<Environment>,
    /// The doorbell; `shared` owns it.
    pub(super) bell: Bell,
    #[cfg(unix)]
    pub(crate) event_loop: Option<Loop>,
    pub(crate) slots: Slots<Slot>,
    /// Whose batch JavaScript has.
    pub(crate) walked: u32,
    pub(crate) batch: Batch,
    pub(crate) daemons: Daemons,
    /// Why the last call was refused.
    pub(crate) last_failure: Option<Failure>,
    /// The last destination that was a single one, since consecutive messages mostly have the same.
    pub(crate) recent: Option<Destination>,
    pub(crate) destinations: Vec<Destination>,
}

/// Runs one call from JavaScript with the environment's state. A panic becomes an exception.
///
/// # Safety
/// `env` and `info` are those of a call that is under way, of a function made by `open`.
pub(super) unsafe fn enter<const N: usize>(
    env: napi_env,
    info: napi_callback_info,
    act: impl for<'env> FnOnce(&mut Hub, Call<'env>, [Value<'env>; N]) -> Value<'env>,
) -> napi_value {
    // SAFETY: the call is under way until this returns, and nothing made here outlives it.
    let call = unsafe { Call::new(env) };
    // SAFETY: `info` is that call's. `open` gave its functions this data, and it outlives them.
    let (arguments, hub) = unsafe {
        let (arguments, data) = arguments::<N>(call, info);
        (arguments, &*data.cast::<RefCell<Hub>>())
    };
    let result = catch_unwind(AssertUnwindSafe(|| act(&mut hub.borrow_mut(), call, arguments)));
    result.unwrap_or_else(|_| call.throw("a fault in cspread itself: the native code panicked")).raw()
}
