//! The sender: what the outbox has, as calls of the library.

use std::ffi::c_int;
use std::sync::Arc;

use spread_proto::limits::NAME_FIELD_LEN;
use spread_proto::{Frame, GroupName, Name, Reader, ServiceType};

use super::mailbox::Mailbox;
use crate::session::Session;

/// Sends until the session ends.
pub(super) fn run(session: &Arc<Session>, mailbox: &Arc<Mailbox>) {
    let mut bytes = Vec::new();
    while mailbox.take_feed(&mut bytes) {
        let mut at = 0;
        while let Ok(Some(frame)) = Reader::Daemon.frame(&bytes[at..]) {
            at += frame.bytes.len();
            let sent = send(mailbox, &frame);
            mailbox.handed_over(frame.bytes.len());
            if sent < 0 {
                // The receiver finds out what it is, after all that the daemon had still sent.
                return;
            }
        }
        // The outbox may have cut its last message.
        bytes.drain(..at);
        session.write();
    }
}

/// Sends one message, which `spread-proto` has checked and encoded.
pub(super) fn send(mailbox: &Mailbox, frame: &Frame<'_>) -> c_int {
    let word = frame.header.service_type;
    let group =
        || frame.group_fields().first().map(Name::from_field).and_then(|name| GroupName::new(name.as_bytes()).ok());
    if word.contains(ServiceType::KILL) {
        mailbox.farewell(frame.bytes);
        return -1;
    }
    if word.contains(ServiceType::JOIN) {
        return group().map_or(0, |group| mailbox.join(group));
    }
    if word.contains(ServiceType::LEAVE) {
        return group().map_or(0, |group| mailbox.leave_group(group));
    }
    let (groups, body) = (frame.group_fields(), frame.body());
    // SAFETY: the names are 32 bytes each and end with a NUL, there are as many as is said and at most 43, and the
    // body has as many bytes as is said.
    unsafe {
        mailbox.library.SP_multigroup_multicast(
            mailbox.id,
            word.0 as c_int,
            groups.len() as c_int,
            groups.as_ptr().cast::<[std::ffi::c_char; NAME_FIELD_LEN]>(),
            frame.header.hint.mess_type(),
            body.len() as c_int,
            body.as_ptr().cast(),
        )
    }
}
