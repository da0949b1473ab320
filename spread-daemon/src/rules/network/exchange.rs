//! The exchange: after a change of the view each daemon sends its State, and the last one's place in the order is where
//! all install the view. A State is its sender's mark: what came from it before was made earlier.

use std::collections::BTreeMap;

use super::snapshot::State;
use super::wire::{Garbage, Input};
use crate::ordering::Node;

/// What has come of one State.
#[derive(Debug, Default)]
enum Progress {
    #[default]
    Nothing,
    /// So many pieces, of so many.
    Pieces(u32, u32, Vec<u8>),
    Whole(Box<State>),
}

/// An exchange under way.
#[derive(Debug)]
pub(super) struct Exchange {
    /// The view's members, in order.
    members: Vec<Node>,
    states: BTreeMap<Node, Progress>,
}

impl Exchange {
    pub(super) fn new(members: &[Node]) -> Exchange {
        let states = members.iter().map(|&node| (node, Progress::Nothing)).collect();
        Exchange { members: members.to_vec(), states }
    }

    /// Takes a piece of a State: its index and the number of all, and its bytes. One for another view is left out.
    /// Returns whether it was the last one awaited.
    pub(super) fn take(&mut self, from: Node, body: &[u8]) -> Result<bool, Garbage> {
        let mut input = Input(body);
        let (index, count, bytes) = (input.u32()?, input.u32()?, input.0);
        let Some(progress) = self.states.get_mut(&from) else { return Ok(false) };
        let known = match progress {
            Progress::Whole(_) => return Ok(false),
            _ if index == 0 && State::read_members(bytes)? == self.members => Vec::new(),
            Progress::Pieces(next, of, known) if index == *next && count == *of => std::mem::take(known),
            _ => {
                *progress = Progress::Nothing;
                return Ok(false);
            }
        };
        let known = [known.as_slice(), bytes].concat();
        if index.checked_add(1) == Some(count) {
            *progress = Progress::Nothing;
            *progress = Progress::Whole(Box::new(State::read(&known)?));
            self.drop_stale();
            return Ok(self.states.values().all(|progress| matches!(progress, Progress::Whole(_))));
        }
        *progress = Progress::Pieces(index + 1, count, known);
        Ok(false)
    }

    /// Whether a daemon's State is here whole: what comes from it now was made after it.
    pub(super) fn has_mark(&self, node: Node) -> bool {
        matches!(self.states.get(&node), Some(Progress::Whole(_)))
    }

    /// Those whose States are awaited.
    pub(super) fn awaited(&self) -> impl Iterator<Item = Node> {
        self.members.iter().copied().filter(|&node| !self.has_mark(node))
    }

    /// All States, once none is awaited.
    pub(super) fn into_states(self) -> BTreeMap<Node, State> {
        let whole = |(node, progress)| match progress {
            Progress::Whole(state) => Some((node, *state)),
            _ => None,
        };
        self.states.into_iter().filter_map(whole).collect()
    }

    /// Drops States that were made for an earlier view of the very same members and have come late, once none is awaited:
    /// their senders claim that somebody has stayed with them who has gone another way meanwhile. A newer one follows.
    fn drop_stale(&mut self) {
        if self.awaited().next().is_some() {
            return;
        }
        let state = |node: &Node| match &self.states[node] {
            Progress::Whole(state) => state,
            _ => unreachable!("none is awaited"),
        };
        let is_stale = |node: &&Node| {
            let key = &state(node).key;
            let stayed = key.stay.iter().filter(|other| self.states.contains_key(other));
            stayed
                .map(|other| &state(other).key)
                .any(|other| key.installed != other.installed || key.stay.iter().any(|node| !other.stay.contains(node)))
        };
        let late: Vec<Node> = self.members.iter().filter(is_stale).copied().collect();
        for node in late {
            self.states.insert(node, Progress::Nothing);
        }
    }
}
