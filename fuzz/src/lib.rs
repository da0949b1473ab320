//! What the targets share: how an input is read as a list of operations, and written as one for the seeds.
//!
//! An operation is a byte, and whatever it needs behind it. A chunk is a length of two bytes and so many bytes; at the
//! end of the input it is what is left. So every input means something, and a recording can be written as an input.

/// An input under reading.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    /// The next byte; `None` at the end.
    pub fn next_byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    /// The next byte, zero behind the end.
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

/// Writes a chunk.
pub fn put_chunk(chunk: &[u8], out: &mut Vec<u8>) {
    let chunk = &chunk[..chunk.len().min(usize::from(u16::MAX))];
    out.extend((chunk.len() as u16).to_le_bytes());
    out.extend(chunk);
}
