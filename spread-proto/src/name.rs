//! Names: parsed once, valid ever after.
//!
//! | type | legal | example |
//! |---|---|---|
//! | [`Name`] | any field of 32 bytes, cut at its NUL | what a peer sent |
//! | [`GroupName`] | 1..=31 bytes of 36..=126 | `room` |
//! | [`PrivateName`] | 1..=10 bytes of 36..=126 | `bob` |
//! | [`DaemonName`] | 1..=19 bytes of 36..=126 | `alpha` |
//! | [`PrivateGroup`] | `#` [`PrivateName`] `#` [`DaemonName`] | `#bob#alpha` |
//! | [`Destination`] | a [`GroupName`] or a [`PrivateGroup`] | what a multicast goes to |

use core::fmt;
use core::hash::{Hash, Hasher};

use crate::error::ApiMisuse;
use crate::limits::{MAX_DAEMON_NAME_LEN, MAX_NAME_LEN, MAX_PRIVATE_NAME_LEN, NAME_FIELD_LEN};

/// The 32 bytes of a name on the wire.
pub type NameField = [u8; NAME_FIELD_LEN];

/// Ones where a word's bytes stand before its first NUL, the least significant byte being the first; all ones if it has
/// none.
#[inline]
fn before_nul(word: u64) -> u64 {
    // The lowest byte of which the top bit is set here is the first NUL; only above it others may be set in vain.
    let nuls = word.wrapping_sub(0x0101_0101_0101_0101) & !word & 0x8080_8080_8080_8080;
    if nuls == 0 { u64::MAX } else { (1 << (nuls.trailing_zeros() & !7)) - 1 }
}

/// The content of a name field: at most 31 bytes, NUL-padded, so that equality and order of the arrays are
/// equality and order of the names as C strings of unsigned bytes (the order of Spread's member lists).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(NameField);

impl Hash for Name {
    /// As four words: hashers take those faster than a slice of bytes, and daemon and client hash for every message.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        for word in self.0.as_chunks().0 {
            state.write_u64(u64::from_ne_bytes(*word));
        }
    }
}

impl Name {
    /// Reads a field. What follows the NUL is meaningless and dropped (real peers leave garbage there); a field
    /// without a NUL is cut to 31 bytes, as a real daemon does with a sender's.
    #[inline]
    pub fn from_field(field: &NameField) -> Name {
        let mut name = *field;
        name[MAX_NAME_LEN] = 0;
        // Eight bytes at a time: this is done for every message.
        let mut rest = u64::MAX;
        for chunk in name.as_chunks_mut::<8>().0 {
            let word = u64::from_le_bytes(*chunk);
            *chunk = (word & rest & before_nul(word)).to_le_bytes();
            if before_nul(word) != u64::MAX {
                rest = 0;
            }
        }
        Name(name)
    }

    /// Reads a field that must have its NUL.
    pub fn from_terminated_field(field: &NameField) -> Option<Name> {
        field.contains(&0).then(|| Name::from_field(field))
    }

    /// Returns the name's bytes, without NUL.
    pub fn as_bytes(&self) -> &[u8] {
        let len = self.0.iter().position(|&byte| byte == 0).unwrap_or(MAX_NAME_LEN);
        &self.0[..len]
    }

    /// Returns the field as it goes on the wire.
    pub fn as_field(&self) -> &NameField {
        &self.0
    }

    /// Returns whether a multicast takes this name for a private group.
    pub fn is_private(&self) -> bool {
        self.0[0] == b'#'
    }

