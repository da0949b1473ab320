//! A stream of bytes, cut anywhere, into whole messages. "Not all here yet" is no error.

use alloc::vec::Vec;

use crate::error::InvalidMessage;
use crate::header::{Frame, Header};
use crate::limits::{HEADER_LEN, MAX_GROUPS, MAX_MEMBERS, MAX_MEMBERSHIP_SIZE, MAX_SIZE, NAME_FIELD_LEN};

/// Which end reads: each has its own idea of how large a message may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A client reads what a daemon sends: membership messages may name every member of a large group.
    Client,
    /// A daemon reads what a client sends.
    Daemon,
}

/// The result of looking at the beginning of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A message of this many bytes begins here (all of them may be here or not), with this header.
    Message(Header, usize),
    /// Fewer bytes than a header.
    Short,
}

impl Reader {
    /// Measures the message at the beginning of `bytes`. Its sizes are checked against this end's limits, so
    /// that a caller may take memory for what is announced.
    #[inline]
    pub fn measure(self, bytes: &[u8]) -> Result<Measure, InvalidMessage> {
        let Some(head) = bytes.first_chunk::<HEADER_LEN>() else { return Ok(Measure::Short) };
        let header = Header::decode(head)?;
        let size = header.size();
        if header.num_groups > MAX_GROUPS as u32 || size > MAX_SIZE as u64 {
            self.check_large(&header)?;
        }
        let old_type = if self == Reader::Client && header.is_reject() { 4 } else { 0 };
        Ok(Measure::Message(header, HEADER_LEN + old_type + size as usize))
    }

    /// Returns the whole message at the beginning of `bytes`, if all of it is here.
    #[inline]
    pub fn frame(self, bytes: &[u8]) -> Result<Option<Frame<'_>>, InvalidMessage> {
        match self.measure(bytes)? {
            Measure::Message(header, len) if len <= bytes.len() => Ok(Some(Frame { header, bytes: &bytes[..len] })),
            _ => Ok(None),
        }
    }

    /// Checks the limits of messages that are larger than a multicast may be.
    #[cold]
    fn check_large(self, header: &Header) -> Result<(), InvalidMessage> {
        let (max_groups, max_size) = match self {
            // A reject has its sender's group appended. Where there were 100 already, it replaces the last.
            Reader::Client if header.is_reject() => (MAX_GROUPS, MAX_SIZE + NAME_FIELD_LEN),
            Reader::Client if header.is_membership() => (MAX_MEMBERS, MAX_MEMBERSHIP_SIZE),
            _ => (MAX_GROUPS, MAX_SIZE),
        };
        let (count, size) = (header.num_groups as usize, header.size());
        if count > max_groups {
            return Err(InvalidMessage::TooManyGroups { count, max: max_groups });
        }
        if size > max_size as u64 {
            return Err(InvalidMessage::TooLong { size: usize::try_from(size).unwrap_or(usize::MAX), max: max_size });
        }
        Ok(())
    }
}

/// A deframer with a buffer of its own, for callers that have none.
#[derive(Debug)]
pub struct Deframer {
    reader: Reader,
    buffer: Vec<u8>,
    /// Bytes at the front of the buffer that were given out.
    taken: usize,
}

impl Deframer {
    /// Makes a deframer for this end.
    pub fn new(reader: Reader) -> Deframer {
        Deframer { reader, buffer: Vec::new(), taken: 0 }
    }

    /// Takes bytes as they come. Memory grows with what has come, never with what a header announces.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next whole message; `None` if more bytes are needed.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, InvalidMessage> {
        let frame = self.reader.frame(&self.buffer[self.taken..])?;
        if let Some(frame) = &frame {
            self.taken += frame.bytes.len();
        }
        Ok(frame)
    }

    /// Returns whether the stream could end here without cutting a message.
    pub fn is_at_boundary(&self) -> bool {
        self.taken == self.buffer.len()
    }
}
