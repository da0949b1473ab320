//! What the threads share of one environment: who has news for JavaScript, and the bell that says so.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use super::orders::{Command, Orders};
use crate::session::outbox::Written;
#[cfg(target_os = "linux")]
use crate::session::pace::Bustle;
use crate::session::pool::Pool;
use crate::session::{Ask, Host, Session, Surroundings};

/// Rings the doorbell: has JavaScript's thread take what there is.
pub(crate) type Bell = Box<dyn Fn() + Send + Sync>;

/// Something that JavaScript has to hear of and that belongs to no session.
#[derive(Debug)]
pub(crate) struct Notice {
    pub(crate) about: u32,
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

/// Environment by all threads of an environment.
pub(crate) struct Environment {
    pub(crate) orders: Orders,
    pool: Arc<Pool>,
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
    bustle: Arc<Bustle>,
    /// The environment is being taken down: nobody rings any more.
    closed: AtomicBool,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

impl Environment {
    /// Makes an environment. `without_loop`: there is no libuv, so that the guard reads and writes for all sessions.
    pub(crate) fn new(bell: Bell, without_loop: bool) -> Arc<Environment> {
        Arc::new(Environment {
            orders: Orders::new(without_loop),
            pool: Arc::default(),
            bell,
            rung: AtomicBool::new(false),
            ready: Mutex::new(VecDeque::new()),
            notices: Mutex::new(Vec::new()),
            dirty: Mutex::new(Vec::new()),
            lookups: Mutex::new(HashMap::new()),
            turns: AtomicU64::new(0),
            #[cfg(target_os = "linux")]
            bustle: Arc::default(),
            closed: AtomicBool::new(false),
        })
    }

    /// Returns what a session of this environment has of it.
    pub(crate) fn surroundings(self: &Arc<Self>) -> Surroundings {
        let host: Weak<Environment> = Arc::downgrade(self);
        Surroundings {
            host,
            pool: self.pool.clone(),
            #[cfg(target_os = "linux")]
            bustle: self.bustle.clone(),
        }
    }

    /// Queues a notice, which belongs to no session, and rings.
    pub(crate) fn notify(&self, notice: Notice) {
        self.notices.lock().expect("no holder panics").push(notice);
        self.ring();
    }

    /// Returns the next session with news. `None` answers the bell: news after this rings it again.
    pub(crate) fn next_ready(&self) -> Option<Arc<Session>> {
        let mut ready = self.ready.lock().expect("no holder panics");
        let next = ready.pop_front();
        if next.is_none() {
            self.rung.store(false, Ordering::Release);
        }
        next
    }

    /// Takes the notices that wait.
    pub(crate) fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.notices.lock().expect("no holder panics"))
    }

    pub(crate) fn has_notices(&self) -> bool {
        self.notices_waiting() > 0
    }

    pub(crate) fn notices_waiting(&self) -> usize {
        self.notices.lock().expect("no holder panics").len()
    }

    /// Lists a session that has something to write at the end of this turn. Returns whether it is the first one.
    pub(crate) fn list_dirty(&self, session: &Arc<Session>) -> bool {
        let mut dirty = self.dirty.lock().expect("no holder panics");
        dirty.push(session.clone());
        dirty.len() == 1
    }

    /// Takes the sessions that have something to write.
    pub(crate) fn take_dirty(&self) -> Vec<Arc<Session>> {
        std::mem::take(&mut self.dirty.lock().expect("no holder panics"))
    }

    /// Writes what the sessions have for the end of a turn.
    pub(crate) fn write_dirty(&self) {
        self.turns.fetch_add(1, Ordering::AcqRel);
        for session in self.take_dirty() {
            session.clear_dirty();
            if session.write() == Written::Blocked {
                session.block();
            }
        }
    }

    pub(crate) fn has_dirty(&self) -> bool {
        !self.dirty.lock().expect("no holder panics").is_empty()
    }

    /// Marks that the environment is being taken down.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    fn ring(&self) {
        if self.is_to_ring() {
            (self.bell)();
        }
    }

    /// Returns whether the bell is to be rung, or answered in its place: it was not yet, and there still is who hears it.
    fn is_to_ring(&self) -> bool {
        !self.closed.load(Ordering::Acquire) && !self.rung.swap(true, Ordering::AcqRel)
    }
}

impl Host for Environment {
    fn ready(&self, session: Arc<Session>) {
        self.ready.lock().expect("no holder panics").push_back(session);
        self.ring();
    }

    fn ready_here(&self, session: Arc<Session>) -> bool {
        self.ready.lock().expect("no holder panics").push_back(session);
        self.is_to_ring()
    }

    fn ask(&self, ask: Ask) {
        // The loop watches the socket too, and is quicker. Where there is none JavaScript has nothing to do with it and is
        // not called: a program that sends whenever it has a turn would never run out of turns.
        if let Ask::WriteWhenPossible(session) = &ask
            && !self.orders.always
        {
            session.announce();
        }
        self.orders.give(Command::Ask(ask));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::session::fake::{self, Fake};
    use crate::session::link::Link;

    /// That a socket takes no more is news for the loop, which watches it. Without a loop JavaScript is not called for that.
    #[test]
    fn only_a_loop_hears_of_a_socket_that_takes_no_more() {
        for without_loop in [false, true] {
            let shared = Environment::new(Box::new(|| {}), without_loop);
            let session = fake::session(shared.surroundings(), None);
            let link = Fake::idle();
            session.open(&(link.clone() as Arc<dyn Link>), fake::established(), &[]);
            assert!(shared.next_ready().is_some(), "it is connected");
            session.unlist();
            link.full.store(true, Ordering::Release);
            session.ping(true, Instant::now()).unwrap();
            assert_eq!(session.write(), Written::Blocked);
            session.block();
            assert!(session.blocked.is_set());
            assert_eq!(shared.next_ready().is_some(), !without_loop);
            link.full.store(false, Ordering::Release);
            assert_eq!(session.write(), Written::All);
            assert!(!session.blocked.is_set());
        }
    }

    /// A session that ends after its environment was taken down is let go with it, wherever it still stands.
    #[test]
    fn an_environment_lets_its_sessions_go() {
        let shared = Environment::new(Box::new(|| panic!("nobody hears it")), false);
        let session = fake::session(shared.surroundings(), None);
        shared.close();
        session.open(&(Fake::idle() as Arc<dyn Link>), fake::established(), &[]);
        assert!(shared.list_dirty(&session));
        session.block();
        drop(shared);
        assert_eq!(Arc::strong_count(&session), 1);
        session.finish(Ok(()));
    }
}
