//! For tests: an environment, a session, and a link. The link takes everything unless it is full, and brings what the test
//! gives it.

use std::fmt;
use std::io;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};

use spread_proto::{DaemonName, PrivateGroup, PrivateName};

use super::link::Link;
use super::state::{Established, Heartbeat};
use super::{Ask, Host, Session, Surroundings, inbox, outbox};

/// An environment that writes down what it is asked.
#[derive(Default)]
pub(crate) struct Asked {
    /// Sessions that had news.
    pub(crate) ready: Mutex<Vec<Arc<Session>>>,
    pub(crate) asked: Mutex<Vec<Ask>>,
}

impl Asked {
    pub(crate) fn surroundings(self: &Arc<Self>) -> Surroundings {
        let host: Weak<Asked> = Arc::downgrade(self);
        Surroundings {
            host,
            pool: Arc::default(),
            #[cfg(target_os = "linux")]
            bustle: Arc::default(),
        }
    }
}

impl Host for Asked {
    fn ready(&self, session: Arc<Session>) {
        self.ready.lock().unwrap().push(session);
    }

    fn ready_here(&self, session: Arc<Session>) -> bool {
        self.ready(session);
        true
    }

    fn ask(&self, ask: Ask) {
        self.asked.lock().unwrap().push(ask);
    }
}

/// Makes a session that connects.
pub(crate) fn session(around: Surroundings, heartbeat: Option<Heartbeat>) -> Arc<Session> {
    let inbox = inbox::Limits { max_receive_queue_bytes: 1 << 20, overflow: inbox::Overflow::Disconnect };
    let outbox = outbox::Limits { high_water_mark: 1 << 20, max_queued_bytes: 1 << 20, max_message_bytes: 1 << 20 };
    Session::new(1, around, inbox, outbox, heartbeat)
}

/// Returns what it is opened with.
pub(crate) fn established() -> Established {
    let name = PrivateName::new(b"me").unwrap();
    Established {
        private_group: PrivateGroup::new(name, DaemonName::new(b"here").unwrap()),
        version: None,
        address: String::new(),
    }
}

/// Writes to the front of a buffer what the link brings now: how many bytes, 0 for nothing yet.
type Source = dyn Fn(&mut [MaybeUninit<u8>]) -> usize + Send + Sync;

pub(crate) struct Fake {
    source: Box<Source>,
    pub(crate) full: AtomicBool,
    pub(crate) shut: AtomicBool,
}

impl Fake {
    pub(crate) fn bringing(source: impl Fn(&mut [MaybeUninit<u8>]) -> usize + Send + Sync + 'static) -> Arc<Fake> {
        Arc::new(Fake { source: Box::new(source), full: AtomicBool::new(false), shut: AtomicBool::new(false) })
    }

    /// Makes one that never brings anything.
    pub(crate) fn idle() -> Arc<Fake> {
        Fake::bringing(|_| 0)
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fake").field("shut", &self.shut).finish_non_exhaustive()
    }
}

impl Link for Fake {
    fn read(&self, into: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        match (self.source)(into) {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            read => Ok(read),
        }
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        if self.full.load(Ordering::Acquire) { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(bytes.len()) }
    }

    fn pending(&self) -> usize {
        0
    }

    fn shutdown_write(&self) {}

    fn shutdown(&self) {
        self.shut.store(true, Ordering::Release);
    }

    fn resume(&self) {}

    #[cfg(unix)]
    fn descriptor(self: Arc<Self>) -> Option<Arc<dyn std::os::fd::AsFd + Send + Sync>> {
        None
    }
}
