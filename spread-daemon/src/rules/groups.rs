//! Who is where: groups, their members in Spread's order, and the ids of their memberships. Pure.
//!
//! A membership is two numbers: the member's in its group's list, the group's in its member's. Names stand once, with
//! what they name. Members of this daemon and those of others are in lists of their own: a delivery looks at the first
//! alone.

use std::hash::BuildHasher;

use foldhash::quality::RandomState;
use hashbrown::HashTable;
use smallvec::SmallVec;
use spread_proto::{Cause, GroupId, Name, NewMembership};

use super::people::{Home, People, Person};
use crate::ordering::Node;

/// What a group costs: itself and its place in the table, with the room that both grow ahead.
const GROUP: usize = 2 * (size_of::<Group>() + 16);

/// What a membership costs: two numbers in lists, with the room that they grow ahead.
const MEMBERSHIP: usize = 2 * 2 * size_of::<u32>();

/// What a member on another daemon costs: itself and its place in the table, with the room that both grow ahead.
const REMOTE: usize = 2 * (size_of::<Person>() + 32);

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
    /// The members of this daemon: their sessions, in the order of their names.
    sessions: SmallVec<[u32; 4]>,
    /// Grows by one with each change, from 1.
    counter: i32,
    /// Those of them that want membership messages.
    listeners: u32,
}

/// What a group is besides in a network of daemons.
#[derive(Debug)]
struct Wide {
    /// What its ids begin with: they keep that as long as no change of the network touches the group.
    base: [i32; 2],
    /// The members of other daemons: their numbers, in the order of their daemons and then of their names.
    remote: Vec<u32>,
    /// Somebody was lost since the last view, and the members have had the transitional signal.
    signalled: bool,
}

/// All groups. Each keeps its place until its last member has left.
#[derive(Debug)]
pub(crate) struct Groups {
    all: Vec<Group>,
    /// What belongs to each place besides; nothing in a daemon that is alone.
    wide: Vec<Option<Box<Wide>>>,
    /// Places that no group has.
    free: Vec<u32>,
    /// Where in `all` each stands, by its name.
    places: HashTable<u32>,
    hasher: RandomState,
    pub(crate) people: People,
    /// Members of all groups together.
    memberships: usize,
    /// What the ids of new groups begin with: the daemon, or the first of its view, and since when it runs, or the view
    /// stands.
    base: [i32; 2],
    /// This daemon in its network.
    me: Option<Node>,
}

