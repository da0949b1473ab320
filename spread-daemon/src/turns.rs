//! Whose turn it is. The daemon's thread goes round in short turns, and looks for what is new in each: so nobody waits
//! for what others have it do, however much that is. Pure: who is served for how long is for the thread to say.
//!
//! | list | of those | is served |
//! |---|---|---|
//! | `light` | to read from, who had little to say when they were last read from | first, in each turn |
//! | `guests` | to read from, who are in their handshake | next, in each turn |
//! | `fresh` | to write a little to, since one of those was just read from | next, in each turn |
//! | `writing` | to write to in this pass | in each turn, as far as there is time |
//! | `heavy` | to read from, who had much to say; and, in turn with them, whoever leaves groups | likewise, between two passes |
//! | `later` | to write to in the next pass | not in this one |
//!
//! A **pass** offers to everybody as much of what waits for them as was taken in since the last one: so whoever reads as
//! fast as the daemon writes is never far behind, however busy the daemon is, and whoever is behind delays nobody.

use std::collections::VecDeque;

/// What is taken in between two passes, before it is enough: about what stays in a processor's cache.
const ENOUGH: usize = 128 * 1024;

/// What a pass offers at least, though less was taken in, and at most.
const LEAST: usize = 64 * 1024;
const MOST: usize = 256 * 1024;

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Job {
    /// Read from a client. It is in no list of those to read from any more.
    Read(u32),
    /// Write to a client, so many bytes at most. It is in no list of those to write to any more.
    Write(u32, usize),
    /// Go on with those who leave groups.
    Leave,
}

/// The lists.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    light: VecDeque<u32>,
    guests: VecDeque<u32>,
    fresh: VecDeque<u32>,
    writing: VecDeque<u32>,
    heavy: VecDeque<u32>,
    later: VecDeque<u32>,
    /// Taken in since the last pass.
    taken: usize,
    /// What this pass offers each.
    offer: usize,
    /// Whoever leaves was the last to be served between two passes, and not who is read from.
    left: bool,
}

impl Turns {
    /// Somebody has something to be read.
    pub(crate) fn will_read(&mut self, id: u32, much: bool) {
        if much { self.heavy.push_back(id) } else { self.light.push_back(id) }
    }

    /// Somebody in its handshake has something to be read: however many these are, sessions do not wait for them.
    pub(crate) fn will_read_guest(&mut self, id: u32) {
        self.guests.push_back(id);
    }

    /// Something waits for these, by one of those who come first.
    pub(crate) fn will_write(&mut self, ids: impl Iterator<Item = u32>) {
        self.fresh.extend(ids);
    }

    /// Something waits for these, by others.
    pub(crate) fn will_write_later(&mut self, ids: impl IntoIterator<Item = u32>) {
        self.later.extend(ids);
    }

    /// So many bytes were taken in.
    pub(crate) fn took(&mut self, bytes: usize) {
        self.taken += bytes;
    }

    /// The next to read from of those who come first.
    pub(crate) fn next_light(&mut self) -> Option<u32> {
        self.light.pop_front()
    }

    /// The next to read from of those in their handshake.
    pub(crate) fn next_guest(&mut self) -> Option<u32> {
        self.guests.pop_front()
    }

    /// The next to write to of those who come first.
    pub(crate) fn next_fresh(&mut self) -> Option<u32> {
        self.fresh.pop_front()
    }

    /// The next thing to do of what may take long. `reads`: whether those with much to say may be read from; `leaves`:
    /// whether somebody leaves groups.
    pub(crate) fn next(&mut self, reads: bool, leaves: bool) -> Option<Job> {
        if let Some(id) = self.writing.pop_front() {
            return Some(Job::Write(id, self.offer));
        }
        let reads = reads && !self.heavy.is_empty();
        if (reads || leaves) && self.taken < ENOUGH {
            self.left = leaves && !(reads && self.left);
            return if self.left { Some(Job::Leave) } else { self.heavy.pop_front().map(Job::Read) };
        }
        self.offer = std::mem::take(&mut self.taken).clamp(LEAST, MOST);
        self.writing.append(&mut self.later);
        if self.writing.is_empty() && !reads && !leaves { None } else { self.next(reads, leaves) }
    }

    /// How many wait for their turn.
    pub(crate) fn waiting(&self) -> usize {
        [&self.light, &self.guests, &self.fresh, &self.writing, &self.heavy, &self.later]
            .iter()
            .map(|list| list.len())
            .sum()
    }

    /// Whether nobody waits for anything.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many jobs, with everybody always wanting more.
    fn jobs(turns: &mut Turns, count: usize, leaves: bool) -> Vec<Job> {
        let mut done = Vec::new();
        for _ in 0..count {
            let job = turns.next(true, leaves).expect("there is always something");
            match job {
                Job::Read(id) => {
                    turns.took(ENOUGH / 2);
                    turns.will_read(id, true);
                }
                Job::Write(id, _) => turns.will_write_later([id]),
                Job::Leave => turns.took(ENOUGH / 2),
            }
            done.push(job);
        }
        done
    }

    #[test]
    fn between_two_passes_little_is_taken_in_and_a_pass_offers_as_much_to_each() {
        let mut turns = Turns::default();
        turns.will_write_later([1, 2, 3]);
        turns.will_read(8, true);
        turns.will_read(9, true);
        let pass = |offer| [1, 2, 3].map(|id| Job::Write(id, offer));
        let (eight, nine) = (Job::Read(8), Job::Read(9));
        let expected = [vec![eight, nine], pass(ENOUGH).to_vec(), vec![eight, nine], pass(ENOUGH).to_vec()].concat();
        assert_eq!(jobs(&mut turns, 10, false), expected);
        // With those who leave groups in turn with those who are read from.
        let expected = [vec![Job::Leave, eight], pass(ENOUGH).to_vec(), vec![Job::Leave, nine]].concat();
        assert_eq!(jobs(&mut turns, 7, true), expected);
    }

    #[test]
    fn those_who_had_little_to_say_wait_for_nobody() {
        let mut turns = Turns::default();
        turns.will_read_guest(5);
        turns.will_read(1, false);
        turns.will_read(2, true);
        turns.will_write_later([3]);
        turns.will_write([4].into_iter());
        assert_eq!((turns.next_light(), turns.next_light()), (Some(1), None));
        assert_eq!((turns.next_fresh(), turns.next_fresh()), (Some(4), None));
        assert_eq!((turns.waiting(), turns.is_idle()), (3, false));
        assert_eq!((turns.next_guest(), turns.next_guest()), (Some(5), None));
    }

    #[test]
    fn while_too_much_is_held_nobody_with_much_to_say_is_read_from() {
        let mut turns = Turns::default();
        turns.will_read(1, true);
        turns.will_write_later([2]);
        assert_eq!(turns.next(false, false), Some(Job::Write(2, LEAST)));
        assert_eq!(turns.next(false, false), None);
        assert!(!turns.is_idle());
        assert_eq!(turns.next(true, false), Some(Job::Read(1)));
        assert_eq!(turns.next(true, false), None);
    }
}
