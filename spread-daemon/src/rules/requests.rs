//! A client's stream: bytes as they come, cut anywhere, into requests. What there are no steps left for is kept for
//! another time, and its client is not read from meanwhile.

use spread_proto::limits::HEADER_LEN;
use spread_proto::server::{Request, parse_request};
use spread_proto::{Measure, Reader};

use super::chunk::Chunk;
use super::operation::Operation;
use super::people::Home;
use super::runs::{Runs, Source};
use super::sessions::Session;
use super::state::Rules;
use crate::event::Reason;

impl Rules {
    /// Bytes came from a client, which is not behind. They are used up, or kept, or the session is over.
    pub(crate) fn handle_bytes(&mut self, id: u32, bytes: &[u8]) {
        self.sessions.stats.bytes_in += bytes.len() as u64;
        let mut rest = bytes;
        let mut kept = self.take_kept(id);
        if !kept.is_empty() {
            let open = self.session(id).is_some_and(Session::is_open);
            let (used, judge) = complete(open, &mut kept, rest);
            rest = &rest[used..];
            if judge {
                let used = self.take_units(id, &mut Source::new(&kept, self.meter.clone()));
                kept.drain(..used);
            }
            if self.is_behind(id) {
                self.wait_with(id, rest);
                return;
            }
            if !kept.is_empty() {
                debug_assert!(rest.is_empty(), "a message that is not whole has taken all there is");
                self.keep(id, kept);
                return;
            }
        }
        if !rest.is_empty() {
            let used = self.take_units(id, &mut Source::new(rest, self.meter.clone()));
            if used < rest.len() {
                self.keep(id, rest[used..].to_vec());
            }
        }
    }

    /// Goes on with what a client is behind with.
    pub(crate) fn go_on(&mut self, id: u32) {
        let Some((chunk, at)) = self.sessions.get_mut(id).and_then(|session| session.behind.take()) else { return };
        chunk.set_unfinished(false);
        let used = self.take_units(id, &mut Source::rest(&chunk, at));
        if at + used < chunk.len() {
            self.keep(id, chunk[at + used..].to_vec());
        }
    }

    /// Takes whole units from the front of the bytes: how many bytes they are. All, if the session is over or behind.
    fn take_units(&mut self, id: u32, source: &mut Source<'_>) -> usize {
        let mut at = self.shake_hands(id, source.bytes);
        if self.session(id).is_some_and(Session::is_open) {
            at = self.take_requests(id, source, at);
        }
        let over = self.session(id).is_none_or(|session| session.ended.is_some() || session.behind.is_some());
        if over { source.bytes.len() } else { at }
    }

    /// Takes whole requests from there on: where the first one stands that is not whole.
    fn take_requests(&mut self, id: u32, source: &mut Source<'_>, mut at: usize) -> usize {
        let Some(own) = self.session(id).and_then(|session| session.protocol.private_group()) else { return at };
        let bytes = source.bytes;
        let mut runs = Runs::default();
        loop {
            let (request, used) = match parse_request(own, &bytes[at..]) {
                // The size is judged below, alike whether the message is whole or not.
                Ok(Some((_, used))) if used - HEADER_LEN > self.limits.message_size => break,
                Ok(Some((Request::Multicast(frame), used))) => {
                    if runs.add(&frame, at) && !self.multicast_all(id, &mut runs, source) {
                        return at;
                    }
                    at += used;
                    continue;
                }
                Ok(Some(other)) => other,
                Ok(None) => break,
                Err(misbehaved) => {
                    if self.multicast_all(id, &mut runs, source) {
                        self.end(id, Reason::Misbehaved(misbehaved));
                    }
                    return at;
                }
            };
            if !self.multicast_all(id, &mut runs, source) {
                return at;
            }
            if !self.carry_out(id, &request) {
                self.fall_behind(id, source, at);
                return at;
            }
            at += used;
            if self.session(id).is_none_or(|session| session.ended.is_some()) {
                return at;
            }
        }
        if self.multicast_all(id, &mut runs, source) {
            self.judge_size(id, &bytes[at..]);
        }
        at
    }

    /// Carries out a request other than a multicast, if there are steps left for it.
    fn carry_out(&mut self, id: u32, request: &Request<'_>) -> bool {
        if let Request::Join(group) | Request::Leave(group) = *request {
            let cost = self.cost_of_request(id, group);
            if !self.steps.take(cost) {
                return false;
            }
        }
        match *request {
            Request::Join(group) => self.ask_to_join(id, group),
            Request::Leave(group) => self.submit(Operation::Leave { who: Home::Local(id), group }),
            Request::Kill => self.end(id, Reason::Left),
            Request::Nothing | Request::Multicast(_) => {}
        }
        true
    }

    /// There are no steps left for what stands from there on.
    pub(crate) fn fall_behind(&mut self, id: u32, source: &mut Source<'_>, at: usize) {
        if let Some(session) = self.sessions.get_mut(id) {
            let waiting = source.waiting(at);
            waiting.0.set_unfinished(true);
            session.behind = Some(waiting);
        }
    }

    /// More has come from a client than it is behind with.
    fn wait_with(&mut self, id: u32, more: &[u8]) {
        if let Some((chunk, at)) = self.sessions.get_mut(id).and_then(|session| session.behind.as_mut())
            && !more.is_empty()
        {
            chunk.set_unfinished(false);
            *chunk = Chunk::new([&chunk[*at..], more].concat(), &self.meter);
            chunk.set_unfinished(true);
            *at = 0;
        }
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

/// Moves to `kept` what completes the message in it. How many bytes that took, and whether there is something to
/// judge now: the whole message, or its header. (So a message that dribbles in is not looked at for every byte.) In a
/// handshake, whose units are short, all bytes are taken and judged.
fn complete(open: bool, kept: &mut Vec<u8>, bytes: &[u8]) -> (usize, bool) {
    if !open {
        kept.extend_from_slice(bytes);
        return (bytes.len(), true);
    }
    let header = HEADER_LEN.saturating_sub(kept.len()).min(bytes.len());
    kept.extend_from_slice(&bytes[..header]);
    match Reader::Daemon.measure(kept) {
        Ok(Measure::Message(_, len)) => {
            let rest = (len - kept.len()).min(bytes.len() - header);
            kept.extend_from_slice(&bytes[header..header + rest]);
            (header + rest, header > 0 || kept.len() == len)
        }
        Ok(Measure::Short) => (header, false),
        Err(_) => (header, true),
    }
}
