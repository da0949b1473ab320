//! Has sockets looked at by time, while messages stream in (`session::pace`): one timer for all sessions of an
//! environment.

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::rc::Rc;

use super::uv::{Handle, Memory, Open, READABLE, UV_POLL, Uv, allocate, uv};
use crate::session::pace::INTERVAL;

/// What is called at each tick, and with what.
type Tick = unsafe fn(&'static Uv, *mut c_void);

/// The timer, and who is called.
pub(crate) struct Ticker {
    memory: RefCell<Memory>,
    timer: OwnedFd,
    uv: &'static Uv,
    called: RefCell<Vec<(Tick, *mut c_void)>>,
    open: Rc<Open>,
    closing: Cell<bool>,
}

impl Ticker {
    /// A ticker on this loop; `None` where there cannot be one. It lives until the loop has closed its handle.
    pub(crate) fn new(uv: &'static Uv, raw_loop: *mut c_void, open: &Rc<Open>) -> Option<Rc<Ticker>> {
        // SAFETY: it takes no memory of ours; what it returns is a descriptor of ours, or an error.
        let timer = unsafe {
            let descriptor = libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_NONBLOCK | libc::TFD_CLOEXEC);
            (descriptor >= 0).then(|| OwnedFd::from_raw_fd(descriptor))?
        };
        let ticker = Rc::new(Ticker {
            memory: RefCell::new(allocate(uv, UV_POLL)),
            timer,
            uv,
            called: RefCell::default(),
            open: open.clone(),
            closing: Cell::new(false),
        });
        // SAFETY: the memory is as large as libuv asked, and lives until the close callback, which gives back the hold
        // that the handle has.
        unsafe {
            if (uv.poll_init)(raw_loop, ticker.handle(), ticker.timer.as_raw_fd()) != 0 {
                return None;
            }
            (uv.handle_set_data)(ticker.handle(), Rc::into_raw(ticker.clone()).cast_mut().cast());
            (uv.unref)(ticker.handle());
        }
        open.opened_one();
        Some(ticker)
    }

    fn handle(&self) -> Handle {
        self.memory.borrow_mut().as_mut_ptr().cast()
    }

    /// Calls `tick` with `data` from now on, until `remove`. The data has to live until then.
    pub(crate) fn add(&self, tick: Tick, data: *mut c_void) {
        let mut called = self.called.borrow_mut();
        called.push((tick, data));
        if called.len() == 1 {
            self.set(INTERVAL.subsec_nanos().into());
            // SAFETY: the handle is initialised and not closed: the loop closes it after all watchers.
            unsafe { (self.uv.poll_start)(self.handle(), READABLE, on_tick) };
        }
    }

    pub(crate) fn remove(&self, data: *mut c_void) {
        let mut called = self.called.borrow_mut();
        called.retain(|(_, other)| *other != data);
        if called.is_empty() && !self.closing.get() {
            self.set(0);
            // SAFETY: as above.
            unsafe { (self.uv.poll_stop)(self.handle()) };
        }
    }

    /// Every so many ns; 0 is never.
    fn set(&self, interval: i64) {
        let every = libc::timespec { tv_sec: 0, tv_nsec: interval };
        let times = libc::itimerspec { it_interval: every, it_value: every };
        // SAFETY: the descriptor is the timer's, and `times` is read during the call.
        unsafe { libc::timerfd_settime(self.timer.as_raw_fd(), 0, &raw const times, std::ptr::null_mut()) };
    }

    /// Closes the handle, on the loop's thread.
    pub(crate) fn close(&self) {
        self.closing.set(true);
        // SAFETY: the handle was initialised and is closed here only.
        unsafe { (self.uv.close)(self.handle(), on_closed) };
    }
}

unsafe extern "C" fn on_tick(handle: Handle, _status: c_int, _events: c_int) {
    let Some(uv) = uv() else { return };
    // SAFETY: the data was set when the handle was made, and lives until its close callback.
    let ticker = unsafe { &*(uv.handle_get_data)(handle).cast::<Ticker>().cast_const() };
    let mut expirations = 0u64;
    // SAFETY: the timer gives eight bytes, for which there is room.
    unsafe { libc::read(ticker.timer.as_raw_fd(), (&raw mut expirations).cast(), size_of::<u64>()) };
    // A copy, since those whose stream is over leave the list.
    let called = ticker.called.borrow().clone();
    for (tick, data) in called {
        // SAFETY: `add` was promised that the data lives until it is removed; a tick removes its own data only.
        unsafe { tick(uv, data) };
    }
}

unsafe extern "C" fn on_closed(handle: Handle) {
    let Some(uv) = uv() else { return };
    // SAFETY: libuv is done with the handle: the hold that it had is ours again.
    let ticker = unsafe { Rc::from_raw((uv.handle_get_data)(handle).cast::<Ticker>().cast_const()) };
    let open = ticker.open.clone();
    drop(ticker);
    open.closed_one();
}
