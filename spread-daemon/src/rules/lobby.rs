//! Those in their handshake, by where they come from: who has to go when there are too many. Pure.
//!
//! Hosts share alike: one of those of whom there are most goes, and among these the one that has said nothing for
//! longest. So a host that opens any number of connections and leaves them there keeps nobody out, and neither do many
//! hosts together: whoever is new has most time left.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr};

use foldhash::quality::RandomState;

use crate::auth::Peer;

/// Where clients come from that share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Host {
    V4(Ipv4Addr),
    /// The first half of an IPv6 address: the other half is a host's own to choose.
    V6(u64),
    Unix,
}

impl Host {
    fn of(peer: Peer) -> Host {
        match peer {
            Peer::Unix => Host::Unix,
            Peer::Tcp(address) => match address.ip().to_canonical() {
                IpAddr::V4(address) => Host::V4(address),
                IpAddr::V6(address) => Host::V6((address.to_bits() >> 64) as u64),
            },
        }
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Lobby {
    /// Session → its host, and when it was last heard of.
    guests: HashMap<u32, (Host, u64), RandomState>,
    /// Each host's sessions, by when they were last heard of.
    hosts: HashMap<Host, BTreeMap<u64, u32>, RandomState>,
    /// The hosts, by how many they have here and then by their longest silence: whose turn it is to go comes last.
    crowds: BTreeSet<(usize, Reverse<u64>, Host)>,
    /// Numbers what is heard.
    now: u64,
}

impl Lobby {
    pub(crate) fn len(&self) -> usize {
        self.guests.len()
    }

    /// A client has connected.
    pub(crate) fn enter(&mut self, session: u32, peer: Peer) {
        self.put(session, Host::of(peer));
    }

    /// It has said something.
    pub(crate) fn hear(&mut self, session: u32) {
        if let Some(host) = self.take(session) {
            self.put(session, host);
        }
    }

    /// Its handshake is over.
    pub(crate) fn leave(&mut self, session: u32) {
        self.take(session);
    }

    /// Who has to go if somebody has to.
    pub(crate) fn first_to_go(&self) -> Option<u32> {
        let (_, Reverse(heard), host) = self.crowds.last()?;
        self.hosts.get(host)?.get(heard).copied()
    }

    fn put(&mut self, session: u32, host: Host) {
        self.now += 1;
        let now = self.now;
        self.guests.insert(session, (host, now));
        self.change(host, |guests| {
            guests.insert(now, session);
        });
    }

    fn take(&mut self, session: u32) -> Option<Host> {
        let (host, heard) = self.guests.remove(&session)?;
        self.change(host, |guests| {
            guests.remove(&heard);
        });
        Some(host)
    }

    /// Changes a host's guests, and its place among the hosts.
    fn change(&mut self, host: Host, act: impl FnOnce(&mut BTreeMap<u64, u32>)) {
        let rank =
            |guests: &BTreeMap<u64, u32>| guests.keys().next().map(|&heard| (guests.len(), Reverse(heard), host));
        let guests = self.hosts.entry(host).or_default();
        if let Some(before) = rank(guests) {
            self.crowds.remove(&before);
        }
        act(guests);
        match rank(guests) {
            Some(after) => {
                self.crowds.insert(after);
            }
            None => {
                self.hosts.remove(&host);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn at(address: &str) -> Peer {
        Peer::Tcp(SocketAddr::new(address.parse().unwrap(), 1))
    }

    fn go(lobby: &mut Lobby) -> Option<u32> {
        let session = lobby.first_to_go()?;
        lobby.leave(session);
        Some(session)
    }

    #[test]
    fn the_longest_silence_goes_first() {
        let mut lobby = Lobby::default();
        for session in 0..4 {
            lobby.enter(session, at("127.0.0.1"));
        }
        lobby.hear(0);
        lobby.leave(2);
        assert_eq!([(); 4].map(|()| go(&mut lobby)), [Some(1), Some(3), Some(0), None]);
        assert_eq!((lobby.len(), lobby.hosts.len(), lobby.crowds.len()), (0, 0, 0));
    }

    #[test]
    fn of_the_host_that_has_most() {
        let mut lobby = Lobby::default();
        let hosts =
            ["10.0.0.1", "10.0.0.2", "10.0.0.2", "::ffff:10.0.0.2", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::"];
        for (session, host) in (0..).zip(hosts) {
            lobby.enter(session, at(host));
        }
        lobby.enter(7, Peer::Unix);
        // Three of one host, then two each of two of them, then one each: whose silence is longest.
        let order: Vec<_> = std::iter::from_fn(|| go(&mut lobby)).collect();
        assert_eq!(order, [1, 2, 4, 0, 3, 5, 6, 7]);
    }
}
