//! A client's stream: bytes as they come, cut anywhere, into requests.

use spread_proto::limits::HEADER_LEN;
use spread_proto::server::{Request, parse_request};
use spread_proto::{Measure, Reader};

use crate::core::Core;
use crate::event::Reason;
use crate::multicast::{Runs, Source};
use crate::sessions::Session;

impl Core {
    /// Bytes came from a client. They are used up, or the session is over.
    pub(crate) fn handle_bytes(&mut self, id: u32, bytes: &[u8]) {
        self.sessions.stats.bytes_in += bytes.len() as u64;
        let mut rest = bytes;
        let mut partial = self.take_kept(id);
        if !partial.is_empty() {
            let open = self.session(id).is_some_and(Session::is_open);
            let (used, judge) = complete(open, &mut partial, rest);
            rest = &rest[used..];
            if judge {
                let used = self.take_units(id, &partial);
                partial.drain(..used);
            }
            if !partial.is_empty() {
                debug_assert!(rest.is_empty(), "a message that is not whole has taken all there is");
                self.keep(id, partial);
                return;
            }
        }
        if !rest.is_empty() {
            let used = self.take_units(id, rest);
            if used < rest.len() {
                self.keep(id, rest[used..].to_vec());
            }
        }
    }

    /// Takes whole units from the front of the bytes: how many bytes they are. All, if the session is over.
    fn take_units(&mut self, id: u32, bytes: &[u8]) -> usize {
        let mut at = self.shake_hands(id, bytes);
        if self.session(id).is_some_and(Session::is_open) {
            at += self.take_requests(id, &bytes[at..]);
        }
        let over = self.session(id).is_none_or(|session| session.ended.is_some());
        if over { bytes.len() } else { at }
    }

    fn take_requests(&mut self, id: u32, bytes: &[u8]) -> usize {
        let Some(own) = self.session(id).and_then(|session| session.server.private_group()) else { return 0 };
        let mut source = Source::new(bytes, self.meter.clone());
        let mut runs = Runs::default();
        let mut at = 0;
        loop {
            let (request, used) = match parse_request(own, &bytes[at..]) {
                // The size is judged below, alike whether the message is whole or not.
                Ok(Some((_, used))) if used - HEADER_LEN > self.limits.message_size => break,
                Ok(Some((Request::Multicast(frame), used))) => {
                    if runs.add(&frame, at) {
                        self.multicast_all(id, &mut runs, &mut source);
                    }
                    at += used;
                    continue;
                }
                Ok(Some(other)) => other,
                Ok(None) => break,
                Err(misbehaved) => {
                    self.multicast_all(id, &mut runs, &mut source);
                    self.end(id, Reason::Misbehaved(misbehaved));
                    return at;
                }
            };
            self.multicast_all(id, &mut runs, &mut source);
            match request {
                Request::Join(group) => self.join(id, group),
                Request::Leave(group) => self.leave(id, group),
                Request::Kill => self.end(id, Reason::Left),
                Request::Nothing | Request::Multicast(_) => {}
            }
            at += used;
            if self.session(id).is_none_or(|session| session.ended.is_some()) {
                return at;
            }
        }
        self.multicast_all(id, &mut runs, &mut source);
        self.judge_size(id, &bytes[at..]);
        at
    }

    /// A message is judged by the size that its header announces, before anything of it is kept.
    fn judge_size(&mut self, id: u32, bytes: &[u8]) {
        if let Ok(Measure::Message(header, _)) = Reader::Daemon.measure(bytes)
            && header.size() > self.limits.message_size as u64
        {
            self.end(id, Reason::Limit("the size of a message"));
        }
    }
}

/// Moves to `partial` what completes the message in it. How many bytes that took, and whether there is something to
/// judge now: the whole message, or its header. (So a message that dribbles in is not looked at for every byte.) In a
/// handshake, whose units are short, all bytes are taken and judged.
fn complete(open: bool, partial: &mut Vec<u8>, bytes: &[u8]) -> (usize, bool) {
    if !open {
        partial.extend_from_slice(bytes);
        return (bytes.len(), true);
    }
    let header = HEADER_LEN.saturating_sub(partial.len()).min(bytes.len());
    partial.extend_from_slice(&bytes[..header]);
    match Reader::Daemon.measure(partial) {
        Ok(Measure::Message(_, len)) => {
            let rest = (len - partial.len()).min(bytes.len() - header);
            partial.extend_from_slice(&bytes[header..header + rest]);
            (header + rest, header > 0 || partial.len() == len)
        }
        Ok(Measure::Short) => (header, false),
        Err(_) => (header, true),
    }
}
