//! SAFE: a message is delivered once every daemon of the view has acknowledged it. Frames are counted since the view was
//! installed, and all daemons count alike.

use crate::ordering::Node;

/// Who has acknowledged what.
#[derive(Debug, Default)]
pub(super) struct Acks {
    /// Frames so far.
    pub(super) received: u64,
    /// The last one with a SAFE message.
    asked: u64,
    /// What this daemon has acknowledged.
    given: u64,
    members: Vec<(Node, u64)>,
}

impl Acks {
    pub(super) fn new(members: impl Iterator<Item = Node>) -> Acks {
        Acks { received: 0, asked: 0, given: 0, members: members.map(|node| (node, 0)).collect() }
    }

    /// A frame comes, with this acknowledgement of all before it.
    pub(super) fn take(&mut self, from: Node, acknowledged: u64) {
        if acknowledged <= self.received
            && let Some((_, acked)) = self.members.iter_mut().find(|(node, _)| *node == from)
        {
            *acked = acknowledged.max(*acked);
        }
        self.received += 1;
    }

    /// The last frame has a SAFE message.
    pub(super) fn ask(&mut self) {
        self.asked = self.received;
    }

    /// What the next frame acknowledges: 0 if nobody has asked.
    pub(super) fn due(&self) -> u64 {
        if self.asked > self.given { self.received } else { 0 }
    }

    /// An acknowledgement is on its way.
    pub(super) fn give(&mut self, acknowledged: u64) {
        self.given = acknowledged.max(self.given);
    }

    /// Whether all have acknowledged a frame.
    pub(super) fn is_safe(&self, frame: u64) -> bool {
        self.owing(frame).next().is_none()
    }

    /// Those who have not.
    pub(super) fn owing(&self, frame: u64) -> impl Iterator<Item = Node> {
        self.members.iter().filter(move |(_, acked)| *acked < frame).map(|(node, _)| *node)
    }
}
