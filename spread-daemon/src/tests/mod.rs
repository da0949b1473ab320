//! The rules as their clients meet them: bytes in, bytes out, no socket.
//!
//! | module | shows |
//! |---|---|
//! | `golden` | recorded clients get the recorded answers, byte for byte |
//! | `scenarios` | who hears what, in which order |
//! | `caps` | every bound, at the bound and one beyond |
//! | `hostile` | no bytes do harm, to the daemon or to others |

mod caps;
mod golden;
mod hostile;
mod scenarios;
mod world;

/// The recordings are `spread-proto`'s, and so is what reads them.
#[path = "../../../spread-proto/tests/golden/transcript.rs"]
#[allow(dead_code)]
mod transcript;
