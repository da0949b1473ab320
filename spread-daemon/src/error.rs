//! Why a daemon could not start.

use std::io;

/// Why a daemon could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        error: io::Error,
    },
    /// Neither TCP nor a Unix socket was asked for.
    #[error("there is nothing to listen on")]
    Nowhere,
    /// The system refuses a poller.
    #[error("the system refuses what a daemon needs: {0}")]
    System(#[from] io::Error),
    /// The system refuses a thread.
    #[error("the system gives it no thread: {0}")]
    Thread(io::Error),
}
