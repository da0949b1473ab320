//! The loop's side: libuv handles on the environment's own loop.
//!
//! libuv's functions are looked up in the running program, since not every runtime has them: without them the guard
//! reads instead (see `guard`), and JavaScript says when a turn ends.
//!
//! | handle | one for each | does |
//! |---|---|---|
//! | poll | open session | reads when the socket has something, writes when it takes something again |
//! | check | environment | has JavaScript take, right behind a turn's polls, what they have read |
//! | ticker | environment, once messages stream in | has sockets looked at by time instead ([`crate::ticker`]) |
//! | prepare | environment | writes, at the end of a turn, what the turn sent |
//!
//! Poll handles hold no process: the bell does that, for all sessions together. A handle is closed on the loop's
//! thread only, and its memory, with its hold on the socket, goes in its close callback.

#![cfg(unix)]

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use crate::caller::Caller;
use crate::inbox::Filled;
use crate::outbox::Written;
#[cfg(target_os = "linux")]
use crate::pace::Pace;
use crate::session::Session;
use crate::shared::Shared;
use crate::socket::Socket;
#[cfg(target_os = "linux")]
use crate::ticker::Ticker;

pub(crate) type Handle = *mut c_void;

const UV_CHECK: c_int = 2;
pub(crate) const UV_POLL: c_int = 8;
const UV_PREPARE: c_int = 9;
pub(crate) const READABLE: c_int = 1;
const WRITABLE: c_int = 2;

macro_rules! libuv {
    ($($name:ident: fn($($arg:ty),*) $(-> $ret:ty)?;)*) => {
        /// The functions of libuv that are used here.
        pub(crate) struct Uv { $(pub(crate) $name: unsafe extern "C" fn($($arg),*) $(-> $ret)?,)* }

        impl Uv {
            fn find() -> Option<Uv> {
                Some(Uv { $($name: {
                    let symbol = concat!("uv_", stringify!($name), "\0");
                    // SAFETY: the name ends with a NUL.
                    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, symbol.as_ptr().cast()) };
                    if found.is_null() {
                        return None;
                    }
                    // SAFETY: libuv 1.x declares the function so, and promises to keep it.
                    unsafe { std::mem::transmute::<*mut c_void, unsafe extern "C" fn($($arg),*) $(-> $ret)?>(found) }
                },)* })
            }
        }
    };
}

libuv! {
    version_string: fn() -> *const std::ffi::c_char;
    handle_size: fn(c_int) -> usize;
    handle_set_data: fn(Handle, *mut c_void);
    handle_get_data: fn(Handle) -> *mut c_void;
    close: fn(Handle, unsafe extern "C" fn(Handle));
    unref: fn(Handle);
    poll_init: fn(*mut c_void, Handle, c_int) -> c_int;
    poll_start: fn(Handle, c_int, unsafe extern "C" fn(Handle, c_int, c_int)) -> c_int;
    poll_stop: fn(Handle) -> c_int;
    check_init: fn(*mut c_void, Handle) -> c_int;
    check_start: fn(Handle, unsafe extern "C" fn(Handle)) -> c_int;
    check_stop: fn(Handle) -> c_int;
    prepare_init: fn(*mut c_void, Handle) -> c_int;
    prepare_start: fn(Handle, unsafe extern "C" fn(Handle)) -> c_int;
    prepare_stop: fn(Handle) -> c_int;
}

pub(crate) fn uv() -> Option<&'static Uv> {
    static UV: OnceLock<Option<Uv>> = OnceLock::new();
    UV.get_or_init(|| {
        let uv = Uv::find()?;
        // SAFETY: libuv returns a static string.
        let version = unsafe { CStr::from_ptr((uv.version_string)()) };
        version.to_bytes().starts_with(b"1.").then_some(uv)
    })
    .as_ref()
}

/// Memory of a handle, as libuv wants it.
pub(crate) type Memory = Box<[u128]>;

pub(crate) fn allocate(uv: &Uv, kind: c_int) -> Memory {
    // SAFETY: libuv takes any kind it knows.
    let bytes = unsafe { (uv.handle_size)(kind) };
    vec![0; bytes.div_ceil(size_of::<u128>())].into_boxed_slice()
}

/// An environment's loop.
pub(crate) struct Loop {
    uv: &'static Uv,
    raw: *mut c_void,
    prepare: *mut PrepareData,
    check: *mut CheckData,
    #[cfg(target_os = "linux")]
    ticker: Rc<std::cell::OnceCell<Option<Rc<Ticker>>>>,
    /// Handles whose close callback has not yet come.
    open: Rc<Open>,
}

