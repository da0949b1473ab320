//! Every size and number of the protocol, each with its source.
//!
//! *Observed* means seen live against a Spread 5.0.1 daemon and library; *read* means known from reading how
//! they work. docs/protocol.md has the details.

/// TCP port of a daemon, and the number in the name of its Unix socket (`/tmp/4803`). Observed.
pub const DEFAULT_PORT: u16 = 4803;

/// Longest path of a Unix socket, in bytes: the field of the system's `sockaddr_un`, less the final NUL.
pub const MAX_SOCKET_PATH_LEN: usize =
    if cfg!(any(target_os = "linux", target_os = "android", windows)) { 107 } else { 103 };

/// Length of a name field on the wire, its NUL included. Observed.
pub const NAME_FIELD_LEN: usize = 32;

/// Longest name: the field less its NUL. Observed.
pub const MAX_NAME_LEN: usize = NAME_FIELD_LEN - 1;

/// Longest private name (the name a client asks for). Observed: the daemon answers -5 to 11.
pub const MAX_PRIVATE_NAME_LEN: usize = 10;

/// Longest daemon name. Read; `#` + 10 + `#` + 19 is exactly [`MAX_NAME_LEN`].
pub const MAX_DAEMON_NAME_LEN: usize = 19;

/// Length of the message header. Observed.
pub const HEADER_LEN: usize = 48;

/// Groups a message header may announce. Observed.
pub const MAX_GROUPS: usize = 100;

/// Most groups of a multicast, which clients keep to: the header and the names then fit the 1,432 bytes of one
/// fragment. Observed.
pub const MAX_MULTICAST_GROUPS: usize = 43;

/// Largest size (body + 32 bytes a group) of a multicast, which clients keep to: 100 fragments of 1,432 bytes less the
/// header. Observed.
pub const MAX_MULTICAST_SIZE: usize = 143_152;

/// Largest size a message header may announce: 144,000 less the header. Observed.
pub const MAX_SIZE: usize = 143_952;

/// The size up to which a client sends unless told otherwise: below [`MAX_MULTICAST_SIZE`] by a margin of our
/// own, so that a few more groups do not turn a legal message into an illegal one.
pub const DEFAULT_MULTICAST_SIZE: usize = 140_000;

/// Most members a membership message may name. A real daemon takes 3,122 local members a group (read) and a
/// network has at most 128 daemons (read); this bounds what a hostile daemon can make a client hold.
pub const MAX_MEMBERS: usize = 3_122 * 128;

/// Largest size (body + 32 bytes a member) of a membership message: 20 bytes, each member in the list and once more
/// in a set, and at worst a set count for each.
pub const MAX_MEMBERSHIP_SIZE: usize = 20 + MAX_MEMBERS * (NAME_FIELD_LEN + NAME_FIELD_LEN + 4);

/// Authentication methods in a choice block. Read.
pub const MAX_AUTH_METHODS: usize = 3;

/// Length of one method's slot in the choice block, NUL-padded. Observed.
pub const AUTH_SLOT_LEN: usize = 30;

/// Longest name of an authentication method: the slot less its NUL. Read.
pub const MAX_AUTH_NAME_LEN: usize = AUTH_SLOT_LEN - 1;

/// Length of the choice block. Observed.
pub const AUTH_CHOICE_LEN: usize = MAX_AUTH_METHODS * AUTH_SLOT_LEN;

/// Longest auth list: its length is one signed byte that is not negative. Observed.
pub const MAX_AUTH_LIST_LEN: usize = 127;

/// Connections a real daemon takes. Observed: the 998th gets -3.
pub const MAX_DAEMON_SESSIONS: usize = 997;

/// Messages a real daemon queues for one session before it ends it. Observed.
pub const MAX_SESSION_MESSAGES: usize = 1_000;

/// The version this implementation announces, at both ends. Observed of 5.0.1.
pub const VERSION: [u8; 3] = [5, 0, 1];
