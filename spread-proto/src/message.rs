//! The messages that a daemon delivers, by kind.

use crate::ApiMisuse;
use crate::deframer::Reader;
use crate::error::InvalidMessage;
use crate::header::{ByteOrder, Frame, Header, Hint};
use crate::limits::{MAX_MULTICAST_GROUPS, MAX_MULTICAST_SIZE, NAME_FIELD_LEN};
use crate::membership::{GroupId, Membership};
use crate::name::{Destination, GroupName, Name, NameField, PrivateGroup};
use crate::service::ServiceType;
use alloc::vec::Vec;

/// A whole message from a daemon.
#[derive(Clone, Copy, Debug)]
pub enum Delivery<'a> {
    /// Data from a client.
    Message(Message<'a>),
    /// A regular membership: the group's members after a change.
    Membership(Membership<'a>),
    /// The transitional signal before a membership that lost members to the network.
    Transition {
        /// The group.
        group: Name,
        /// The id of the last regular membership.
        id: GroupId,
    },
    /// The confirmation of the session's own leave.
    SelfLeave {
        /// The group left.
        group: Name,
    },
    /// A message of this session that the daemon rejected.
    Reject(Reject<'a>),
}

/// Data from a client.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// Service and `SELF_DISCARD`, and whatever other bits the sender set.
    pub service_type: ServiceType,
    /// The sender's private group.
    pub sender: &'a NameField,
    /// The groups as sent, verbatim: [`Name::from_field`] reads each.
    pub groups: &'a [NameField],
    /// The application's type.
    pub mess_type: i16,
    /// Whether the sender's byte order is not little-endian.
    pub endian_mismatch: bool,
    /// The payload.
    pub body: &'a [u8],
}

/// A message of this session that the daemon rejected. Released daemons never send one.
#[derive(Clone, Copy, Debug)]
pub struct Reject<'a> {
    /// The original type word and `REJECT_MESS`, as the library reports it.
    pub service_type: ServiceType,
    /// The message, with the session's private group appended to the groups.
    pub message: Message<'a>,
}

