//! Spread's own result codes, as the C library and the daemon number them.

macro_rules! codes {
    ($($variant:ident = $number:literal, $name:literal, $text:literal;)*) => {
        /// A negative result of the Spread library, or a reject byte of a daemon.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $text] $variant,)* }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// Spread's number.
            pub const fn number(self) -> i32 { match self { $(Code::$variant => $number,)* } }

            /// Spread's name for it.
            pub const fn name(self) -> &'static str { match self { $(Code::$variant => $name,)* } }

            /// Returns a sentence for people.
            pub const fn text(self) -> &'static str { match self { $(Code::$variant => $text,)* } }

            /// Returns the code with this number.
            pub const fn from_number(number: i32) -> Option<Code> {
                match number { $($number => Some(Code::$variant),)* _ => None }
            }
        }
    };
}

codes! {
    IllegalSpread = -1, "ILLEGAL_SPREAD", "the daemon's address is not one";
    CouldNotConnect = -2, "COULD_NOT_CONNECT", "nothing answers at the daemon's address";
    RejectQuota = -3, "REJECT_QUOTA", "the daemon has as many sessions as it takes";
    RejectNoName = -4, "REJECT_NO_NAME", "the daemon wants a name";
    RejectIllegalName = -5, "REJECT_ILLEGAL_NAME", "the daemon refuses the private name as illegal";
    RejectNotUnique = -6, "REJECT_NOT_UNIQUE", "the private name is in use on this daemon";
    RejectVersion = -7, "REJECT_VERSION", "the daemon and this client are too far apart in version";
    ConnectionClosed = -8, "CONNECTION_CLOSED", "the connection to the daemon ended";
    RejectAuth = -9, "REJECT_AUTH", "the daemon refuses the authentication";
    IllegalSession = -11, "ILLEGAL_SESSION", "there is no such session";
    IllegalService = -12, "ILLEGAL_SERVICE", "the service type is not one";
    IllegalMessage = -13, "ILLEGAL_MESSAGE", "the message is not of the protocol";
    IllegalGroup = -14, "ILLEGAL_GROUP", "the group name is illegal";
    BufferTooShort = -15, "BUFFER_TOO_SHORT", "the buffer is too short for the message";
    GroupsTooShort = -16, "GROUPS_TOO_SHORT", "the array is too short for the groups";
    MessageTooLong = -17, "MESSAGE_TOO_LONG", "the message is too long";
    NetErrorOnSession = -18, "NET_ERROR_ON_SESSION", "the session's connection had ended before";
    SpBug = -19, "SP_BUG", "Spread found a fault in itself";
    IllegalTime = -20, "ILLEGAL_TIME", "the time is not one";
}

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} ({}, {})", self.text(), self.name(), self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn numbers_come_back() {
        for &code in Code::ALL {
            assert_eq!(Code::from_number(code.number()), Some(code));
            assert!(code.number() < 0);
        }
        for unused in [0, 1, -10, -21, i32::MIN] {
            assert_eq!(Code::from_number(unused), None);
        }
    }
}
