//! JavaScript's thread, called by libuv: handles on the environment's own loop.
//!
//! libuv's functions are looked up in the running program, since not every runtime has them: without them the guard
//! reads instead (see `guard`), and JavaScript says when a turn ends.
//!
//! | handle | one for each | does |
//! |---|---|---|
//! | poll ([`poll`]) | open session | reads when the socket has something, writes when it takes something again |
//! | check ([`turn`]) | environment | has JavaScript take, right after a turn's polls, what they have read ([`caller`]) |
//! | ticker ([`ticker`]) | environment, once messages stream in | has sockets looked at by time instead |
//! | prepare ([`turn`]) | environment | writes, at the end of a turn, what the turn sent |
//!
//! Poll handles hold no process: the bell does that, for all sessions together. A handle is closed on the loop's
//! thread only, and its memory, with its hold on the socket, goes in its close callback.

pub(crate) mod caller;
pub(crate) mod poll;
#[cfg(target_os = "linux")]
mod ticker;
pub(crate) mod turn;
pub(crate) mod uv;
