//! The ordering seam: what brings the frames of several daemons into one order, and tells who is there to get them.
//!
//! | promise | |
//! |---|---|
//! | O1 | from `View` on the nodes of a view deliver a prefix of one sequence of frames |
//! | O2 | a frame that `send` took comes back, unless `Down` comes; a frame that anybody delivers in a view, its sender delivers in it, or is Down |
//! | O3 | the frames of one sender keep its order |
//! | O4 | nodes in one another's `stay` have delivered the same frames since the last `View` |
//! | O5 | no frame from outside the view |
//! | O6 | a frame may come in a later view than the one it was sent in |
//! | O7 | no frame between `Transitional` and `View` |
//! | O8 | no promise of stability, and none that a silent node is ever noticed |

#[cfg(any(test, feature = "internals"))]
pub mod promises;
pub mod simulated;

use std::fmt;

/// One life of one daemon. `life` is a random number drawn at each [`Event::Up`], and stands in every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// The daemon's place in its network.
    pub id: u32,
    /// Which of its lives.
    pub life: u64,
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:x}", self.id, self.life)
    }
}

/// The layer takes no frame now; [`Event::Room`] follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// What a layer reports, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The daemon is in the layer's group, or about to be: first, and after each `Down`.
    Up {
        /// The life that begins.
        me: Node,
    },
    /// A frame, at its place in the order.
    Frame {
        /// Its sender.
        from: Node,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// Somebody of the view is lost.
    Transitional {
        /// Those who go on together with this daemon.
        stay: &'a [Node],
    },
    /// The nodes of the view that begins: directly after `Transitional`, and by itself when all stay.
    View {
        /// All of them.
        members: &'a [Node],
    },
    /// There is room again after [`Full`].
    Room,
    /// The daemon is out of the group. Whether others got what was sent and did not come back is unknown.
    Down,
}

/// A layer, as one daemon has it.
pub trait Ordering {
    /// Sends a frame of at most [`Ordering::max_frame`] bytes: whole or not at all. Never waits.
    fn send(&mut self, frame: &[u8]) -> Result<(), Full>;

    /// Takes the next event.
    fn poll(&mut self) -> Option<Event<'_>>;

    /// Returns the length of the longest frame.
    fn max_frame(&self) -> usize;

    /// Leaves the group, and comes back as another life: `Down` follows, and then `Up`.
    fn rejoin(&mut self);
}
