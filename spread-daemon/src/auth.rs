//! Who may connect: the methods NULL (everybody) and IP (a list of addresses).
//!
//! A client chooses among the methods allowed, and every one it chooses has to let it in. Libraries from before the
//! choice get IP where that is allowed, else NULL.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use spread_proto::AuthName;

/// Where a client comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// Over TCP.
    Tcp(SocketAddr),
    /// Over the Unix socket.
    Unix,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Tcp(address) => address.fmt(f),
            Peer::Unix => f.write_str("unix"),
        }
    }
}

/// Bits that an IPv4 address has before its own when it is written as an IPv6 one.
const MAPPED: u8 = 96;

/// One line of the IP method's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpRule {
    /// Addresses whose first `prefix` bits are those of `network`, the other bits of which have to be zero: an address
    /// matches when it is `network` once masked.
    Network {
        /// The network's address.
        network: IpAddr,
        /// How many bits count.
        prefix: u8,
    },
    /// Clients on the Unix socket. (A real 5.0.1 daemon knows the word and lets nobody in for it.)
    Unix,
}

impl IpRule {
    /// Reads a rule: `a.b.c.d`, `a.b.c.d/prefix`, the same in IPv6, `local` (127.0.0.0/8) or `unix`. A network with
    /// bits behind its prefix is none: in a real daemon's list it matches nobody. An IPv4 address that is written as an
    /// IPv6 one, `::ffff:a.b.c.d`, is that IPv4 address.
    pub fn parse(text: &str) -> Option<IpRule> {
        match text {
            "unix" => return Some(IpRule::Unix),
            "local" => return Some(IpRule::Network { network: IpAddr::from([127, 0, 0, 0]), prefix: 8 }),
            _ => {}
        }
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().ok()?;
        let bits = if network.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().ok().filter(|&prefix| prefix <= bits)?,
            None => bits,
        };
        if masked(network, prefix) != network {
            return None;
        }
        Some(match network.to_canonical() {
            network @ IpAddr::V4(_) if bits == 128 && prefix >= MAPPED => {
                IpRule::Network { network, prefix: prefix - MAPPED }
            }
            _ => IpRule::Network { network, prefix },
        })
    }

    /// An IPv4 client of an IPv6 socket is an IPv4 client.
    fn admits(self, peer: Peer) -> bool {
        match (self, peer) {
            (IpRule::Unix, Peer::Unix) => true,
            (IpRule::Network { network, prefix }, Peer::Tcp(address)) => {
                masked(address.ip().to_canonical(), prefix) == network
            }
            _ => false,
        }
    }
}

/// The address's first bits; the others are zero.
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(prefix.into())).unwrap_or(0);
            IpAddr::from((address.to_bits() & mask).to_be_bytes())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(prefix.into())).unwrap_or(0);
            IpAddr::from((address.to_bits() & mask).to_be_bytes())
        }
    }
}

/// The methods a daemon allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// Whether everybody may connect who chooses NULL.
    pub null: bool,
    /// Who may connect by IP; `None` does not allow the method.
    pub ip: Option<Vec<IpRule>>,
}

impl Default for Auth {
    fn default() -> Auth {
        Auth { null: true, ip: None }
    }
}

impl Auth {
    /// The names for the list, in a real daemon's order.
    pub(crate) fn names(&self) -> Vec<String> {
        let null = self.null.then_some(AuthName::NULL);
        let ip = self.ip.is_some().then_some(AuthName::IP);
        null.into_iter().chain(ip).map(String::from).collect()
    }

    /// Whether all the methods chosen let this client in.
    pub(crate) fn admits(&self, chosen: &[AuthName], peer: Peer) -> bool {
        !chosen.is_empty()
            && chosen.iter().all(|method| match (method.as_str(), &self.ip) {
                (AuthName::NULL, _) => self.null,
                (AuthName::IP, Some(rules)) => rules.iter().any(|rule| rule.admits(peer)),
                _ => false,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(address: &str) -> Peer {
        Peer::Tcp(SocketAddr::new(address.parse().unwrap(), 1))
    }

    #[test]
    fn rules() {
        for (rule, peer, admitted) in [
            ("127.0.0.1", tcp("127.0.0.1"), true),
            ("127.0.0.1", tcp("127.0.0.2"), false),
            ("10.1.0.0/16", tcp("10.1.200.3"), true),
            ("10.1.0.0/16", tcp("10.2.0.1"), false),
            ("0.0.0.0/0", tcp("8.8.8.8"), true),
            ("0.0.0.0/0", tcp("::1"), false),
            ("local", tcp("127.9.9.9"), true),
            ("local", tcp("::ffff:127.0.0.1"), true),
            ("::1", tcp("::1"), true),
            ("fd00::/8", tcp("fd12::1"), true),
            ("fd00::/8", tcp("fe80::1"), false),
            ("::/0", tcp("fe80::1"), true),
            ("::/0", tcp("127.0.0.1"), false),
            ("127.0.0.1", tcp("::ffff:127.0.0.1"), true),
            ("::ffff:127.0.0.1", tcp("127.0.0.1"), true),
            ("::ffff:127.0.0.1", tcp("::ffff:127.0.0.1"), true),
            ("::ffff:127.0.0.1", tcp("127.0.0.2"), false),
            ("::ffff:7f00:1/128", tcp("127.0.0.1"), true),
            ("::ffff:10.0.0.0/104", tcp("10.1.2.3"), true),
            ("::ffff:10.0.0.0/104", tcp("11.1.2.3"), false),
            ("::ffff:0:0/96", tcp("8.8.8.8"), true),
            ("::ffff:0:0/96", tcp("::1"), false),
            ("unix", Peer::Unix, true),
            ("local", Peer::Unix, false),
            ("unix", tcp("127.0.0.1"), false),
        ] {
            assert_eq!(IpRule::parse(rule).unwrap().admits(peer), admitted, "{rule} {peer:?}");
        }
        for bad in [
            "",
            "localhost",
            "1.2.3",
            "1.2.3.4/33",
            "::1/129",
            "1.2.3.4/-1",
            "1.2.3.4/",
            "10.1.0.1/16",
            "fd00::1/8",
            "::ffff:10.0.0.1/104",
        ] {
            assert_eq!(IpRule::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn all_methods_chosen_have_to_admit() {
        let name = |name| AuthName::new(name).unwrap();
        let both = Auth { null: true, ip: Some(vec![IpRule::parse("local").unwrap()]) };
        assert!(both.admits(&[name("NULL"), name("IP")], tcp("127.0.0.1")));
        assert!(!both.admits(&[name("NULL"), name("IP")], tcp("10.0.0.1")));
        assert!(both.admits(&[name("NULL")], tcp("10.0.0.1")));
        assert!(!both.admits(&[], tcp("127.0.0.1")));
        assert!(!both.admits(&[name("PWORD")], tcp("127.0.0.1")));
        assert_eq!(both.names(), ["NULL", "IP"]);
    }
}
