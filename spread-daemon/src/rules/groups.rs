//! Who is where: groups, their members in Spread's order, and the ids of their memberships. Pure.
//!
//! A membership is two numbers: the session's in its group's list, the group's in its session's. Names stand once, with
//! what they name.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use smallvec::SmallVec;
use spread_proto::{Cause, GroupId, Name, NewMembership};

/// What a group costs: itself and its place in the table, with the room that both grow ahead.
const GROUP: usize = 2 * (size_of::<Group>() + 8);

/// What a membership costs: two numbers in lists, with the room that they grow ahead.
const MEMBERSHIP: usize = 2 * 2 * size_of::<u32>();

/// How a membership came about: what a view says beside its members.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    pub(crate) cause: Cause,
    pub(crate) id: GroupId,
    /// The virtual-synchrony sets.
    pub(crate) sets: &'a [&'a [Name]],
    /// Which of them the receivers are in.
    pub(crate) own_set: usize,
}

/// A group that someone is in. What a delivery looks at is in one line of a processor's cache: with thousands of groups
/// in use, fetching that is most of what a delivery costs.
#[derive(Debug)]
#[repr(C, align(64))]
struct Group {
    name: Name,
    /// The members' sessions, in the order of their names.
    sessions: SmallVec<[u32; 4]>,
    /// Grows by one with each change, from 1.
    counter: i32,
    /// Members that want membership messages.
    listeners: u32,
}

/// A session as its groups know it.
#[derive(Clone, Debug)]
struct Person {
    name: Name,
    /// It wants membership messages.
    listens: bool,
    /// Where its groups stand, in the order of their names, in which its end is announced.
    groups: Vec<u32>,
}

/// All groups. Each keeps its place until its last member has left.
#[derive(Debug)]
pub(crate) struct Groups {
    all: Vec<Group>,
    /// Places that no group has.
    free: Vec<u32>,
    /// Where in `all` each stands, by its name.
    places: HashTable<u32>,
    hasher: RandomState,
    /// Those who are in groups or may be, by their sessions' numbers.
    people: Vec<Person>,
    /// Members of all groups together.
    memberships: usize,
    /// What all group ids of this daemon begin with: who it is, and since when it runs.
    base: [i32; 2],
}

impl Groups {
    pub(crate) fn new(base: [i32; 2]) -> Groups {
        Groups {
            all: Vec::new(),
            free: Vec::new(),
            places: HashTable::new(),
            hasher: RandomState::default(),
            people: Vec::new(),
            memberships: 0,
            base,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len() - self.free.len()
    }

    /// Memory of all groups and memberships.
    pub(crate) fn bytes(&self) -> usize {
        self.len() * GROUP + self.memberships * MEMBERSHIP
    }

    /// Memory of so many memberships in lists of one session.
    pub(crate) fn bytes_of(memberships: usize) -> usize {
        memberships * MEMBERSHIP
    }

    /// Gives a session its name here, before it joins its first group.
    pub(crate) fn name(&mut self, session: u32, name: Name, listens: bool) {
        let (session, person) = (session as usize, Person { name, listens, groups: Vec::new() });
        if self.people.len() <= session {
            self.people.resize(session + 1, person.clone());
        }
        self.people[session] = person;
    }

    /// Returns how many groups a session is in.
    pub(crate) fn count_of(&self, session: u32) -> usize {
        self.people.get(session as usize).map_or(0, |person| person.groups.len())
    }

    /// Returns the names of a session's groups, in their order.
    pub(crate) fn of(&self, session: u32) -> impl ExactSizeIterator<Item = Name> {
        let places = self.people.get(session as usize).map_or(&[][..], |person| &person.groups);
        places.iter().map(|&place| self.all[place as usize].name)
    }

    /// Returns where the groups stand, in no order.
    pub(crate) fn places(&self) -> impl Iterator<Item = u32> {
        self.places.iter().copied()
    }

    /// Returns what the group that stands there is called.
    pub(crate) fn title(&self, place: u32) -> Name {
        self.all[place as usize].name
    }

    /// Takes a session's list of its groups: it is about to leave them all, in this order.
    pub(crate) fn take_list(&mut self, session: u32) -> Vec<u32> {
        self.people.get_mut(session as usize).map(|person| std::mem::take(&mut person.groups)).unwrap_or_default()
    }

    /// Where the group of this name stands, until its last member leaves.
    #[inline]
    pub(crate) fn find(&self, name: Name) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        self.places.find(hash, |&place| self.all[place as usize].name == name).copied()
    }

    /// The sessions of the members of the group that stands there.
    #[inline]
    pub(crate) fn sessions(&self, place: u32) -> &[u32] {
        &self.all[place as usize].sessions
    }

    /// Those of them that want membership messages.
    pub(crate) fn listeners(&self, place: u32) -> impl Iterator<Item = u32> {
        let sessions = if self.is_heard(place) { self.sessions(place) } else { &[] };
        sessions.iter().copied().filter(|&session| self.listens(session))
    }

    /// Whether any of them does.
    pub(crate) fn is_heard(&self, place: u32) -> bool {
        self.all[place as usize].listeners > 0
    }

    /// Whether a session is a member.
    pub(crate) fn has(&self, place: u32, session: u32) -> bool {
        self.seat(place, session).is_ok()
    }

    /// The group of this name; it is made if there is none.
    pub(crate) fn find_or_make(&mut self, name: Name) -> u32 {
        if let Some(place) = self.find(name) {
            return place;
        }
        let group = Group { name, sessions: SmallVec::new(), counter: 0, listeners: 0 };
        let place = match self.free.pop() {
            Some(place) => {
                self.all[place as usize] = group;
                place
            }
            None => {
                self.all.push(group);
                self.all.len() as u32 - 1
            }
        };
        let (all, hasher) = (&self.all, &self.hasher);
        let hash = |&place: &u32| hasher.hash_one(all[place as usize].name);
        self.places.insert_unique(hash(&place), place, hash);
        place
    }

