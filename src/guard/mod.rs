//! The guard: one thread beside each environment's loop.
//!
//! It connects and shakes hands, keeps the deadlines, and stands in for the loop when JavaScript keeps that busy, so
//! that a real daemon, which cuts off a reader with 1,000 messages waiting, finds its messages read. Where there is no
//! libuv (see `event_loop`), it always reads.
//!
//! | mode of a session | the guard | until |
//! |---|---|---|
//! | Connecting | drives the handshake | it is open, or failed |
//! | Armed | waits for one readable event | the event: Suspect, or Draining if the loop was late before |
//! | Suspect | leaves the socket to the loop | 20 ms later: Armed if the loop came round, else Draining |
//! | Draining | reads at every tick | the loop came round, or nothing came: Armed |
//! | Always | reads whenever it can (no libuv) | the end |
//! | Idle | does not read: the queue is full | JavaScript took from it |
//! | Foreign | keeps the deadlines of a session that has another engine | the end |
//!
//! So it is woken once when traffic begins, ticks while traffic lasts, and costs nothing when all is idle. What happens in
//! each mode is a function, and a table of every cell: [`mode`].
//!
//! | file | has |
//! |---|---|
//! | [`thread`] | the loop of the thread: events, commands, deadlines |
//! | [`mode`] | the table |
//! | [`entry`], [`timers`] | what it knows of a session; deadlines, each of a kind |
//! | [`connecting`], [`writing`], [`beat`] | attempts; what the loop is late with; pings |
//! | [`lookup`] | threads beside it, one for each name under way |

mod beat;
mod connecting;
mod entry;
mod lookup;
mod mode;
mod thread;
mod timers;
mod writing;

use std::sync::Arc;

use crate::environment::shared::Environment;
use crate::failure::Failure;
use thread::Guard;

/// Starts the thread, the first time. The JavaScript thread alone calls this.
pub(crate) fn start(shared: &Arc<Environment>) -> Result<(), Failure> {
    let orders = &shared.orders;
    if orders.is_started() {
        return Ok(());
    }
    orders.prepare()?;
    let held = shared.clone();
    let spawned = std::thread::Builder::new().name("cspread-guard".into()).spawn(move || {
        Guard::new(&held).run();
        held.orders.set_stopped();
    });
    spawned.map_err(|error| Failure::resources("pthread_create", "starting the guard thread", &error))?;
    orders.set_started();
    Ok(())
}
