//! A mailbox of the library, and what its threads share.

use std::ffi::{CString, c_int};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use socket2::SockRef;
use spread_proto::{Code, ConnectError, GroupName, PrivateGroup};
use spread_sys::sp_time;

use super::Plan;
use super::library::Spread;
use crate::failure::Failure;
use crate::link::Link;
use crate::socket::{self, Socket};

/// Bytes that wait for the sender at most. What it has not taken stays in the outbox.
const MOST_FED: usize = 256 * 1024;

/// A mailbox: open from `SP_connect` until its last holder lets it go.
pub(crate) struct Mailbox {
    pub(crate) library: &'static Spread,
    pub(crate) id: c_int,
    feed: Mutex<Feed>,
    fed: Condvar,
    /// Bytes that were taken and are not handed to the library yet.
    pending: AtomicUsize,
    /// The end was asked for: the daemon is told by the one who closes.
    leave: AtomicBool,
    /// The receiver waits until the session's queue was taken from.
    held: Mutex<bool>,
    released: Condvar,
}

#[derive(Default)]
struct Feed {
    bytes: Vec<u8>,
    closed: bool,
}

impl Mailbox {
    /// Connects. `Ok` has the session's private group.
    pub(crate) fn connect(
        plan: &Plan,
        daemon: &CString,
        within: Duration,
    ) -> Result<(Arc<Mailbox>, PrivateGroup), Failure> {
        let library = plan.library;
        let time = sp_time { sec: within.as_secs() as _, usec: within.subsec_micros().max(1).into() };
        let begun = Instant::now();
        let (mut id, mut group) = (-1, [0; spread_proto::limits::NAME_FIELD_LEN]);
        // SAFETY: the strings end with a NUL, and the library writes a name of at most 32 bytes.
        let code = unsafe {
            library.SP_connect_timeout(
                daemon.as_ptr(),
                plan.name.as_ptr(),
                c_int::from(plan.priority),
                c_int::from(plan.membership),
                &mut id,
                group.as_mut_ptr(),
                time,
            )
        };
        if code != 1 {
            let late = begun.elapsed() >= within;
            return Err(if late { Failure::timeout("libspread was connecting") } else { refusal(code, daemon) });
        }
        // SAFETY: the mailbox is the socket's descriptor, and it is open.
        let socket = unsafe { BorrowedFd::borrow_raw(id) };
        // Best effort, as the library knows nothing of it. On a Unix socket it fails.
        let _ = socket::set_tcp_options(&SockRef::from(&socket), plan.keep_alive);
        let mailbox = Arc::new(Mailbox {
            library,
            id,
            feed: Mutex::default(),
            fed: Condvar::new(),
            pending: AtomicUsize::new(0),
            leave: AtomicBool::new(false),
            held: Mutex::new(false),
            released: Condvar::new(),
        });
        let group = spread_proto::Name::from_field(&group.map(|byte| byte as u8));
        let group = PrivateGroup::parse(group.as_bytes()).map_err(|error| Failure::protocol(&error))?;
        Ok((mailbox, group))
    }

    /// What there is to send, appended; waits until there is something. Whether there will be more.
    pub(crate) fn take_feed(&self, bytes: &mut Vec<u8>) -> bool {
        let feed = self.feed.lock().expect("no holder panics");
        let mut feed =
            self.fed.wait_while(feed, |feed| feed.bytes.is_empty() && !feed.closed).expect("no holder panics");
        bytes.append(&mut feed.bytes);
        !feed.closed
    }

    /// So many of the bytes taken are handed to the library.
    pub(crate) fn handed_over(&self, bytes: usize) {
        self.pending.fetch_sub(bytes, Ordering::AcqRel);
    }

    /// The session ends by its own wish: whoever closes tells the daemon. The receiver is woken to find the end.
    pub(crate) fn leave(&self) {
        self.leave.store(true, Ordering::Release);
        self.shutdown_socket(libc::SHUT_RD);
    }

    /// Waits until the session's queue was taken from, or the end.
    pub(crate) fn hold(&self) {
        let held = self.held.lock().expect("no holder panics");
        let _unused = self.released.wait_while(held, |held| *held);
    }

    /// The receiver is to be held from its next message on.
    pub(crate) fn set_held(&self, held: bool) {
        *self.held.lock().expect("no holder panics") = held;
        self.released.notify_all();
    }

    pub(crate) fn join(&self, group: GroupName) -> c_int {
        // SAFETY: a name's field ends with a NUL.
        unsafe { self.library.SP_join(self.id, group.name().as_field().as_ptr().cast()) }
    }

    pub(crate) fn leave_group(&self, group: GroupName) -> c_int {
        // SAFETY: a name's field ends with a NUL.
        unsafe { self.library.SP_leave(self.id, group.name().as_field().as_ptr().cast()) }
    }

    fn shutdown_socket(&self, how: c_int) {
        // SAFETY: the mailbox is the socket's descriptor, and it is open as long as the mailbox is held.
        unsafe { libc::shutdown(self.id, how) };
    }

    /// Whether a farewell would not have to wait.
    fn is_writable(&self) -> bool {
        let mut poll = libc::pollfd { fd: self.id, events: libc::POLLOUT, revents: 0 };
        // SAFETY: one entry, of an open descriptor.
        unsafe { libc::poll(&mut poll, 1, 0) == 1 && poll.revents & libc::POLLOUT != 0 }
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        // SAFETY: this is the last holder, and the library frees the mailbox once.
        unsafe {
            if self.leave.load(Ordering::Acquire) && self.is_writable() {
                self.library.SP_disconnect(self.id);
            } else {
                self.library.SP_kill(self.id);
            }
        }
    }
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Mailbox").field(&self.id).finish()
    }
}

impl Link for Mailbox {
    /// The receiver brings what comes.
    fn read(&self, _buffer: &mut [MaybeUninit<u8>]) -> io::Result<usize> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut feed = self.feed.lock().expect("no holder panics");
        if feed.closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let room = MOST_FED.saturating_sub(self.pending.load(Ordering::Acquire)).min(bytes.len());
        if room == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        feed.bytes.extend_from_slice(&bytes[..room]);
        self.pending.fetch_add(room, Ordering::AcqRel);
        self.fed.notify_one();
        Ok(room)
    }

    fn pending(&self) -> usize {
        self.pending.load(Ordering::Acquire)
    }

    /// The sender finds the farewell among what it sends.
    fn shutdown_write(&self) {}

    fn shutdown(&self) {
        self.feed.lock().expect("no holder panics").closed = true;
        self.fed.notify_all();
        self.set_held(false);
        self.shutdown_socket(if self.leave.load(Ordering::Acquire) { libc::SHUT_RD } else { libc::SHUT_RDWR });
    }

    fn resume(&self) {
        self.set_held(false);
    }

    fn socket(self: Arc<Self>) -> Option<Arc<Socket>> {
        None
    }
}

/// What the library's refusal means.
fn refusal(code: c_int, daemon: &CString) -> Failure {
    let daemon = daemon.to_string_lossy();
    match Code::from_number(code) {
        Some(Code::IllegalSpread) => Failure::lookup(&daemon, &io::Error::other("libspread takes it for no address")),
        Some(Code::CouldNotConnect) => Failure::connect(&format!("{daemon}: libspread could not connect")),
        Some(code) => ConnectError::Rejected(code).into(),
        None => Failure::bug(&format!("SP_connect answered {code}")),
    }
}
