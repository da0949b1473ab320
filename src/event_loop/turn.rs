//! A turn of the environment's loop: what is done right behind its polls, and at its end.

use std::cell::Cell;
#[cfg(target_os = "linux")]
use std::cell::OnceCell;
use std::ffi::c_void;
use std::rc::Rc;
use std::sync::Arc;

use super::caller::Caller;
#[cfg(target_os = "linux")]
use super::ticker::Ticker;
use super::uv::{Handle, Memory, Open, UV_CHECK, UV_PREPARE, Uv, allocate, uv};
use crate::environment::shared::Shared;

/// An environment's loop.
pub(crate) struct Loop {
    pub(super) uv: &'static Uv,
    pub(super) raw: *mut c_void,
    prepare: *mut PrepareData,
    pub(super) check: *mut CheckData,
    #[cfg(target_os = "linux")]
    pub(super) ticker: Rc<OnceCell<Option<Rc<Ticker>>>>,
    /// Handles whose close callback has not yet come.
    pub(super) open: Rc<Open>,
}

struct PrepareData {
    memory: Memory,
    shared: Arc<Shared>,
    active: Cell<bool>,
    open: Rc<Open>,
}

pub(super) struct CheckData {
    memory: Memory,
    caller: Caller,
    active: Cell<bool>,
    open: Rc<Open>,
}

impl Loop {
    /// The loop of an environment, if the runtime has libuv. `caller` calls what takes what was read.
    ///
    /// # Safety
    /// `raw` is the environment's loop, and this is its thread.
    pub(crate) unsafe fn new(raw: *mut c_void, shared: &Arc<Shared>, caller: Caller) -> Option<Loop> {
        let uv = uv()?;
        let open = Open::with(2);
        let check = Box::into_raw(Box::new(CheckData {
            memory: allocate(uv, UV_CHECK),
            caller,
            active: Cell::new(false),
            open: open.clone(),
        }));
        let data = Box::into_raw(Box::new(PrepareData {
            memory: allocate(uv, UV_PREPARE),
            shared: shared.clone(),
            active: Cell::new(false),
            open: open.clone(),
        }));
        // SAFETY: the memory is as large as libuv asked, and lives until the close callback. Initialising these handles
        // cannot fail.
        unsafe {
            let handle = (*data).memory.as_mut_ptr().cast();
            (uv.prepare_init)(raw, handle);
            (uv.handle_set_data)(handle, data.cast());
            let handle = (*check).memory.as_mut_ptr().cast();
            (uv.check_init)(raw, handle);
            (uv.handle_set_data)(handle, check.cast());
        }
        Some(Loop {
            uv,
            raw,
            prepare: data,
            check,
            #[cfg(target_os = "linux")]
            ticker: Rc::default(),
            open,
        })
    }

    /// Has the turn's end write what is dirty.
    pub(crate) fn write_at_turns_end(&self) {
        // SAFETY: the data lives until the handle's close callback, which only `close` brings about.
        unsafe {
            let data = &mut *self.prepare;
            if !data.active.replace(true) {
                // The handle is referenced while active: a loop that has nothing else comes round once more.
                (self.uv.prepare_start)(data.memory.as_mut_ptr().cast(), on_prepare);
            }
        }
    }

    /// Closes the loop's own handles. `done` is called once all handles are gone, watchers included.
    pub(crate) fn close(self, done: Box<dyn FnOnce()>) {
        self.open.when_none(done);
        // SAFETY: the handles were initialised and are closed here only. The environment has not ended: this is its
        // cleanup hook.
        unsafe {
            (*self.check).caller.release();
            #[cfg(target_os = "linux")]
            if let Some(Some(ticker)) = self.ticker.get() {
                ticker.close();
            }
            (self.uv.close)((*self.check).memory.as_mut_ptr().cast(), on_check_closed);
            (self.uv.close)((*self.prepare).memory.as_mut_ptr().cast(), on_prepare_closed);
        }
    }
}

/// Has JavaScript take what was read, once all sockets of this turn were looked at.
pub(super) fn take_soon(uv: &Uv, check: *mut CheckData) {
    // SAFETY: the data lives until the handle's close callback, and the loop closes it after all polls.
    let data = unsafe { &mut *check };
    if !data.active.replace(true) {
        // SAFETY: the handle is initialised and not closed.
        unsafe { (uv.check_start)(data.memory.as_mut_ptr().cast(), on_check) };
    }
}

unsafe extern "C" fn on_check(handle: Handle) {
    let Some(uv) = uv() else { return };
    // SAFETY: the data was set when the handle was made, and lives until its close callback. JavaScript may begin a
    // teardown only once this has returned.
    unsafe {
        let data = &*(uv.handle_get_data)(handle).cast::<CheckData>();
        data.active.set(false);
        (uv.check_stop)(handle);
        data.caller.call();
    }
}

unsafe extern "C" fn on_prepare(handle: Handle) {
    let Some(uv) = uv() else { return };
    // SAFETY: the data was set when the handle was made, and lives until its close callback.
    let data = unsafe { &*(uv.handle_get_data)(handle).cast::<PrepareData>() };
    data.active.set(false);
    // SAFETY: the handle is initialised and not closed.
    unsafe { (uv.prepare_stop)(handle) };
    data.shared.write_dirty();
}

unsafe extern "C" fn on_prepare_closed(handle: Handle) {
    let Some(uv) = uv() else { return };
    // SAFETY: libuv is done with the handle; its data is ours again.
    let data = unsafe { Box::from_raw((uv.handle_get_data)(handle).cast::<PrepareData>()) };
    data.open.closed_one();
}

unsafe extern "C" fn on_check_closed(handle: Handle) {
    let Some(uv) = uv() else { return };
    // SAFETY: libuv is done with the handle; its data is ours again.
    let data = unsafe { Box::from_raw((uv.handle_get_data)(handle).cast::<CheckData>()) };
    data.open.closed_one();
}
