//! Operations: what clients' requests become. `apply` carries them out, and nothing else changes who is in which group or
//! has a message delivered.
//!
//! | operation | of a session that |
//! |---|---|
//! | `Connect` | has its name |
//! | `Join`, `Leave` | asks for that |
//! | `Multicast` | has sent messages to the same groups, one after the other |
//! | `Gone` | is over, and leaves its groups |

use spread_proto::Name;

use super::people::Home;
use super::runs::{Run, Source};

/// One step in the order of everything.
pub(super) enum Operation<'a, 'b> {
    /// A session has this name from now on.
    Connect { session: u32, name: Name, membership: bool },
    /// It joins a group.
    Join { who: Home, group: Name },
    /// It leaves a group.
    Leave { who: Home, group: Name },
    /// It sends messages. A session of another daemon has no number here.
    Multicast { session: Option<u32>, run: &'a Run<'b>, source: &'a mut Source<'b> },
    /// It is over.
    Gone { who: Home },
}
