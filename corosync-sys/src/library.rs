//! The libraries: where they are looked for, and what was tried when there are none. They are loaded once and never
//! unloaded, since handles may use them until the process ends.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use thiserror::Error;

use crate::bindings::cmap::CmapFunctions;
use crate::bindings::cpg::CpgFunctions;

const CPG: &str = "libcpg.so.4";
const CMAP: &str = "libcmap.so.4";

/// Both libraries, loaded from one place.
pub struct Libraries {
    place: PathBuf,
    version: Option<String>,
    pub(crate) cpg: CpgFunctions,
    pub(crate) cmap: CmapFunctions,
}

impl Libraries {
    /// Loads the libraries of this directory, or without one the first that [`Search::default`] finds. Later calls
    /// return the same, on any thread; a failure is not remembered, so that they can be installed meanwhile.
    pub fn load(directory: Option<&Path>) -> Result<&'static Libraries, LoadError> {
        match directory {
            Some(directory) => Search { directories: vec![directory.to_owned()], asks_loader: false }.load(),
            None => Search::default().load(),
        }
    }

    /// Returns the directory, empty if the system's loader found them.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Returns the version of libcpg by the name of its file, `4.1.0`; nothing if the name has none.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    fn open(place: &Path) -> Result<Libraries, Attempt> {
        let attempt = |name: &str| {
            let path = place.join(name);
            open(&path).map_err(|reason| Attempt { path, reason })
        };
        let symbols = |name: &str, error: &libloading::Error| Attempt {
            path: place.join(name),
            reason: LoadReason::Loader(text(error)),
        };
        let (cpg, cmap) = (attempt(CPG)?, attempt(CMAP)?);
        // SAFETY: the symbols it looks for have the types that corosync/cpg.h declares them with, for this version of
        // the interface (4), which stands in the name of the file.
        let cpg = unsafe { CpgFunctions::from_library(cpg) }.map_err(|error| symbols(CPG, &error))?;
        // SAFETY: as above, of corosync/cmap.h.
        let cmap = unsafe { CmapFunctions::from_library(cmap) }.map_err(|error| symbols(CMAP, &error))?;
        let version = version(&cpg);
        Ok(Libraries { place: place.to_owned(), version, cpg, cmap })
    }
}

impl fmt::Debug for Libraries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Libraries").field("place", &self.place).field("version", &self.version).finish_non_exhaustive()
    }
}

/// Where to look: each directory, then the system's loader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Directories to look in, in this order.
    pub directories: Vec<PathBuf>,
    /// Whether the system's loader is asked after them.
    pub asks_loader: bool,
}

impl Default for Search {
    /// `/usr/local/lib`, where a Corosync that was built by hand installs itself, and then the loader's own places.
    fn default() -> Search {
        Search { directories: vec!["/usr/local/lib".into()], asks_loader: true }
    }
}

/// The loaded libraries.
static LOADED: Mutex<Vec<&'static Libraries>> = Mutex::new(Vec::new());

impl Search {
    /// Loads the first libraries that will do.
    pub fn load(&self) -> Result<&'static Libraries, LoadError> {
        // Held while loading, so that nobody loads what another is loading.
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        let mut attempts = Vec::new();
        for place in self.directories.iter().cloned().chain(self.asks_loader.then(PathBuf::new)) {
            if let Some(libraries) = loaded.iter().find(|libraries| libraries.place == place) {
                return Ok(libraries);
            }
            match Libraries::open(&place) {
                Ok(libraries) => {
                    let libraries: &'static Libraries = Box::leak(Box::new(libraries));
                    loaded.push(libraries);
                    return Ok(libraries);
                }
                Err(attempt) => attempts.push(attempt),
            }
        }
        Err(LoadError { attempts })
    }
}

/// No libraries were loaded. Printed, it lists everything that was tried.
#[derive(Debug)]
pub struct LoadError {
    /// What was tried, in order.
    pub attempts: Vec<Attempt>,
}

/// One file or name that could not be used.
#[derive(Debug)]
pub struct Attempt {
    /// The file, or the name that the system's loader was asked for.
    pub path: PathBuf,
    /// The reason.
    pub reason: LoadReason,
}

/// The reason why a file or name could not be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadReason {
    /// Nothing has this name.
    #[error("no such file")]
    NoSuchFile,
    /// Another thing than a file has this name.
    #[error("is not a regular file")]
    NotAFile,
    /// The system's loader does not know the name.
    #[error("the system's loader does not find it")]
    NotFound,
    /// The system's loader refused, or a function is missing.
    #[error("could not be loaded: {0}")]
    Loader(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Corosync's libraries (Debian: libcpg4, libcmap4) were not loaded. Tried, in this order:")?;
        self.attempts.iter().try_for_each(|Attempt { path, reason }| write!(f, "\n  {}: {reason}", path.display()))
    }
}

impl std::error::Error for LoadError {}

/// Loads a file of a directory, or a name that the system's loader is to find. The loader resolves everything at once,
/// so that a missing symbol is an error now and does not end the process later.
fn open(path: &Path) -> Result<Library, LoadReason> {
    let named = path.components().count() == 1;
    if !named {
        // Asked before the loader opens it, which would wait for the other end of a pipe.
        let metadata = path.metadata().map_err(|_| LoadReason::NoSuchFile)?;
        if !metadata.is_file() {
            return Err(LoadReason::NotAFile);
        }
    }
    // SAFETY: the library's initialisers run. That they do no harm is what loading any library takes on trust.
    let opened = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
    opened.map_err(|error| match text(&error) {
        text if named && text.contains(&format!("{}: cannot open", path.display())) => LoadReason::NotFound,
        text => LoadReason::Loader(text),
    })
}

/// Returns the loader's own text, which is the source of its error.
fn text(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// Returns what follows `.so.` in the name of the file from which libcpg really comes.
fn version(cpg: &CpgFunctions) -> Option<String> {
    let mut found = std::mem::MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: it looks the address up, and fills the structure if it answers anything but 0.
    if unsafe { libc::dladdr(cpg.cpg_join as *const libc::c_void, found.as_mut_ptr()) } == 0 {
        return None;
    }
    // SAFETY: filled, as it said so; the name is a string of the loader's, which lives as long as the library.
    let name = unsafe { std::ffi::CStr::from_ptr(found.assume_init().dli_fname) };
    let file = std::fs::canonicalize(name.to_str().ok()?).ok()?;
    Some(file.file_name()?.to_str()?.rsplit_once(".so.")?.1.to_owned())
}
