//! Bytes that any number of queues share, and the meter that says how many there are in all.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// What a chunk costs beside its bytes: two allocations and a reference in a queue, rounded.
const OVERHEAD: usize = 96;

/// Counts the memory of all chunks alive, each once, in however many queues it stands.
#[derive(Clone, Default)]
pub(crate) struct Meter(Rc<Cell<usize>>);

impl Meter {
    /// Bytes alive.
    pub(crate) fn bytes(&self) -> usize {
        self.0.get()
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes())
    }
}

/// Immutable bytes with several holders, all on one thread. (So the count of holders need not be atomic.)
#[derive(Clone)]
pub(crate) struct Chunk(Rc<Metered>);

struct Metered {
    bytes: Box<[u8]>,
    meter: Meter,
}

impl Chunk {
    pub(crate) fn new(bytes: impl Into<Box<[u8]>>, meter: &Meter) -> Chunk {
        let bytes = bytes.into();
        meter.0.set(meter.0.get() + bytes.len() + OVERHEAD);
        Chunk(Rc::new(Metered { bytes, meter: meter.clone() }))
    }

    /// Whether the two are the same bytes in memory.
    pub(crate) fn is(&self, other: &Chunk) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Whose meter it is on.
    pub(crate) fn meter(&self) -> &Meter {
        &self.0.meter
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
        self.meter.0.set(self.meter.0.get() - self.bytes.len() - OVERHEAD);
    }
}
