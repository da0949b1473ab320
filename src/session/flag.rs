//! A flag between threads: each that sets or takes it sees what was written before the other did.

use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, Default)]
pub(crate) struct Flag(AtomicBool);

impl Flag {
    /// Returns whether it is set.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    /// Sets it. Returns whether it was clear.
    pub(crate) fn set(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }

    /// Sets it if `on`, and leaves it as it is otherwise.
    pub(crate) fn set_if(&self, on: bool) {
        self.0.fetch_or(on, Ordering::AcqRel);
    }

    /// Sets it or clears it.
    pub(crate) fn put(&self, on: bool) {
        self.0.store(on, Ordering::Release);
    }

    /// Clears it. Returns whether it was set.
    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}
