//! A session's socket on the loop: read when it has something, written when it takes something again.

use std::cell::Cell;
#[cfg(target_os = "linux")]
use std::cell::OnceCell;
use std::ffi::c_int;
#[cfg(target_os = "linux")]
use std::ffi::c_void;
use std::os::fd::{AsFd, AsRawFd};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[cfg(target_os = "linux")]
use super::ticker::Ticker;
use super::turn::{CheckData, Loop, take_soon};
use super::uv::{Handle, Memory, Open, READABLE, UV_POLL, Uv, WRITABLE, allocate, uv};
use crate::session::Session;
use crate::session::inbox::Filled;
use crate::session::outbox::Written;
#[cfg(target_os = "linux")]
use crate::session::pace::Pace;

struct PollData {
    memory: Memory,
    session: Arc<Session>,
    /// Held so that the descriptor cannot be closed, and used anew, while libuv has it.
    _descriptor: Arc<dyn AsFd + Send + Sync>,
    events: Cell<c_int>,
    #[cfg(target_os = "linux")]
    pace: Pace,
    #[cfg(target_os = "linux")]
    ticks: Ticks,
    check: *mut CheckData,
    open: Rc<Open>,
}

/// Whether the ticker looks at the socket, and not the poll handle. The ticker is made when the first session needs it.
#[cfg(target_os = "linux")]
struct Ticks {
    raw_loop: *mut c_void,
    ticker: Rc<OnceCell<Option<Rc<Ticker>>>>,
    on: Cell<bool>,
}

#[cfg(target_os = "linux")]
impl PollData {
    fn begin_ticking(&mut self, uv: &'static Uv) {
        let (raw_loop, open) = (self.ticks.raw_loop, self.open.clone());
        let ticker = self.ticks.ticker.get_or_init(|| Ticker::new(uv, raw_loop, &open)).clone();
        if let Some(ticker) = ticker {
            self.ticks.on.set(true);
            want(uv, self, READABLE, false);
            ticker.add(tick, std::ptr::from_mut(self).cast());
        }
    }

    fn end_ticking(&mut self) {
        if self.ticks.on.replace(false)
            && let Some(Some(ticker)) = self.ticks.ticker.get().cloned()
        {
            ticker.remove(std::ptr::from_mut(self).cast());
        }
    }
}

/// A session's poll handle; dropping it closes the handle.
pub(crate) struct Watcher {
    uv: &'static Uv,
    data: *mut PollData,
}

impl Watcher {
    /// Watches what a session reads from. `None` if it cannot be watched, and the guard has to.
    pub(crate) fn new(on: &Loop, session: &Arc<Session>, descriptor: Arc<dyn AsFd + Send + Sync>) -> Option<Watcher> {
        let fd = descriptor.as_fd().as_raw_fd();
        let data = Box::into_raw(Box::new(PollData {
            memory: allocate(on.uv, UV_POLL),
            session: session.clone(),
            _descriptor: descriptor,
            events: Cell::new(0),
            #[cfg(target_os = "linux")]
            pace: Pace::default(),
            #[cfg(target_os = "linux")]
            ticks: Ticks { raw_loop: on.raw, ticker: on.ticker.clone(), on: Cell::new(false) },
            check: on.check,
            open: on.open.clone(),
        }));
        // SAFETY: the memory is as large as libuv asked, and lives until the close callback; the descriptor stays
        // open as long, since the data holds the socket.
        unsafe {
            let handle = (*data).memory.as_mut_ptr().cast();
            if (on.uv.poll_init)(on.raw, handle, fd) != 0 {
                drop(Box::from_raw(data));
                return None;
            }
            (on.uv.handle_set_data)(handle, data.cast());
            (on.uv.unref)(handle);
        }
        on.open.opened_one();
        let watcher = Watcher { uv: on.uv, data };
        watcher.want(READABLE, true);
        Some(watcher)
    }

