//! The type word: services, membership causes, requests, and which combinations are legal.

use core::fmt;

use crate::error::ApiMisuse;

/// The type word of a message, without its endian marker.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServiceType(pub u32);

macro_rules! bits {
    ($($name:ident = $value:literal, $doc:literal;)*) => {
        impl ServiceType {
            $(#[doc = $doc] pub const $name: ServiceType = ServiceType($value);)*

            /// Every named bit and mask that concerns an application, with Spread's name for it.
            pub const NAMED: &'static [(&'static str, u32)] = &[$((stringify!($name), $value),)*];
        }
    };
}

bits! {
    UNRELIABLE_MESS = 0x0000_0001, "May be lost, no order.";
    RELIABLE_MESS = 0x0000_0002, "Delivered, no order promised.";
    FIFO_MESS = 0x0000_0004, "In order per sender.";
    CAUSAL_MESS = 0x0000_0008, "Causal order; daemons treat it as agreed.";
    AGREED_MESS = 0x0000_0010, "One total order at all receivers.";
    SAFE_MESS = 0x0000_0020, "Agreed, and delivered once every daemon has it.";
    REGULAR_MESS = 0x0000_003f, "Mask of the six services.";
    SELF_DISCARD = 0x0000_0040, "Not delivered to the session that sends it.";
    CAUSED_BY_JOIN = 0x0000_0100, "A membership after a join.";
    CAUSED_BY_LEAVE = 0x0000_0200, "A membership after a leave; alone, one's own leave.";
    CAUSED_BY_DISCONNECT = 0x0000_0400, "A membership after a disconnect.";
    CAUSED_BY_NETWORK = 0x0000_0800, "A membership after a change of the daemons' network.";
    REG_MEMB_MESS = 0x0000_1000, "A regular membership.";
    TRANSITION_MESS = 0x0000_2000, "The signal before a membership that lost members to the network.";
    MEMBERSHIP_MESS = 0x0000_3f00, "Mask of the membership bits.";
    REJECT_MESS = 0x0040_0000, "A message that the daemon refused.";
}

impl ServiceType {
    /// Request: join a group.
    pub const JOIN: ServiceType = ServiceType(0x0001_0000);
    /// Request: leave a group.
    pub const LEAVE: ServiceType = ServiceType(0x0002_0000);
    /// Request: end the session.
    pub const KILL: ServiceType = ServiceType(0x0004_0000);
    /// The nine bits: a request has exactly one of them. Observed.
    pub const REQUESTS: u32 = 0x0007_003f;
    /// Bits that only daemons use; clients do not send them.
    pub const INTERNAL: u32 = 0x00f8_c000;
    /// The endian marker: both bits set by little-endian writers, clear by big-endian ones.
    pub const ENDIAN_MARKER: u32 = 0x8000_0080;

    /// Returns whether all bits of `other` are set.
    pub const fn contains(self, other: ServiceType) -> bool {
        self.0 & other.0 == other.0
    }

    /// Returns the one service of a message; `None` if there is none or more than one.
    pub const fn service(self) -> Option<Service> {
        match self.0 & ServiceType::REGULAR_MESS.0 {
            0x01 => Some(Service::Unreliable),
            0x02 => Some(Service::Reliable),
            0x04 => Some(Service::Fifo),
            0x08 => Some(Service::Causal),
            0x10 => Some(Service::Agreed),
            0x20 => Some(Service::Safe),
            _ => None,
        }
    }

    /// Checks that an application may send with it: exactly one service, alone or with `SELF_DISCARD`.
    pub const fn check_multicast(self) -> Result<(), ApiMisuse> {
        if self.service().is_none() || self.0 & !(ServiceType::REGULAR_MESS.0 | ServiceType::SELF_DISCARD.0) != 0 {
            return Err(ApiMisuse::Service(self.0));
        }
        Ok(())
    }
}

impl fmt::Debug for ServiceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// The promise of a message, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// `UNRELIABLE_MESS`
    Unreliable,
    /// `RELIABLE_MESS`
    Reliable,
    /// `FIFO_MESS`
    Fifo,
    /// `CAUSAL_MESS`
    Causal,
    /// `AGREED_MESS`
    Agreed,
    /// `SAFE_MESS`
    Safe,
}

impl Service {
    /// Every service, weakest first.
    pub const ALL: [Service; 6] =
        [Service::Unreliable, Service::Reliable, Service::Fifo, Service::Causal, Service::Agreed, Service::Safe];

    /// Its bit.
    pub const fn bit(self) -> ServiceType {
        ServiceType(1 << self as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_service_alone_or_with_self_discard() {
        for word in 0..=0xffff_u32 {
            let legal = (word & 0x3f).count_ones() == 1 && word & !0x7f == 0;
            assert_eq!(ServiceType(word).check_multicast().is_ok(), legal, "{word:#x}");
        }
        for bit in 16..32 {
            assert!(ServiceType(1 << bit | 4).check_multicast().is_err());
        }
        for service in Service::ALL {
            assert_eq!(service.bit().service(), Some(service));
        }
    }
}
