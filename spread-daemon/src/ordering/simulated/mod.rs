//! The simulated layer: several daemons in one process, and what may happen between them. Pure: time is an argument, and
//! every choice comes from a seed.
//!
//! It does as real layers do. From the moment of a cut nothing is delivered until the loss is noticed and the view agreed;
//! what is sent meanwhile comes in the next view. Of what was in order at a cut each part delivers some more, or not. A
//! daemon may go another way and be back before the others notice, and a ring may form again with the same members.

mod port;
mod random;
mod reform;
mod ring;
mod simulation;

pub use self::port::{Port, Shared};
pub use self::random::Random;
pub use self::simulation::{Latency, Simulation};
