//! One environment's state on the JavaScript thread: made by `open`, taken down by a cleanup hook ([`teardown`]).

use std::cell::RefCell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

use napi::bindgen_prelude::{Function, Object, Unknown};
use napi::sys::{self, napi_callback_info, napi_env, napi_value};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, Error, JsValue, Result};
use napi_derive::napi;
use spread_proto::Destination;

use crate::batch::Batch;
#[cfg(unix)]
use crate::caller::Caller;
use crate::daemons::Daemons;
use crate::failure::Failure;
use crate::guard::Guard;
use crate::inbox::Segment;
use crate::js;
use crate::session::Session;
use crate::shared::Shared;
use crate::slots::Slots;
use crate::teardown;
#[cfg(unix)]
use crate::watch::{self, Loop, Watcher};

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
    pub(crate) held: bool,
    /// Bytes of the last batch.
    pub(crate) batch_bytes: usize,
    /// The end was told; what is left is that JavaScript asks how.
    pub(crate) told: bool,
}

/// The environment's state.
pub(crate) struct Hub {
    pub(crate) shared: Arc<Shared>,
    /// The doorbell, for holding the environment alive or letting it go. `shared` owns it.
    pub(crate) bell: sys::napi_threadsafe_function,
    #[cfg(unix)]
    pub(crate) event_loop: Option<Loop>,
    pub(crate) slots: Slots<Slot>,
    pub(crate) batch: Batch,
    pub(crate) daemons: Daemons,
    /// What is behind the last answer that was a refusal.
    pub(crate) last_failure: Option<Failure>,
    /// The last destination that was a single one, since consecutive messages mostly have the same.
    pub(crate) recent: Option<Destination>,
    pub(crate) destinations: Vec<Destination>,
}

/// Opens the environment. JavaScript lends the memory of `batch`, and is called at `pump` when there is something
/// to take. `with_loop` is false where the runtime has no libuv to offer, or a test says so.
#[napi(skip_typescript)]
#[allow(unreachable_pub)] // The macro wants it so.
pub fn open<'env>(
    env: &'env Env,
    pump: Function<'env, (), Unknown<'static>>,
    records: Unknown<'env>,
    slab: Unknown<'env>,
    strings: Unknown<'env>,
    large: Unknown<'env>,
    with_loop: bool,
) -> Result<Object<'env>> {
    // Weak, so that it holds no process but where JavaScript says so; it carries nothing.
    let function = pump.build_threadsafe_function::<()>().weak::<true>().build()?;
    let bell = function.handle.get_raw();
    let raw_loop = if with_loop { uv_loop(env) } else { None };
    let guard = Guard::new(raw_loop.is_none()).map_err(|error| Error::from_reason(error.to_string()))?;
    let ring = move || {
        // A bell that cannot be rung belongs to an environment that is gone.
        let _ = function.call((), ThreadsafeFunctionCallMode::NonBlocking);
    };
    let shared = Shared::new(Box::new(ring), guard);
    let raw = env.raw();
    // SAFETY: this is a call from JavaScript, and what it lends is what `lib/native.js` makes: typed arrays that
    // nobody gives away, and arrays of its own.
    let batch = unsafe { Batch::new(raw, records.raw(), slab.raw(), strings.raw(), large.raw()) };
    let hub = Hub {
        // SAFETY: the loop is the environment's, this is its thread, and a call from JavaScript is under way.
        #[cfg(unix)]
        event_loop: raw_loop
            .and_then(|raw_loop| unsafe { Loop::new(raw_loop, &shared, Caller::new(raw, pump.raw())?) }),
        bell,
        slots: Slots::default(),
        batch,
        daemons: Daemons::default(),
        last_failure: None,
        recent: None,
        destinations: Vec::new(),
        shared,
    };
    let hub = Rc::new(RefCell::new(hub));
    let data = Rc::as_ptr(&hub).cast_mut().cast::<c_void>();
    // SAFETY: a call from JavaScript is under way, and hooks run after the last JavaScript.
    unsafe { teardown::register(raw, hub) };
    let functions = Object::new(env)?;
    for (name, function) in crate::calls::FUNCTIONS {
        // SAFETY: `data` outlives the environment's JavaScript.
        unsafe { js::set_function(raw, functions.raw(), name, *function, data) };
    }
    Ok(functions)
}

/// The environment's loop, where there is libuv to use it with.
#[cfg(unix)]
fn uv_loop(env: &Env) -> Option<*mut c_void> {
    watch::uv()?;
    let mut raw_loop = std::ptr::null_mut();
    // SAFETY: a call from JavaScript is under way.
    let status = unsafe { sys::napi_get_uv_event_loop(env.raw(), &mut raw_loop) };
    (status == sys::Status::napi_ok && !raw_loop.is_null()).then_some(raw_loop.cast())
}

#[cfg(not(unix))]
fn uv_loop(_: &Env) -> Option<*mut c_void> {
    None
}

/// Runs one call from JavaScript with the environment's state. A panic becomes an exception.
///
/// # Safety
/// `env` and `info` are those of the call under way, of a function made by `open`.
pub(crate) unsafe fn enter<const N: usize>(
    env: napi_env,
    info: napi_callback_info,
    act: impl FnOnce(&mut Hub, [napi_value; N]) -> napi_value,
) -> napi_value {
    // SAFETY: as the caller vouches.
    let (arguments, data) = unsafe { js::arguments::<N>(env, info) };
    // SAFETY: `open` gave the functions this data, and it outlives them.
    let hub = unsafe { &*data.cast::<RefCell<Hub>>() };
    let result = catch_unwind(AssertUnwindSafe(|| act(&mut hub.borrow_mut(), arguments)));
    result.unwrap_or_else(|_| {
        // SAFETY: as the caller vouches.
        unsafe { js::throw(env, "a fault in cspread itself: the native code panicked") }
    })
}
