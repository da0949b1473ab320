//! Bytes that any number of queues share, and the meter that says how many there are in all.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// What a chunk costs beside its bytes: two allocations, rounded.
const OVERHEAD: usize = 48;

/// What a holder costs: a slice in a queue, and the room that queues grow ahead of their slices.
pub(crate) const HOLDER: usize = 64;

/// Counts the memory of all chunks alive: their bytes once, and each of their holders.
#[derive(Clone, Default)]
pub(crate) struct Meter(Rc<Cell<usize>>);

impl Meter {
    /// Bytes alive.
    pub(crate) fn bytes(&self) -> usize {
        self.0.get()
    }

    #[inline]
    fn add(&self, bytes: usize) {
        self.0.set(self.0.get() + bytes);
    }

    #[inline]
    fn subtract(&self, bytes: usize) {
        self.0.set(self.0.get() - bytes);
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes())
    }
}

/// Immutable bytes with several holders, all on one thread. (So the count of holders need not be atomic.)
pub(crate) struct Chunk(Rc<Metered>);

struct Metered {
    bytes: Box<[u8]>,
    /// There is more in it that is still to be delivered.
    unfinished: Cell<bool>,
    meter: Meter,
}

impl Chunk {
    pub(crate) fn new(bytes: impl Into<Box<[u8]>>, meter: &Meter) -> Chunk {
        let bytes = bytes.into();
        meter.add(bytes.len() + OVERHEAD + HOLDER);
        Chunk(Rc::new(Metered { bytes, unfinished: Cell::new(false), meter: meter.clone() }))
    }

    /// Whether the two are the same bytes in memory.
    pub(crate) fn is(&self, other: &Chunk) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Says whether there is more in it that is still to be delivered: then it stays, whoever holds how much of it.
    pub(crate) fn set_unfinished(&self, unfinished: bool) {
        self.0.unfinished.set(unfinished);
    }

    pub(crate) fn is_unfinished(&self) -> bool {
        self.0.unfinished.get()
    }

    /// Whose meter it is on.
    pub(crate) fn meter(&self) -> &Meter {
        &self.0.meter
    }
}

impl Clone for Chunk {
    #[inline]
    fn clone(&self) -> Chunk {
        self.0.meter.add(HOLDER);
        Chunk(self.0.clone())
    }
}

impl Drop for Chunk {
    #[inline]
    fn drop(&mut self) {
        self.0.meter.subtract(HOLDER);
    }
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl fmt::Debug for Chunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes, {} holders", self.len(), Rc::strong_count(&self.0))
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        self.meter.subtract(self.bytes.len() + OVERHEAD);
    }
}
