//! What the targets share: how an input is read as a list of operations, and written as one for the seeds.
//!
//! An operation is a byte, followed by its arguments. A chunk is a length of two bytes and so many bytes; at the
//! end of the input it is what is left. So every input means something, and a recording can be written as an input.

pub mod legal;
pub mod world;

use spread_proto::{ByteOrder, Cause, Header, Hint, Name, ServiceType};

/// An input under reading.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// The next byte; `None` at the end.
    pub fn next_byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    /// Returns the next byte, zero after the end.
    pub fn byte(&mut self) -> u8 {
        self.next_byte().unwrap_or(0)
    }

    /// The next two bytes as a number.
    pub fn number(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    /// The next chunk.
    pub fn chunk(&mut self) -> &'a [u8] {
        let len = usize::from(self.number()).min(self.0.len());
        let (chunk, rest) = self.0.split_at(len);
        self.0 = rest;
        chunk
    }
}

/// Operations of the target `client_ops`.
pub mod client_op {
    /// A chunk from the daemon.
    pub const BYTES: u8 = 0;
    /// Join the group named by a chunk.
    pub const JOIN: u8 = 1;
    /// Leave it.
    pub const LEAVE: u8 = 2;
    /// Service (2 bytes), type (2 bytes), number of groups (1 byte), a chunk for each, a chunk for the body.
    pub const MULTICAST: u8 = 3;
    /// The method has come to its end.
    pub const AUTHENTICATED: u8 = 4;
    /// End the session.
    pub const DISCONNECT: u8 = 5;
    /// The stream ended.
    pub const END: u8 = 6;
}

/// Operations of the target `server_ops`.
pub mod server_op {
    /// A chunk from the client.
    pub const BYTES: u8 = 0;
    /// Admit it with the private group of a chunk.
    pub const ADMIT: u8 = 1;
    /// Let it in.
    pub const AUTHORIZE: u8 = 2;
    /// Refuse it with a code, by its place in the list (1 byte).
    pub const REFUSE: u8 = 3;
    /// The stream ended.
    pub const END: u8 = 4;
}

/// Operations of the target `daemon_rules`. All but the first are of one of the clients that are there (1 byte). What a
/// client asks for is bytes that wait until they are sent.
pub mod daemon_op {
    /// A client connects: its name and whether it wants memberships (1 byte).
    pub const CONNECT: u8 = 0;
    /// Join a group (1 byte).
    pub const JOIN: u8 = 1;
    /// Leave it.
    pub const LEAVE: u8 = 2;
    /// Service (1 byte), number of groups (1 byte), each of them (1 byte), length of the body (2 bytes).
    pub const MULTICAST: u8 = 3;
    /// Ask for the session's end.
    pub const KILL: u8 = 4;
    /// A chunk of any bytes.
    pub const BYTES: u8 = 5;
    /// What waits is sent in one write: so many bytes of it (2 bytes), or all (0).
    pub const SEND: u8 = 6;
    /// Read no more.
    pub const STALL: u8 = 7;
    /// Read again.
    pub const READ: u8 = 8;
    /// The connection ends.
    pub const HANG_UP: u8 = 9;
    /// How many there are.
    pub const COUNT: u8 = 10;
}

/// Writes a chunk.
pub fn put_chunk(chunk: &[u8], out: &mut Vec<u8>) {
    let chunk = &chunk[..chunk.len().min(usize::from(u16::MAX))];
    out.extend((chunk.len() as u16).to_le_bytes());
    out.extend(chunk);
}

/// The membership message that an input of the target `membership_body` stands for: a header that is right, and the
/// body.
pub fn membership_message(data: &[u8]) -> Vec<u8> {
    let mut input = Input(data);
    let (flags, members) = (input.byte(), usize::from(input.byte()));
    let byte_order = if flags & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
    let service_type = match flags >> 1 & 7 {
        0 => Cause::Join.service_type(),
        1 => Cause::Leave.service_type(),
        2 => Cause::Disconnect.service_type(),
        3 => Cause::Network.service_type(),
        4 => ServiceType::TRANSITION_MESS,
        5 => ServiceType::CAUSED_BY_LEAVE,
        // Causes that cannot be together, and membership bits that mean nothing.
        _ => ServiceType(u32::from(flags) << 6 & ServiceType::MEMBERSHIP_MESS.0),
    };
    let header = Header {
        service_type,
        byte_order,
        num_groups: members as u32,
        hint: Hint::new(0, byte_order),
        data_len: input.0.len() as u32,
    };
    let mut bytes = header.encode(Name::from_field(&[b'g'; 32])).to_vec();
    bytes.resize(48 + members * 32, b'm');
    bytes.extend(input.0);
    bytes
}
