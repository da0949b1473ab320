//! The addon: threads, sockets, and the way of bytes between a daemon and JavaScript. It has no protocol knowledge
//! of its own: `spread-proto` has.
//!
//! # Which thread does what
//!
//! A folder is a thread, or what several threads share. Imports go down this table only, and never in a circle.
//!
//! | folder | thread | does |
//! |---|---|---|
//! | [`js`] | JavaScript's, in a call | all calls of `lib/`: sends, takes batches, opens and ends sessions |
//! | [`event_loop`] | JavaScript's, called by libuv | reads when a socket has something, writes at the end of a turn |
//! | [`guard`] | the guard, one for each environment | connects, keeps deadlines, reads and writes when the loop is late |
//! | | a look-up, one for each name under way | asks the system's resolver (`guard/lookup.rs`) |
//! | [`libspread`] | a receiver and a sender, for each session on the C library | call it |
//! | [`environment`] | all of them | the ready list, notices, the bell |
//! | [`connect`] | none: the guard calls it | one attempt to connect, from step to step |
//! | [`session`] | none: every thread calls it | one session: what came, what goes, how it stands |
//! | [`failure`], [`resources`] | none | every way in which a session fails, and what a process runs out of |
//!
//! An embedded daemon has one more thread, in `spread-daemon`.
//!
//! # The way of a message
//!
//! ```text
//! socket ─▶ inbox (whole messages, in place) ─▶ ready list, bell ─▶ batch ─▶ lib/native/pump.js ─▶ handlers
//!            one lock: read + find                once a batch        one call
//! socket ◀─ outbox (encoded messages) ◀─ send()
//! ```
//!
//! # Locks
//!
//! A session has one for its inbox and one for its outbox; nobody holds both, and nobody holds one while JavaScript
//! runs. The lists in [`environment`] have a lock each, held for a push or a pop.
//!
//! # Teardown
//!
//! A cleanup hook (`js/teardown.rs`) stops the guard and the daemons. Where there is a loop it also closes every libuv handle,
//! and lets Node go on once the last close callback has come. `process.exit` on the main thread runs no hook: threads
//! hold nothing whose end matters.

// Every item here is internal to the addon; `missing_docs` is for crates that others use.
#![allow(missing_docs, rustdoc::private_intra_doc_links)]
// The test build has no registration of `open`, and so nothing that leads to the rest; and where there is no Unix there
// is nobody who reads by the loop, or for the C library.
#![cfg_attr(any(test, not(unix)), allow(dead_code))]

mod connect;
mod environment;
#[cfg(unix)]
mod event_loop;
mod failure;
mod guard;
mod js;
#[cfg_attr(not(unix), path = "libspread/absent.rs")]
mod libspread;
mod resources;
mod session;
