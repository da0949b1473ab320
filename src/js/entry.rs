//! Where JavaScript comes in: opens an environment, and hands it the functions that `lib/` calls.

use std::cell::RefCell;
use std::ffi::c_void;
#[cfg(unix)]
use std::ptr::null_mut;
use std::rc::Rc;

use napi::bindgen_prelude::{Function, Object, Unknown};
#[cfg(unix)]
use napi::sys;
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{Env, JsValue, Result};
use napi_derive::napi;

use super::batch::Batch;
use super::calls;
use super::daemons::Daemons;
use super::hub::Hub;
use super::napi::{Bell, Call};
use super::slots::Slots;
use super::teardown;
use crate::environment::shared::Environment;
#[cfg(unix)]
use crate::event_loop::{caller::Caller, turn::Loop, uv};

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
    let ring = move || {
        // A bell that cannot be rung belongs to an environment that is gone.
        let _ = function.call((), ThreadsafeFunctionCallMode::NonBlocking);
    };
    let shared = Environment::new(Box::new(ring), raw_loop.is_none());
    let raw = env.raw();
    // SAFETY: this is a call from JavaScript.
    let call = unsafe { Call::new(raw) };
    // SAFETY: `lib/native/batch.js` makes these arrays for this, and neither gives their memory away nor shares it.
    let (records, slab) = unsafe { (call.lend(records.raw()), call.lend(slab.raw())) };
    let batch = Batch::new(records, slab, call.keep(strings.raw()), call.keep(large.raw()));
    let hub = Hub {
        // SAFETY: the loop is the environment's, this is its thread, and a call from JavaScript is under way.
        #[cfg(unix)]
        event_loop: raw_loop
            .and_then(|raw_loop| unsafe { Loop::new(raw_loop, &shared, Caller::new(raw, pump.raw())?) }),
        bell: Bell(bell),
        slots: Slots::default(),
        walked: 0,
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
    for (name, function) in calls::all() {
        // SAFETY: `enter` expects such data, and it outlives the environment's JavaScript.
        unsafe { call.set_function(functions.raw(), name, function, data) };
    }
    Ok(functions)
}

/// Returns the environment's loop, where there is libuv to use it with.
#[cfg(unix)]
fn uv_loop(env: &Env) -> Option<*mut c_void> {
    uv::uv()?;
    let mut raw_loop = null_mut();
    // SAFETY: a call from JavaScript is under way.
    let status = unsafe { sys::napi_get_uv_event_loop(env.raw(), &mut raw_loop) };
    (status == sys::Status::napi_ok && !raw_loop.is_null()).then_some(raw_loop.cast())
}

#[cfg(not(unix))]
fn uv_loop(_: &Env) -> Option<*mut c_void> {
    None
}

/// Returns the version: the package that loads it has to be of the same one.
#[napi(skip_typescript)]
#[allow(unreachable_pub)] // The macro wants it so.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
