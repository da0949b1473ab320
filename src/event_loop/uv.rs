//! libuv: its functions, looked up in the running program, and a [`Handle`] of it with what its callback needs. All that is
//! unsafe about them is here.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_int, c_void};
use std::os::fd::RawFd;
use std::rc::Rc;
use std::sync::OnceLock;

type Raw = *mut c_void;

pub(super) const READABLE: c_int = 1;
pub(super) const WRITABLE: c_int = 2;

macro_rules! libuv {
    ($($name:ident: fn($($arg:ty),*) $(-> $ret:ty)?;)*) => {
        /// The functions of libuv that are used here.
        pub(crate) struct Uv { $(pub(super) $name: unsafe extern "C" fn($($arg),*) $(-> $ret)?,)* }

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
    handle_set_data: fn(Raw, *mut c_void);
    handle_get_data: fn(Raw) -> *mut c_void;
    close: fn(Raw, unsafe extern "C" fn(Raw));
    unref: fn(Raw);
    poll_init: fn(*mut c_void, Raw, c_int) -> c_int;
    poll_start: fn(Raw, c_int, unsafe extern "C" fn(Raw, c_int, c_int)) -> c_int;
    poll_stop: fn(Raw) -> c_int;
    check_init: fn(*mut c_void, Raw) -> c_int;
    check_start: fn(Raw, unsafe extern "C" fn(Raw)) -> c_int;
    check_stop: fn(Raw) -> c_int;
    prepare_init: fn(*mut c_void, Raw) -> c_int;
    prepare_start: fn(Raw, unsafe extern "C" fn(Raw)) -> c_int;
    prepare_stop: fn(Raw) -> c_int;
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

/// What a handle is for.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// To say when this descriptor is ready, which stays open as long as the handle's data lives.
    Poll(RawFd),
    /// To be called right after a turn's polls.
    Check,
    /// To be called at a turn's end. The loop comes round for it once more, if it has nothing else.
    Prepare,
}

impl Kind {
    fn number(self) -> c_int {
        match self {
            Kind::Check => 2,
            Kind::Poll(_) => 8,
            Kind::Prepare => 9,
        }
    }
}

/// The reaction to what happens to a handle with such data.
pub(super) trait React: Sized + 'static {
    /// Reacts: `events` is what a descriptor is ready for; `status` is below 0 on an error.
    fn react(handle: &Rc<Handle<Self>>, status: c_int, events: c_int);
}

/// A loop, on its thread.
#[derive(Clone)]
pub(super) struct On {
    uv: &'static Uv,
    raw: *mut c_void,
    open: Rc<Open>,
}

impl On {
    /// Makes a loop, where there is libuv.
    ///
    /// # Safety
    /// `raw` is a loop of this thread, and runs until the last handle on it is closed.
    pub(super) unsafe fn new(raw: *mut c_void) -> Option<On> {
        Some(On { uv: uv()?, raw, open: Rc::default() })
    }

    /// Has `done` called once the last handle is gone.
    pub(super) fn when_none(&self, done: Box<dyn FnOnce()>) {
        self.open.on_none.set(Some(done));
    }
}

/// A handle on the loop. libuv holds it too, from its beginning until its close callback.
pub(super) struct Handle<T> {
    on: On,
    kind: Kind,
    memory: RefCell<Vec<u128>>,
    closed: Cell<bool>,
    pub(super) data: T,
}

