//! The errors when there is no library: users read their texts.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// The oldest version that can be used: 4.0.0. The protocol's description holds for 4 and 5, whose libraries speak the
/// same one; membership bodies and the functions that read them were others before.
pub const OLDEST: [i32; 3] = [4, 0, 0];

/// No library was loaded. Printed, it lists everything that was tried.
#[derive(Debug)]
pub struct LoadError {
    /// What was tried, in order: one attempt if a path was given.
    pub attempts: Vec<Attempt>,
}

/// One file or name that could not be used.
#[derive(Debug)]
pub struct Attempt {
    /// The file, or the name that the system was asked for.
    pub path: PathBuf,
    /// The reason.
    pub reason: Reason,
}

/// The reason why a file or name could not be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing has this name.
    #[error("no such file")]
    NoSuchFile,
    /// A directory has this name.
    #[error("is a directory, not a library")]
    Directory,
    /// A socket, a device or the like has this name.
    #[error("is not a regular file")]
    NotAFile,
    /// The file cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// The file has other contents.
    #[error("is not a shared library: {0}")]
    NotALibrary(String),
    /// The library is for processes of another word size.
    #[error("is a {library}-bit library, and this process is a {process}-bit one", process = usize::BITS)]
    WordSize {
        /// The library's word size.
        library: u32,
    },
    /// The library is for another kind of processor.
    #[error("is a library for another machine ({0}), and this process runs on {arch}", arch = std::env::consts::ARCH)]
    Machine(String),
    /// The library is the build that must not be used by several threads.
    #[error("is not thread-safe ({0}): use libtspread-core or libspread, which are")]
    NotThreadSafe(String),
    /// The system's loader does not know the name.
    #[error("the system's loader does not find it")]
    NotFound,
    /// The system's loader refused.
    #[error("could not be loaded: {0}")]
    Loader(String),
    /// Another library, or one that is not whole.
    #[error("is not Spread's C library, or not all of it: it lacks {}", .0.join(", "))]
    MissingSymbols(Vec<&'static str>),
    /// The library is older than [`OLDEST`].
    #[error("is version {}.{}.{}, too old: {}.{}.{} is the oldest that can be used",
        .0[0], .0[1], .0[2], OLDEST[0], OLDEST[1], OLDEST[2])]
    TooOld([i32; 3]),
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.attempts.as_slice() {
            [only] => write!(f, "Spread's C library was not loaded: {only}"),
            attempts => {
                f.write_str("Spread's C library was not loaded. Tried, in this order:")?;
                attempts.iter().try_for_each(|attempt| write!(f, "\n  {attempt}"))
            }
        }
    }
}

impl std::error::Error for LoadError {}
