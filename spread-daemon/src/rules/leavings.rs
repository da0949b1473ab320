//! Sessions that are over and still leave their groups, and those in their handshake who wait for such a name.

use std::collections::VecDeque;

use spread_proto::Name;

/// A session that is over, and the groups that it is still in.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(crate) session: u32,
    pub(crate) name: Name,
    /// In the order of their names, as it joined them.
    pub(crate) groups: Vec<u32>,
    /// The first that it has not left.
    pub(crate) at: usize,
}

/// All of them, and those who wait for their names.
#[derive(Debug, Default)]
pub(crate) struct Leavings {
    pub(crate) all: VecDeque<Leaving>,
    /// Memberships that are to end.
    pub(crate) memberships: usize,
    /// In the order in which they came.
    pub(crate) waiting: Vec<(Name, u32)>,
}

impl Leavings {
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How many memberships are to end.
    pub(crate) fn memberships(&self) -> usize {
        self.memberships
    }

    /// A session in its handshake waits for a name.
    pub(crate) fn wait(&mut self, name: Name, session: u32) {
        self.waiting.push((name, session));
    }

    /// It waits no more.
    pub(crate) fn forget(&mut self, session: u32) {
        self.waiting.retain(|&(_, waiting)| waiting != session);
    }
}
