//! Takes an environment down: first the threads, then the loop's handles, then the memory.
//!
//! | the environment has | its hook is | since |
//! |---|---|---|
//! | a loop | asynchronous | libuv closes handles in later turns, for which the runtime has to wait |
//! | none | synchronous | nothing is left to wait for, and this is the hook that every runtime has |
//!
//! `process.exit` on Node's main thread runs neither: all threads are harmless while the process dies.

use std::cell::RefCell;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use napi::sys::{self, napi_env};

use super::hub::Hub;

/// Gives the runtime this hold on the environment's state, to end it with the environment.
///
/// # Safety
/// A call from JavaScript is under way in this environment, and no JavaScript of it uses the state after its hooks ran.
pub(crate) unsafe fn register(env: napi_env, hub: Rc<RefCell<Hub>>) {
    #[cfg(unix)]
    let has_loop = hub.borrow().event_loop.is_some();
    let data = Rc::into_raw(hub).cast_mut().cast::<c_void>();
    #[cfg(unix)]
    if has_loop {
        // SAFETY: a call is under way in this environment. The hook gets its data once, and its own handle with it.
        unsafe { sys::napi_add_async_cleanup_hook(env, Some(tear_down_with_loop), data, std::ptr::null_mut()) };
        return;
    }
    // SAFETY: a call is under way in this environment. The hook gets its data once.
    unsafe { sys::napi_add_env_cleanup_hook(env, Some(tear_down), data) };
}

unsafe extern "C" fn tear_down(data: *mut c_void) {
    // SAFETY: `register` made `data` so and gave its hold away; this hook runs once.
    let hub = unsafe { Rc::from_raw(data.cast::<RefCell<Hub>>().cast_const()) };
    // A panic cannot leave a hook; what it left undone ends with the process.
    let _ = catch_unwind(AssertUnwindSafe(|| hub.borrow_mut().end()));
}

/// Lets Node go on only once the loop has closed the last handle.
#[cfg(unix)]
unsafe extern "C" fn tear_down_with_loop(hook: sys::napi_async_cleanup_hook_handle, data: *mut c_void) {
    // SAFETY: `register` made `data` so and gave its hold away; this hook runs once, in place of `tear_down`.
    let hub = unsafe { Rc::from_raw(data.cast::<RefCell<Hub>>().cast_const()) };
    let done = move || {
        // SAFETY: Node waits for exactly this call, once.
        unsafe { sys::napi_remove_async_cleanup_hook(hook) };
    };
    let torn = catch_unwind(AssertUnwindSafe(|| {
        let mut state = hub.borrow_mut();
        state.end();
        match state.event_loop.take() {
            Some(event_loop) => event_loop.close(Box::new(done)),
            None => done(),
        }
    }));
    if torn.is_err() {
        done();
    }
}

impl Hub {
    /// Ends the threads, and every session.
    fn end(&mut self) {
        self.shared.close();
        self.shared.orders.stop();
        self.daemons.stop_all();
        self.networks.stop_all();
        for slot in self.slots.drain() {
            slot.session.finish(Ok(()));
        }
    }
}
