//! Pings: messages that a session sends to itself, to see that its daemon answers and how long that takes.
//!
//! A pong is recognised where messages are found, on whichever thread reads, so that a busy JavaScript thread does not
//! make a link look dead, and the round trip is what the link took. It stays in the stream: JavaScript hears of it in its
//! place there, and no handler sees the message.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use spread_proto::limits::{HEADER_LEN, NAME_FIELD_LEN};
use spread_proto::message::Multicast;
use spread_proto::{Delivery, Destination, Message, Name, PrivateGroup, Reader, ServiceType};

/// What every ping begins with; its number follows.
const MARK: &[u8; 12] = b"cspread ping";

/// Length of a ping's payload.
pub(crate) const BODY_LEN: usize = MARK.len() + 4;

/// Length of a ping on the wire: it goes to one group.
const WIRE_LEN: usize = HEADER_LEN + NAME_FIELD_LEN + BODY_LEN;

/// The pings under way of a session, and the round trips of pongs that stand in the stream.
#[derive(Debug, Default)]
pub(crate) struct Pings {
    own: Option<Name>,
    last: u32,
    sent: VecDeque<(u32, Instant)>,
    trips: VecDeque<(u32, Duration)>,
}

impl Pings {
    /// Takes the session's private group.
    pub(crate) fn open(&mut self, own: PrivateGroup) {
        self.own = Some(own.name());
    }

    /// Begins a ping. Returns its number.
    pub(crate) fn begin(&mut self, now: Instant) -> u32 {
        self.last = self.last.wrapping_add(1) & 0x7fff_ffff;
        self.sent.push_back((self.last, now));
        self.last
    }

    /// Forgets a ping that was not sent after all.
    pub(crate) fn forget(&mut self, number: u32) {
        self.sent.retain(|(sent, _)| *sent != number);
    }

    /// Returns whether the pong to this ping has not come yet.
    pub(crate) fn awaits(&self, number: u32) -> bool {
        self.sent.iter().any(|(sent, _)| *sent == number)
    }

    /// Looks at a whole message that came. Cheap for what is no pong.
    #[inline]
    pub(crate) fn look_at(&mut self, bytes: &[u8]) {
        if bytes.len() == WIRE_LEN && !self.sent.is_empty() {
            self.look_closely(bytes);
        }
    }

    #[cold]
    fn look_closely(&mut self, bytes: &[u8]) {
        let Ok(Some(frame)) = Reader::Client.frame(bytes) else { return };
        let Ok(Delivery::Message(message)) = Delivery::parse(frame) else { return };
        let Some(number) = number_of(&message, self.own) else { return };
        // They come in the order in which they were sent.
        if let Some(at) = self.sent.iter().position(|(sent, _)| *sent == number) {
            let (_, since) = self.sent[at];
            self.sent.drain(..=at);
            self.trips.push_back((number, since.elapsed()));
        }
    }

    /// Takes the round trip of the ping whose pong is delivered now. `None` if it was delivered before.
    pub(crate) fn take_trip(&mut self, number: u32) -> Option<Duration> {
        let at = self.trips.iter().position(|(came, _)| *came == number)?;
        self.trips.drain(..=at).next_back().map(|(_, trip)| trip)
    }
}

/// Appends a ping. FIFO is the cheapest service that is sure to come back.
pub(crate) fn encode(own: PrivateGroup, number: u32, out: &mut Vec<u8>) {
    let destination = Destination::parse(own.as_bytes()).expect("a private group is a destination");
    let head =
        Multicast { service_type: ServiceType::FIFO_MESS, groups: &[destination], mess_type: 0, data_len: BODY_LEN };
    head.encode_head(own, out);
    out.extend_from_slice(MARK);
    out.extend_from_slice(&number.to_le_bytes());
}

/// Returns whether a payload is that of a ping.
pub(crate) fn is_body(body: &[u8]) -> bool {
    body.len() == BODY_LEN && body.starts_with(MARK)
}

/// Returns the number of a message that is a ping of this session's own.
#[inline]
pub(crate) fn number_of(message: &Message<'_>, own: Option<Name>) -> Option<u32> {
    if !is_body(message.body) || own.is_none() {
        return None;
    }
    let [group] = message.groups else { return None };
    if own != Some(Name::from_field(message.sender)) || own != Some(Name::from_field(group)) {
        return None;
    }
    message.body[MARK.len()..].first_chunk().map(|number| u32::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(text: &str) -> PrivateGroup {
        PrivateGroup::parse(text.as_bytes()).expect("a legal private group")
    }

    fn ping(from: &str, number: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(group(from), number, &mut bytes);
        bytes
    }

    #[test]
    fn a_pong_answers_its_ping_and_those_before() {
        let mut pings = Pings::default();
        pings.open(group("#a#d"));
        let numbers: Vec<_> = (0..3).map(|_| pings.begin(Instant::now())).collect();
        assert_eq!(ping("#a#d", numbers[1]).len(), WIRE_LEN);
        pings.look_at(&ping("#a#d", numbers[1]));
        assert_eq!(numbers.iter().map(|number| pings.awaits(*number)).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(pings.take_trip(numbers[0]), None);
        assert!(pings.take_trip(numbers[1]).is_some());
        pings.look_at(&ping("#a#d", numbers[1]));
        assert_eq!(pings.take_trip(numbers[1]), None, "it came again");
    }

    #[test]
    fn what_others_send_answers_nothing() {
        let mut pings = Pings::default();
        pings.open(group("#a#d"));
        let number = pings.begin(Instant::now());
        pings.look_at(&ping("#b#d", number));
        let mut other = ping("#a#d", number);
        *other.last_mut().expect("it is not empty") ^= 1;
        pings.look_at(&other);
        let len = other.len();
        other[len - BODY_LEN] ^= 1;
        pings.look_at(&other);
        assert!(pings.awaits(number));
        pings.forget(number);
        assert!(!pings.awaits(number));
    }
}
