//! Who is where: groups, their members in Spread's order, and the ids of their memberships. Pure.

use std::collections::HashMap;

use foldhash::quality::RandomState;
use spread_proto::{GroupId, Name};

/// A member: its private group, and the session behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Member {
    /// First, so that members sort by it.
    pub(crate) name: Name,
    pub(crate) session: u32,
}

/// A group that someone is in.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// Sorted by private group, as C strings of unsigned bytes.
    pub(crate) members: Vec<Member>,
    /// Grows by one with each change, from 1.
    counter: i32,
}

/// All groups.
#[derive(Debug)]
pub(crate) struct Groups {
    by_name: HashMap<Name, Group, RandomState>,
    /// What all group ids of this daemon begin with: who it is, and since when it runs.
    base: [i32; 2],
}

impl Groups {
    pub(crate) fn new(base: [i32; 2]) -> Groups {
        Groups { by_name: HashMap::default(), base }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// The members of a group: none if there is no such group.
    #[inline]
    pub(crate) fn members(&self, name: Name) -> &[Member] {
        self.by_name.get(&name).map_or(&[], |group| &group.members)
    }

    /// The id of the group's present membership.
    pub(crate) fn id(&self, name: Name) -> GroupId {
        GroupId([self.base[0], self.base[1], self.by_name.get(&name).map_or(0, |group| group.counter)])
    }

    /// Puts a member in, and makes the group if it is the first.
    pub(crate) fn join(&mut self, name: Name, member: Member) {
        let group = self.by_name.entry(name).or_default();
        if let Err(at) = group.members.binary_search(&member) {
            group.members.insert(at, member);
            group.counter = group.counter.wrapping_add(1);
        }
    }

    /// Takes a member out; the group goes with its last one, and its counter with it. (So ids repeat, as a real
    /// daemon's do.)
    pub(crate) fn leave(&mut self, name: Name, member: Member) {
        let Some(group) = self.by_name.get_mut(&name) else { return };
        if let Ok(at) = group.members.binary_search(&member) {
            group.members.remove(at);
            group.counter = group.counter.wrapping_add(1);
        }
        if group.members.is_empty() {
            self.by_name.remove(&name);
        }
    }
}
