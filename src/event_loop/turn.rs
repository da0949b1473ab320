//! A turn of the environment's loop: what is done right after its polls, and at its end.

use std::cell::Cell;
#[cfg(target_os = "linux")]
use std::cell::OnceCell;
use std::ffi::{c_int, c_void};
use std::rc::Rc;
use std::sync::Arc;

use super::caller::Caller;
#[cfg(target_os = "linux")]
use super::ticker::Ticker;
use super::uv::{Handle, Kind, On, React};
use crate::environment::shared::Environment;

/// The ticker, which is made when the first session needs it; `None` where it cannot be.
#[cfg(target_os = "linux")]
pub(super) type LateTicker = Rc<OnceCell<Option<Ticker>>>;

/// An environment's loop.
pub(crate) struct Loop {
    pub(super) on: On,
    prepare: Rc<Handle<Prepare>>,
    pub(super) check: Rc<Handle<Check>>,
    #[cfg(target_os = "linux")]
    pub(super) ticker: LateTicker,
}

/// Writes, at the end of a turn, what the turn sent.
struct Prepare {
    shared: Arc<Environment>,
    active: Cell<bool>,
}

/// Has JavaScript take what was read, once all sockets of a turn were looked at.
pub(super) struct Check {
    caller: Caller,
    active: Cell<bool>,
}

impl Loop {
    /// Makes the loop of an environment, if the runtime has libuv. `caller` calls JavaScript after a turn that has read.
    ///
    /// # Safety
    /// `raw` is the environment's loop, and this is its thread.
    pub(crate) unsafe fn new(raw: *mut c_void, shared: &Arc<Environment>, caller: Caller) -> Option<Loop> {
        // SAFETY: an environment's loop runs until its cleanup hook is over, which waits for the last handle.
        let on = unsafe { On::new(raw) }?;
        let prepare = Prepare { shared: shared.clone(), active: Cell::new(false) };
        Some(Loop {
            prepare: Handle::open(&on, Kind::Prepare, prepare)?,
            check: Handle::open(&on, Kind::Check, Check { caller, active: Cell::new(false) })?,
            #[cfg(target_os = "linux")]
            ticker: Rc::default(),
            on,
        })
    }

    /// Has the turn's end write what is dirty.
    pub(crate) fn write_at_turns_end(&self) {
        if !self.prepare.data.active.replace(true) {
            self.prepare.set(1);
        }
    }

    /// Closes the loop's own handles. `done` is called once all handles are gone, watchers included.
    pub(crate) fn close(self, done: Box<dyn FnOnce()>) {
        self.on.when_none(done);
        // SAFETY: the environment has not ended: this is its cleanup hook, on its thread. A closed handle calls no more.
        unsafe { self.check.data.caller.release() };
        #[cfg(target_os = "linux")]
        if let Some(Some(ticker)) = self.ticker.get() {
            ticker.close();
        }
        self.check.close();
        self.prepare.close();
    }
}

impl React for Prepare {
    fn react(handle: &Rc<Handle<Prepare>>, _status: c_int, _events: c_int) {
        handle.data.active.set(false);
        handle.set(0);
        handle.data.shared.write_dirty();
    }
}

impl React for Check {
    fn react(handle: &Rc<Handle<Check>>, _status: c_int, _events: c_int) {
        handle.data.active.set(false);
        handle.set(0);
        // SAFETY: this is a callback of the environment's loop. JavaScript may begin a teardown only once it has returned.
        unsafe { handle.data.caller.call() };
    }
}

/// Has JavaScript take what was read, right after this turn's polls.
pub(super) fn take_soon(check: &Handle<Check>) {
    if !check.data.active.replace(true) {
        check.set(1);
    }
}
