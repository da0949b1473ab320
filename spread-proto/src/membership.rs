//! Membership messages: a group's members, and the sets that came there together.
//!
//! The members are the message's groups. The body, in the byte order of the message:
//!
//! | offset | content |
//! |---|---|
//! | 0 | group id: three integers |
//! | 12 | number of virtual-synchrony sets, V |
//! | 16 | offset of the receiver's own set, counted from 20 |
//! | 20 | V sets: a count n, then n names |

use alloc::vec::Vec;

use crate::error::InvalidMessage;
use crate::header::{ByteOrder, Frame, Header, Hint};
use crate::limits::NAME_FIELD_LEN;
use crate::name::{Name, NameField};
use crate::service::ServiceType;

/// Identifies one membership of one group: daemon, time, counter. Ids of one group repeat when the group was
/// empty in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GroupId(pub [i32; 3]);

impl GroupId {
    /// Length on the wire.
    pub const LEN: usize = 12;

    pub(crate) fn read(body: &[u8], order: ByteOrder) -> Result<GroupId, InvalidMessage> {
        let mut reader = Body { bytes: body, at: 0, order };
        Ok(GroupId([reader.int()?, reader.int()?, reader.int()?]))
    }
}

/// The cause of a change of membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A member joined.
    Join,
    /// A member left.
    Leave,
    /// A member disconnected or was cut off.
    Disconnect,
    /// The network of daemons changed.
    Network,
}

impl Cause {
    /// Returns the type word of a membership with this cause.
    pub const fn service_type(self) -> ServiceType {
        let bit = match self {
            Cause::Join => ServiceType::CAUSED_BY_JOIN,
            Cause::Leave => ServiceType::CAUSED_BY_LEAVE,
            Cause::Disconnect => ServiceType::CAUSED_BY_DISCONNECT,
            Cause::Network => ServiceType::CAUSED_BY_NETWORK,
        };
        ServiceType(ServiceType::REG_MEMB_MESS.0 | bit.0)
    }

    fn of(service_type: ServiceType) -> Option<Cause> {
        const OTHER: u32 = ServiceType::MEMBERSHIP_MESS.0 & !ServiceType::REG_MEMB_MESS.0;
        if service_type.0 & ServiceType::REG_MEMB_MESS.0 == 0 {
            return None;
        }
        match ServiceType(service_type.0 & OTHER) {
            ServiceType::CAUSED_BY_JOIN => Some(Cause::Join),
            ServiceType::CAUSED_BY_LEAVE => Some(Cause::Leave),
            ServiceType::CAUSED_BY_DISCONNECT => Some(Cause::Disconnect),
            ServiceType::CAUSED_BY_NETWORK => Some(Cause::Network),
            _ => None,
        }
    }
}

/// A regular membership. All of its body was checked: the sets are valid.
#[derive(Clone, Copy, Debug)]
pub struct Membership<'a> {
    /// The type word.
    pub service_type: ServiceType,
    /// The group.
    pub group: Name,
    /// The cause of the change.
    pub cause: Cause,
    /// The membership's id.
    pub id: GroupId,
    /// The members after the change, in Spread's order.
    pub members: &'a [NameField],
    /// Index of the receiver's own set in [`Membership::sets`].
    pub own_set: usize,
    /// The number of sets.
    pub num_sets: usize,
    sets: Body<'a>,
}

impl<'a> Membership<'a> {
    pub(crate) fn parse(frame: Frame<'a>) -> Result<Membership<'a>, InvalidMessage> {
        let service_type = frame.header.service_type;
        let cause = Cause::of(service_type).ok_or(InvalidMessage::Type(service_type.0))?;
        let mut body = Body { bytes: frame.body(), at: 0, order: frame.header.byte_order };
        let id = GroupId([body.int()?, body.int()?, body.int()?]);
        let num_sets = body.count(4)?;
        let own_offset = body.int()?;
        let sets = body;
        let own_set = locate_own_set(sets, num_sets, own_offset)?;
        if cause != Cause::Network && (num_sets == 0 || Body::clone(&sets).set()?.is_empty()) {
            return Err(InvalidMessage::BodyField { at: 12, value: num_sets as i32 });
        }
        let group = Name::from_field(frame.sender_field());
        Ok(Membership { service_type, group, cause, id, members: frame.group_fields(), own_set, num_sets, sets })
    }

    /// Returns the sets of members that came here together from the same previous membership. After a join, a leave or
    /// a disconnect there is one, with the changed member alone.
    pub fn sets(&self) -> impl Iterator<Item = &'a [NameField]> + use<'a> {
        let mut body = self.sets;
        (0..self.num_sets).map_while(move |_| body.set().ok())
    }

    /// Returns the member that joined, left or disconnected; `None` after a change of the network.
    pub fn changed(&self) -> Option<Name> {
        match self.cause {
            Cause::Network => None,
            _ => self.sets().next().and_then(<[NameField]>::first).map(Name::from_field),
        }
    }

    /// Returns a member's index in [`Membership::members`].
    pub fn index_of(&self, member: Name) -> Option<usize> {
        self.members.iter().position(|field| Name::from_field(field) == member)
    }
}

/// Walks all sets, and finds the one that begins at the receiver's offset.
fn locate_own_set(mut sets: Body<'_>, num_sets: usize, own_offset: i32) -> Result<usize, InvalidMessage> {
    let first = sets.at;
    let mut own = None;
    for index in 0..num_sets {
        if i32::try_from(sets.at - first) == Ok(own_offset) {
            own = Some(index);
        }
        sets.set()?;
    }
    match own {
        Some(index) => Ok(index),
        None if num_sets == 0 && own_offset == 0 => Ok(0),
        None => Err(InvalidMessage::BodyField { at: 16, value: own_offset }),
    }
}

/// A cursor over a membership body; it checks before it moves.
#[derive(Clone, Copy, Debug)]
struct Body<'a> {
    bytes: &'a [u8],
    at: usize,
    order: ByteOrder,
}