/// Counts handles, and says when the last one is gone.
pub(crate) struct Open {
    handles: Cell<usize>,
    on_none: Cell<Option<Box<dyn FnOnce()>>>,
}

impl Open {
    pub(crate) fn opened_one(&self) {
        self.handles.set(self.handles.get() + 1);
    }

    pub(crate) fn closed_one(&self) {
        self.handles.set(self.handles.get() - 1);
        if self.handles.get() == 0
            && let Some(done) = self.on_none.take()
        {
            done();
        }
    }
}

struct PrepareData {
    memory: Memory,
    shared: Arc<Shared>,
    active: Cell<bool>,
    open: Rc<Open>,
}

struct CheckData {
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
        let open = Rc::new(Open { handles: Cell::new(2), on_none: Cell::new(None) });
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

    /// Watches a session's socket. `None` if it cannot be watched, and the guard has to.
    pub(crate) fn watch(&self, session: &Arc<Session>, socket: Arc<Socket>) -> Option<Watcher> {
        let fd = socket.as_raw_fd();
        let data = Box::into_raw(Box::new(PollData {
            memory: allocate(self.uv, UV_POLL),
            session: session.clone(),
            _socket: socket,
            events: Cell::new(0),
            #[cfg(target_os = "linux")]
            pace: Pace::default(),
            #[cfg(target_os = "linux")]
            ticks: Ticks { raw_loop: self.raw, ticker: self.ticker.clone(), on: Cell::new(false) },
            check: self.check,
            open: self.open.clone(),
        }));
        // SAFETY: the memory is as large as libuv asked, and lives until the close callback; the descriptor stays
        // open as long, since the data holds the socket.
        unsafe {
            let handle = (*data).memory.as_mut_ptr().cast();
            if (self.uv.poll_init)(self.raw, handle, fd) != 0 {
                drop(Box::from_raw(data));
                return None;
            }
            (self.uv.handle_set_data)(handle, data.cast());
            (self.uv.unref)(handle);
        }
        self.open.opened_one();
        let watcher = Watcher { uv: self.uv, data };
        watcher.want(READABLE, true);
        Some(watcher)
    }

    /// Closes the loop's own handles. `done` is called once all handles are gone, watchers included.
    pub(crate) fn close(self, done: Box<dyn FnOnce()>) {
        self.open.on_none.set(Some(done));
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

pub(crate) struct PollData {
    memory: Memory,
    session: Arc<Session>,
    /// Held so that the descriptor cannot be closed, and used anew, while libuv has it.
    _socket: Arc<Socket>,
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
    ticker: Rc<std::cell::OnceCell<Option<Rc<Ticker>>>>,
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
            ticker.add(self);
        }
    }

    fn end_ticking(&mut self) {
        if self.ticks.on.replace(false)
            && let Some(Some(ticker)) = self.ticks.ticker.get().cloned()
        {
            ticker.remove(self);
        }
    }
}

/// A session's poll handle; dropping it closes the handle.
pub(crate) struct Watcher {
    uv: &'static Uv,
    data: *mut PollData,
}

impl Watcher {
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
            && data.pace.visit(&data.session.shared.bustle)
            && let Some(counts) = data.session.counts()
            && data.pace.look(&data.session.shared.bustle, counts)
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
/// The data is that of a watcher that has not been dropped.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn tick(uv: &'static Uv, data: *mut PollData) {
    // SAFETY: as the caller vouches.
    let data = unsafe { &mut *data };
    match visit(uv, data) {
        Filled::Dry | Filled::More => {
            let bustle = &data.session.shared.bustle;
            if data.session.counts().is_some_and(|counts| !data.pace.tick(bustle, counts)) {
                data.end_ticking();
                want(uv, data, READABLE, true);
            }
        }
        Filled::Full | Filled::Ended => data.end_ticking(),
    }
}

/// Has JavaScript take what was read, once all sockets of this turn were looked at.
fn take_soon(uv: &Uv, check: *mut CheckData) {
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

unsafe extern "C" fn on_poll_closed(handle: Handle) {
    let Some(uv) = uv() else { return };
    // SAFETY: libuv is done with the handle; its data is ours again.
    let data = unsafe { Box::from_raw((uv.handle_get_data)(handle).cast::<PollData>()) };
    data.open.closed_one();
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
