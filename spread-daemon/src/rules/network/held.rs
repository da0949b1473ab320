//! Frames whose operations are still to be carried out: a SAFE message waits for acknowledgements, and what follows
//! waits for it.

use std::collections::VecDeque;

use super::frame::Item;
use super::wire::Input;
use crate::ordering::Node;

/// A frame's items from one on.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) from: Node,
    /// Which frame since the installation.
    pub(super) frame: u64,
    items: Vec<u8>,
    at: usize,
}

impl Held {
    pub(super) fn new(from: Node, frame: u64, items: &[u8]) -> Held {
        Held { from, frame, items: items.to_vec(), at: 0 }
    }

    /// The next item, and how many bytes it is.
    pub(super) fn item(&self) -> Option<(Item<'_>, usize)> {
        let rest = &self.items[self.at..];
        let mut input = Input(rest);
        let item = Item::read(&mut input).ok()?;
        Some((item, rest.len() - input.0.len()))
    }

    /// The next item is carried out.
    pub(super) fn skip(&mut self, len: usize) {
        self.at += len;
    }
}

/// All of them, in order.
#[derive(Debug, Default)]
pub(super) struct Queue {
    all: VecDeque<Held>,
    bytes: usize,
}

impl Queue {
    pub(super) fn push(&mut self, held: Held) {
        self.bytes += held.items.len();
        self.all.push_back(held);
    }

    pub(super) fn pop(&mut self) -> Option<Held> {
        let held = self.all.pop_front()?;
        self.bytes -= held.items.len();
        Some(held)
    }

    /// Puts one back that was taken out.
    pub(super) fn put_back(&mut self, held: Held) {
        self.bytes += held.items.len();
        self.all.push_front(held);
    }

    /// The frame that waits for acknowledgements.
    pub(super) fn front(&self) -> Option<u64> {
        self.all.front().map(|held| held.frame)
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}
