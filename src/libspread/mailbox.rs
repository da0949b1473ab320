//! A mailbox of the library, and what its threads share.

use std::ffi::{CString, c_int};
use std::io;
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use socket2::{SockAddr, SockRef};
#[cfg(target_os = "linux")]
use spread_proto::Reader;
use spread_proto::{Code, ConnectError, GroupName, PrivateGroup};
use spread_sys::sp_time;

use super::library::Spread;
use super::plan::Plan;
use crate::connect::socket::{self, NO_SIGNAL};
use crate::failure::Failure;
use crate::resources;
use crate::session::link::Link;

/// Bytes that wait for the sender at most. What it has not taken stays in the outbox.
const MOST_FED: usize = 256 * 1024;

/// What the deadline passed over.
pub(super) const UNDER_WAY: &str = "libspread was connecting";

/// A mailbox: open from `SP_connect` until its last holder lets it go.
pub(crate) struct Mailbox {
    pub(crate) library: &'static Spread,
    pub(crate) id: c_int,
    feed: Mutex<Feed>,
    fed: Condvar,
    /// Bytes that were taken and are not handed to the library yet.
    pending: AtomicUsize,
    receiver: Mutex<Receiver>,
    released: Condvar,
}

/// What the receiver may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Receiver {
    /// Receive.
    #[default]
    Free,
    /// Wait until the session's queue was taken from.
    Held,
    /// Nothing more: the session is over.
    Over,
}

#[derive(Default)]
struct Feed {
    bytes: Vec<u8>,
    closed: bool,
}

impl Mailbox {
    /// Connects. `Ok` has the session's private group, and the address that answered.
    pub(crate) fn connect(
        plan: &Plan,
        daemon: &CString,
        within: Duration,
    ) -> Result<(Arc<Mailbox>, PrivateGroup, String), Failure> {
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
            return Err(if late { Failure::timeout(UNDER_WAY) } else { refusal(code, daemon) });
        }
        let mailbox = Arc::new(Mailbox {
            library,
            id,
            feed: Mutex::default(),
            fed: Condvar::new(),
            pending: AtomicUsize::new(0),
            receiver: Mutex::default(),
            released: Condvar::new(),
        });
        // The library's socket is one that programs started by this process would inherit: a member that is killed would
        // be a member for as long as they run. What is started while the library connects still has it.
        let _ = SockRef::from(&mailbox.fd()).set_cloexec(true);
        let group = spread_proto::Name::from_field(&group.map(|byte| byte as u8));
        let group = PrivateGroup::parse(group.as_bytes()).map_err(|error| Failure::protocol(&error))?;
        let peer = SockRef::from(&mailbox.fd()).peer_addr().ok();
        let address = match peer.as_ref().and_then(SockAddr::as_socket) {
            Some(address) => address.to_string(),
            None => format!("/tmp/{}", daemon.to_string_lossy()),
        };
        // Best effort, as the library knows nothing of it. On a Unix socket it fails.
        let _ = socket::set_tcp_options(&SockRef::from(&mailbox.fd()), plan.keep_alive);
        Ok((mailbox, group, address))
    }

    /// Appends what there is to send; waits until there is something. Returns whether there will be more.
    pub(crate) fn take_feed(&self, bytes: &mut Vec<u8>) -> bool {
        let feed = self.feed.lock().expect("no holder panics");
        let mut feed =
            self.fed.wait_while(feed, |feed| feed.bytes.is_empty() && !feed.closed).expect("no holder panics");
        bytes.append(&mut feed.bytes);
        !feed.closed
    }

    /// Counts bytes taken that were handed to the library.
    pub(crate) fn handed_over(&self, bytes: usize) {
        self.pending.fetch_sub(bytes, Ordering::AcqRel);
    }

    /// Says farewell: the daemon hangs up then, and the receiver finds that after all that was still sent. It is
    /// written here, since the library's own way of it closes the descriptor under the receiver.
    pub(crate) fn farewell(&self, mut kill: &[u8]) {
        let socket = self.fd();
        let socket = SockRef::from(&socket);
        while let Ok(written @ 1..) = socket.send_with_flags(kill, NO_SIGNAL) {
            kill = &kill[written..];
        }
        let _ = socket.shutdown(Shutdown::Write);
    }

    /// Waits, while `is_full` says that the session's queue is, until it was taken from, or the end.
    pub(crate) fn wait_while(&self, is_full: impl FnOnce() -> bool) {
        self.set_receiver(Receiver::Held);
        // It may have been taken from before that.
        if is_full() {
            let receiver = self.receiver.lock().expect("no holder panics");
            let held = |receiver: &mut Receiver| *receiver == Receiver::Held;
            let _released = self.released.wait_while(receiver, held).expect("no holder panics");
        }
    }

    fn set_receiver(&self, state: Receiver) {
        let mut receiver = self.receiver.lock().expect("no holder panics");
        if *receiver != Receiver::Over {
            *receiver = state;
        }
        self.released.notify_all();
    }

    /// Counts the whole messages that can be received without waiting: at most as many as `buffer` has room for.
    #[cfg(target_os = "linux")]
    pub(crate) fn whole_messages(&self, buffer: &mut [u8]) -> usize {
        let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT;
        // SAFETY: the kernel writes as many bytes as there is room for.
        let len = unsafe { libc::recv(self.id, buffer.as_mut_ptr().cast(), buffer.len(), flags) };
        let mut rest = &buffer[..usize::try_from(len).unwrap_or(0)];
        let mut count = 0;
        // What is no message is for the library to find.
        while let Ok(Some(frame)) = Reader::Client.frame(rest) {
            rest = &rest[frame.bytes.len()..];
            count += 1;
        }
        count
    }

    pub(crate) fn join(&self, group: GroupName) -> c_int {
        // SAFETY: a name's field ends with a NUL.
        unsafe { self.library.SP_join(self.id, group.name().as_field().as_ptr().cast()) }
    }

    pub(crate) fn leave_group(&self, group: GroupName) -> c_int {
        // SAFETY: a name's field ends with a NUL.
        unsafe { self.library.SP_leave(self.id, group.name().as_field().as_ptr().cast()) }
    }

    fn fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the mailbox is its socket's descriptor, which is open as long as the mailbox is held.
        unsafe { BorrowedFd::borrow_raw(self.id) }
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        // SAFETY: this is the last holder, and the library frees the mailbox once.
        unsafe { self.library.SP_kill(self.id) };
    }
}

impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Mailbox").field(&self.id).finish()
    }
}

impl Link for Mailbox {
    /// Reads nothing: the receiver brings what comes.
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

    /// Does nothing: the sender finds the farewell among what it sends.
    fn shutdown_write(&self) {}

    fn shutdown(&self) {
        self.feed.lock().expect("no holder panics").closed = true;
        self.fed.notify_all();
        self.set_receiver(Receiver::Over);
        let _ = SockRef::from(&self.fd()).shutdown(Shutdown::Both);
    }

    fn resume(&self) {
        self.set_receiver(Receiver::Free);
    }

    fn descriptor(self: Arc<Self>) -> Option<Arc<dyn AsFd + Send + Sync>> {
        None
    }
}

/// Makes the failure for the library's refusal. That the system has no descriptor for it is one of the two first.
fn refusal(code: c_int, daemon: &CString) -> Failure {
    let daemon = daemon.to_string_lossy();
    let code_name = Code::from_number(code);
    if let (Some(Code::IllegalSpread | Code::CouldNotConnect), Err(error)) = (code_name, resources::spare_descriptor())
    {
        return Failure::resources("connect", &format!("connecting to {daemon}"), &error);
    }
    match code_name {
        Some(Code::IllegalSpread) => Failure::lookup(&daemon, &io::Error::other("libspread takes it for no address")),
        Some(Code::CouldNotConnect) => Failure::connect(&format!("{daemon}: libspread could not connect")),
        Some(code) => ConnectError::Rejected(code).into(),
        None => Failure::lost(Some(&io::Error::other(format!("it refuses the session with {code}")))),
    }
}
