//! What the threads of one environment share.

pub(crate) mod shared;
