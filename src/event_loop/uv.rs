//! libuv's functions, looked up in the running program, and what its handles need of us: memory, and a count.

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::rc::Rc;
use std::sync::OnceLock;

pub(super) type Handle = *mut c_void;

pub(super) const UV_CHECK: c_int = 2;
pub(super) const UV_POLL: c_int = 8;
pub(super) const UV_PREPARE: c_int = 9;
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
pub(super) type Memory = Box<[u128]>;

pub(super) fn allocate(uv: &Uv, kind: c_int) -> Memory {
    // SAFETY: libuv takes any kind it knows.
    let bytes = unsafe { (uv.handle_size)(kind) };
    vec![0; bytes.div_ceil(size_of::<u128>())].into_boxed_slice()
}

/// Counts handles, and says when the last one is gone.
pub(super) struct Open {
    handles: Cell<usize>,
    on_none: Cell<Option<Box<dyn FnOnce()>>>,
}

impl Open {
    /// So many handles are open already.
    pub(super) fn with(handles: usize) -> Rc<Open> {
        Rc::new(Open { handles: Cell::new(handles), on_none: Cell::new(None) })
    }

    /// Has `done` called once the last handle is gone.
    pub(super) fn when_none(&self, done: Box<dyn FnOnce()>) {
        self.on_none.set(Some(done));
    }

    pub(super) fn opened_one(&self) {
        self.handles.set(self.handles.get() + 1);
    }

    pub(super) fn closed_one(&self) {
        self.handles.set(self.handles.get() - 1);
        if self.handles.get() == 0
            && let Some(done) = self.on_none.take()
        {
            done();
        }
    }
}