    /// Reads again, after the queue was full.
    pub(crate) fn resume(&self) {
        self.want(READABLE, true);
    }

    /// Writes as soon as the socket takes something again.
    pub(crate) fn write_when_possible(&self) {
        self.want(WRITABLE, true);
    }

    fn want(&self, event: c_int, wanted: bool) {
        // SAFETY: the data lives until the close callback, and only `drop` closes.
        want(self.uv, unsafe { &mut *self.data }, event, wanted);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // SAFETY: the handle was initialised and is closed here only; its memory goes in the callback.
        #[cfg(target_os = "linux")]
        unsafe {
            (*self.data).end_ticking();
        }
        // SAFETY: likewise.
        unsafe { (self.uv.close)((*self.data).memory.as_mut_ptr().cast(), on_poll_closed) };
    }
}

fn want(uv: &Uv, data: &mut PollData, event: c_int, wanted: bool) {
    let before = data.events.get();
    let after = if wanted { before | event } else { before & !event };
    if after == before {
        return;
    }
    data.events.set(after);
    let handle = data.memory.as_mut_ptr().cast();
    // SAFETY: the handle is initialised and not closed.
    unsafe {
        if after == 0 {
            (uv.poll_stop)(handle);
        } else {
            (uv.poll_start)(handle, after, on_poll);
        }
    }
}

/// Reads. The socket is not looked at any more once the queue is full, or the session over.
fn visit(uv: &'static Uv, data: &mut PollData) -> Filled {
    let filled = data.session.fill_by_loop(|| take_soon(uv, data.check));
    match filled {
        Filled::Dry | Filled::More => {}
        Filled::Full => want(uv, data, READABLE, false),
        Filled::Ended => want(uv, data, READABLE | WRITABLE, false),
    }
    filled
}

unsafe extern "C" fn on_poll(handle: Handle, status: c_int, events: c_int) {
    let Some(uv) = uv() else { return };
    // SAFETY: the data was set when the handle was made, and lives until its close callback.
    let data = unsafe { &mut *(uv.handle_get_data)(handle).cast::<PollData>() };
    // On an error the read finds out what it is.
    if events & READABLE != 0 || status < 0 {
        #[cfg(not(target_os = "linux"))]
        visit(uv, data);
        #[cfg(target_os = "linux")]
        if matches!(visit(uv, data), Filled::Dry)
            && data.pace.visit(data.session.bustle())
            && let Some(counts) = data.session.counts()
            && data.pace.look(data.session.bustle(), counts)
        {
            data.begin_ticking(uv);
        }
    } else {
        data.session.loop_visits.fetch_add(1, Ordering::AcqRel);
    }
    if events & WRITABLE != 0 && data.session.write() == Written::All {
        want(uv, data, WRITABLE, false);
    }
}

/// The ticker's look at a socket.
///
/// # Safety
/// The data is the [`PollData`] of a watcher that has not been dropped.
#[cfg(target_os = "linux")]
unsafe fn tick(uv: &'static Uv, data: *mut c_void) {
    // SAFETY: a watcher leaves the ticker before its data goes, and no JavaScript runs meanwhile that could drop one.
    let data = unsafe { &mut *data.cast::<PollData>() };
    match visit(uv, data) {
        Filled::Dry | Filled::More => {
            let bustle = data.session.bustle();
            if data.session.counts().is_some_and(|counts| !data.pace.tick(bustle, counts)) {
                data.end_ticking();
                want(uv, data, READABLE, true);
            }
        }
        Filled::Full | Filled::Ended => data.end_ticking(),
    }
}

unsafe extern "C" fn on_poll_closed(handle: Handle) {
    let Some(uv) = uv() else { return };
    // SAFETY: libuv is done with the handle; its data is ours again.
    let data = unsafe { Box::from_raw((uv.handle_get_data)(handle).cast::<PollData>()) };
    data.open.closed_one();
}
