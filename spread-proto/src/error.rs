//! Errors, sorted by the side at fault.

use crate::codes::Code;
use crate::limits::{MAX_AUTH_NAME_LEN, MAX_DAEMON_NAME_LEN, MAX_MULTICAST_GROUPS, MAX_NAME_LEN, MAX_PRIVATE_NAME_LEN};

/// Bytes that are no message of the protocol. The connection they came over cannot be read any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidMessage {
    /// The header's number of groups is negative.
    #[error("the header announces {0} groups")]
    NegativeGroups(i32),
    /// The header's body length is negative.
    #[error("the header announces a body of {0} bytes")]
    NegativeLength(i32),
    /// More groups, or members, than this kind of message may have.
    #[error("the header announces {count} groups, at most {max} are legal")]
    TooManyGroups {
        /// The header's value.
        count: usize,
        /// The largest legal value.
        max: usize,
    },
    /// Body and groups are larger than this kind of message may be.
    #[error("the header announces {size} bytes, at most {max} are legal")]
    TooLong {
        /// The header's value.
        size: usize,
        /// The largest legal value.
        max: usize,
    },
    /// The type word has no meaning.
    #[error("the type word {0:#010x} has no meaning")]
    Type(u32),
    /// A membership body ends before the field at this offset is whole.
    #[error("the membership body ends inside the field at offset {0}")]
    BodyEnds(usize),
    /// A count or offset in a membership body does not fit that body.
    #[error("the membership body has {value} at offset {at}, which does not fit it")]
    BodyField {
        /// The field's offset in the body.
        at: usize,
        /// The value found.
        value: i32,
    },
}

/// A client broke a rule of the protocol. The daemon's only answer is to end that client's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientMisbehaved {
    /// The bytes are no message.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// Not exactly one of the six services, JOIN, LEAVE and KILL.
    #[error("the type word {0:#010x} is not exactly one service or request")]
    Service(u32),
    /// The hint has bits that it must not have.
    #[error("the hint word has illegal bits")]
    Hint,
    /// The sender field is not the session's own private group.
    #[error("the sender is not this session")]
    Sender,
    /// A name field has no NUL.
    #[error("a group name is not terminated")]
    NameNotTerminated,
}

/// A daemon broke a rule of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DaemonMisbehaved {
    /// The bytes are no message.
    #[error("the daemon sent bytes that are no message: {0}")]
    Invalid(#[from] InvalidMessage),
    /// A step of the handshake holds something impossible.
    #[error("the daemon's handshake is malformed: {0}")]
    Handshake(&'static str),
}

/// The reason why connecting failed, or a connection ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The daemon refused, with this code.
    #[error("{0}")]
    Rejected(Code),
    /// The daemon refused with a byte that has no meaning.
    #[error("the daemon refused the connection with the unknown code {0}")]
    RejectedUnknown(i8),
    /// The daemon does not offer a method that this client must use.
    #[error("the daemon does not offer the authentication method {wanted} (it offers: {offered})")]
    MethodNotOffered {
        /// The method wanted.
        wanted: alloc::string::String,
        /// The methods that the daemon offers, separated by spaces.
        offered: alloc::string::String,
    },
    /// The daemon is older than version 3.
    #[error("the daemon's version {0}.{1}.{2} is too old")]
    DaemonTooOld(i8, i8, i8),
    /// The daemon broke the protocol.
    #[error(transparent)]
    Misbehaved(#[from] DaemonMisbehaved),
    /// The stream ended before the handshake did.
    #[error("the daemon closed the connection during the handshake")]
    Ended,
}

impl ConnectError {
    /// Returns Spread's code for it.
    pub fn code(&self) -> Code {
        match self {
            ConnectError::Rejected(code) => *code,
            ConnectError::MethodNotOffered { .. } => Code::RejectAuth,
            ConnectError::DaemonTooOld(..) => Code::RejectVersion,
            ConnectError::RejectedUnknown(_) | ConnectError::Misbehaved(_) | ConnectError::Ended => {
                Code::ConnectionClosed
            }
        }
    }
}

/// The caller asked for something that must not go on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiMisuse {
    /// A group name of no bytes or of more than 31.
    #[error("a group name has 1 to {MAX_NAME_LEN} bytes, this one has {0}")]
    GroupLength(usize),
    /// A group name with a byte outside 36..=126.
    #[error("a group name is made of the characters 36 ($) to 126 (~), this one has {0} at position {1}")]
    GroupByte(u8, usize),
    /// A private group that is not `#name#daemon`.
    #[error("a private group is #name#daemon, with a name of 1 to 10 characters and a daemon of 1 to 19")]
    PrivateGroup,
    /// A private name of no bytes or of more than 10.
    #[error("a private name has 1 to {MAX_PRIVATE_NAME_LEN} bytes, this one has {0}")]
    PrivateNameLength(usize),
    /// A private name with a byte outside 36..=126.
    #[error("a private name is made of the characters 36 ($) to 126 (~), this one has {0} at position {1}")]
    PrivateNameByte(u8, usize),
    /// A daemon name of no bytes or of more than 19.
    #[error("a daemon name has 1 to {MAX_DAEMON_NAME_LEN} bytes, this one has {0}")]
    DaemonNameLength(usize),
    /// A daemon name with a byte outside 36..=126.
    #[error("a daemon name is made of the characters 36 ($) to 126 (~), this one has {0} at position {1}")]
    DaemonNameByte(u8, usize),
    /// An authentication method's name that does not fit its slot.
    #[error("the name of an authentication method has 1 to {MAX_AUTH_NAME_LEN} printable characters and no space")]
    AuthName,
    /// No authentication method, or more than the choice block holds.
    #[error("a client uses 1 to 2 authentication methods, not {0}")]
    AuthCount(usize),
    /// A multicast without groups.
    #[error("a message needs at least one group")]
    NoGroups,
    /// More groups than one message may go to.
    #[error("a message goes to at most {MAX_MULTICAST_GROUPS} groups, not {0}")]
    TooManyGroups(usize),
    /// Body and groups together are too large.
    #[error("a message with its groups (32 bytes each) has at most {max} bytes, this one has {size}")]
    TooLong {
        /// Body and 32 bytes a group.
        size: usize,
        /// The bound in force.
        max: usize,
    },
    /// Not exactly one service, or bits beside it and `SELF_DISCARD`.
    #[error(
        "a service is exactly one of UNRELIABLE, RELIABLE, FIFO, CAUSAL, AGREED and SAFE_MESS, alone or with SELF_DISCARD, not {0:#x}"
    )]
    Service(u32),
    /// The call does not fit the session's state.
    #[error("the session is not connected")]
    NotConnected,
}
