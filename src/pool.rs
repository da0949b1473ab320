//! Buffers to use again, shared by all sessions of an environment.

use std::sync::Mutex;

/// Length of a buffer: what one read takes at most.
pub(crate) const SEGMENT_LEN: usize = 64 * 1024;

/// Buffers kept when nobody uses them.
const MOST_KEPT: usize = 16;

/// The buffers.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Vec<u8>>>);

impl Pool {
    /// An empty buffer with room for `least` bytes, at least [`SEGMENT_LEN`].
    pub(crate) fn take(&self, least: usize) -> Vec<u8> {
        if least <= SEGMENT_LEN
            && let Some(buffer) = self.0.lock().expect("no holder panics").pop()
        {
            return buffer;
        }
        Vec::with_capacity(least.max(SEGMENT_LEN))
    }

    /// Gives a buffer back.
    pub(crate) fn give(&self, mut buffer: Vec<u8>) {
        let mut kept = self.0.lock().expect("no holder panics");
        if buffer.capacity() == SEGMENT_LEN && kept.len() < MOST_KEPT {
            buffer.clear();
            kept.push(buffer);
        }
    }
}
