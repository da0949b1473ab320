//! The guard: one thread beside each environment's loop.
//!
//! It connects and shakes hands, keeps the deadlines, and stands in for the loop when JavaScript keeps that busy, so
//! that a real daemon, which cuts off a reader 1,000 messages behind, finds its messages read. Where there is no
//! libuv (see `watch`), it always reads.
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
//! So it is woken once when traffic begins, ticks while traffic lasts, and costs nothing when all is idle.

mod connecting;
mod thread;
mod writing;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, Weak};
use std::time::{Duration, Instant};

use polling::Poller;

use crate::attempt::Attempt;
use crate::failure::Failure;
use crate::session::Session;
use crate::shared::Shared;
use crate::socket::Target;
use thread::Watch;

/// A loop that has not come round for this long is late.
const LATE: Duration = Duration::from_millis(20);

/// A teardown waits no longer than this for the thread.
const JOIN_WITHIN: Duration = Duration::from_secs(1);

/// What the guard is asked to do.
pub(crate) enum Command {
    /// Connect this session.
    Connect(Arc<Session>, Box<Attempt>),
    /// Another engine connects this session: end it if it is not connected by then, and keep its other deadlines.
    Attend(Arc<Session>, Instant),
    /// A look-up for this session's attempt came to its end.
    Resolved(u32, Result<Vec<Target>, Failure>),
    /// The session is over: let its socket go.
    Forget(u32),
    /// The session's queue was taken from: watch it again.
    Resume(u32),
    /// The session's socket took no more: see that it is written once it does, if the loop does not.
    Blocked(Arc<Session>),
    /// End the session at this time if it has not ended by then.
    EndAt(u32, Instant),
    /// An authentication method of this session's sends bytes; its turn's number.
    AuthWrite(u32, u32, Vec<u8>),
    /// It is done, and has used so many bytes; or it has failed.
    AuthDone(u32, u32, Result<usize, String>),
    /// The session is open and wants to be pinged, the first time then.
    Beat(u32, Instant),
}

/// The handle, held by every thread of the environment.
pub(crate) struct Guard {
    poller: Poller,
    commands: Mutex<Vec<Command>>,
    /// It looks round at least every [`LATE`], so nobody needs to wake it for that.
    ticking: AtomicBool,
    stop: AtomicBool,
    stopped: Mutex<bool>,
    on_stopped: Condvar,
    shared: OnceLock<Weak<Shared>>,
    started: AtomicBool,
    /// There is no libuv: the guard reads and writes for everybody.
    pub(crate) always: bool,
}

impl Guard {
    pub(crate) fn new(always: bool) -> std::io::Result<Guard> {
        Ok(Guard {
            poller: Poller::new()?,
            commands: Mutex::new(Vec::new()),
            ticking: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            stopped: Mutex::new(false),
            on_stopped: Condvar::new(),
            shared: OnceLock::new(),
            started: AtomicBool::new(false),
            always,
        })
    }

    /// Starts the thread, the first time.
    pub(crate) fn start(shared: &Arc<Shared>) -> std::io::Result<()> {
        let guard = &shared.guard;
        guard.shared.get_or_init(|| Arc::downgrade(shared));
        if !guard.started.swap(true, Ordering::AcqRel) {
            let held = shared.clone();
            let result = std::thread::Builder::new().name("cspread-guard".into()).spawn(move || {
                Watch::new(&held).run();
                *held.guard.stopped.lock().expect("no holder panics") = true;
                held.guard.on_stopped.notify_all();
            });
            if let Err(error) = result {
                guard.started.store(false, Ordering::Release);
                return Err(error);
            }
        }
        Ok(())
    }

    pub(crate) fn command(&self, command: Command) {
        self.commands.lock().expect("no holder panics").push(command);
        let _ = self.poller.notify();
    }

    /// Sees to it that the guard looks round soon: there is something to write, and the loop might not get to it.
    pub(crate) fn ensure_ticking(&self) {
        if !self.ticking.swap(true, Ordering::AcqRel) {
            let _ = self.poller.notify();
        }
    }

    /// Forgets what nobody will obey any more.
    pub(crate) fn clear(&self) {
        self.commands.lock().expect("no holder panics").clear();
    }

    /// Ends the thread and waits for it, within bounds.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        let _ = self.poller.notify();
        if self.started.load(Ordering::Acquire) {
            let stopped = self.stopped.lock().expect("no holder panics");
            let _ = self.on_stopped.wait_timeout_while(stopped, JOIN_WITHIN, |stopped| !*stopped);
        }
    }
}
