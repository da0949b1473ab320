//! The rules: the daemon without its sockets. Pure: no I/O, no clock, no thread.
//!
//! ```text
//!  bytes ─▶ requests ─▶ operations ─▶ apply ─▶ membership ─┐
//!                                      └────▶ multicast ──┴─▶ sessions' queues
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`state`] | sessions, groups, and what the daemon's thread calls |
//! | `handshake`, `lobby` | how a client becomes a session, and who goes if too many want to |
//! | `requests`, `steps` | a client's stream into requests, a bounded amount of work at a time |
//! | `operation`, `apply` | what requests become, and the only thing that changes groups |
//! | `membership`, `groups` | who is where, as of which membership, and who hears of it |
//! | `leaving`, `leavings` | sessions that are over, and leave their groups step by step |
//! | `multicast`, `runs` | who gets a message |
//! | `sessions`, `queue`, `chunk` | what waits for each client: slices of shared bytes |

mod apply;
pub(crate) mod chunk;
pub(crate) mod groups;
mod handshake;
mod leaving;
mod leavings;
mod lobby;
mod membership;
mod multicast;
mod operation;
mod pictures;
pub(crate) mod queue;
mod requests;
mod runs;
pub(crate) mod sessions;
mod state;
pub(crate) mod steps;

pub(crate) use self::state::Rules;