impl Groups {
    pub(crate) fn new(base: [i32; 2], me: Option<Node>) -> Groups {
        Groups {
            all: Vec::new(),
            wide: Vec::new(),
            free: Vec::new(),
            places: HashTable::new(),
            hasher: RandomState::default(),
            people: People::default(),
            memberships: 0,
            base,
            me,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len() - self.free.len()
    }

    /// Memory of all groups and memberships.
    pub(crate) fn bytes(&self) -> usize {
        self.len() * GROUP + self.memberships * MEMBERSHIP + self.people.remote_len() * REMOTE
    }

    /// Memory of so many memberships.
    pub(crate) fn bytes_of(memberships: usize) -> usize {
        memberships * MEMBERSHIP
    }

    /// What the ids of groups begin with that are new from now on.
    pub(crate) fn set_base(&mut self, base: [i32; 2]) {
        self.base = base;
    }

    /// Returns the names of a session's groups, in their order.
    pub(crate) fn of(&self, session: u32) -> impl ExactSizeIterator<Item = Name> {
        self.people.groups_of(session).iter().map(|&place| self.all[place as usize].name)
    }

    /// Returns where the groups stand, in no order.
    pub(crate) fn places(&self) -> impl Iterator<Item = u32> {
        self.places.iter().copied()
    }

    /// Takes a session's list of its groups: it is about to leave them all, in this order.
    pub(crate) fn take_list(&mut self, who: Home) -> Vec<u32> {
        std::mem::take(&mut self.people.get_mut(who).groups)
    }

    /// Where the group of this name stands, until its last member leaves.
    #[inline]
    pub(crate) fn find(&self, name: Name) -> Option<u32> {
        let hash = self.hasher.hash_one(name);
        self.places.find(hash, |&place| self.all[place as usize].name == name).copied()
    }

    /// The places of all groups, in the order of their names.
    pub(crate) fn by_name(&self) -> Vec<u32> {
        let mut places: Vec<u32> = self.places.iter().copied().collect();
        places.sort_unstable_by_key(|&place| self.name(place));
        places
    }

    pub(crate) fn name(&self, place: u32) -> Name {
        self.all[place as usize].name
    }

    /// The sessions of the members on this daemon of the group that stands there.
    #[inline]
    pub(crate) fn sessions(&self, place: u32) -> &[u32] {
        &self.all[place as usize].sessions
    }

    /// The group's members on other daemons.
    pub(crate) fn remote(&self, place: u32) -> &[u32] {
        self.wide[place as usize].as_ref().map_or(&[], |wide| &wide.remote)
    }

    /// The number of its members.
    pub(crate) fn members(&self, place: u32) -> usize {
        self.sessions(place).len() + self.remote(place).len()
    }

    /// Those of this daemon's that want membership messages.
    pub(crate) fn listeners(&self, place: u32) -> impl Iterator<Item = u32> {
        let sessions = if self.is_heard(place) { self.sessions(place) } else { &[] };
        sessions.iter().copied().filter(|&session| self.people.get(Home::Local(session)).listens)
    }

    /// Whether any of them does.
    pub(crate) fn is_heard(&self, place: u32) -> bool {
        self.all[place as usize].listeners > 0
    }

    /// Whether somebody is a member.
    pub(crate) fn has(&self, place: u32, who: Home) -> bool {
        self.seat(place, who).is_ok()
    }

    /// The group of this name; it is made if there is none.
    pub(crate) fn find_or_make(&mut self, name: Name) -> u32 {
        if let Some(place) = self.find(name) {
            return place;
        }
        let group = Group { name, sessions: SmallVec::new(), counter: 0, listeners: 0 };
        let wide = self.me.map(|_| Box::new(Wide { base: self.base, remote: Vec::new(), signalled: false }));
        let place = match self.free.pop() {
            Some(place) => {
                self.all[place as usize] = group;
                self.wide[place as usize] = wide;
                place
            }
            None => {
                self.all.push(group);
                self.wide.push(wide);
                self.all.len() as u32 - 1
            }
        };
        let (all, hasher) = (&self.all, &self.hasher);
        let hash = |&place: &u32| hasher.hash_one(all[place as usize].name);
        self.places.insert_unique(hash(&place), place, hash);
        place
    }

    /// Puts somebody in, and returns its name; `None` if it was a member before.
    pub(crate) fn join(&mut self, place: u32, who: Home) -> Option<Name> {
        let (Err(seat), Err(at)) = (self.seat(place, who), self.entry(who, place)) else { return None };
        let listens = self.people.get(who).listens;
        let group = &mut self.all[place as usize];
        match who {
            Home::Local(session) => group.sessions.insert(seat, session),
            Home::Remote(number) => self.wide[place as usize].as_mut()?.remote.insert(seat, number),
        }
        group.counter = group.counter.wrapping_add(1);
        group.listeners += u32::from(listens);
        self.memberships += 1;
        let person = self.people.get_mut(who);
        person.groups.insert(at, place);
        Some(person.name)
    }

    /// Takes a group out of a member's list. Returns whether it was in there.
    pub(crate) fn strike(&mut self, who: Home, place: u32) -> bool {
        let entry = self.entry(who, place);
        entry.map(|at| self.people.get_mut(who).groups.remove(at)).is_ok()
    }

    /// Takes a member out; the group goes with its last one, and its counter with it. (So ids repeat, as a real
    /// daemon's do.) Whether the group is still there.
    pub(crate) fn leave(&mut self, place: u32, who: Home) -> bool {
        if let Ok(seat) = self.seat(place, who) {
            let listens = self.people.get(who).listens;
            let group = &mut self.all[place as usize];
            match (who, &mut self.wide[place as usize]) {
                (Home::Remote(_), Some(wide)) => drop(wide.remote.remove(seat)),
                _ => drop(group.sessions.remove(seat)),
            }
            group.counter = group.counter.wrapping_add(1);
            group.listeners -= u32::from(listens);
            self.memberships -= 1;
        }
        let is_there = self.members(place) > 0;
        if !is_there {
            self.remove(place);
        }
        is_there
    }

    /// Returns the id of the group's present membership.
    pub(crate) fn id(&self, place: u32) -> GroupId {
        let base = self.wide[place as usize].as_ref().map_or(self.base, |wide| wide.base);
        GroupId([base[0], base[1], self.all[place as usize].counter])
    }

    /// Gives the group's present membership this id, as of which nobody has had a signal.
    pub(crate) fn set_id(&mut self, place: u32, id: GroupId) {
        self.all[place as usize].counter = id.0[2];
        if let Some(wide) = &mut self.wide[place as usize] {
            wide.base = [id.0[0], id.0[1]];
            wide.signalled = false;
        }
    }

    /// Whether the members have had a transitional signal since their last view.
    pub(crate) fn is_signalled(&self, place: u32) -> bool {
        self.wide[place as usize].as_ref().is_some_and(|wide| wide.signalled)
    }

    /// They have it now.
    pub(crate) fn signal(&mut self, place: u32) {
        if let Some(wide) = &mut self.wide[place as usize] {
            wide.signalled = true;
        }
    }

    /// Forgets all members on other daemons, and the groups that have no others.
    pub(crate) fn forget_remote(&mut self) {
        for place in self.by_name() {
            if let Some(wide) = &mut self.wide[place as usize] {
                self.memberships -= wide.remote.len();
                wide.remote = Vec::new();
            }
            if self.sessions(place).is_empty() {
                self.remove(place);
            }
        }
        self.people.forget_remote();
    }

    /// The members' names, in Spread's order: by their daemons, and then by themselves.
    pub(crate) fn names(&self, place: u32) -> Vec<Name> {
        let remote = self.remote(place);
        let before = remote.partition_point(|&number| self.people.get(Home::Remote(number)).node < self.me);
        let (before, after) = remote.split_at(before);
        let remote = |&number: &u32| self.people.get(Home::Remote(number)).name;
        let local = |&session: &u32| self.people.get(Home::Local(session)).name;
        before
            .iter()
            .map(remote)
            .chain(self.sessions(place).iter().map(local))
            .chain(after.iter().map(remote))
            .collect()
    }

    /// Appends the message that announces the group's present membership.
    pub(crate) fn encode(&self, place: u32, view: &View<'_>, out: &mut Vec<u8>) {
        let group = &self.all[place as usize];
        let View { cause, id, sets, own_set } = *view;
        let view = NewMembership { group: group.name, cause, id, sets, own_set };
        if self.remote(place).is_empty() {
            view.encode(group.sessions.iter().map(|&session| &self.people.get(Home::Local(session)).name), out);
        } else {
            view.encode(self.names(place).iter(), out);
        }
    }

    /// Where in a group's list somebody stands, or would.
    fn seat(&self, place: u32, who: Home) -> Result<usize, usize> {
        let person = self.people.get(who);
        match who {
            Home::Local(_) => self
                .sessions(place)
                .binary_search_by(|&other| self.people.get(Home::Local(other)).name.cmp(&person.name)),
            Home::Remote(_) => {
                let key = |person: &Person| (person.node, person.name, person.serial);
                let key_of = |&other: &u32| key(self.people.get(Home::Remote(other)));
                self.remote(place).binary_search_by_key(&key(person), key_of)
            }
        }
    }

    /// Where in somebody's list a group stands, or would.
    fn entry(&self, who: Home, place: u32) -> Result<usize, usize> {
        let name = self.all[place as usize].name;
        self.people.get(who).groups.binary_search_by(|&other| self.all[other as usize].name.cmp(&name))
    }

    fn remove(&mut self, place: u32) {
        let hash = self.hasher.hash_one(self.all[place as usize].name);
        if let Ok(entry) = self.places.find_entry(hash, |&at| at == place) {
            entry.remove();
        }
        // What it has grown to goes as well.
        self.all[place as usize].sessions = SmallVec::new();
        self.wide[place as usize] = None;
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
        let (mut groups, mut model) = (Groups::new([1, 2], None), BTreeMap::<String, BTreeSet<u32>>::new());
        for session in 0..SESSIONS {
            let name = name(&format!("#{session}#d"));
            let person =
                Person { name, listens: session % 2 == 0, groups: Vec::new(), joining: 0, serial: 0, node: None };
            groups.people.put(session, person);
        }
        let mut random = 1_u64;
        for _ in 0..20_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (key, session) = (format!("g{}", (random >> 33) % 50), (random >> 40) as u32 % SESSIONS);
            let members = model.entry(key.clone()).or_default();
            if random >> 63 == 0 {
                let place = groups.find_or_make(name(&key));
                assert_eq!(groups.has(place, Home::Local(session)), !members.insert(session));
                groups.join(place, Home::Local(session));
            } else if members.remove(&session) {
                let place = groups.find(name(&key)).unwrap();
                assert!(groups.strike(Home::Local(session), place));
                assert_eq!(groups.leave(place, Home::Local(session)), !members.is_empty());
            }
            model.retain(|_, members| !members.is_empty());
            assert_eq!(groups.len(), model.len());
            for (key, members) in &model {
                let place = groups.find(name(key)).unwrap();
                assert!(groups.sessions(place).iter().eq(members));
                assert!(groups.listeners(place).eq(members.iter().copied().filter(|session| session % 2 == 0)));
            }
            for session in 0..SESSIONS {
                let list = &groups.people.get(Home::Local(session)).groups;
                let names: Vec<_> = list.iter().map(|&place| groups.all[place as usize].name).collect();
                let expected = model.iter().filter(|(_, members)| members.contains(&session));
                assert!(names.into_iter().eq(expected.map(|(key, _)| name(key))), "in the order of their names");
            }
        }
        assert_eq!(groups.memberships, model.values().map(BTreeSet::len).sum::<usize>());
    }
}
