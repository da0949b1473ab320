//! A batch: what one call hands to JavaScript. `lib/native/batch.js` reads it, and says the same in its head.
//!
//! All of a batch belongs to one session, whose id stands in word 0 of one `Int32Array`. The records follow from word
//! 8 on, eight words each:
//!
//! | word | message, reject | membership | transition, self-leave | other kinds |
//! |---|---|---|---|---|
//! | 0 | kind + 16 if the sender's byte order differs | kind | kind | kind |
//! | 1 | type word | type word | type word | |
//! | 2 | number of the first group's name, -1: none | group | group | |
//! | 3 | number of the sender's name | changed member, -1: none | | |
//! | 4 | message type | own index, -1: none | | |
//! | 5 | offset of the payload | of the block below | of the id | |
//! | 6 | length of the payload | of the block | 12 or 0 | |
//! | 7 | number of groups + 256 × offset of their numbers | 0 | 0 | |
//!
//! Of the other kinds an alarm has in word 4 which one it is (1: the receive queue is half full, 2: nine tenths) and in
//! words 5 and 6 how many bytes that was (low and high half), and a pong its ping's number and, in word 5, the round
//! trip in microseconds.
//!
//! Payloads stand in the slab, memory that is used again for the next batch: a program that keeps one copies it. A
//! payload longer than [`LARGE`] is a Buffer of its own, and its offset is -1 - its index in that list.
//! The numbers of the groups are words in the slab; a message to one group has none.
//!
//! The block of a membership is: group id (3 words), number of members, number of sets, index of the own set, then
//! the length of each set (words), then the members and the sets' members, 32 bytes each: the name, its length in the
//! last byte.

use spread_proto::{Delivery, Membership, Message, Name, NameField};

use super::memory::{Kept, Lent};
use super::names::{Names, Role};
use super::napi::Call;
use crate::session::pings;

/// Words of a record.
const WORDS: usize = 8;

/// A payload longer than this is copied to JavaScript once, not twice.
const LARGE: usize = 4096;

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub(crate) enum Kind {
    Message = 0,
    Membership = 1,
    Transition = 2,
    SelfLeave = 3,
    Reject = 4,
    Connected = 5,
    Drain = 6,
    Closed = 7,
    Empty = 8,
    Alarm = 9,
    Pong = 10,
    Ending = 11,
}

/// Long payloads of one batch, in bytes: memory that JavaScript is handed at once.
const MOST_LARGE: usize = 1024 * 1024;

const ENDIAN_MISMATCH: i32 = 16;

/// The memory that JavaScript lends, and the names it knows.
pub(crate) struct Batch {
    records: Lent,
    slab: Lent,
    strings: Kept,
    large: Kept,
    names: Names,
    count: usize,
    /// How many of the records are pongs.
    pub(crate) pongs: usize,
    used: usize,
    large_count: u32,
    large_bytes: usize,
    block: Vec<u8>,
    /// The private group of the session whose batch it is.
    own: Option<Name>,
}

/// The batch has no room for the record; it fits the next one.
#[derive(Debug)]
pub(crate) struct Full;

impl Batch {
    pub(super) fn new(records: Lent, slab: Lent, strings: Kept, large: Kept) -> Batch {
        Batch {
            records,
            slab,
            strings,
            large,
            names: Names::default(),
            count: 0,
            pongs: 0,
            used: 0,
            large_count: 0,
            large_bytes: 0,
            block: Vec::new(),
            own: None,
        }
    }

    /// Begins a batch of the session with this private group; the one before is read.
    pub(crate) fn begin(&mut self, own: Option<Name>) {
        self.own = own;
        (self.count, self.pongs, self.used, self.large_count, self.large_bytes) = (0, 0, 0, 0, 0);
        self.names.make_room();
    }

    /// Says whose batch it is.
    pub(crate) fn set_session(&mut self, id: u32) {
        self.records.put_words(0, [id as i32, 0, 0, 0, 0, 0, 0, 0]);
    }

    /// Returns whether the records have room for one more. The first place is the head.
    pub(crate) fn has_room(&self) -> bool {
        (self.count + 2) * WORDS * 4 <= self.records.len
    }

    /// Records in the batch.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Adds news beside messages.
    pub(crate) fn add(&mut self, kind: Kind) -> Result<(), Full> {
        self.record([kind as i32, 0, 0, 0, 0, 0, 0, 0])
    }

    /// Adds news with words of their own: in words 4 to 6.
    pub(crate) fn add_with(&mut self, kind: Kind, words: [i32; 3]) -> Result<(), Full> {
        self.record([kind as i32, 0, 0, 0, words[0], words[1], words[2], 0])
    }

    /// Returns the number of the ping that this answers, if it answers one.
    #[inline]
    pub(crate) fn pong_of(&self, delivery: &Delivery<'_>) -> Option<u32> {
        match delivery {
            Delivery::Message(message) => pings::number_of(message, self.own),
            _ => None,
        }
    }

