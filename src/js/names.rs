//! Names become JavaScript strings once, not once a message: each has a number, by which messages refer to it.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;
use hashbrown::HashTable;
use spread_proto::{Name, NameField};

/// A table of more names than this starts again. 16,384 names are about 2 MB on both sides, and a service with 10,000
/// groups has room for them and for its senders.
const MOST: usize = 16_384;

/// A name, in a line of a processor's cache: with thousands of them, fetching it is what looking it up costs.
#[repr(align(32))]
struct Aligned(Name);

/// The table. JavaScript keeps an array of the strings, at the same numbers.
#[derive(Default)]
pub(crate) struct Names {
    all: Vec<Aligned>,
    /// The numbers, by name. Four bytes each, so that what is looked at first stays in the cache.
    numbers: HashTable<u32>,
    hasher: RandomState,
    /// Consecutive messages mostly have the same sender and the same group.
    recent: [(NameField, i32); 2],
    recent_valid: [bool; 2],
}

/// Which of the two recent names to look at first.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    Sender = 0,
    Group = 1,
}

impl Names {
    /// Starts again if the table is full. Only between batches: JavaScript reads the numbers of a batch by its array.
    pub(crate) fn make_room(&mut self) {
        if self.all.len() >= MOST {
            self.all.clear();
            self.numbers.clear();
            self.recent_valid = [false; 2];
        }
    }

    /// Returns the number of a name, and calls `tell` with a new one.
    #[inline]
    pub(crate) fn number(&mut self, role: Role, field: &NameField, tell: impl FnOnce(i32, &[u8])) -> i32 {
        let recent = role as usize;
        if self.recent_valid[recent] && self.recent[recent].0 == *field {
            return self.recent[recent].1;
        }
        let name = Name::from_field(field);
        let hash = self.hasher.hash_one(name);
        let number = match self.numbers.find(hash, |&number| self.all[number as usize].0 == name) {
            Some(&number) => number as i32,
            None => {
                let number = self.add(name, hash);
                tell(number, name.as_bytes());
                number
            }
        };
        self.recent[recent] = (*field, number);
        self.recent_valid[recent] = true;
        number
    }

    fn add(&mut self, name: Name, hash: u64) -> i32 {
        let number = self.all.len() as u32;
        self.all.push(Aligned(name));
        let (all, hasher) = (&self.all, &self.hasher);
        self.numbers.insert_unique(hash, number, |&number| hasher.hash_one(all[number as usize].0));
        number as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(text: &str) -> NameField {
        let mut field = [0; 32];
        field[..text.len()].copy_from_slice(text.as_bytes());
        field
    }

    #[test]
    fn a_name_is_told_once_whatever_follows_its_nul() {
        let mut names = Names::default();
        let mut told = Vec::new();
        let mut garbage = field("a");
        garbage[2..].fill(7);
        for (role, given) in
            [(Role::Sender, field("a")), (Role::Group, garbage), (Role::Sender, field("b")), (Role::Sender, field("a"))]
        {
            told.push(names.number(role, &given, |number, bytes| assert_eq!(bytes[0] - b'a', number as u8)));
        }
        assert_eq!(told, [0, 0, 1, 0]);
    }

    #[test]
    fn a_full_table_starts_anew() {
        let mut names = Names::default();
        for index in 0..MOST {
            names.make_room();
            assert_eq!(names.number(Role::Group, &field(&format!("g{index}")), |_, _| {}), index as i32);
        }
        names.make_room();
        let mut told = false;
        assert_eq!(names.number(Role::Group, &field("g5"), |_, _| told = true), 0);
        assert!(told);
    }
}
