//! The guard: one thread beside each environment's loop.
//!
//! It connects and shakes hands, keeps the deadlines, and stands in for the loop when JavaScript keeps that busy, so
//! that a real daemon, which cuts off a reader 1,000 messages behind, finds its messages read. Where there is no
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
//! So it is woken once when traffic begins, ticks while traffic lasts, and costs nothing when all is idle.

mod beat;
mod connecting;
mod lookup;
mod thread;
mod writing;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

use polling::Poller;

use crate::connect::attempt::Attempt;
use crate::connect::socket::Target;
use crate::environment::shared::Shared;
use crate::failure::Failure;
use crate::session::Session;
use thread::Watch;

/// A loop that has not come round for this long is late.
const LATE: Duration = Duration::from_millis(20);

/// What a poller is made by; there are further calls to it, which get a descriptor each.
const POLLER: &str = match () {
    () if cfg!(any(target_os = "linux", target_os = "android")) => "epoll_create1",
    () if cfg!(windows) => "CreateIoCompletionPort",
    () => "kqueue",
};

/// A teardown waits no longer than this for the thread.
const JOIN_WITHIN: Duration = Duration::from_secs(1);

/// What the guard is asked to do.
pub(crate) enum Command {
    /// Connect this session.
    Connect(Arc<Session>, Box<Attempt>),
    /// Another engine connects this session: end it if it is not connected by then, saying what was under way, and keep
    /// its other deadlines.
    Attend(Arc<Session>, Instant, &'static str),
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
    /// Made with the thread: a program that only loads the package needs no descriptor.
    poller: OnceLock<Poller>,
    commands: Mutex<Vec<Command>>,
    /// It looks round at least every [`LATE`], so nobody needs to wake it for that.
    ticking: AtomicBool,
    stop: AtomicBool,
    stopped: Mutex<bool>,
    on_stopped: Condvar,
    started: AtomicBool,
    /// There is no libuv: the guard reads and writes for everybody.
    pub(crate) always: bool,
}

impl Guard {
    pub(crate) fn new(always: bool) -> Guard {
        Guard {
            poller: OnceLock::new(),
            commands: Mutex::new(Vec::new()),
            ticking: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            stopped: Mutex::new(false),
            on_stopped: Condvar::new(),
            started: AtomicBool::new(false),
            always,
        }
    }

    /// Starts the thread, the first time. The JavaScript thread alone calls this.
    pub(crate) fn start(shared: &Arc<Shared>) -> Result<(), Failure> {
        let guard = &shared.guard;
        if guard.started.load(Ordering::Acquire) {
            return Ok(());
        }
        if guard.poller.get().is_none() {
            let poller = Poller::new().map_err(|error| Failure::resources(POLLER, "making a poller", &error))?;
            guard.poller.get_or_init(|| poller);
        }
        let held = shared.clone();
        let thread = std::thread::Builder::new().name("cspread-guard".into());
        let spawned = thread.spawn(move || {
            let poller = held.guard.poller.get().expect("it is made before the thread");
            Watch::new(&held, poller).run();
            *held.guard.stopped.lock().expect("no holder panics") = true;
            held.guard.on_stopped.notify_all();
        });
        spawned.map_err(|error| Failure::resources("pthread_create", "starting the guard thread", &error))?;
        guard.started.store(true, Ordering::Release);
        Ok(())
    }

    fn wake(&self) {
        if let Some(poller) = self.poller.get() {
            let _ = poller.notify();
        }
    }

    pub(crate) fn command(&self, command: Command) {
        self.commands.lock().expect("no holder panics").push(command);
        self.wake();
    }

    /// Sees to it that the guard looks round soon: there is something to write, and the loop might not get to it.
    pub(crate) fn ensure_ticking(&self) {
        if !self.ticking.swap(true, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Forgets what nobody will obey any more.
    pub(crate) fn clear(&self) {
        self.commands.lock().expect("no holder panics").clear();
    }

    /// Ends the thread and waits for it, within bounds.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        if self.started.load(Ordering::Acquire) {
            self.wake();
            let stopped = self.stopped.lock().expect("no holder panics");
            let _ = self.on_stopped.wait_timeout_while(stopped, JOIN_WITHIN, |stopped| !*stopped);
        }
    }
}
