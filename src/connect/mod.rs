//! One attempt to connect. No thread of its own: the guard takes it from step to step ([`attempt`]).

pub(crate) mod attempt;
pub(crate) mod literal;
pub(crate) mod options;
pub(crate) mod socket;
