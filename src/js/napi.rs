//! The few raw Node-API calls of the hot paths, where the comfortable ones cost several times as much.
//!
//! A [`Call`] is the proof that a call from JavaScript is under way: [`super::hub::enter`] makes one for each, and what only
//! needs an environment is safe with it. A [`Value`] is one of that call's.

use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::ptr::{NonNull, null_mut};

use napi::sys::{self, Status, napi_env, napi_value};

use super::memory::{Kept, Lent, View};

/// A call from JavaScript that is under way, on its environment's thread.
#[derive(Clone, Copy)]
pub(super) struct Call<'env> {
    env: napi_env,
    life: PhantomData<&'env napi_env>,
}

/// A value of JavaScript's; it lives as long as the call.
#[derive(Clone, Copy)]
pub(super) struct Value<'env>(napi_value, PhantomData<&'env napi_env>);

impl Value<'_> {
    /// The value of a function that returns nothing.
    pub(super) const UNDEFINED: Value<'static> = Value(null_mut(), PhantomData);

    pub(super) fn raw(self) -> napi_value {
        self.0
    }
}

/// Methods that read a value, and give the type's zero for what is none.
macro_rules! readers {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $call:ident;)*) => {
        impl<'env> Call<'env> {
            $(
                $(#[$doc])*
                pub(super) fn $name(self, value: Value<'env>) -> $type {
                    let mut result = <$type>::default();
                    // SAFETY: the call is under way and the value is its own; what is no such value leaves the result.
                    unsafe { sys::$call(self.env, value.0, &mut result) };
                    result
                }
            )*
        }
    };
}

readers! {
    /// A number as 32 unsigned bits; 0 for what is none.
    u32: u32 = napi_get_value_uint32;
    /// A number as 32 signed bits; 0 for what is none.
    i32: i32 = napi_get_value_int32;
    /// A number; 0 for what is none.
    f64: f64 = napi_get_value_double;
    /// A boolean; false for what is none.
    bool: bool = napi_get_value_bool;
    /// Returns whether a value is an array.
    is_array: bool = napi_is_array;
    /// The length of an array; 0 for what is none.
    len: u32 = napi_get_array_length;
}