impl<'a> Body<'a> {
    #[inline]
    fn int(&mut self) -> Result<i32, InvalidMessage> {
        let bytes = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk).ok_or(InvalidMessage::BodyEnds(self.at))?;
        self.at += 4;
        Ok(self.order.i32(*bytes))
    }

    /// Reads a count of items of at least `width` bytes each, which the rest of the body has to hold.
    #[inline]
    fn count(&mut self, width: usize) -> Result<usize, InvalidMessage> {
        let at = self.at;
        let value = self.int()?;
        match usize::try_from(value) {
            Ok(count) if count <= (self.bytes.len() - self.at) / width => Ok(count),
            _ => Err(InvalidMessage::BodyField { at, value }),
        }
    }

    fn set(&mut self) -> Result<&'a [NameField], InvalidMessage> {
        let count = self.count(NAME_FIELD_LEN)?;
        let names = &self.bytes[self.at..self.at + count * NAME_FIELD_LEN];
        self.at += names.len();
        Ok(names.as_chunks().0)
    }
}

/// A regular membership to send: the daemon's counterpart of [`Membership`].
#[derive(Clone, Copy, Debug)]
pub struct NewMembership<'a> {
    /// The group.
    pub group: Name,
    /// The cause of the change.
    pub cause: Cause,
    /// The membership's id.
    pub id: GroupId,
    /// The sets, the receiver's own at `own_set`.
    pub sets: &'a [&'a [Name]],
    /// Index of the receiver's own set.
    pub own_set: usize,
}

impl NewMembership<'_> {
    /// Appends the message, little-endian. `members` is in Spread's order.
    pub fn encode<'m>(&self, members: impl ExactSizeIterator<Item = &'m Name>, out: &mut Vec<u8>) {
        let set_len = |set: &&[Name]| 4 + set.len() * NAME_FIELD_LEN;
        let data_len = 20 + self.sets.iter().map(set_len).sum::<usize>();
        let header = membership_header(self.cause.service_type(), members.len(), data_len);
        out.extend_from_slice(&header.encode(self.group));
        for member in members {
            out.extend_from_slice(member.as_field());
        }
        write_id(self.id, out);
        let own_offset = self.sets[..self.own_set].iter().map(set_len).sum::<usize>();
        out.extend_from_slice(&(self.sets.len() as u32).to_le_bytes());
        out.extend_from_slice(&(own_offset as u32).to_le_bytes());
        for set in self.sets {
            out.extend_from_slice(&(set.len() as u32).to_le_bytes());
            for member in *set {
                out.extend_from_slice(member.as_field());
            }
        }
    }
}

/// Appends the confirmation of a leave, for the member that left.
pub fn encode_self_leave(group: Name, out: &mut Vec<u8>) {
    out.extend_from_slice(&membership_header(ServiceType::CAUSED_BY_LEAVE, 0, 0).encode(group));
}

/// Appends a transitional signal.
pub fn encode_transition(group: Name, old_id: GroupId, out: &mut Vec<u8>) {
    out.extend_from_slice(&membership_header(ServiceType::TRANSITION_MESS, 0, GroupId::LEN).encode(group));
    write_id(old_id, out);
}

fn membership_header(service_type: ServiceType, num_groups: usize, data_len: usize) -> Header {
    Header {
        service_type,
        byte_order: ByteOrder::Little,
        num_groups: num_groups as u32,
        hint: Hint::new(0, ByteOrder::Little),
        data_len: data_len as u32,
    }
}

fn write_id(id: GroupId, out: &mut Vec<u8>) {
    for int in id.0 {
        out.extend_from_slice(&int.to_le_bytes());
    }
}
