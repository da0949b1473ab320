//! The rules as their clients meet them: bytes in, bytes out, no socket.
//!
//! | module | shows |
//! |---|---|
//! | `golden` | recorded clients get the recorded answers, byte for byte |
//! | `scenarios` | who hears what, in which order |
//! | `caps` | every bound, at the bound and one beyond |
//! | `units` | work comes in bounded units, and the order is that of one that does all at once |
//! | `lobby` | who has to go of those in their handshake |
//! | `weight` | what memberships and slow readers weigh |
//! | `hostile` | no bytes do harm, to the daemon or to others |

mod caps;
pub(crate) mod golden;
mod hostile;
mod lobby;
mod scenarios;
mod units;
mod weight;
pub(crate) mod world;

/// The recordings are `spread-proto`'s, and so is what reads them.
#[path = "../../../spread-proto/tests/golden/transcript.rs"]
#[allow(dead_code)]
pub(crate) mod transcript;
