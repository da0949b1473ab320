//! What this daemon has for the others: operations that become frames, and frames that have not come back.

use std::collections::VecDeque;

use spread_proto::{Reader, Service};

use super::frame::Item;
use crate::ordering::Node;

/// A frame of operations is closed when it has so many bytes.
const AIM: usize = 24 * 1024;

/// What may be on its way before no client is read from.
const MOST_BYTES: usize = 256 * 1024;
const MOST_MESSAGES: usize = 500;

/// The items of a frame, and how many messages they are.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) items: Vec<u8>,
    messages: usize,
}

/// What goes first, and asks nobody for room.
#[derive(Debug)]
pub(super) enum Control {
    /// A piece of a State: its index, the number of all, its bytes.
    Piece(u32, u32, Vec<u8>),
    /// This life is put out.
    Out(Node),
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    pub(super) control: VecDeque<Control>,
    /// The frame that is being written, and the run of messages at its end: whose, whether SAFE, where its length stands.
    open: Body,
    run: Option<(u64, bool, usize)>,
    /// Closed ones that the layer has not got.
    closed: VecDeque<Body>,
    /// Those that it has, by their numbers; nothing of those that hold no operations.
    flying: VecDeque<(u64, Option<Body>)>,
    /// Those that came back without having their place in the order.
    again: VecDeque<Body>,
    bytes: usize,
    messages: usize,
}

impl Outgoing {
    /// Whether so much is on its way that no client is to be read from.
    pub(super) fn is_full(&self) -> bool {
        self.bytes >= MOST_BYTES || self.messages >= MOST_MESSAGES
    }

    /// Bytes on their way.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Appends an operation.
    pub(super) fn put(&mut self, item: &Item<'_>) {
        let before = self.open.items.len();
        item.put(&mut self.open.items);
        self.bytes += self.open.items.len() - before;
        self.run = None;
        self.close_if_long();
    }

    /// Appends whole messages of one session.
    pub(super) fn put_messages(&mut self, serial: u64, mut bytes: &[u8]) {
        while let Some(frame) = Reader::Daemon.frame(bytes).ok().flatten() {
            let (message, rest) = bytes.split_at(frame.bytes.len());
            self.put_message(serial, frame.header.service_type.service() == Some(Service::Safe), message);
            bytes = rest;
        }
    }

    fn put_message(&mut self, serial: u64, safe: bool, message: &[u8]) {
        let before = self.open.items.len();
        match self.run {
            Some((of, is_safe, at)) if (of, is_safe) == (serial, safe) => {
                self.open.items.extend_from_slice(message);
                let len = (self.open.items.len() - at - 4) as u32;
                self.open.items[at..at + 4].copy_from_slice(&len.to_le_bytes());
            }
            _ => {
                Item::Messages { serial, safe, bytes: message }.put(&mut self.open.items);
                self.run = Some((serial, safe, before + 9));
            }
        }
        self.open.messages += 1;
        self.messages += 1;
        self.bytes += self.open.items.len() - before;
        self.close_if_long();
    }

    fn close_if_long(&mut self) {
        if self.open.items.len() >= AIM {
            self.close();
        }
    }

    fn close(&mut self) {
        self.run = None;
        if !self.open.items.is_empty() {
            self.closed.push_back(std::mem::take(&mut self.open));
        }
    }

    /// The next frame's items, if there are any.
    pub(super) fn next(&mut self) -> Option<&[u8]> {
        if self.closed.is_empty() {
            self.close();
        }
        self.closed.front().map(|body| body.items.as_slice())
    }

    /// The layer has taken the next frame of operations.
    pub(super) fn fly(&mut self, number: u64) {
        let body = self.closed.pop_front();
        self.flying.push_back((number, body));
    }

    /// The layer has taken a frame without operations.
    pub(super) fn fly_empty(&mut self, number: u64) {
        self.flying.push_back((number, None));
    }

    /// An own frame has come back; `placed` says whether it has a place in the order. Returns whether it was the next.
    pub(super) fn come_back(&mut self, number: u64, placed: bool) -> bool {
        if self.flying.front().is_none_or(|(next, _)| *next != number) {
            return false;
        }
        match self.flying.pop_front().and_then(|(_, body)| body) {
            Some(body) if placed => {
                self.bytes -= body.items.len();
                self.messages -= body.messages;
            }
            Some(body) => self.again.push_back(body),
            None => {}
        }
        true
    }

    /// A view is installed: what has come back without a place goes first.
    pub(super) fn repeat(&mut self) {
        self.close();
        while let Some(body) = self.again.pop_back() {
            self.closed.push_front(body);
        }
    }
}
