//! The libspread engine: the C library carries the session.
//!
//! The library's mailbox is a blocking socket, and its calls loop until a message is whole. So each mailbox has two
//! threads of its own, and they never wait for each other:
//!
//! | thread | does |
//! |---|---|
//! | receiver ([`receiving`]) | `SP_receive`, and puts what comes into the session's inbox as it would stand on the wire |
//! | sender ([`sending`]) | takes what the outbox has, and makes the library's calls of it |
//!
//! The receiver connects first. Nothing above the seam knows the difference: inbox, batches and handlers are the
//! same. The library trusts its caller, so everything is checked before it comes here (groups, sizes, names), membership
//! bodies are read by `spread-proto`, and buffers that are too short are made longer and the receive tried again.
//!
//! Its last holder closes the mailbox, so no thread uses a descriptor that was closed and used again. To
//! wake a thread that waits in the library, the socket is shut down, not closed.

mod library;
mod mailbox;
mod plan;
mod receiving;
mod sending;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::Builder;
use std::time::Instant;

pub(crate) use library::version;
pub(crate) use plan::Plan;

use crate::environment::orders::Command;
use crate::environment::shared::Environment;
use crate::failure::Failure;
use crate::session::{Session, state::Established};
use mailbox::{Mailbox, UNDER_WAY};

/// What a thread may take, and touches little of: look-ups and patched libraries are others' code.
const STACK: usize = 1024 * 1024;

/// Begins to connect a session. The guard keeps its deadlines.
pub(crate) fn connect(shared: &Environment, session: &Arc<Session>, plan: Plan) {
    shared.orders.give(Command::Attend(session.clone(), Instant::now() + plan.timeout, UNDER_WAY));
    spawn("cspread-receiver", session, move |session| match open(&plan) {
        Ok((mailbox, established)) => serve(session, &mailbox, established),
        Err(failure) => session.finish(Err(failure)),
    });
}

/// Connects at one address after the other. The library's own deadline covers connecting and the handshake; the
/// guard's covers the look-up too, and gives this thread up if need be.
fn open(plan: &Plan) -> Result<(Arc<Mailbox>, Established), Failure> {
    let deadline = Instant::now() + plan.timeout;
    let mut first = None;
    for (index, daemon) in plan.daemons.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now()) / (plan.daemons.len() - index) as u32;
        match Mailbox::connect(plan, daemon, left) {
            Ok((mailbox, private_group, address)) => {
                return Ok((mailbox, Established { private_group, version: None, address }));
            }
            Err(failure) => {
                first.get_or_insert(failure);
            }
        }
    }
    Err(first.unwrap_or_else(|| Failure::connect("no address was given")))
}

/// This thread receives from now on; another one sends.
fn serve(session: &Arc<Session>, mailbox: &Arc<Mailbox>, established: Established) {
    let link: Arc<dyn crate::session::link::Link> = mailbox.clone();
    session.open(&link, established, &[]);
    drop(link);
    let feed = mailbox.clone();
    spawn("cspread-sender", session, move |session| sending::run(session, &feed));
    receiving::run(session, mailbox);
}

/// Runs something for a session. A fault of ours ends that session, and no other.
fn spawn(name: &str, session: &Arc<Session>, run: impl FnOnce(&Arc<Session>) + Send + 'static) {
    let held = session.clone();
    let run = move || {
        if catch_unwind(AssertUnwindSafe(|| run(&held))).is_err() {
            held.finish(Err(Failure::bug("a thread of the libspread engine panicked")));
        }
    };
    if let Err(error) = Builder::new().name(name.into()).stack_size(STACK).spawn(run) {
        session.finish(Err(Failure::resources("pthread_create", &format!("starting the thread {name}"), &error)));
    }
}