impl<'a> Delivery<'a> {
    /// Reads a frame as a message of its kind.
    #[inline]
    pub fn parse(frame: Frame<'a>) -> Result<Delivery<'a>, InvalidMessage> {
        let service_type = frame.header.service_type;
        // Membership bits beside a service mean nothing: the service decides.
        if service_type.service().is_some() && !frame.header.is_reject() {
            return Ok(Delivery::Message(Message::of(&frame)));
        }
        Delivery::parse_rare(frame)
    }

    #[cold]
    fn parse_rare(frame: Frame<'a>) -> Result<Delivery<'a>, InvalidMessage> {
        let service_type = frame.header.service_type;
        let group = Name::from_field(frame.sender_field());
        if frame.header.is_reject() {
            let original = frame.original_type().ok_or(InvalidMessage::Type(service_type.0))?;
            return Ok(Delivery::Reject(Reject {
                service_type: ServiceType(original.0 | ServiceType::REJECT_MESS.0),
                message: Message::of(&frame),
            }));
        }
        if service_type.0 & ServiceType::REGULAR_MESS.0 != 0 {
            return Err(InvalidMessage::Type(service_type.0));
        }
        if service_type.contains(ServiceType::TRANSITION_MESS) {
            return Ok(Delivery::Transition { group, id: GroupId::read(frame.body(), frame.header.byte_order)? });
        }
        if service_type.contains(ServiceType::REG_MEMB_MESS) {
            return Ok(Delivery::Membership(Membership::parse(frame)?));
        }
        if service_type.0 & ServiceType::MEMBERSHIP_MESS.0 == ServiceType::CAUSED_BY_LEAVE.0 {
            return Ok(Delivery::SelfLeave { group });
        }
        Err(InvalidMessage::Type(service_type.0))
    }
}

impl<'a> Message<'a> {
    #[inline]
    fn of(frame: &Frame<'a>) -> Message<'a> {
        Message {
            service_type: frame.header.service_type,
            sender: frame.sender_field(),
            groups: frame.group_fields(),
            mess_type: frame.header.hint.mess_type(),
            endian_mismatch: frame.header.hint.byte_order() != ByteOrder::Little,
            body: frame.body(),
        }
    }
}

/// The requests a client makes, encoded little-endian.
pub(crate) fn encode_request(kind: ServiceType, sender: PrivateGroup, group: Name, out: &mut Vec<u8>) {
    let header = Header {
        service_type: kind,
        byte_order: ByteOrder::Little,
        num_groups: 1,
        hint: Hint::new(0, ByteOrder::Little),
        data_len: 0,
    };
    out.extend_from_slice(&header.encode(sender.name()));
    out.extend_from_slice(group.as_field());
}

/// Appends a join request.
pub fn encode_join(sender: PrivateGroup, group: GroupName, out: &mut Vec<u8>) {
    encode_request(ServiceType::JOIN, sender, group.name(), out);
}

/// Appends a leave request.
pub fn encode_leave(sender: PrivateGroup, group: GroupName, out: &mut Vec<u8>) {
    encode_request(ServiceType::LEAVE, sender, group.name(), out);
}

/// Appends the request that ends a session.
pub fn encode_kill(sender: PrivateGroup, out: &mut Vec<u8>) {
    encode_request(ServiceType::KILL, sender, sender.name(), out);
}

/// The head of a multicast, checked: encode it, then append the payload.
#[derive(Clone, Copy, Debug)]
pub struct Multicast<'a> {
    /// One service, alone or with `SELF_DISCARD`.
    pub service_type: ServiceType,
    /// Its destinations: 1 to [`MAX_MULTICAST_GROUPS`].
    pub groups: &'a [Destination],
    /// The application's type.
    pub mess_type: i16,
    /// Length of the payload that the caller appends.
    pub data_len: usize,
}

impl Multicast<'_> {
    /// Checks that it keeps to the limits that daemons deliver: one service, up to [`MAX_MULTICAST_GROUPS`] groups, and
    /// up to [`MAX_MULTICAST_SIZE`] bytes of payload and 32 a group, whatever `max_size` allows.
    #[inline]
    pub fn check(&self, max_size: usize) -> Result<(), ApiMisuse> {
        self.service_type.check_multicast()?;
        if self.groups.is_empty() {
            return Err(ApiMisuse::NoGroups);
        }
        if self.groups.len() > MAX_MULTICAST_GROUPS {
            return Err(ApiMisuse::TooManyGroups(self.groups.len()));
        }
        let size = self.data_len.saturating_add(self.groups.len() * NAME_FIELD_LEN);
        let max = max_size.min(MAX_MULTICAST_SIZE);
        if size > max {
            return Err(ApiMisuse::TooLong { size, max });
        }
        Ok(())
    }

    /// Appends header and groups.
    #[inline]
    pub fn encode_head(&self, sender: PrivateGroup, out: &mut Vec<u8>) {
        let header = Header {
            service_type: self.service_type,
            byte_order: ByteOrder::Little,
            num_groups: self.groups.len() as u32,
            hint: Hint::new(self.mess_type, ByteOrder::Little),
            data_len: self.data_len as u32,
        };
        out.extend_from_slice(&header.encode(sender.name()));
        for group in self.groups {
            out.extend_from_slice(group.name().as_field());
        }
    }
}

/// Reads one whole message from a daemon.
pub fn parse_delivery(bytes: &[u8]) -> Result<Option<(Delivery<'_>, usize)>, InvalidMessage> {
    match Reader::Client.frame(bytes)? {
        Some(frame) => Ok(Some((Delivery::parse(frame)?, frame.bytes.len()))),
        None => Ok(None),
    }
}
