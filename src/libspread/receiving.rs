//! The receiver: what the library receives, as it would stand on the wire.

use std::ffi::{c_char, c_int};
use std::sync::Arc;

use spread_proto::limits::{HEADER_LEN, MAX_GROUPS, MAX_MEMBERS, MAX_MEMBERSHIP_SIZE, MAX_SIZE, NAME_FIELD_LEN};
use spread_proto::{ByteOrder, Code, Header, Hint, Name, NameField, ServiceType};

use super::mailbox::Mailbox;
use crate::failure::Failure;
#[cfg(target_os = "linux")]
use crate::session::pace::Pace;
use crate::session::{Session, state::Brought};

/// Room for the first message; it grows as messages need it.
const FIRST_GROUPS: usize = 64;
const FIRST_BYTES: usize = 16 * 1024;

/// What is looked at in advance: a stream's messages are small, and more of them are received at the next look.
#[cfg(target_os = "linux")]
const PEEKED: usize = 32 * 1024;

/// No message has more: a large group's members, and the sets they came in.
const MOST_BYTES: usize = MAX_MEMBERSHIP_SIZE;

/// Receives until the session ends. While messages stream in (`pace`), they are received at intervals: to be woken for
/// each, and to wake JavaScript for each, is most of what they cost.
pub(super) fn run(session: &Arc<Session>, mailbox: &Arc<Mailbox>) {
    let mut receiver = Receiver { session, mailbox, room: Room::default() };
    #[cfg(target_os = "linux")]
    let mut pace = Pace::default();
    while receiver.next() {
        session.announce();
        #[cfg(target_os = "linux")]
        if pace.visit(session.bustle())
            && let Some(counts) = session.counts()
            && pace.look(session.bustle(), counts)
            && !receiver.stream(&mut pace)
        {
            return;
        }
    }
}

struct Receiver<'a> {
    session: &'a Arc<Session>,
    mailbox: &'a Arc<Mailbox>,
    room: Room,
}

impl Receiver<'_> {
    /// Waits for a message, and queues it. Returns whether the session goes on.
    fn next(&mut self) -> bool {
        match self.room.receive(self.mailbox) {
            Ok(()) => match self.session.bring(&self.room.frame) {
                Brought::Taken => true,
                Brought::Full => {
                    self.session.announce();
                    self.mailbox.wait_while(|| self.session.is_full());
                    true
                }
                Brought::Over => false,
            },
            Err(failure) => {
                self.session.finish(Err(failure));
                false
            }
        }
    }

    /// Receives at intervals what is there whole, and announces it together, until the stream is over. Returns whether the
    /// session goes on.
    #[cfg(target_os = "linux")]
    fn stream(&mut self, pace: &mut Pace) -> bool {
        let session = self.session;
        let bustle = session.bustle();
        let _stream = bustle.begin_stream();
        let mut peeked = vec![0; PEEKED];
        loop {
            std::thread::sleep(bustle.interval());
            for _ in 0..self.mailbox.whole_messages(&mut peeked) {
                if !self.next() {
                    return false;
                }
            }
            self.session.announce();
            if self.session.counts().is_some_and(|counts| !pace.tick(bustle, counts)) {
                return true;
            }
        }
    }
}

/// The buffers of one receiver.
pub(super) struct Room {
    groups: Vec<[c_char; NAME_FIELD_LEN]>,
    data: Vec<u8>,
    /// The message received, as it would stand on the wire.
    pub(super) frame: Vec<u8>,
}

impl Default for Room {
    fn default() -> Room {
        Room { groups: vec![[0; NAME_FIELD_LEN]; FIRST_GROUPS], data: vec![0; FIRST_BYTES], frame: Vec::new() }
    }
}

/// What `SP_receive` writes beside groups and data.
#[derive(Default)]
struct Head {
    service: c_int,
    sender: [c_char; NAME_FIELD_LEN],
    groups: c_int,
    mess_type: i16,
    endian_mismatch: c_int,
}

impl Room {
    /// Receives one message into `frame`.
    pub(super) fn receive(&mut self, mailbox: &Mailbox) -> Result<(), Failure> {
        loop {
            let mut head = Head::default();
            // SAFETY: every pointer is to memory of the size that is said.
            let len = unsafe {
                mailbox.library.SP_receive(
                    mailbox.id,
                    &mut head.service,
                    head.sender.as_mut_ptr(),
                    self.groups.len() as c_int,
                    &mut head.groups,
                    self.groups.as_mut_ptr(),
                    &mut head.mess_type,
                    &mut head.endian_mismatch,
                    self.data.len() as c_int,
                    self.data.as_mut_ptr().cast(),
                )
            };
            match usize::try_from(len) {
                Ok(len) => {
                    self.compose(&head, len);
                    return Ok(());
                }
                Err(_) => self.make_room(len, &head)?,
            }
        }
    }

    /// Makes room for a message that is too long for the buffers: it is still there, and is received again.
    fn make_room(&mut self, code: c_int, head: &Head) -> Result<(), Failure> {
        let (groups, bytes) = (head.groups.unsigned_abs() as usize, head.endian_mismatch.unsigned_abs() as usize);
        let is_data = head.service as u32 & ServiceType::REGULAR_MESS.0 != 0;
        // No message has more.
        let (most_groups, most_bytes) = if is_data { (MAX_GROUPS, MAX_SIZE) } else { (MAX_MEMBERS, MOST_BYTES) };
        match Code::from_number(code) {
            Some(Code::BufferTooShort | Code::GroupsTooShort) if groups <= most_groups && bytes <= most_bytes => {
                if head.groups < 0 {
                    self.groups.resize(groups.max(self.groups.len()), [0; NAME_FIELD_LEN]);
                }
                if head.endian_mismatch < 0 {
                    self.data.resize(bytes.max(self.data.len()), 0);
                }
                Ok(())
            }
            Some(Code::ConnectionClosed | Code::NetErrorOnSession | Code::IllegalSession) => Err(Failure::lost(None)),
            _ => Err(Failure::protocol(&format!("SP_receive answered {code}"))),
        }
    }

    /// Puts together again the message that the library has taken apart, so that one reader serves both engines.
    fn compose(&mut self, head: &Head, len: usize) {
        let word = ServiceType(head.service as u32 & !ServiceType::ENDIAN_MARKER);
        let is_message = word.0 & ServiceType::REGULAR_MESS.0 != 0;
        // The library says whether the sender's order is another than this machine's, which is what the hint tells.
        let order = if head.endian_mismatch == 0 { ByteOrder::Little } else { ByteOrder::Big };
        let count = usize::try_from(head.groups).unwrap_or(0).min(self.groups.len());
        let header = Header {
            service_type: word,
            byte_order: ByteOrder::Little,
            num_groups: count as u32,
            hint: if is_message { Hint::new(head.mess_type, order) } else { Hint::new(0, ByteOrder::Little) },
            data_len: len as u32,
        };
        let field = |name: &[c_char; NAME_FIELD_LEN]| -> NameField { name.map(|byte| byte as u8) };
        self.frame.clear();
        self.frame.reserve(HEADER_LEN + 4 + count * NAME_FIELD_LEN + len);
        self.frame.extend_from_slice(&header.encode(Name::from_field(&field(&head.sender))));
        if header.is_reject() {
            let old_type = word.0 & !ServiceType::REJECT_MESS.0 | ServiceType::ENDIAN_MARKER;
            self.frame.extend_from_slice(&old_type.to_le_bytes());
        }
        for name in &self.groups[..count] {
            self.frame.extend_from_slice(&field(name));
        }
        self.frame.extend_from_slice(&self.data[..len]);
    }
}
