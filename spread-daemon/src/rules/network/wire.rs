//! Reading and writing what daemons send each other. Whoever reads takes nothing for granted: every length is checked
//! before memory is taken for it.

use spread_proto::Name;
use spread_proto::limits::MAX_NAME_LEN;

use crate::ordering::Node;

/// Bytes that are none of a daemon's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Garbage;

/// A cursor over another daemon's bytes.
#[derive(Clone, Debug)]
pub(super) struct Input<'a>(pub(super) &'a [u8]);

impl<'a> Input<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn bytes(&mut self, len: usize) -> Result<&'a [u8], Garbage> {
        let (bytes, rest) = self.0.split_at_checked(len).ok_or(Garbage)?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Garbage> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Garbage)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Garbage> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Garbage> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn i32(&mut self) -> Result<i32, Garbage> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, Garbage> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(super) fn bool(&mut self) -> Result<bool, Garbage> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Garbage),
        }
    }

    /// Reads a count of items, each of at least so many bytes, all of which have to be here.
    pub(super) fn count(&mut self, least: usize) -> Result<usize, Garbage> {
        let count = self.u32()? as usize;
        if count.checked_mul(least).is_some_and(|len| len <= self.0.len()) { Ok(count) } else { Err(Garbage) }
    }

    pub(super) fn node(&mut self) -> Result<Node, Garbage> {
        Ok(Node { id: self.u32()?, life: self.u64()? })
    }

    pub(super) fn nodes(&mut self) -> Result<Vec<Node>, Garbage> {
        (0..self.count(12)?).map(|_| self.node()).collect()
    }

    /// Reads a name of 1 to 31 bytes without a NUL.
    pub(super) fn name(&mut self) -> Result<Name, Garbage> {
        let len = usize::from(self.u8()?);
        let bytes = self.bytes(len)?;
        if bytes.is_empty() || len > MAX_NAME_LEN || bytes.contains(&0) {
            return Err(Garbage);
        }
        let mut field = [0; MAX_NAME_LEN + 1];
        field[..len].copy_from_slice(bytes);
        Ok(Name::from_field(&field))
    }
}

/// Appends what [`Input`] reads.
pub(super) trait Output {
    fn put_bool(&mut self, value: bool);
    fn put_u32(&mut self, value: u32);
    fn put_i32(&mut self, value: i32);
    fn put_u64(&mut self, value: u64);
    fn put_node(&mut self, node: Node);
    fn put_nodes(&mut self, nodes: &[Node]);
    fn put_name(&mut self, name: Name);
}

impl Output for Vec<u8> {
    fn put_bool(&mut self, value: bool) {
        self.push(value.into());
    }

    fn put_u32(&mut self, value: u32) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_i32(&mut self, value: i32) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_node(&mut self, node: Node) {
        self.put_u32(node.id);
        self.put_u64(node.life);
    }

    fn put_nodes(&mut self, nodes: &[Node]) {
        self.put_u32(nodes.len() as u32);
        for &node in nodes {
            self.put_node(node);
        }
    }

    fn put_name(&mut self, name: Name) {
        let bytes = name.as_bytes();
        self.push(bytes.len() as u8);
        self.extend_from_slice(bytes);
    }
}
