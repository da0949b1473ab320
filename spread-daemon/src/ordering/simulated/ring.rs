//! A ring: the daemons of one view, and the one sequence of their frames.

use std::collections::VecDeque;
use std::sync::Arc;

use super::random::Random;
use crate::ordering::Node;

/// A frame in its ring's sequence.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The place of its sender.
    pub(super) from: usize,
    pub(super) node: Node,
    pub(super) bytes: Arc<[u8]>,
}

/// The ring. Places in the sequence are counted from its beginning.
#[derive(Debug, Default)]
pub(super) struct Ring {
    /// Those who are still in it, by place.
    pub(super) members: Vec<usize>,
    /// The view's nodes.
    pub(super) nodes: Vec<Node>,
    entries: VecDeque<Entry>,
    /// Where `entries` begins: what all have is dropped.
    first: usize,
    /// Nothing is delivered any more: somebody is out of reach.
    pub(super) is_frozen: bool,
    /// Up to here somebody has delivered who has left.
    decided: usize,
    /// From here on frames may have been taken back by senders who have left.
    top: Option<usize>,
}

impl Ring {
    pub(super) fn new(members: Vec<usize>, nodes: Vec<Node>) -> Ring {
        Ring { members, nodes, ..Ring::default() }
    }

    /// The length of the sequence.
    pub(super) fn len(&self) -> usize {
        self.first + self.entries.len()
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push_back(entry);
    }

    pub(super) fn get(&self, index: usize) -> &Entry {
        &self.entries[index - self.first]
    }

    /// Drops what all members have.
    pub(super) fn drop_before(&mut self, index: usize) {
        while self.first < index && self.entries.pop_front().is_some() {
            self.first += 1;
        }
    }

    /// Somebody has left, having delivered up to there.
    pub(super) fn part(&mut self, place: usize, delivered: usize) {
        self.members.retain(|&member| member != place);
        self.decided = self.decided.max(delivered);
    }

    /// Decides up to where those deliver who go on together: at least what one of them has, and what somebody else has of
    /// theirs; and nothing that its sender has taken back.
    pub(super) fn recover(
        &mut self,
        group: &[usize],
        delivered: impl Fn(usize) -> usize,
        random: &mut Random,
    ) -> usize {
        let own = group.iter().map(|&place| delivered(place)).max().unwrap_or(0);
        let others = self.members.iter().map(|&place| delivered(place)).max().unwrap_or(0);
        let reached = self.decided.max(others);
        let sent_by_group = |&index: &usize| group.contains(&self.get(index).from);
        let theirs = (self.first..reached).rev().find(sent_by_group).map_or(0, |index| index + 1);
        let (least, most) = (own.max(theirs), self.top.unwrap_or(self.len()));
        let until = match random.below(4) {
            0 => least,
            1 => random.between(least, most),
            _ => most,
        };
        let taken_back = (until..most).find(sent_by_group);
        self.top = taken_back.or(self.top);
        self.decided = self.decided.max(until);
        until
    }

    /// The frames of a place from there on: it takes them back.
    pub(super) fn of(&self, place: usize, from: usize) -> Vec<Arc<[u8]>> {
        let all = self.entries.iter().skip(from - self.first);
        all.filter(|entry| entry.from == place).map(|entry| entry.bytes.clone()).collect()
    }
}
