//! Those who are in groups: sessions of this daemon by their numbers, and members on other daemons.

use hashbrown::HashMap;

use foldhash::quality::RandomState;
use spread_proto::Name;

use crate::ordering::Node;

/// Where a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// A session of this daemon, by its number.
    Local(u32),
    /// A member on another daemon, by its number in [`People`].
    Remote(u32),
}

/// A member as its groups know it.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: Name,
    /// It wants membership messages. (Of members on other daemons that is nobody's business here.)
    pub(crate) listens: bool,
    /// Its groups' places, in the order of the groups' names, in which its end is announced.
    pub(crate) groups: Vec<u32>,
    /// Joins of its that are on their way.
    pub(crate) joining: u32,
    /// Its number among all sessions that its daemon has had in this life.
    pub(crate) serial: u64,
    /// Its daemon; nothing in a daemon that is alone.
    pub(crate) node: Option<Node>,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct People {
    local: Vec<Person>,
    remote: Vec<Person>,
    /// Numbers in `remote` that nobody has.
    free: Vec<u32>,
    known: HashMap<(Node, u64), u32, RandomState>,
}

impl People {
    /// Puts a session of this daemon in place of the one that had its number before.
    pub(crate) fn put(&mut self, session: u32, person: Person) {
        let session = session as usize;
        if self.local.len() <= session {
            self.local.resize(session + 1, person.clone());
        }
        self.local[session] = person;
    }

    #[inline]
    pub(crate) fn get(&self, who: Home) -> &Person {
        match who {
            Home::Local(session) => &self.local[session as usize],
            Home::Remote(number) => &self.remote[number as usize],
        }
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, who: Home) -> &mut Person {
        match who {
            Home::Local(session) => &mut self.local[session as usize],
            Home::Remote(number) => &mut self.remote[number as usize],
        }
    }

    /// Returns the places of the groups that a session of this daemon is in.
    pub(crate) fn groups_of(&self, session: u32) -> &[u32] {
        self.local.get(session as usize).map_or(&[], |person| &person.groups)
    }

    /// Returns the member of this serial on another daemon, if it is known.
    pub(crate) fn find(&self, node: Node, serial: u64) -> Option<Home> {
        self.known.get(&(node, serial)).map(|&number| Home::Remote(number))
    }

    /// Returns the member of this serial on another daemon; it is known from now on.
    pub(crate) fn meet(&mut self, node: Node, serial: u64, name: Name) -> Home {
        if let Some(known) = self.find(node, serial) {
            return known;
        }
        let person = Person { name, listens: false, groups: Vec::new(), joining: 0, serial, node: Some(node) };
        let number = match self.free.pop() {
            Some(number) => {
                self.remote[number as usize] = person;
                number
            }
            None => {
                self.remote.push(person);
                self.remote.len() as u32 - 1
            }
        };
        self.known.insert((node, serial), number);
        Home::Remote(number)
    }

    /// Forgets a member on another daemon that is in no group any more.
    pub(crate) fn forget(&mut self, who: Home) {
        let Home::Remote(number) = who else { return };
        let person = &mut self.remote[number as usize];
        if person.groups.is_empty()
            && let Some(node) = person.node
            && self.known.remove(&(node, person.serial)).is_some()
        {
            self.free.push(number);
        }
    }

    /// Forgets everybody who is on another daemon.
    pub(crate) fn forget_remote(&mut self) {
        self.remote.clear();
        self.free.clear();
        self.known.clear();
    }

    /// Returns the number of members on other daemons.
    pub(crate) fn remote_len(&self) -> usize {
        self.known.len()
    }
}
