//! Who is where: groups, their members in Spread's order, and the ids of their memberships. Pure.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use smallvec::SmallVec;
use spread_proto::{GroupId, Name};

/// A member: its private group, and the session behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: Name,
    pub(crate) session: u32,
}

/// A group that someone is in. What a delivery looks at comes first, in one line of a processor's cache: with thousands
/// of groups in use, fetching that is most of what a delivery costs.
#[derive(Debug)]
#[repr(C, align(64))]
struct Group {
    name: Name,
    /// The members' sessions, in the order of their names.
    sessions: SmallVec<[u32; 4]>,
    /// Grows by one with each change, from 1.
    counter: i32,
    /// The members' private groups, sorted as C strings of unsigned bytes.
    names: Vec<Name>,
}

/// All groups.
#[derive(Debug)]
pub(crate) struct Groups {
    all: Vec<Group>,
    /// Where in `all` each stands, by its name.
    places: HashTable<u32>,
    hasher: RandomState,
    /// What all group ids of this daemon begin with: who it is, and since when it runs.
    base: [i32; 2],
}

impl Groups {
    pub(crate) fn new(base: [i32; 2]) -> Groups {
        Groups { all: Vec::new(), places: HashTable::new(), hasher: RandomState::default(), base }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Where the group of this name stands, until somebody joins or leaves.
    #[inline]
    pub(crate) fn find(&self, name: Name) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        self.places.find(hash, |&place| self.all[place as usize].name == name).copied()
    }

    fn group(&self, name: Name) -> Option<&Group> {
        self.find(name).map(|place| &self.all[place as usize])
    }

    /// The sessions of the members of the group that stands there.
    #[inline]
    pub(crate) fn sessions(&self, place: u32) -> &[u32] {
        &self.all[place as usize].sessions
    }

    /// The members of a group, and their sessions: none if there is no such group.
    pub(crate) fn members(&self, name: Name) -> (&[Name], &[u32]) {
        self.group(name).map_or((&[], &[]), |group| (&group.names, &group.sessions))
    }

    /// The id of the group's present membership.
    pub(crate) fn id(&self, name: Name) -> GroupId {
        GroupId([self.base[0], self.base[1], self.group(name).map_or(0, |group| group.counter)])
    }

    /// Puts a member in, and makes the group if it is the first.
    pub(crate) fn join(&mut self, name: Name, member: Member) {
        let place = self.find(name).unwrap_or_else(|| self.make(name));
        let group = &mut self.all[place as usize];
        if let Err(at) = group.names.binary_search(&member.name) {
            group.names.insert(at, member.name);
            group.sessions.insert(at, member.session);
            group.counter = group.counter.wrapping_add(1);
        }
    }

    /// Takes a member out; the group goes with its last one, and its counter with it. (So ids repeat, as a real
    /// daemon's do.)
    pub(crate) fn leave(&mut self, name: Name, member: Member) {
        let Some(place) = self.find(name) else { return };
        let group = &mut self.all[place as usize];
        if let Ok(at) = group.names.binary_search(&member.name) {
            group.names.remove(at);
            group.sessions.remove(at);
            group.counter = group.counter.wrapping_add(1);
        }
        if group.names.is_empty() {
            self.remove(place);
        }
    }

    fn make(&mut self, name: Name) -> u32 {
        let place = self.all.len() as u32;
        self.all.push(Group { name, sessions: SmallVec::new(), counter: 0, names: Vec::new() });
        let (all, hasher) = (&self.all, &self.hasher);
        let hash = |&place: &u32| hasher.hash_one(all[place as usize].name);
        self.places.insert_unique(hash(&place), place, hash);
        place
    }

    /// Takes a group out; the last one has its place from now on.
    fn remove(&mut self, place: u32) {
        let last = self.all.len() as u32 - 1;
        let hash = |of: u32| self.hasher.hash_one(self.all[of as usize].name);
        if let Ok(entry) = self.places.find_entry(hash(place), |&at| at == place) {
            entry.remove();
        }
        if let Some(at) = self.places.find_mut(hash(last), |&at| at == last) {
            *at = place;
        }
        self.all.swap_remove(place as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        let mut field = [0; 32];
        field[..text.len()].copy_from_slice(text.as_bytes());
        Name::from_field(&field)
    }

    #[test]
    fn what_a_delivery_looks_at_is_in_one_line() {
        assert!(std::mem::offset_of!(Group, sessions) + size_of::<SmallVec<[u32; 4]>>() <= 64);
        assert_eq!(align_of::<Group>(), 64);
    }

    /// Groups come and go in an order that moves others about; a plain map says who must be in which.
    #[test]
    fn groups_that_move_are_found() {
        let (mut groups, mut model) = (Groups::new([1, 2]), std::collections::BTreeMap::new());
        let mut random = 1_u64;
        for _ in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (group, session) = ((random >> 33) % 50, (random >> 40) as u32 % 7);
            let (key, member) = (name(&format!("g{group}")), Member { name: name(&format!("#{session}#d")), session });
            let members: &mut std::collections::BTreeSet<u32> = model.entry(group).or_default();
            if random >> 63 == 0 {
                groups.join(key, member);
                members.insert(session);
            } else {
                groups.leave(key, member);
                members.remove(&session);
            }
            model.retain(|_, members| !members.is_empty());
            assert_eq!(groups.len(), model.len());
            for (group, members) in &model {
                let (names, sessions) = groups.members(name(&format!("g{group}")));
                assert!(sessions.iter().eq(members));
                assert!(names.iter().zip(members).all(|(is, session)| *is == name(&format!("#{session}#d"))));
            }
        }
    }
}
