//! What the guard is asked to do, and how it is woken: the environment's side of the guard's thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

use polling::Poller;

use crate::connect::attempt::Attempt;
use crate::connect::socket::Target;
use crate::failure::Failure;
use crate::session::{Ask, Session};

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
    /// End the session at this time if it has not ended by then.
    EndAt(u32, Instant),
    /// An authentication method of this session's sends bytes; its turn's number.
    AuthWrite(u32, u32, Vec<u8>),
    /// It is done, and has used so many bytes; or it has failed.
    AuthDone(u32, u32, Result<usize, String>),
    /// A session asks for something itself.
    Ask(Ask),
}

/// The queue of commands, and the poller at which the guard waits.
pub(crate) struct Orders {
    /// Made with the thread: a program that only loads the package needs no descriptor.
    poller: OnceLock<Poller>,
    commands: Mutex<Vec<Command>>,
    /// The guard looks round at short intervals, so nobody needs to wake it for that.
    ticking: AtomicBool,
    started: AtomicBool,
    stop: AtomicBool,
    stopped: Mutex<bool>,
    on_stopped: Condvar,
    /// There is no libuv: the guard reads and writes for everybody.
    pub(crate) always: bool,
}

impl Orders {
    pub(crate) fn new(always: bool) -> Orders {
        Orders {
            poller: OnceLock::new(),
            commands: Mutex::new(Vec::new()),
            ticking: AtomicBool::new(false),
            started: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            stopped: Mutex::new(false),
            on_stopped: Condvar::new(),
            always,
        }
    }

    /// Queues a command, and wakes the guard.
    pub(crate) fn give(&self, command: Command) {
        self.commands.lock().expect("no holder panics").push(command);
        self.wake();
    }

    /// Sees to it that the guard looks round soon: there is something to write, and the loop might not get to it.
    pub(crate) fn ensure_ticking(&self) {
        if !self.ticking.swap(true, Ordering::AcqRel) {
            self.wake();
        }
    }

    /// Ends the guard's thread and waits for it, within bounds.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
        if self.is_started() {
            self.wake();
            let stopped = self.stopped.lock().expect("no holder panics");
            let _ = self.on_stopped.wait_timeout_while(stopped, JOIN_WITHIN, |stopped| !*stopped);
        }
    }

    fn wake(&self) {
        if let Some(poller) = self.poller.get() {
            let _ = poller.notify();
        }
    }
}

/// The guard's side.
impl Orders {
    /// Makes the poller, the first time.
    pub(crate) fn prepare(&self) -> Result<(), Failure> {
        if self.poller.get().is_none() {
            let poller = Poller::new().map_err(|error| Failure::resources(POLLER, "making a poller", &error))?;
            self.poller.get_or_init(|| poller);
        }
        Ok(())
    }

    /// Returns the poller, once it is made.
    pub(crate) fn poller(&self) -> &Poller {
        self.poller.get().expect("it is made before the thread")
    }

    /// Returns whether there is a thread that obeys.
    pub(crate) fn is_started(&self) -> bool {
        self.started.load(Ordering::Acquire)
    }

    /// Notes that there is one now.
    pub(crate) fn set_started(&self) {
        self.started.store(true, Ordering::Release);
    }

    /// Notes that the thread has ended.
    pub(crate) fn set_stopped(&self) {
        *self.stopped.lock().expect("no holder panics") = true;
        self.on_stopped.notify_all();
    }

    /// Takes all commands.
    pub(crate) fn take(&self) -> Vec<Command> {
        std::mem::take(&mut *self.commands.lock().expect("no holder panics"))
    }

    /// Returns whether the thread is to end.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Returns whether the guard looks round at short intervals.
    pub(crate) fn is_ticking(&self) -> bool {
        self.ticking.load(Ordering::Acquire)
    }

    /// Sets whether it does.
    pub(crate) fn set_ticking(&self, on: bool) {
        self.ticking.store(on, Ordering::Release);
    }
}
