//! Has sockets looked at by time, while messages stream in (`session::pace`): one timer for all sessions of an
//! environment.

use std::cell::RefCell;
use std::ffi::c_int;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::rc::Rc;

use super::uv::{Handle, Kind, On, READABLE, React};
use crate::session::pace::INTERVAL;

/// The function that each tick calls.
pub(super) trait Tick {
    fn tick(self: Rc<Self>);
}

/// The timer, and who is called.
struct Timer {
    timer: OwnedFd,
    called: RefCell<Vec<Rc<dyn Tick>>>,
}

/// A ticker, until it is closed.
pub(super) struct Ticker(Rc<Handle<Timer>>);

impl Ticker {
    /// Makes a ticker on this loop; `None` where there cannot be one.
    pub(super) fn new(on: &On) -> Option<Ticker> {
        // SAFETY: it takes no memory of ours; what it returns is a descriptor of ours, or an error.
        let timer = unsafe {
            let descriptor = libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_NONBLOCK | libc::TFD_CLOEXEC);
            (descriptor >= 0).then(|| OwnedFd::from_raw_fd(descriptor))?
        };
        let fd = timer.as_raw_fd();
        Handle::open(on, Kind::Poll(fd), Timer { timer, called: RefCell::default() }).map(Ticker)
    }

    /// Calls this from now on, until `remove`.
    pub(super) fn add(&self, tick: Rc<dyn Tick>) {
        let mut called = self.0.data.called.borrow_mut();
        called.push(tick);
        if called.len() == 1 {
            self.0.data.set(INTERVAL.subsec_nanos().into());
            self.0.set(READABLE);
        }
    }

    pub(super) fn remove(&self, tick: &Rc<dyn Tick>) {
        let mut called = self.0.data.called.borrow_mut();
        called.retain(|other| !Rc::ptr_eq(other, tick));
        if called.is_empty() {
            self.0.data.set(0);
            self.0.set(0);
        }
    }

    pub(super) fn close(&self) {
        self.0.close();
    }
}

impl Timer {
    /// Sets the interval in ns; 0 stops it.
    fn set(&self, interval: i64) {
        let every = libc::timespec { tv_sec: 0, tv_nsec: interval };
        let times = libc::itimerspec { it_interval: every, it_value: every };
        // SAFETY: the descriptor is the timer's, and `times` is read during the call.
        unsafe { libc::timerfd_settime(self.timer.as_raw_fd(), 0, &raw const times, std::ptr::null_mut()) };
    }
}

impl React for Timer {
    fn react(handle: &Rc<Handle<Timer>>, _status: c_int, _events: c_int) {
        let mut expirations = 0u64;
        // SAFETY: the timer gives eight bytes, for which there is room.
        unsafe { libc::read(handle.data.timer.as_raw_fd(), (&raw mut expirations).cast(), size_of::<u64>()) };
        // A copy, since those whose stream is over leave the list.
        let called = handle.data.called.borrow().clone();
        for tick in called {
            tick.tick();
        }
    }
}