    /// Adds what the daemon delivered.
    #[inline]
    pub(super) fn deliver(&mut self, call: Call<'_>, delivery: &Delivery<'_>) -> Result<(), Full> {
        if !self.has_room() {
            return Err(Full);
        }
        match delivery {
            Delivery::Message(message) => self.message(call, Kind::Message, message.service_type.0, message),
            Delivery::Reject(reject) => self.message(call, Kind::Reject, reject.service_type.0, &reject.message),
            Delivery::Membership(membership) => self.membership(call, membership),
            Delivery::Transition { group, id } => {
                let bytes: Vec<u8> = id.0.iter().flat_map(|int| int.to_le_bytes()).collect();
                let at = self.place(call, &bytes)?;
                let group = self.name(call, Role::Group, group.as_field());
                self.record([Kind::Transition as i32, 0x2000, group, -1, -1, at, bytes.len() as i32, 0])
            }
            Delivery::SelfLeave { group } => {
                let group = self.name(call, Role::Group, group.as_field());
                self.record([Kind::SelfLeave as i32, 0x200, group, -1, -1, 0, 0, 0])
            }
        }
    }

    #[inline]
    fn message(&mut self, call: Call<'_>, kind: Kind, word: u32, message: &Message<'_>) -> Result<(), Full> {
        let groups = match message.groups {
            [_] | [] => message.groups.len() as i32,
            many => self.group_numbers(call, many)?,
        };
        let at = self.place(call, message.body)?;
        let group = message.groups.first().map_or(-1, |field| self.name(call, Role::Group, field));
        let sender = self.name(call, Role::Sender, message.sender);
        let flags = if message.endian_mismatch { ENDIAN_MISMATCH } else { 0 };
        let (mess_type, len) = (i32::from(message.mess_type), message.body.len() as i32);
        self.record([kind as i32 | flags, word as i32, group, sender, mess_type, at, len, groups])
    }

    /// Writes the numbers of a message's groups to the slab.
    fn group_numbers(&mut self, call: Call<'_>, groups: &[NameField]) -> Result<i32, Full> {
        let at = self.used.next_multiple_of(4);
        if at + groups.len() * 4 > self.slab.len {
            return Err(Full);
        }
        for (index, field) in groups.iter().enumerate() {
            let number = self.name(call, Role::Group, field);
            self.slab.put(at + index * 4, &number.to_ne_bytes());
        }
        self.used = at + groups.len() * 4;
        Ok(groups.len() as i32 | (at as i32) << 8)
    }

    fn membership(&mut self, call: Call<'_>, membership: &Membership<'_>) -> Result<(), Full> {
        let mut block = std::mem::take(&mut self.block);
        block.clear();
        write_block(membership, &mut block);
        let own = self.own.and_then(|own| membership.index_of(own)).map_or(-1, |index| index as i32);
        let result = self.place(call, &block).and_then(|at| {
            let group = self.name(call, Role::Group, membership.group.as_field());
            let changed = membership.changed().map_or(-1, |name| self.name(call, Role::Sender, name.as_field()));
            let word = membership.service_type.0 as i32;
            self.record([Kind::Membership as i32, word, group, changed, own, at, block.len() as i32, 0])
        });
        block.shrink_to(LARGE);
        self.block = block;
        result
    }

    /// Copies a payload to where JavaScript finds it.
    #[inline]
    fn place(&mut self, call: Call<'_>, bytes: &[u8]) -> Result<i32, Full> {
        if bytes.len() > LARGE {
            return self.place_large(call, bytes);
        }
        // As Node's pool has it, so that the owner of a part of the slab's copy can lay any typed array over it.
        let at = self.used.next_multiple_of(8);
        if !self.slab.put(at, bytes) {
            return Err(Full);
        }
        self.used = at + bytes.len();
        Ok(at as i32)
    }

    fn place_large(&mut self, call: Call<'_>, bytes: &[u8]) -> Result<i32, Full> {
        if self.large_count > 0 && self.large_bytes + bytes.len() > MOST_LARGE {
            return Err(Full);
        }
        let buffer = call.buffer(bytes).ok_or(Full)?;
        call.set_element(call.kept(&self.large), self.large_count, buffer);
        self.large_count += 1;
        self.large_bytes += bytes.len();
        Ok(-(self.large_count as i32))
    }

    #[inline]
    fn name(&mut self, call: Call<'_>, role: Role, field: &NameField) -> i32 {
        let strings = &self.strings;
        self.names.number(role, field, |number, bytes| {
            call.set_element(call.kept(strings), number as u32, call.latin1(bytes));
        })
    }

    #[inline]
    fn record(&mut self, words: [i32; WORDS]) -> Result<(), Full> {
        // The first place is the head.
        if !self.records.put_words(self.count + 1, words) {
            return Err(Full);
        }
        self.count += 1;
        Ok(())
    }
}

fn write_block(membership: &Membership<'_>, block: &mut Vec<u8>) {
    let words = membership.id.0.into_iter().chain([
        membership.members.len() as i32,
        membership.num_sets as i32,
        membership.own_set as i32,
    ]);
    for word in words.chain(membership.sets().map(|set| set.len() as i32)) {
        block.extend_from_slice(&word.to_le_bytes());
    }
    for field in membership.members.iter().chain(membership.sets().flatten()) {
        let name = Name::from_field(field);
        block.extend_from_slice(&name.as_field()[..31]);
        block.push(name.as_bytes().len() as u8);
    }
}
