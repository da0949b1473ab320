//! Calls JavaScript's `pump()` from a callback of the loop.
//!
//! What the loop has read itself need not ring the bell, which is a write, a wake-up and a read of its own: it is
//! handed over in the same turn.

use std::ptr::null_mut;

use napi::sys::{self, napi_async_context, napi_env, napi_ref, napi_value};

/// `pump()`, and what it takes to call it.
pub(crate) struct Caller {
    env: napi_env,
    pump: napi_ref,
    context: napi_async_context,
}

impl Caller {
    /// Keeps the function to call.
    ///
    /// Keeps the function to call.
    ///
    /// # Safety
    /// A call from JavaScript is under way in this environment, and `pump` is a function.
    pub(crate) unsafe fn new(env: napi_env, pump: napi_value) -> Option<Caller> {
        let (mut name, mut context, mut reference) = (null_mut(), null_mut(), null_mut());
        // SAFETY: a call is under way, and the name has seven bytes; without a resource Node makes one.
        unsafe {
            let made = sys::napi_create_string_utf8(env, c"cspread".as_ptr(), 7, &mut name) == sys::Status::napi_ok
                && sys::napi_async_init(env, null_mut(), name, &mut context) == sys::Status::napi_ok
                && sys::napi_create_reference(env, pump, 1, &mut reference) == sys::Status::napi_ok;
            made.then_some(Caller { env, pump: reference, context })
        }
    }

    /// Calls it. An exception that it lets through becomes an uncaught one.
    ///
    /// # Safety
    /// This is a callback of the environment's loop, with no JavaScript below it.
    pub(crate) unsafe fn call(&self) {
        let env = self.env;
        let mut scope = null_mut();
        // SAFETY: this is the environment's thread, and the environment lives as long as its loop's handles. Where it is about
        // to end, the calls say so and do nothing.
        unsafe {
            if sys::napi_open_handle_scope(env, &mut scope) != sys::Status::napi_ok {
                return;
            }
            let (mut pump, mut global, mut result) = (null_mut(), null_mut(), null_mut());
            sys::napi_get_reference_value(env, self.pump, &mut pump);
            sys::napi_get_global(env, &mut global);
            let none = std::ptr::null();
            let status = sys::napi_make_callback(env, self.context, global, pump, 0, none, &mut result);
            let mut error = null_mut();
            if status == sys::Status::napi_pending_exception
                && sys::napi_get_and_clear_last_exception(env, &mut error) == sys::Status::napi_ok
            {
                sys::napi_fatal_exception(env, error);
            }
            sys::napi_close_handle_scope(env, scope);
        }
    }

    /// Gives back what it holds of the environment.
    ///
    /// # Safety
    /// This is the environment's thread, and the environment has not ended. Nothing is called after this.
    pub(crate) unsafe fn release(&self) {
        // SAFETY: both are of this environment, which has not ended, and are given back once.
        unsafe {
            sys::napi_delete_reference(self.env, self.pump);
            sys::napi_async_destroy(self.env, self.context);
        }
    }
}
