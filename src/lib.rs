//! The addon: threads, sockets, and the way of bytes between a daemon and JavaScript. It has no protocol knowledge
//! of its own: `spread-proto` has.
//!
//! # Which thread does what
//!
//! | thread | does |
//! |---|---|
//! | JavaScript's, by libuv | reads when a socket has something, writes at the end of a turn ([`watch`]) |
//! | JavaScript's, by the bell or behind the polls | takes batches ([`taking`], [`batch`]); all calls of `lib/` ([`calls`]) |
//! | the guard, one for each environment | connects, keeps deadlines, reads and writes when the loop is late ([`guard`]) |
//! | a look-up, one for each name under way | asks the system's resolver ([`lookup`]) |
//! | a daemon, one for each | serves its clients (`spread-daemon`) |
//! | a receiver and a sender, for each session on the C library | call it ([`libspread`]) |
//!
//! # The way of a message
//!
//! ```text
//! socket ─▶ inbox (whole messages, in place) ─▶ ready list, bell ─▶ batch ─▶ lib/pump.js ─▶ handlers
//!            one lock: read + find                once a batch        one call
//! socket ◀─ outbox (encoded messages) ◀─ send()
//! ```
//!
//! # Locks
//!
//! A session has one for its inbox and one for its outbox; nobody holds both, and nobody holds one while JavaScript
//! runs. The lists in [`shared`] have a lock each, held for a push or a pop.
//!
//! # Teardown
//!
//! A cleanup hook ([`teardown`]) stops the guard and the daemons. Where there is a loop it also closes every libuv handle,
//! and lets Node go on once the last close callback has come. `process.exit` on the main thread runs no hook: threads
//! hold nothing whose end matters.

// Every item here is internal to the addon; `missing_docs` is for crates that others use.
#![allow(missing_docs)]
// The test build has no registration of `open`, and so nothing that leads to the rest; and where there is no Unix there
// is nobody who reads by the loop, or for the C library.
#![cfg_attr(any(test, not(unix)), allow(dead_code))]

mod attempt;
mod batch;
mod beat;
#[cfg(unix)]
mod caller;
mod calls;
mod daemons;
mod failure;
mod guard;
mod hub;
mod inbox;
mod js;
#[cfg_attr(not(unix), path = "libspread/absent.rs")]
mod libspread;
mod link;
mod lookup;
mod names;
mod opening;
mod outbox;
#[cfg(target_os = "linux")]
mod pace;
mod pings;
mod pool;
mod resources;
mod sending;
mod session;
mod shared;
mod slots;
mod socket;
mod taking;
mod teardown;
#[cfg(target_os = "linux")]
mod ticker;
#[cfg(unix)]
mod watch;

/// Which version this is: the package that loads it has to be of the same one.
#[napi_derive::napi(skip_typescript)]
#[allow(unreachable_pub)] // The macro wants it so.
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
