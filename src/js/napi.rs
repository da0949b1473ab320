//! The few raw Node-API calls of the hot paths, where the comfortable ones cost several times as much.

use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};

use napi::sys::{self, napi_env, napi_value};

/// A call from JavaScript: its first `N` arguments (undefined where there are fewer) and the function's own data.
///
/// # Safety
/// `env` and `info` are those of the call under way.
pub(crate) unsafe fn arguments<const N: usize>(
    env: napi_env,
    info: sys::napi_callback_info,
) -> ([napi_value; N], *mut c_void) {
    let (mut count, mut values, mut data) = (N, [null_mut(); N], null_mut());
    // SAFETY: `values` has room for `count` values; the caller vouches for the rest.
    unsafe { sys::napi_get_cb_info(env, info, &mut count, values.as_mut_ptr(), null_mut(), &mut data) };
    (values, data)
}

macro_rules! reader {
    ($(#[$doc:meta])* $name:ident, $type:ty, $call:ident) => {
        $(#[$doc])*
        ///
        /// # Safety
        /// `env` is the environment of the call under way, and `value` a value of it.
        pub(crate) unsafe fn $name(env: napi_env, value: napi_value) -> $type {
            let mut result = <$type>::default();
            // SAFETY: as the caller vouches.
            unsafe { sys::$call(env, value, &mut result) };
            result
        }
    };
}

reader! {
    /// A number as 32 unsigned bits; 0 for what is none.
    u32, u32, napi_get_value_uint32
}
reader! {
    /// A number as 32 signed bits; 0 for what is none.
    i32, i32, napi_get_value_int32
}
reader! {
    /// A number; 0 for what is none.
    f64, f64, napi_get_value_double
}
reader! {
    /// A boolean; false for what is none.
    bool, bool, napi_get_value_bool
}

/// The length of a string in UTF-8; `None` for what is no string.
///
/// # Safety
/// `env` is the environment of the call under way, and `value` a value of it.
pub(crate) unsafe fn string_len(env: napi_env, value: napi_value) -> Option<usize> {
    let mut len = 0;
    // SAFETY: as the caller vouches; without a buffer only the length is written.
    let status = unsafe { sys::napi_get_value_string_utf8(env, value, null_mut(), 0, &mut len) };
    (status == sys::Status::napi_ok).then_some(len)
}

/// Copies a string's UTF-8 into `buffer`, less the last byte, which becomes NUL. How many bytes were copied.
///
/// # Safety
/// `env` is the environment of the call under way, and `value` a value of it.
pub(crate) unsafe fn copy_string(env: napi_env, value: napi_value, buffer: &mut [u8]) -> Option<usize> {
    let mut len = 0;
    // SAFETY: as the caller vouches; at most `buffer.len()` bytes are written.
    let status =
        unsafe { sys::napi_get_value_string_utf8(env, value, buffer.as_mut_ptr().cast(), buffer.len(), &mut len) };
    (status == sys::Status::napi_ok).then_some(len)
}

/// A string.
///
/// # Safety
/// `env` is the environment of the call under way, and `value` a value of it.
pub(crate) unsafe fn string(env: napi_env, value: napi_value) -> Option<String> {
    // SAFETY: as the caller vouches.
    let len = unsafe { string_len(env, value) }?;
    let mut buffer = vec![0; len + 1];
    // SAFETY: as the caller vouches.
    let copied = unsafe { copy_string(env, value, &mut buffer) }?;
    buffer.truncate(copied);
    String::from_utf8(buffer).ok()
}

/// Makes an integer.
///
/// # Safety
/// `env` is an environment in which values may be made now.
pub(crate) unsafe fn from_i32(env: napi_env, number: i32) -> napi_value {
    let mut value = null_mut();
    // SAFETY: as the caller vouches.
    unsafe { sys::napi_create_int32(env, number, &mut value) };
    value
}

/// Makes a number.
///
/// # Safety
/// `env` is an environment in which values may be made now.
pub(crate) unsafe fn from_f64(env: napi_env, number: f64) -> napi_value {
    let mut value = null_mut();
    // SAFETY: as the caller vouches.
    unsafe { sys::napi_create_double(env, number, &mut value) };
    value
}

/// Makes a string of text.
///
/// # Safety
/// `env` is an environment in which values may be made now.
pub(crate) unsafe fn from_str(env: napi_env, text: &str) -> napi_value {
    let mut value = null_mut();
    // SAFETY: as the caller vouches.
    unsafe { sys::napi_create_string_utf8(env, text.as_ptr().cast(), text.len() as isize, &mut value) };
    value
}

/// Makes a string in which each byte is one character: the way in which names, whose bytes may be anything, become
/// strings without loss.
///
/// # Safety
/// `env` is an environment in which values may be made now.
pub(crate) unsafe fn from_latin1(env: napi_env, bytes: &[u8]) -> napi_value {
    let mut value = null_mut();
    // SAFETY: as the caller vouches.
    unsafe { sys::napi_create_string_latin1(env, bytes.as_ptr().cast(), bytes.len() as isize, &mut value) };
    value
}

/// Makes an array.
///
/// # Safety
/// `env` is an environment in which values may be made now, and `items` are values of it.
pub(crate) unsafe fn array(env: napi_env, items: &[napi_value]) -> napi_value {
    let mut value = null_mut();
    // SAFETY: as the caller vouches.
    unsafe {
        sys::napi_create_array_with_length(env, items.len(), &mut value);
        for (index, &item) in items.iter().enumerate() {
            sys::napi_set_element(env, value, index as u32, item);
        }
    }
    value
}

/// Makes a function that carries `data`, and sets it as a property of `object`.
///
/// # Safety
/// `env` is an environment in which values may be made now, `object` is a value of it, and `data` outlives the
/// environment's JavaScript.
pub(crate) unsafe fn set_function(
    env: napi_env,
    object: napi_value,
    name: &str,
    function: unsafe extern "C" fn(napi_env, sys::napi_callback_info) -> napi_value,
    data: *mut c_void,
) {
    let mut value = null_mut();
    // SAFETY: as the caller vouches.
    unsafe {
        sys::napi_create_function(env, name.as_ptr().cast(), name.len() as isize, Some(function), data, &mut value);
        sys::napi_set_property(env, object, from_str(env, name), value);
    }
}

/// The memory of a view (Buffer, typed array, `DataView`). It is no slice, since it may be shared with other threads,
/// which write it whenever they like.
#[derive(Clone, Copy)]
pub(crate) struct View {
    bytes: NonNull<u8>,
    pub(crate) len: usize,
}

impl View {
    /// Appends the bytes to `out`.
    ///
    /// # Safety
    /// No JavaScript of the view's environment has run since [`view`] made it.
    pub(crate) unsafe fn append_to(self, out: &mut Vec<u8>) {
        out.reserve(self.len);
        // SAFETY: there is room for `len` bytes. As many are where they come from: memory that JavaScript's own thread
        // alone can give away or shrink, and that did not run; shared memory does neither.
        unsafe {
            std::ptr::copy_nonoverlapping(self.bytes.as_ptr(), out.as_mut_ptr().add(out.len()), self.len);
            out.set_len(out.len() + self.len);
        }
    }
}

/// Looks where a view's memory is; `None` for what is no view. A view whose memory was given away, or whose buffer has
/// shrunk so that it is out of its bounds, looks like an empty one.
///
/// # Safety
/// `env` is the environment of the call under way, and `value` a value of it.
pub(crate) unsafe fn view(env: napi_env, value: napi_value) -> Option<View> {
    let (mut bytes, mut len) = (null_mut(), 0);
    // SAFETY: as the caller vouches; results that are not wanted are left out. Deno counts a `DataView` as no buffer.
    let is_view = unsafe {
        sys::napi_get_buffer_info(env, value, &mut bytes, &mut len) == sys::Status::napi_ok
            || sys::napi_get_dataview_info(env, value, &mut len, &mut bytes, null_mut(), null_mut())
                == sys::Status::napi_ok
    };
    let bytes = NonNull::new(bytes.cast()).filter(|_| len > 0);
    is_view.then(|| bytes.map_or(View { bytes: NonNull::dangling(), len: 0 }, |bytes| View { bytes, len }))
}

/// Whether a value is an array.
///
/// # Safety
/// `env` is the environment of the call under way, and `value` a value of it.
pub(crate) unsafe fn is_array(env: napi_env, value: napi_value) -> bool {
    let mut result = false;
    // SAFETY: as the caller vouches.
    unsafe { sys::napi_is_array(env, value, &mut result) };
    result
}

/// Reads each element of an array, once. This is the one call here that can run JavaScript: an accessor on a prototype, in
/// place of an element that is missing. `lib/` hands over arrays that have all of theirs.
///
/// # Safety
/// `env` is the environment of the call under way, and `value` a value of it.
pub(crate) unsafe fn elements(env: napi_env, value: napi_value) -> Vec<napi_value> {
    let mut len = 0;
    // SAFETY: as the caller vouches.
    unsafe { sys::napi_get_array_length(env, value, &mut len) };
    (0..len)
        .map(|index| {
            let mut element = null_mut();
            // SAFETY: as the caller vouches.
            unsafe { sys::napi_get_element(env, value, index, &mut element) };
            element
        })
        .collect()
}

/// Memory that JavaScript lends for good: a typed array, held by a reference.
pub(crate) struct Lent {
    pub(crate) bytes: *mut u8,
    pub(crate) len: usize,
}

/// Takes a typed array's memory, and sees to it that it stays.
///
/// # Safety
/// `env` is the environment of the call under way, and `value` a typed array whose memory nobody gives away.
pub(crate) unsafe fn lend(env: napi_env, value: napi_value) -> Lent {
    let (mut bytes, mut len, mut reference) = (null_mut(), 0, null_mut());
    // SAFETY: as the caller vouches. The reference lives as long as the environment.
    unsafe {
        sys::napi_get_buffer_info(env, value, &mut bytes, &mut len);
        sys::napi_create_reference(env, value, 1, &mut reference);
    }
    Lent { bytes: bytes.cast(), len }
}

/// A strong reference, for as long as the environment lives.
///
/// # Safety
/// `env` is the environment of the call under way, and `value` an object of it.
pub(crate) unsafe fn reference(env: napi_env, value: napi_value) -> sys::napi_ref {
    let mut reference = null_mut();
    // SAFETY: as the caller vouches.
    unsafe { sys::napi_create_reference(env, value, 1, &mut reference) };
    reference
}

/// What a reference stands for.
///
/// # Safety
/// `env` is an environment in which values may be made now, and `reference` one of it.
pub(crate) unsafe fn deref(env: napi_env, reference: sys::napi_ref) -> napi_value {
    let mut value = null_mut();
    // SAFETY: as the caller vouches.
    unsafe { sys::napi_get_reference_value(env, reference, &mut value) };
    value
}

/// Throws an error of ours: a fault, or a call that `lib/` never makes.
///
/// # Safety
/// `env` is the environment of the call under way.
pub(crate) unsafe fn throw(env: napi_env, text: &str) -> napi_value {
    let text = std::ffi::CString::new(text).unwrap_or_default();
    // SAFETY: as the caller vouches; both strings end with a NUL.
    unsafe { sys::napi_throw_error(env, c"ERR_SPREAD_INTERNAL".as_ptr(), text.as_ptr()) };
    null_mut()
}
