//! Buffers to use again, shared by all sessions of an environment.

use std::sync::Mutex;

/// Length of a buffer: what one read takes at most.
pub(crate) const SEGMENT_LEN: usize = 64 * 1024;
/// The same, of a session that has so much to read that it fills those.
pub(crate) const LARGE_SEGMENT_LEN: usize = 4 * SEGMENT_LEN;

/// Buffers kept of either length when nobody uses them.
const MOST_KEPT: usize = 16;

/// The buffers.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    small: Mutex<Vec<Vec<u8>>>,
    large: Mutex<Vec<Vec<u8>>>,
}

impl Pool {
    /// Takes an empty buffer with room for `least` bytes, of one of the two lengths if that is enough.
    pub(crate) fn take(&self, least: usize) -> Vec<u8> {
        let len = if least <= SEGMENT_LEN { SEGMENT_LEN } else { LARGE_SEGMENT_LEN };
        self.of(len)
            .filter(|_| least <= len)
            .and_then(|kept| kept.lock().expect("no holder panics").pop())
            .unwrap_or_else(|| Vec::with_capacity(least.max(len)))
    }

    /// Gives a buffer back.
    pub(crate) fn give(&self, mut buffer: Vec<u8>) {
        if let Some(kept) = self.of(buffer.capacity()) {
            let mut kept = kept.lock().expect("no holder panics");
            if kept.len() < MOST_KEPT {
                buffer.clear();
                kept.push(buffer);
            }
        }
    }

    fn of(&self, len: usize) -> Option<&Mutex<Vec<Vec<u8>>>> {
        match len {
            SEGMENT_LEN => Some(&self.small),
            LARGE_SEGMENT_LEN => Some(&self.large),
            _ => None,
        }
    }
}