/// Methods that make a value.
macro_rules! makers {
    ($($(#[$doc:meta])* $name:ident($given:ident: $type:ty) = $call:ident($($argument:expr),*);)*) => {
        impl<'env> Call<'env> {
            $(
                $(#[$doc])*
                pub(super) fn $name(self, $given: $type) -> Value<'env> {
                    let mut value = null_mut();
                    // SAFETY: the call is under way, and what is pointed to has the length that is said.
                    unsafe { sys::$call(self.env, $($argument,)* &mut value) };
                    Self::own(value)
                }
            )*
        }
    };
}

makers! {
    /// Makes an integer.
    int(number: i32) = napi_create_int32(number);
    /// Makes a number.
    number(number: f64) = napi_create_double(number);
    /// Makes a string of text.
    text(text: &str) = napi_create_string_utf8(text.as_ptr().cast(), text.len() as isize);
    /// Makes a string in which each byte is one character: the way in which names, whose bytes may be anything, become
    /// strings without loss.
    latin1(bytes: &[u8]) = napi_create_string_latin1(bytes.as_ptr().cast(), bytes.len() as isize);
    /// Makes a boolean.
    flag(on: bool) = napi_get_boolean(on);
    /// Makes an array with room for so many.
    array_of(count: usize) = napi_create_array_with_length(count);
}

impl<'env> Call<'env> {
    /// Makes the proof of a call.
    ///
    /// Makes the proof of a call.
    ///
    /// # Safety
    /// For as long as the result is used, a call from JavaScript is under way in this environment, on this thread.
    pub(super) unsafe fn new(env: napi_env) -> Call<'env> {
        Call { env, life: PhantomData }
    }

    fn own(value: napi_value) -> Value<'env> {
        Value(value, PhantomData)
    }

    /// Returns the length of a string in UTF-8; `None` for what is no string.
    pub(super) fn string_len(self, value: Value<'env>) -> Option<usize> {
        self.read_string(value, null_mut(), 0)
    }

    /// Copies a string's UTF-8 into `buffer`, less the last byte, which becomes NUL. How many bytes were copied.
    pub(super) fn copy_string(self, value: Value<'env>, buffer: &mut [u8]) -> Option<usize> {
        self.read_string(value, buffer.as_mut_ptr(), buffer.len())
    }

    fn read_string(self, value: Value<'env>, to: *mut u8, room: usize) -> Option<usize> {
        let mut len = 0;
        // SAFETY: the call is under way and the value is its own; at most `room` bytes are written, and without a buffer
        // only the length.
        let status = unsafe { sys::napi_get_value_string_utf8(self.env, value.0, to.cast(), room, &mut len) };
        (status == Status::napi_ok).then_some(len)
    }

    /// Reads a string.
    pub(super) fn string(self, value: Value<'env>) -> Option<String> {
        let mut buffer = vec![0; self.string_len(value)? + 1];
        let copied = self.copy_string(value, &mut buffer)?;
        buffer.truncate(copied);
        String::from_utf8(buffer).ok()
    }

    /// Makes an array.
    pub(super) fn array(self, items: &[Value<'env>]) -> Value<'env> {
        let array = self.array_of(items.len());
        for (index, &item) in items.iter().enumerate() {
            self.set_element(array, index as u32, item);
        }
        array
    }

    /// Sets an element of an array.
    pub(super) fn set_element(self, array: Value<'env>, index: u32, item: Value<'env>) {
        // SAFETY: the call is under way, and both values are its own.
        unsafe { sys::napi_set_element(self.env, array.0, index, item.0) };
    }

    /// Makes an object with these properties.
    pub(super) fn object(self, properties: &[(&CStr, Value<'env>)]) -> Value<'env> {
        let mut object = null_mut();
        // SAFETY: the call is under way, the values are its own, and the names end with a NUL.
        unsafe {
            sys::napi_create_object(self.env, &mut object);
            for (name, value) in properties {
                sys::napi_set_named_property(self.env, object, name.as_ptr(), value.0);
            }
        }
        Self::own(object)
    }

    /// Reads a property. An accessor would run JavaScript, of the object or of its prototype: `lib/` hands
    /// over plain objects that have none.
    pub(super) fn property(self, object: Value<'env>, name: &CStr) -> Value<'env> {
        let mut value = null_mut();
        // SAFETY: the call is under way, the object is its own, and the name ends with a NUL.
        unsafe { sys::napi_get_named_property(self.env, object.0, name.as_ptr(), &mut value) };
        Self::own(value)
    }

    /// Reads each element of an array, once. It can run JavaScript, as `property` can: an accessor on a prototype, in place
    /// of an element that is missing. `lib/` hands over arrays that have all of theirs.
    pub(super) fn elements(self, array: Value<'env>) -> Vec<Value<'env>> {
        let element = |index| {
            let mut element = null_mut();
            // SAFETY: the call is under way, and the array is a value of it.
            unsafe { sys::napi_get_element(self.env, array.0, index, &mut element) };
            Self::own(element)
        };
        (0..self.len(array)).map(element).collect()
    }

    /// Makes a function that carries `data`, and sets it as a property of `object`.
    ///
    /// # Safety
    /// `data` is what `function` expects, and outlives the environment's JavaScript.
    pub(super) unsafe fn set_function(
        self,
        object: napi_value,
        name: &str,
        function: unsafe extern "C" fn(napi_env, sys::napi_callback_info) -> napi_value,
        data: *mut c_void,
    ) {
        let (key, mut value) = (self.text(name), null_mut());
        let (text, len) = (name.as_ptr().cast(), name.len() as isize);
        // SAFETY: the call is under way; the name has the length that is said.
        unsafe {
            sys::napi_create_function(self.env, text, len, Some(function), data, &mut value);
            sys::napi_set_property(self.env, object, key.0, value);
        }
    }

    /// Looks where a view's memory is; `None` for what is no view. A view whose memory was given away, or whose buffer has
    /// shrunk so that it is out of its bounds, looks like an empty one.
    pub(super) fn view(self, value: Value<'env>) -> Option<View> {
        let (mut bytes, mut len) = (null_mut(), 0);
        // SAFETY: the call is under way and the value is its own; results that are not wanted are left out. Deno counts a
        // `DataView` as no buffer.
        let is_view = unsafe {
            sys::napi_get_buffer_info(self.env, value.0, &mut bytes, &mut len) == Status::napi_ok
                || sys::napi_get_dataview_info(self.env, value.0, &mut len, &mut bytes, null_mut(), null_mut())
                    == Status::napi_ok
        };
        let bytes = NonNull::new(bytes.cast()).filter(|_| len > 0);
        is_view.then(|| bytes.map_or_else(View::empty, |bytes| View { bytes, len }))
    }

    /// Makes a Buffer with these bytes; `None` if there is no memory for it.
    pub(super) fn buffer(self, bytes: &[u8]) -> Option<Value<'env>> {
        let (mut buffer, mut memory) = (null_mut(), null_mut());
        // SAFETY: the call is under way; the new buffer has as many bytes as are copied.
        unsafe {
            if sys::napi_create_buffer(self.env, bytes.len(), &mut memory, &mut buffer) != Status::napi_ok {
                return None;
            }
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), memory.cast(), bytes.len());
        }
        Some(Self::own(buffer))
    }

    /// Takes a typed array's memory, and sees to it that it stays.
    ///
    /// # Safety
    /// Nobody gives the array's memory away, and none of the environment's other threads looks at it.
    pub(super) unsafe fn lend(self, value: napi_value) -> Lent {
        let (mut bytes, mut len) = (null_mut(), 0);
        // SAFETY: the call is under way, and the value is its own.
        unsafe { sys::napi_get_buffer_info(self.env, value, &mut bytes, &mut len) };
        Lent { bytes: bytes.cast(), len, _array: self.keep(value) }
    }

    /// Keeps an object until the result is dropped.
    pub(super) fn keep(self, value: napi_value) -> Kept {
        let mut reference = null_mut();
        // SAFETY: the call is under way; a value that is no object leaves the reference empty.
        unsafe { sys::napi_create_reference(self.env, value, 1, &mut reference) };
        Kept { env: self.env, reference }
    }

    /// Returns what was kept.
    pub(super) fn kept(self, kept: &Kept) -> Value<'env> {
        let mut value = null_mut();
        // SAFETY: the call is under way in the one environment that there is for a `Kept`: both belong to its hub.
        unsafe { sys::napi_get_reference_value(self.env, kept.reference, &mut value) };
        Self::own(value)
    }

    /// Throws an error of ours: a fault, or a call that `lib/` never makes.
    pub(super) fn throw(self, text: &str) -> Value<'env> {
        let text = std::ffi::CString::new(text).unwrap_or_default();
        // SAFETY: the call is under way; both strings end with a NUL.
        unsafe { sys::napi_throw_error(self.env, c"ERR_SPREAD_INTERNAL".as_ptr(), text.as_ptr()) };
        Value::UNDEFINED
    }

    /// Raises an uncaught exception, now: the handlers of the process run.
    pub(super) fn raise(self, error: Value<'env>) {
        // SAFETY: the call is under way, and the value is its own.
        unsafe { sys::napi_fatal_exception(self.env, error.0) };
    }
}

/// Returns the first `N` arguments of a call (undefined where there are fewer), and the function's own data.
///
/// # Safety
/// `info` is that of the call under way.
pub(super) unsafe fn arguments<const N: usize>(
    call: Call<'_>,
    info: sys::napi_callback_info,
) -> ([Value<'_>; N], *mut c_void) {
    let (mut count, mut values, mut data) = (N, [null_mut(); N], null_mut());
    // SAFETY: `values` has room for `count` values; the rest is as the caller promises.
    unsafe { sys::napi_get_cb_info(call.env, info, &mut count, values.as_mut_ptr(), null_mut(), &mut data) };
    (values.map(|value| Value(value, PhantomData)), data)
}

/// The doorbell, for keeping the environment alive or not. The environment that rings it owns it.
pub(super) struct Bell(pub(super) sys::napi_threadsafe_function);

impl Bell {
    /// Sets whether the environment stays alive for it.
    pub(super) fn set_ref(&self, call: Call<'_>, on: bool) {
        // SAFETY: a call is under way, so the environment has not ended, and until then the bell is there.
        unsafe {
            if on {
                sys::napi_ref_threadsafe_function(call.env, self.0);
            } else {
                sys::napi_unref_threadsafe_function(call.env, self.0);
            }
        }
    }
}