    fn of(parts: &[&[u8]]) -> Name {
        let mut field = [0; NAME_FIELD_LEN];
        let mut at = 0;
        for part in parts {
            field[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        }
        Name(field)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().escape_ascii().fmt(f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Returns the position of the first byte that no name may have. Observed: 0x24 (`$`) to 0x7e (`~`), so no `#`.
fn illegal_byte(bytes: &[u8]) -> Option<(u8, usize)> {
    bytes.iter().position(|byte| !(36..=126).contains(byte)).map(|at| (bytes[at], at))
}

macro_rules! checked_name {
    ($(#[$doc:meta])* $type:ident, $max:expr, $length:ident, $byte:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $type(Name);

        impl $type {
            /// Checks and takes a name.
            pub fn new(bytes: &[u8]) -> Result<Self, ApiMisuse> {
                if bytes.is_empty() || bytes.len() > $max {
                    return Err(ApiMisuse::$length(bytes.len()));
                }
                match illegal_byte(bytes) {
                    Some((byte, at)) => Err(ApiMisuse::$byte(byte, at)),
                    None => Ok(Self(Name::of(&[bytes]))),
                }
            }

            /// Returns the name's bytes, without NUL.
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }

            /// Returns the name as a field's content.
            pub fn name(&self) -> Name {
                self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

checked_name! {
    /// The name of an ordinary group. Clients check it before a join.
    GroupName, MAX_NAME_LEN, GroupLength, GroupByte
}
checked_name! {
    /// The name a client asks for; unique on its daemon.
    PrivateName, MAX_PRIVATE_NAME_LEN, PrivateNameLength, PrivateNameByte
}
checked_name! {
    /// The name of a daemon.
    DaemonName, MAX_DAEMON_NAME_LEN, DaemonNameLength, DaemonNameByte
}

/// `#name#daemon`: a session's address, and its name in member lists.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PrivateGroup(Name);

impl PrivateGroup {
    /// Makes the private group of a name on a daemon.
    pub fn new(private: PrivateName, daemon: DaemonName) -> PrivateGroup {
        PrivateGroup(Name::of(&[b"#", private.as_bytes(), b"#", daemon.as_bytes()]))
    }

    /// Reads `#name#daemon`.
    pub fn parse(bytes: &[u8]) -> Result<PrivateGroup, ApiMisuse> {
        let rest = bytes.strip_prefix(b"#").ok_or(ApiMisuse::PrivateGroup)?;
        let middle = rest.iter().position(|&byte| byte == b'#').ok_or(ApiMisuse::PrivateGroup)?;
        let private = PrivateName::new(&rest[..middle]).map_err(|_| ApiMisuse::PrivateGroup)?;
        let daemon = DaemonName::new(&rest[middle + 1..]).map_err(|_| ApiMisuse::PrivateGroup)?;
        Ok(PrivateGroup::new(private, daemon))
    }

    /// Returns the bytes of `#name#daemon`, without NUL.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns the name as a field's content.
    pub fn name(&self) -> Name {
        self.0
    }
}

impl fmt::Display for PrivateGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PrivateGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A destination of a multicast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Destination(Name);

impl Destination {
    /// Reads a private group if it starts with `#`, an ordinary group otherwise.
    pub fn parse(bytes: &[u8]) -> Result<Destination, ApiMisuse> {
        if bytes.first() == Some(&b'#') {
            PrivateGroup::parse(bytes).map(|group| Destination(group.name()))
        } else {
            GroupName::new(bytes).map(|group| Destination(group.name()))
        }
    }

    /// Returns the name as a field's content.
    pub fn name(&self) -> Name {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_at_their_limits() {
        assert!(GroupName::new(&[b'g'; 31]).is_ok());
        assert_eq!(GroupName::new(&[b'g'; 32]), Err(ApiMisuse::GroupLength(32)));
        assert_eq!(GroupName::new(b""), Err(ApiMisuse::GroupLength(0)));
        assert!(PrivateName::new(&[b'p'; 10]).is_ok());
        assert_eq!(PrivateName::new(&[b'p'; 11]), Err(ApiMisuse::PrivateNameLength(11)));
        assert!(DaemonName::new(&[b'd'; 19]).is_ok());
        assert_eq!(DaemonName::new(&[b'd'; 20]), Err(ApiMisuse::DaemonNameLength(20)));
        let longest = PrivateGroup::new(PrivateName::new(&[b'p'; 10]).unwrap(), DaemonName::new(&[b'd'; 19]).unwrap());
        assert_eq!(longest.as_bytes().len(), MAX_NAME_LEN);
    }

    #[test]
    fn every_byte_is_judged() {
        for byte in 0..=255u8 {
            assert_eq!(GroupName::new(&[byte]).is_ok(), (36..=126).contains(&byte), "{byte}");
        }
        assert_eq!(GroupName::new(b"ab c"), Err(ApiMisuse::GroupByte(b' ', 2)));
    }

    #[test]
    fn garbage_behind_the_nul_does_not_count() {
        let mut field = [0xaa; NAME_FIELD_LEN];
        field[..5].copy_from_slice(b"room\0");
        assert_eq!(Name::from_field(&field), GroupName::new(b"room").unwrap().name());
        assert_eq!(Name::from_field(&[b'x'; 32]).as_bytes(), [b'x'; 31]);
        assert_eq!(Name::from_terminated_field(&[b'x'; 32]), None);
    }

    #[test]
    fn a_name_ends_at_its_first_nul_wherever_that_is() {
        // 0x01 and 0x80 are what a borrow from the byte below makes look like a NUL.
        for (front, garbage) in [(b'x', 1), (0x80, 1), (0x81, 0), (0xff, 0x80), (1, 1), (1, 0xff)] {
            for len in 0..=NAME_FIELD_LEN {
                let mut field = [garbage; NAME_FIELD_LEN];
                field[..len].fill(front);
                if let Some(nul) = field.get_mut(len) {
                    *nul = 0;
                }
                let mut expected = [0; NAME_FIELD_LEN];
                expected[..len.min(MAX_NAME_LEN)].fill(front);
                assert_eq!(Name::from_field(&field).as_field(), &expected, "{len} × {front}, then {garbage}");
            }
        }
    }

    #[test]
    fn order_is_that_of_c_strings() {
        let mut names = [&b"b"[..], b"B", b"ab", b"a", b"aa"].map(|bytes| GroupName::new(bytes).unwrap());
        names.sort();
        assert_eq!(names.map(|name| name.as_bytes().to_vec()), [&b"B"[..], b"a", b"aa", b"ab", b"b"]);
    }

    #[test]
    fn private_groups_are_taken_apart() {
        assert_eq!(PrivateGroup::parse(b"#bob#alpha").unwrap().as_bytes(), b"#bob#alpha");
        for bad in [&b"bob#alpha"[..], b"#bob", b"##alpha", b"#bob#", b"#bob#al#pha", b"#elevenchars#a", b"#", b""] {
            assert_eq!(PrivateGroup::parse(bad), Err(ApiMisuse::PrivateGroup), "{bad:?}");
        }
        assert!(Destination::parse(b"#bob#alpha").is_ok());
        assert!(Destination::parse(b"room").is_ok());
        assert_eq!(Destination::parse(b"#room"), Err(ApiMisuse::PrivateGroup));
    }
}
