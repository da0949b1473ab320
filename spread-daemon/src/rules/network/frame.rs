//! Frames: what a daemon gives its ordering layer.
//!
//! | offset | bytes | content |
//! |---|---|---|
//! | 0 | 1 | version of the format |
//! | 1 | 1 | kind: operations, or a piece of a State |
//! | 2 | 8 | life of its sender |
//! | 10 | 8 | its number, which grows by one within a life |
//! | 18 | 8 | acknowledgement: the frames since the installation that its sender has; 0 is none |
//! | 26 | | items, or a piece: its index, and the number of all, of 4 bytes each, and then its bytes |
//!
//! An item is a byte that says which, and then:
//!
//! | item | content |
//! |---|---|
//! | join | serial, private group, group |
//! | leave | serial, group |
//! | gone | serial |
//! | messages | serial, length, that many bytes: whole messages of the client, as it sent them; none of them SAFE |
//! | safe messages | the same; all of them SAFE |
//! | out | a node |
//!
//! Serials have 8 bytes, lengths 4, names a byte for their length. All integers are little-endian.

use spread_proto::{Name, PrivateGroup, Reader, Service};

use super::wire::{Garbage, Input, Output};
use crate::ordering::Node;

/// The version of the format. Daemons are upgraded one host at a time: whoever reads another one says so.
pub(super) const VERSION: u8 = 1;

pub(super) const HEADER_LEN: usize = 26;

const JOIN: u8 = 1;
const LEAVE: u8 = 2;
const GONE: u8 = 3;
const MESSAGES: u8 = 4;
const SAFE_MESSAGES: u8 = 5;
const OUT: u8 = 6;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Operations = 0,
    State = 1,
}

/// A frame of another daemon's, checked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) kind: Kind,
    pub(super) life: u64,
    pub(super) number: u64,
    pub(super) acknowledged: u64,
    pub(super) body: &'a [u8],
}

impl<'a> Frame<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Frame<'a>, Garbage> {
        let mut input = Input(bytes);
        if input.u8()? != VERSION {
            return Err(Garbage);
        }
        let kind = match input.u8()? {
            0 => Kind::Operations,
            1 => Kind::State,
            _ => return Err(Garbage),
        };
        let (life, number, acknowledged) = (input.u64()?, input.u64()?, input.u64()?);
        let frame = Frame { kind, life, number, acknowledged, body: input.0 };
        if kind == Kind::Operations {
            frame.check_items()?;
        }
        Ok(frame)
    }

    fn check_items(&self) -> Result<(), Garbage> {
        let mut items = Input(self.body);
        while !items.is_empty() {
            if let Item::Messages { safe, bytes, .. } = Item::read(&mut items)? {
                check_messages(bytes, safe)?;
            }
        }
        Ok(())
    }
}

/// Whole messages, which are all SAFE or none of which is.
fn check_messages(mut bytes: &[u8], safe: bool) -> Result<(), Garbage> {
    if bytes.is_empty() {
        return Err(Garbage);
    }
    while !bytes.is_empty() {
        let frame = Reader::Daemon.frame(bytes).ok().flatten().ok_or(Garbage)?;
        if (frame.header.service_type.service() == Some(Service::Safe)) != safe {
            return Err(Garbage);
        }
        bytes = &bytes[frame.bytes.len()..];
    }
    Ok(())
}

/// Appends the header of a frame.
pub(super) fn put_header(kind: Kind, life: u64, number: u64, acknowledged: u64, out: &mut Vec<u8>) {
    out.push(VERSION);
    out.push(kind as u8);
    out.put_u64(life);
    out.put_u64(number);
    out.put_u64(acknowledged);
}

/// One item of a frame of operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    Join { serial: u64, name: Name, group: Name },
    Leave { serial: u64, group: Name },
    Gone { serial: u64 },
    Messages { serial: u64, safe: bool, bytes: &'a [u8] },
    Out { node: Node },
}

impl<'a> Item<'a> {
    pub(super) fn read(input: &mut Input<'a>) -> Result<Item<'a>, Garbage> {
        Ok(match input.u8()? {
            JOIN => {
                let (serial, name, group) = (input.u64()?, input.name()?, input.name()?);
                PrivateGroup::parse(name.as_bytes()).map_err(|_| Garbage)?;
                Item::Join { serial, name, group }
            }
            LEAVE => Item::Leave { serial: input.u64()?, group: input.name()? },
            GONE => Item::Gone { serial: input.u64()? },
            kind @ (MESSAGES | SAFE_MESSAGES) => {
                let (serial, len) = (input.u64()?, input.u32()? as usize);
                Item::Messages { serial, safe: kind == SAFE_MESSAGES, bytes: input.bytes(len)? }
            }
            OUT => Item::Out { node: input.node()? },
            _ => return Err(Garbage),
        })
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        match *self {
            Item::Join { serial, name, group } => {
                out.push(JOIN);
                out.put_u64(serial);
                out.put_name(name);
                out.put_name(group);
            }
            Item::Leave { serial, group } => {
                out.push(LEAVE);
                out.put_u64(serial);
                out.put_name(group);
            }
            Item::Gone { serial } => {
                out.push(GONE);
                out.put_u64(serial);
            }
            Item::Messages { serial, safe, bytes } => {
                out.push(if safe { SAFE_MESSAGES } else { MESSAGES });
                out.put_u64(serial);
                out.put_u32(bytes.len() as u32);
                out.extend_from_slice(bytes);
            }
            Item::Out { node } => {
                out.push(OUT);
                out.put_node(node);
            }
        }
    }
}
