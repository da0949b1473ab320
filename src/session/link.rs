//! The engines' seam: what a session writes to and reads from, whichever engine has it.
//!
//! A session's inbox and outbox hold messages as they stand on the wire; a link carries such bytes. The native engine's
//! link is its socket. The libspread engine's is a mailbox with two threads, which brings what it receives by itself.

use std::fmt::Debug;
use std::io;
use std::mem::MaybeUninit;
#[cfg(unix)]
use std::os::fd::AsFd;
#[cfg(unix)]
use std::sync::Arc;

/// A connection to a daemon. No call waits.
pub(crate) trait Link: Debug + Send + Sync {
    /// Reads what is there into `buffer`; 0 is the end of the stream. A link that brings what it receives by itself
    /// never has anything here.
    fn read(&self, buffer: &mut [MaybeUninit<u8>]) -> io::Result<usize>;

    /// Takes bytes to send, as many as it can. A link that takes none says when it will, by `Session::write`.
    fn write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Bytes that were taken and that the kernel does not have yet.
    fn pending(&self) -> usize;

    /// Notes that nothing more will be written.
    fn shutdown_write(&self);

    /// Ends the connection now, whatever else holds it.
    fn shutdown(&self);

    /// Lets reading go on: the session's queue, which was full, was taken from.
    fn resume(&self);

    /// Returns the descriptor to watch for reading, if that is how this link is read.
    #[cfg(unix)]
    fn descriptor(self: Arc<Self>) -> Option<Arc<dyn AsFd + Send + Sync>>;
}
