//! What the threads share of one environment: who has news for JavaScript, and the bell that says so.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::guard::Guard;
use crate::session::Session;
use crate::session::outbox::Written;
#[cfg(target_os = "linux")]
use crate::session::pace::Bustle;
use crate::session::pool::Pool;

/// Rings the doorbell: has JavaScript's thread take what there is.
pub(crate) type Bell = Box<dyn Fn() + Send + Sync>;

/// Something that JavaScript has to hear of and that belongs to no session.
#[derive(Debug)]
pub(crate) struct Notice {
    pub(crate) about: u32,
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

/// Shared by all threads of an environment.
pub(crate) struct Shared {
    pub(crate) pool: Pool,
    pub(crate) guard: Guard,
    bell: Bell,
    /// Rung and not yet answered: JavaScript clears it when it finds nothing more to take. Until then nobody rings,
    /// since Node answers a bell rung during its callback before it looks at its timers.
    rung: AtomicBool,
    ready: Mutex<VecDeque<Arc<Session>>>,
    notices: Mutex<Vec<Notice>>,
    /// Sessions to write at the end of the turn.
    dirty: Mutex<Vec<Arc<Session>>>,
    /// Names being looked up, and the sessions that wait for them.
    pub(crate) lookups: Mutex<HashMap<(String, u16), Vec<u32>>>,
    /// Counts the turns' ends, so that the guard can tell whether the loop is late.
    pub(crate) turns: AtomicU64,
    #[cfg(target_os = "linux")]
    pub(crate) bustle: Bustle,
    /// The environment is being taken down: nobody rings any more.
    closed: AtomicBool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    pub(crate) fn new(bell: Bell, guard: Guard) -> Arc<Shared> {
        Arc::new(Shared {
            pool: Pool::default(),
            guard,
            bell,
            rung: AtomicBool::new(false),
            ready: Mutex::new(VecDeque::new()),
            notices: Mutex::new(Vec::new()),
            dirty: Mutex::new(Vec::new()),
            lookups: Mutex::new(HashMap::new()),
            turns: AtomicU64::new(0),
            #[cfg(target_os = "linux")]
            bustle: Bustle::default(),
            closed: AtomicBool::new(false),
        })
    }

    /// A session has news.
    pub(crate) fn ready(&self, session: Arc<Session>) {
        // Sessions hold what they share: after the end nobody would take this one out again, nor free either.
        if !self.closed.load(Ordering::Acquire) {
            self.ready.lock().expect("no holder panics").push_back(session);
            self.ring();
        }
    }

    /// A session has news, on the loop's own thread: whether the caller is to answer in the bell's place.
    pub(crate) fn ready_here(&self, session: Arc<Session>) -> bool {
        if self.closed.load(Ordering::Acquire) {
            return false;
        }
        self.ready.lock().expect("no holder panics").push_back(session);
        !self.rung.swap(true, Ordering::AcqRel)
    }

    /// There is something to tell beside sessions.
    pub(crate) fn notify(&self, notice: Notice) {
        self.notices.lock().expect("no holder panics").push(notice);
        self.ring();
    }

    /// The next session with news. `None` answers the bell: whoever has news after this rings again.
    pub(crate) fn next_ready(&self) -> Option<Arc<Session>> {
        let mut ready = self.ready.lock().expect("no holder panics");
        let next = ready.pop_front();
        if next.is_none() {
            self.rung.store(false, Ordering::Release);
        }
        next
    }

    /// What there is to tell beside sessions.
    pub(crate) fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.notices.lock().expect("no holder panics"))
    }

    pub(crate) fn has_notices(&self) -> bool {
        self.notices_waiting() > 0
    }

    pub(crate) fn notices_waiting(&self) -> usize {
        self.notices.lock().expect("no holder panics").len()
    }

    /// A session has something to write at the end of this turn. Whether it is the first one.
    pub(crate) fn soil(&self, session: &Arc<Session>) -> bool {
        let mut dirty = self.dirty.lock().expect("no holder panics");
        dirty.push(session.clone());
        dirty.len() == 1
    }

    /// The sessions that have something to write.
    pub(crate) fn take_dirty(&self) -> Vec<Arc<Session>> {
        std::mem::take(&mut self.dirty.lock().expect("no holder panics"))
    }

    /// Writes what the sessions have for the end of a turn.
    pub(crate) fn write_dirty(&self) {
        self.turns.fetch_add(1, Ordering::AcqRel);
        for session in self.take_dirty() {
            session.clean();
            if session.write() == Written::Blocked {
                session.block();
            }
        }
    }

    pub(crate) fn has_dirty(&self) -> bool {
        !self.dirty.lock().expect("no holder panics").is_empty()
    }

    /// The environment is being taken down.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// Lets go of all sessions, once no other thread brings new ones.
    pub(crate) fn clear(&self) {
        self.ready.lock().expect("no holder panics").clear();
        self.dirty.lock().expect("no holder panics").clear();
        self.guard.clear();
    }

    fn ring(&self) {
        if !self.closed.load(Ordering::Acquire) && !self.rung.swap(true, Ordering::AcqRel) {
            (self.bell)();
        }
    }
}
