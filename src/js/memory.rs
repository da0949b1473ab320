//! What JavaScript lends: objects that stay, and memory that native code reads or writes in place.

use std::ptr::NonNull;

use napi::sys::{napi_delete_reference, napi_env, napi_ref};

/// A strong reference. It belongs to its environment's hub, which ends before the environment does.
pub(super) struct Kept {
    pub(super) env: napi_env,
    pub(super) reference: napi_ref,
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: the hub is dropped on the environment's thread, in a cleanup hook at the latest, while the environment is
        // alive. An empty reference is refused.
        unsafe { napi_delete_reference(self.env, self.reference) };
    }
}

/// The memory of a view (Buffer, typed array, `DataView`). It is no slice, since it may be shared with other threads,
/// which write it whenever they like.
#[derive(Clone, Copy)]
pub(super) struct View {
    pub(super) bytes: NonNull<u8>,
    pub(super) len: usize,
}

impl View {
    /// Makes a view without bytes.
    pub(super) fn empty() -> View {
        View { bytes: NonNull::dangling(), len: 0 }
    }

    /// Appends the bytes to `out`.
    ///
    /// # Safety
    /// No JavaScript of the view's environment has run since [`super::napi::Call::view`] made it.
    pub(super) unsafe fn append_to(self, out: &mut Vec<u8>) {
        out.reserve(self.len);
        // SAFETY: there is room for `len` bytes. As many are where they come from: memory that JavaScript's own thread
        // alone can give away or shrink, and that did not run; shared memory does neither.
        unsafe {
            std::ptr::copy_nonoverlapping(self.bytes.as_ptr(), out.as_mut_ptr().add(out.len()), self.len);
            out.set_len(out.len() + self.len);
        }
    }
}

/// Memory that JavaScript lends: a typed array. JavaScript reads it between the calls, and never during one.
pub(super) struct Lent {
    pub(super) bytes: *mut u8,
    pub(super) len: usize,
    /// The array whose memory it is.
    pub(super) _array: Kept,
}

impl Lent {
    /// Writes bytes; returns whether there is room for them.
    #[inline]
    pub(super) fn put(&self, at: usize, bytes: &[u8]) -> bool {
        let fits = at <= self.len && bytes.len() <= self.len - at;
        if fits {
            // SAFETY: it was just checked that they fit; the lender of the memory promised that it stays.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.bytes.add(at), bytes.len()) };
        }
        fits
    }

    /// Writes words of an `Int32Array`, as the group of this number of as many; returns whether there is room for them.
    #[inline]
    #[allow(clippy::cast_ptr_alignment)] // `Int32Array`s are aligned for it.
    pub(super) fn put_words<const N: usize>(&self, number: usize, words: [i32; N]) -> bool {
        let fits = number < self.len / (4 * N);
        if fits {
            // SAFETY: it was just checked that they fit; the lender of the memory promised that it stays.
            unsafe { self.bytes.cast::<[i32; N]>().add(number).write_unaligned(words) };
        }
        fits
    }
}
