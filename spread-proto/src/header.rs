//! The 48 bytes in front of every message, in both byte orders.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 4 | type word, with the endian marker |
//! | 4 | 32 | private group of the sender; in a membership message the group |
//! | 36 | 4 | number of groups, signed |
//! | 40 | 4 | hint: the message type, with an endian marker of its own |
//! | 44 | 4 | length of the body, signed |

use crate::error::InvalidMessage;
use crate::limits::{HEADER_LEN, NAME_FIELD_LEN};
use crate::name::{Name, NameField};
use crate::service::ServiceType;

/// The byte order of the integers' writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// Most significant byte first.
    Big,
    /// Least significant byte first. The order in which this crate writes.
    Little,
}

impl ByteOrder {
    /// Reads the marker in a word's raw bytes. Read from a little-endian machine's side, as the wire was recorded:
    /// both bits set is little-endian, and anything else (half a marker too) counts as the other order.
    const fn of(word: [u8; 4]) -> ByteOrder {
        if word[0] & word[3] & 0x80 != 0 { ByteOrder::Little } else { ByteOrder::Big }
    }

    /// Reads a 32-bit integer.
    pub const fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            ByteOrder::Big => u32::from_be_bytes(bytes),
            ByteOrder::Little => u32::from_le_bytes(bytes),
        }
    }

    /// Reads a signed 32-bit integer.
    pub const fn i32(self, bytes: [u8; 4]) -> i32 {
        self.u32(bytes) as i32
    }

    const fn to_bytes(self, value: u32) -> [u8; 4] {
        match self {
            ByteOrder::Big => value.to_be_bytes(),
            ByteOrder::Little => value.to_le_bytes(),
        }
    }

    const fn marker(self) -> u32 {
        match self {
            ByteOrder::Big => 0,
            ByteOrder::Little => ServiceType::ENDIAN_MARKER,
        }
    }
}

/// The hint word: an application's 16-bit message type and the byte order of the sender's body. It travels
/// verbatim from sender to receiver; daemons never touch it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hint(pub [u8; 4]);

impl Hint {
    /// Makes the hint of a message type, as a writer of this byte order does.
    pub const fn new(mess_type: i16, order: ByteOrder) -> Hint {
        Hint(order.to_bytes((mess_type as u16 as u32) << 8 | order.marker()))
    }

    /// Returns the sender's byte order.
    pub const fn byte_order(self) -> ByteOrder {
        ByteOrder::of(self.0)
    }

    /// Returns the message type.
    pub const fn mess_type(self) -> i16 {
        (self.byte_order().u32(self.0) >> 8) as u16 as i16
    }

    /// Returns whether only bits are set that a hint may have. A daemon ends the session otherwise. Observed.
    pub const fn is_legal(self) -> bool {
        (self.0[0] | self.0[3]) & 0x7f == 0
    }
}

/// A decoded header, its two names aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The type word without marker.
    pub service_type: ServiceType,
    /// The byte order of type, number of groups and body length (and of a membership body).
    pub byte_order: ByteOrder,
    /// Number of names after the header.
    pub num_groups: u32,
    /// As it stands.
    pub hint: Hint,
    /// Number of bytes after the names.
    pub data_len: u32,
}

impl Header {
    /// Decodes a header. The counts are checked for sign only: what is legal depends on the end that reads.
    #[inline]
    pub fn decode(bytes: &[u8; HEADER_LEN]) -> Result<Header, InvalidMessage> {
        let order = ByteOrder::of(word(bytes, 0));
        let num_groups = order.i32(word(bytes, 36));
        let data_len = order.i32(word(bytes, 44));
        if num_groups < 0 {
            return Err(InvalidMessage::NegativeGroups(num_groups));
        }
        if data_len < 0 {
            return Err(InvalidMessage::NegativeLength(data_len));
        }
        Ok(Header {
            service_type: ServiceType(order.u32(word(bytes, 0)) & !ServiceType::ENDIAN_MARKER),
            byte_order: order,
            num_groups: num_groups as u32,
            hint: Hint(word(bytes, 40)),
            data_len: data_len as u32,
        })
    }

    /// Encodes a header with its sender, in the header's own byte order.
    #[inline]
    pub fn encode(&self, sender: Name) -> [u8; HEADER_LEN] {
        let order = self.byte_order;
        let mut bytes = [0; HEADER_LEN];
        bytes[0..4].copy_from_slice(&order.to_bytes(self.service_type.0 | order.marker()));
        bytes[4..36].copy_from_slice(sender.as_field());
        bytes[36..40].copy_from_slice(&order.to_bytes(self.num_groups));
        bytes[40..44].copy_from_slice(&self.hint.0);
        bytes[44..48].copy_from_slice(&order.to_bytes(self.data_len));
        bytes
    }

