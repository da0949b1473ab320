//! JavaScript's thread, in a call: what `lib/` asks for. All of it is quick, and runs no JavaScript.
//!
//! | file | has |
//! |---|---|
//! | [`entry`], [`teardown`] | an environment's beginning and its end |
//! | [`calls`] | the functions that `lib/` calls |
//! | [`hub`] | an environment's state on this thread |
//! | [`options`] | what JavaScript asks for when it opens a session or starts a daemon |
//! | [`sending`] | messages, from arguments to a session's outbox |
//! | [`taking`], [`batch`], [`names`] | what a session has, as a batch of records |
//! | [`daemons`] | the environment's embedded daemons |
//! | [`slots`] | things by number |
//! | [`napi`], [`memory`] | the raw calls of Node-API; memory of JavaScript's, in place |

mod batch;
mod calls;
mod daemons;
mod entry;
mod hub;
mod memory;
mod names;
mod napi;
mod options;
mod sending;
mod slots;
mod taking;
mod teardown;
