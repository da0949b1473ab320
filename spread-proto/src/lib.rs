//! The client protocol of the Spread Toolkit, both ends.
//!
//! ```text
//!                     ┌──────────────────┐
//!  daemon's bytes ──▶ │  client::Client  │ ──▶ Happened: Connected, Delivery(Message | Membership | …)
//!   bytes to send ◀── │                  │ ◀── join · leave · multicast · disconnect
//!                     └──────────────────┘
//!                     ┌──────────────────┐
//!  client's bytes ──▶ │  server::Server  │ ──▶ Happened: Requested, Chose, Request(Join | Leave | Multicast | …)
//!   bytes to send ◀── │                  │ ◀── admit · authorize · refuse
//!                     └──────────────────┘
//! ```
//!
//! There is no I/O here, no clock, no thread and no `unsafe`. The order of calls is: `handle_bytes` until it asks
//! for more, then `take_transmit`, then write that. Callers with buffers of their own (the hot paths) use the parts
//! below the machines: [`Reader`] to find messages in place, [`Delivery`] and [`server::parse_request`] to read
//! them, [`Multicast`] to write them.
//!
//! | module | holds |
//! |---|---|
//! | [`address`] | where a daemon is |
//! | [`limits`] | every number, with its source |
//! | [`codes`] | Spread's result codes |
//! | [`error`] | errors, by the side at fault |
//! | [`name`] | names, parsed once |
//! | [`service`] | the type word |
//! | [`header`] | the 48 bytes before each message |
//! | [`deframer`] | a stream into messages |
//! | [`handshake`] | the units before the first message |
//! | [`message`] | data, requests, and deliveries by kind |
//! | [`membership`] | the members of a group |
//! | [`client`], [`server`] | the two ends, as state machines |

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod address;
pub mod client;
pub mod codes;
pub mod deframer;
pub mod error;
pub mod handshake;
pub mod header;
pub mod limits;
pub mod membership;
pub mod message;
pub mod name;
pub mod server;
pub mod service;

pub use address::Address;
pub use codes::Code;
pub use deframer::{Deframer, Measure, Reader};
pub use error::{ApiMisuse, ClientMisbehaved, ConnectError, DaemonMisbehaved, InvalidMessage};
pub use handshake::{Accept, AuthName, ConnectRequest};
pub use header::{ByteOrder, Frame, Header, Hint};
pub use membership::{Cause, GroupId, Membership, NewMembership};
pub use message::{Delivery, Message, Multicast, Reject};
pub use name::{DaemonName, Destination, GroupName, Name, NameField, PrivateGroup, PrivateName};
pub use service::{Service, ServiceType};
