//! A session's socket on the loop: read when it has something, written when it takes something again.

use std::cell::Cell;
#[cfg(target_os = "linux")]
use std::cell::RefCell;
use std::ffi::c_int;
use std::os::fd::{AsFd, AsRawFd};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[cfg(target_os = "linux")]
use super::ticker::{Tick, Ticker};
#[cfg(target_os = "linux")]
use super::turn::LateTicker;
use super::turn::{Check, Loop, take_soon};
#[cfg(target_os = "linux")]
use super::uv::On;
use super::uv::{Handle, Kind, READABLE, React, WRITABLE};
use crate::session::Session;
use crate::session::inbox::Filled;
use crate::session::outbox::Written;
#[cfg(target_os = "linux")]
use crate::session::pace::Pace;

/// What a poll handle knows of its session.
struct Poll {
    session: Arc<Session>,
    /// Held so that the descriptor cannot be closed, and used again, while libuv has it.
    _descriptor: Arc<dyn AsFd + Send + Sync>,
    events: Cell<c_int>,
    check: Rc<Handle<Check>>,
    #[cfg(target_os = "linux")]
    pace: RefCell<Pace>,
    #[cfg(target_os = "linux")]
    ticks: Ticks,
}

/// The ticker looks at the socket, and not the poll handle.
#[cfg(target_os = "linux")]
struct Ticks {
    on: On,
    ticker: LateTicker,
    active: Cell<bool>,
}

/// A session's poll handle; dropping it closes the handle.
pub(crate) struct Watcher(Rc<Handle<Poll>>);

impl Watcher {
    /// Watches what a session reads from. `None` if it cannot be watched, and the guard has to.
    pub(crate) fn new(
        event_loop: &Loop,
        session: &Arc<Session>,
        descriptor: Arc<dyn AsFd + Send + Sync>,
    ) -> Option<Watcher> {
        let fd = descriptor.as_fd().as_raw_fd();
        let poll = Poll {
            session: session.clone(),
            _descriptor: descriptor,
            events: Cell::new(0),
            check: event_loop.check.clone(),
            #[cfg(target_os = "linux")]
            pace: RefCell::default(),
            #[cfg(target_os = "linux")]
            ticks: Ticks { on: event_loop.on.clone(), ticker: event_loop.ticker.clone(), active: Cell::new(false) },
        };
        let handle = Handle::open(&event_loop.on, Kind::Poll(fd), poll)?;
        want(&handle, READABLE, true);
        Some(Watcher(handle))
    }

    /// Reads again, after the queue was full.
    pub(crate) fn resume(&self) {
        want(&self.0, READABLE, true);
    }

    /// Writes as soon as the socket takes something again.
    pub(crate) fn write_when_possible(&self) {
        want(&self.0, WRITABLE, true);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        #[cfg(target_os = "linux")]
        end_ticking(&self.0);
        self.0.close();
    }
}

fn want(handle: &Handle<Poll>, event: c_int, wanted: bool) {
    let before = handle.data.events.get();
    let after = if wanted { before | event } else { before & !event };
    if after != before {
        handle.data.events.set(after);
        handle.set(after);
    }
}

/// Reads. The socket is not looked at any more once the queue is full, or the session over.
fn visit(handle: &Handle<Poll>) -> Filled {
    let filled = handle.data.session.fill_by_loop(|| take_soon(&handle.data.check));
    match filled {
        Filled::Dry | Filled::More => {}
        Filled::Full => want(handle, READABLE, false),
        Filled::Ended => want(handle, READABLE | WRITABLE, false),
    }
    filled
}

impl React for Poll {
    fn react(handle: &Rc<Handle<Poll>>, status: c_int, events: c_int) {
        let session = &handle.data.session;
        // On an error the read finds out what it is.
        if events & READABLE != 0 || status < 0 {
            mind_the_pace(handle, &visit(handle));
        } else {
            session.loop_visits.fetch_add(1, Ordering::AcqRel);
        }
        if events & WRITABLE != 0 && session.write() == Written::All {
            want(handle, WRITABLE, false);
        }
    }
}

/// Has the socket looked at by time from now on, if the session's messages come in a stream of small reads.
#[cfg(target_os = "linux")]
fn mind_the_pace(handle: &Rc<Handle<Poll>>, filled: &Filled) {
    let Poll { session, pace, .. } = &handle.data;
    let (mut pace, bustle) = (pace.borrow_mut(), session.bustle());
    if *filled == Filled::Dry && pace.visit(bustle) && session.counts().is_some_and(|counts| pace.look(bustle, counts))
    {
        begin_ticking(handle);
    }
}

#[cfg(not(target_os = "linux"))]
fn mind_the_pace(_: &Rc<Handle<Poll>>, _: &Filled) {}

#[cfg(target_os = "linux")]
fn begin_ticking(handle: &Rc<Handle<Poll>>) {
    let ticks = &handle.data.ticks;
    if let Some(ticker) = ticks.ticker.get_or_init(|| Ticker::new(&ticks.on)) {
        ticks.active.set(true);
        want(handle, READABLE, false);
        ticker.add(handle.clone());
    }
}

#[cfg(target_os = "linux")]
fn end_ticking(handle: &Rc<Handle<Poll>>) {
    let ticks = &handle.data.ticks;
    if ticks.active.replace(false)
        && let Some(Some(ticker)) = ticks.ticker.get()
    {
        let handle: Rc<dyn Tick> = handle.clone();
        ticker.remove(&handle);
    }
}

/// The ticker's look at a socket.
#[cfg(target_os = "linux")]
impl Tick for Handle<Poll> {
    fn tick(self: Rc<Self>) {
        let poll = &self.data;
        match visit(&self) {
            Filled::Dry | Filled::More => {
                let (mut pace, bustle) = (poll.pace.borrow_mut(), poll.session.bustle());
                if poll.session.counts().is_some_and(|counts| !pace.tick(bustle, counts)) {
                    end_ticking(&self);
                    want(&self, READABLE, true);
                }
            }
            Filled::Full | Filled::Ended => end_ticking(&self),
        }
    }
}