    /// Puts a session in, and returns its name; `None` if it was a member before.
    pub(crate) fn join(&mut self, place: u32, session: u32) -> Option<Name> {
        if let (Err(seat), Err(at)) = (self.seat(place, session), self.entry(session, place)) {
            let listens = self.listens(session);
            let group = &mut self.all[place as usize];
            group.sessions.insert(seat, session);
            group.counter = group.counter.wrapping_add(1);
            group.listeners += u32::from(listens);
            let person = &mut self.people[session as usize];
            person.groups.insert(at, place);
            self.memberships += 1;
            return Some(person.name);
        }
        None
    }

    /// Takes a group out of a session's list. Returns whether it was in there.
    pub(crate) fn strike(&mut self, session: u32, place: u32) -> bool {
        let entry = self.entry(session, place);
        entry.map(|at| self.people[session as usize].groups.remove(at)).is_ok()
    }

    /// Takes a member out; the group goes with its last one, and its counter with it. (So ids repeat, as a real
    /// daemon's do.) Whether the group is still there.
    pub(crate) fn leave(&mut self, place: u32, session: u32) -> bool {
        if let Ok(seat) = self.seat(place, session) {
            let listens = self.listens(session);
            let group = &mut self.all[place as usize];
            group.sessions.remove(seat);
            group.counter = group.counter.wrapping_add(1);
            group.listeners -= u32::from(listens);
            self.memberships -= 1;
        }
        let is_there = !self.sessions(place).is_empty();
        if !is_there {
            self.remove(place);
        }
        is_there
    }

    /// Returns the id of the group's present membership.
    pub(crate) fn id(&self, place: u32) -> GroupId {
        GroupId([self.base[0], self.base[1], self.all[place as usize].counter])
    }

    /// Appends the message that announces the group's present membership.
    pub(crate) fn encode(&self, place: u32, view: &View<'_>, out: &mut Vec<u8>) {
        let group = &self.all[place as usize];
        let names = group.sessions.iter().map(|&session| &self.people[session as usize].name);
        let View { cause, id, sets, own_set } = *view;
        NewMembership { group: group.name, cause, id, sets, own_set }.encode(names, out);
    }

    /// Returns what a session is called.
    pub(crate) fn name_of(&self, session: u32) -> Name {
        self.people[session as usize].name
    }

    /// Returns whether a session wants membership messages.
    pub(crate) fn listens(&self, session: u32) -> bool {
        self.people[session as usize].listens
    }

    /// Where in a group's list a session stands, or would.
    fn seat(&self, place: u32, session: u32) -> Result<usize, usize> {
        let name = self.name_of(session);
        self.sessions(place).binary_search_by(|&other| self.name_of(other).cmp(&name))
    }

    /// Where in a session's list a group stands, or would.
    fn entry(&self, session: u32, place: u32) -> Result<usize, usize> {
        let name = self.all[place as usize].name;
        let list = &self.people[session as usize].groups;
        list.binary_search_by(|&other| self.all[other as usize].name.cmp(&name))
    }

    fn remove(&mut self, place: u32) {
        let hash = self.hasher.hash_one(self.all[place as usize].name);
        if let Ok(entry) = self.places.find_entry(hash, |&at| at == place) {
            entry.remove();
        }
        // What it has grown to goes as well.
        self.all[place as usize].sessions = SmallVec::new();
        self.free.push(place);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn name(text: &str) -> Name {
        let mut field = [0; 32];
        field[..text.len()].copy_from_slice(text.as_bytes());
        Name::from_field(&field)
    }

    #[test]
    fn a_group_is_in_one_line() {
        assert_eq!((size_of::<Group>(), align_of::<Group>()), (64, 64));
    }

    /// Groups come and go, and their places are used again; a plain map says who must be in which.
    #[test]
    fn groups_that_come_and_go_are_found() {
        const SESSIONS: u32 = 7;
        let (mut groups, mut model) = (Groups::new([1, 2]), BTreeMap::<String, BTreeSet<u32>>::new());
        for session in 0..SESSIONS {
            groups.name(session, name(&format!("#{session}#d")), session % 2 == 0);
        }
        let mut random = 1_u64;
        for _ in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (key, session) = (format!("g{}", (random >> 33) % 50), (random >> 40) as u32 % SESSIONS);
            let members = model.entry(key.clone()).or_default();
            if random >> 63 == 0 {
                let place = groups.find_or_make(name(&key));
                assert_eq!(groups.has(place, session), !members.insert(session));
                groups.join(place, session);
            } else if members.remove(&session) {
                let place = groups.find(name(&key)).unwrap();
                assert!(groups.strike(session, place));
                assert_eq!(groups.leave(place, session), !members.is_empty());
            }
            model.retain(|_, members| !members.is_empty());
            assert_eq!(groups.len(), model.len());
            for (key, members) in &model {
                let place = groups.find(name(key)).unwrap();
                assert!(groups.sessions(place).iter().eq(members));
                assert!(groups.listeners(place).eq(members.iter().copied().filter(|session| session % 2 == 0)));
            }
            for session in 0..SESSIONS {
                let list = &groups.people[session as usize].groups;
                let names: Vec<_> = list.iter().map(|&place| groups.all[place as usize].name).collect();
                let expected = model.iter().filter(|(_, members)| members.contains(&session));
                assert!(names.into_iter().eq(expected.map(|(key, _)| name(key))), "in the order of their names");
            }
        }
        assert_eq!(groups.memberships, model.values().map(BTreeSet::len).sum::<usize>());
    }
}
