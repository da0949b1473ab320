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
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: Name,
    /// Sorted by private group, as C strings of unsigned bytes.
    pub(crate) members: Vec<Member>,
    /// Grows by one with each change, from 1.
    counter: i32,
}

/// All groups.
#[derive(Debug)]
pub(crate) struct Groups {
    by_name: HashMap<Name, u32, RandomState>,
    places: Vec<Option<Group>>,
    free: Vec<u32>,
    /// Changes whenever a group comes or goes, so that a place may be remembered meanwhile.
    pub(crate) epoch: u64,
    /// What all group ids of this daemon begin with: who it is, and since when it runs.
    base: [i32; 2],
}

impl Groups {
    pub(crate) fn new(base: [i32; 2]) -> Groups {
        Groups { by_name: HashMap::default(), places: Vec::new(), free: Vec::new(), epoch: 0, base }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    /// The place of a group, if anybody is in it.
    pub(crate) fn find(&self, name: Name) -> Option<u32> {
        self.by_name.get(&name).copied()
    }

    /// The group at a place.
    pub(crate) fn at(&self, place: u32) -> &Group {
        self.places[place as usize].as_ref().expect("a place that was found is taken")
    }

    /// The id of the group's present membership.
    pub(crate) fn id(&self, place: u32) -> GroupId {
        GroupId([self.base[0], self.base[1], self.at(place).counter])
    }

    /// Puts a member in, and makes the group if it is the first. The place.
    pub(crate) fn join(&mut self, name: Name, member: Member) -> u32 {
        let place = self.find(name).unwrap_or_else(|| self.make(name));
        let group = self.places[place as usize].as_mut().expect("it was found or made");
        if let Err(at) = group.members.binary_search(&member) {
            group.members.insert(at, member);
            group.counter = group.counter.wrapping_add(1);
        }
        place
    }

    /// Takes a member out; the group goes with its last one. The place, if anybody is left there.
    pub(crate) fn leave(&mut self, name: Name, member: Member) -> Option<u32> {
        let place = self.find(name)?;
        let group = self.places[place as usize].as_mut()?;
        if let Ok(at) = group.members.binary_search(&member) {
            group.members.remove(at);
            group.counter = group.counter.wrapping_add(1);
        }
        if !group.members.is_empty() {
            return Some(place);
        }
        self.places[place as usize] = None;
        self.by_name.remove(&name);
        self.free.push(place);
        self.epoch += 1;
        None
    }

    fn make(&mut self, name: Name) -> u32 {
        let group = Some(Group { name, members: Vec::new(), counter: 0 });
        let place = match self.free.pop() {
            Some(place) => {
                self.places[place as usize] = group;
                place
            }
            None => {
                self.places.push(group);
                self.places.len() as u32 - 1
            }
        };
        self.by_name.insert(name, place);
        self.epoch += 1;
        place
    }
}