    /// Body and 32 bytes a group: what every size rule of Spread counts. Cannot overflow: both are 31-bit numbers.
    pub const fn size(&self) -> u64 {
        self.data_len as u64 + NAME_FIELD_LEN as u64 * self.num_groups as u64
    }

    /// Returns whether it is a daemon's membership message. A daemon forwards the membership bits that a client sets
    /// beside its service, so the service decides. Observed.
    pub(crate) const fn is_membership(&self) -> bool {
        self.service_type.0 & ServiceType::MEMBERSHIP_MESS.0 != 0
            && self.service_type.0 & ServiceType::REGULAR_MESS.0 == 0
    }

    /// Returns whether the four bytes of the original type follow the header.
    pub const fn is_reject(&self) -> bool {
        self.service_type.contains(ServiceType::REJECT_MESS)
    }
}

/// A whole message as it is on the wire.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Its decoded header.
    pub header: Header,
    /// All of its bytes, header included.
    pub bytes: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Returns the sender's field; in membership messages the group's.
    #[inline]
    pub fn sender_field(&self) -> &'a NameField {
        field(&self.bytes[4..])
    }

    /// Returns the name fields after the header.
    #[inline]
    pub fn group_fields(&self) -> &'a [NameField] {
        let start = self.names_at();
        let bytes = &self.bytes[start..start + self.header.num_groups as usize * NAME_FIELD_LEN];
        bytes.as_chunks().0
    }

    /// Returns the bytes after the names.
    #[inline]
    pub fn body(&self) -> &'a [u8] {
        &self.bytes[self.bytes.len() - self.header.data_len as usize..]
    }

    /// Returns the original type word of a reject. A client reads four bytes for it; a daemon, to which a client sent
    /// the reject bit, reads none.
    pub(crate) fn original_type(&self) -> Option<ServiceType> {
        let raw: [u8; 4] = *self.bytes[HEADER_LEN..self.names_at()].first_chunk()?;
        Some(ServiceType(self.header.byte_order.u32(raw) & !ServiceType::ENDIAN_MARKER))
    }

    /// Counted from the end: whether four bytes stand between header and names depends on the end that reads.
    #[inline]
    fn names_at(&self) -> usize {
        self.bytes.len() - self.header.size() as usize
    }
}

fn word(bytes: &[u8; HEADER_LEN], at: usize) -> [u8; 4] {
    [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]
}

fn field(bytes: &[u8]) -> &NameField {
    bytes.first_chunk().expect("a frame is at least a header long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_as_recorded() {
        for (mess_type, little) in [
            (0, [0x80, 0, 0, 0x80]),
            (1, [0x80, 1, 0, 0x80]),
            (-1, [0x80, 0xff, 0xff, 0x80]),
            (0x1234, [0x80, 0x34, 0x12, 0x80]),
            (-32768, [0x80, 0, 0x80, 0x80]),
        ] {
            assert_eq!(Hint::new(mess_type, ByteOrder::Little), Hint(little));
            assert_eq!(Hint(little).mess_type(), mess_type);
        }
        let big = Hint([0, 0x12, 0x34, 0]);
        assert_eq!((big.mess_type(), big.byte_order()), (0x1234, ByteOrder::Big));
        assert_eq!(Hint::new(0x1234, ByteOrder::Big), big);
    }

    #[test]
    fn every_message_type_in_both_orders() {
        for mess_type in i16::MIN..=i16::MAX {
            for order in [ByteOrder::Big, ByteOrder::Little] {
                let hint = Hint::new(mess_type, order);
                assert_eq!((hint.mess_type(), hint.byte_order(), hint.is_legal()), (mess_type, order, true));
            }
        }
        assert!(!Hint([0x81, 0, 0, 0x80]).is_legal());
        assert!(!Hint([0x80, 0, 0, 0xc0]).is_legal());
    }

    #[test]
    fn half_a_marker_is_the_other_order() {
        assert_eq!(ByteOrder::of([0x90, 0, 0, 0]), ByteOrder::Big);
        assert_eq!(ByteOrder::of([0x10, 0, 0, 0x80]), ByteOrder::Big);
        assert_eq!(ByteOrder::of([0x90, 0, 0, 0x80]), ByteOrder::Little);
    }
}