impl<T: React> Handle<T> {
    /// Makes a handle, which waits for `set`. `None` if libuv does not take the descriptor.
    pub(super) fn open(on: &On, kind: Kind, data: T) -> Option<Rc<Handle<T>>> {
        let uv = on.uv;
        // SAFETY: it looks a number up.
        let bytes = unsafe { (uv.handle_size)(kind.number()) };
        let memory = RefCell::new(vec![0; bytes.div_ceil(size_of::<u128>())]);
        let handle = Rc::new(Handle { on: on.clone(), kind, memory, closed: Cell::new(false), data });
        let raw = handle.raw();
        // SAFETY: the loop is of this thread, as `On` has it. The memory is as large as libuv asked, and stays where it is
        // until the close callback, which gives back the hold that libuv has from here on.
        unsafe {
            let status = match kind {
                Kind::Poll(fd) => (uv.poll_init)(on.raw, raw, fd),
                Kind::Check => (uv.check_init)(on.raw, raw),
                Kind::Prepare => (uv.prepare_init)(on.raw, raw),
            };
            if status != 0 {
                return None;
            }
            if matches!(kind, Kind::Poll(_)) {
                (uv.unref)(raw);
            }
            (uv.handle_set_data)(raw, Rc::into_raw(handle.clone()).cast_mut().cast());
        }
        on.open.handles.set(on.open.handles.get() + 1);
        Some(handle)
    }

    fn raw(&self) -> Raw {
        self.memory.borrow_mut().as_mut_ptr().cast()
    }

    /// Waits for these events; of a handle without a descriptor any number is "on", and 0 is "off".
    pub(super) fn set(&self, events: c_int) {
        if self.closed.get() {
            return;
        }
        let (uv, raw) = (self.on.uv, self.raw());
        // SAFETY: the handle is initialised as one of its kind, and not closed. Its callback is that of its data's type.
        unsafe {
            match (self.kind, events) {
                (Kind::Poll(_), 0) => (uv.poll_stop)(raw),
                (Kind::Poll(_), events) => (uv.poll_start)(raw, events, on_poll::<T>),
                (Kind::Check, 0) => (uv.check_stop)(raw),
                (Kind::Check, _) => (uv.check_start)(raw, on_turn::<T>),
                (Kind::Prepare, 0) => (uv.prepare_stop)(raw),
                (Kind::Prepare, _) => (uv.prepare_start)(raw, on_turn::<T>),
            };
        }
    }

    /// Closes it, once: it reacts no more.
    pub(super) fn close(&self) {
        if !self.closed.replace(true) {
            // SAFETY: the handle is initialised, and closed here only.
            unsafe { (self.on.uv.close)(self.raw(), on_closed::<T>) };
        }
    }
}

/// Returns a handle, as its callback has it.
///
/// # Safety
/// `raw` is that of a handle with data of this type, whose close callback has not come yet.
unsafe fn held<T>(raw: Raw) -> Option<Rc<Handle<T>>> {
    let uv = uv()?;
    // SAFETY: `open` gave the handle this data, and libuv's hold on it.
    unsafe {
        let data = (uv.handle_get_data)(raw).cast::<Handle<T>>().cast_const();
        Rc::increment_strong_count(data);
        Some(Rc::from_raw(data))
    }
}

unsafe extern "C" fn on_poll<T: React>(raw: Raw, status: c_int, events: c_int) {
    // SAFETY: `set` gave this callback to a handle with such data.
    if let Some(handle) = unsafe { held::<T>(raw) } {
        T::react(&handle, status, events);
    }
}

unsafe extern "C" fn on_turn<T: React>(raw: Raw) {
    // SAFETY: `set` gave this callback to a handle with such data.
    if let Some(handle) = unsafe { held::<T>(raw) } {
        T::react(&handle, 0, 0);
    }
}

unsafe extern "C" fn on_closed<T>(raw: Raw) {
    // SAFETY: `close` gave this callback to a handle with such data.
    let Some(handle) = (unsafe { held::<T>(raw) }) else { return };
    let open = handle.on.open.clone();
    // SAFETY: libuv is done with the handle: the hold that it had, from `open`, goes here, once.
    unsafe { Rc::decrement_strong_count(Rc::as_ptr(&handle)) };
    drop(handle);
    open.closed_one();
}

/// Counts handles whose close callback has not yet come, and says when the last one is gone.
#[derive(Default)]
struct Open {
    handles: Cell<usize>,
    on_none: Cell<Option<Box<dyn FnOnce()>>>,
}

impl Open {
    fn closed_one(&self) {
        self.handles.set(self.handles.get() - 1);
        if self.handles.get() == 0
            && let Some(done) = self.on_none.take()
        {
            done();
        }
    }
}
