//! The library, loaded at run time: once for each file, and never unloaded, since sessions may use it until the
//! process ends.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::bindings::Spread;
use crate::error::{Attempt, LoadError, OLDEST, Reason};
use crate::inspect::inspect;
use crate::search::Search;

/// A loaded library.
pub struct Library {
    path: PathBuf,
    version: [i32; 3],
    functions: Spread,
}

impl Library {
    /// Returns the file it was loaded from, or the name the system's loader knows it by; empty if it is linked
    /// statically.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Major, minor, patch, as `SP_version` returns them.
    pub fn version(&self) -> [i32; 3] {
        self.version
    }

    /// Returns the functions.
    pub fn functions(&self) -> &Spread {
        &self.functions
    }

    /// Opens the statically linked library.
    #[cfg(feature = "static")]
    fn linked() -> Result<Library, Attempt> {
        Library::check(Spread::linked(), PathBuf::new())
            .map_err(|reason| Attempt { path: "(statically linked)".into(), reason })
    }

    /// Loads a file, or a name that the system's loader is to find.
    fn open(path: &Path) -> Result<Library, Reason> {
        let named = is_name(path);
        if !named {
            inspect(path)?;
        }
        let library = open(path.as_os_str()).map_err(|error| reason(&error, named))?;
        // SAFETY: the symbols it looks for have the types that sp.h declares them with. That the library means by
        // them what sp.h says is what loading any library takes on trust.
        let functions = unsafe { Spread::from_library(library) }.map_err(|error| reason(&error, named))?;
        let missing = functions.missing();
        if !missing.is_empty() {
            return Err(Reason::MissingSymbols(missing));
        }
        let found = origin(&functions).unwrap_or_else(|| path.to_owned());
        // What the loader found itself, or has taken in for the file that was asked for.
        if named && !is_name(&found) || !named && !is_same_file(&found, path) {
            inspect(&found)?;
        }
        Library::check(functions, if named { found } else { path.to_owned() })
    }

    /// Asks for the version.
    fn check(functions: Spread, path: PathBuf) -> Result<Library, Reason> {
        let mut version = [0; 3];
        let [major, minor, micro] = &mut version;
        // SAFETY: it writes three numbers.
        unsafe { functions.SP_version(major, minor, micro) };
        if version < OLDEST { Err(Reason::TooOld(version)) } else { Ok(Library { path, version, functions }) }
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Library").field("path", &self.path).field("version", &self.version).finish_non_exhaustive()
    }
}

/// Loads the library of this path, or without one the first that [`Search::default`] finds. A path without a directory
/// is a name for the system's loader. Later calls return the same library, on any thread; a failure is not
/// remembered, so that a library can be installed while the process runs.
pub fn load(path: Option<&Path>) -> Result<&'static Library, LoadError> {
    match path {
        Some(path) => load_first([path.to_owned()]),
        None => Search::default().load(),
    }
}

impl Search {
    /// Loads the first library that will do. With feature `static` that is the linked one, wherever this looks.
    pub fn load(&self) -> Result<&'static Library, LoadError> {
        let mut candidates = self.files();
        candidates.extend(self.names.iter().map(PathBuf::from));
        if cfg!(feature = "static") {
            candidates = vec![PathBuf::new()];
        }
        load_first(candidates)
    }
}

/// The loaded libraries, by the whole path of their file or by their name.
static LOADED: Mutex<Option<HashMap<PathBuf, &'static Library>>> = Mutex::new(None);

fn load_first(candidates: impl IntoIterator<Item = PathBuf>) -> Result<&'static Library, LoadError> {
    // Held while loading, so that nobody loads what another is loading. A panic within leaves the map whole.
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let loaded = loaded.get_or_insert_default();
    let mut tried = Vec::new();
    let mut attempts = Vec::new();
    for path in candidates {
        let key = key(&path);
        if let Some(library) = loaded.get(&key) {
            return Ok(library);
        }
        // The names of one library are usually links to one file.
        if tried.contains(&key) {
            continue;
        }
        match take(&path) {
            Ok(library) => {
                let library: &'static Library = Box::leak(Box::new(library));
                loaded.insert(key, library);
                return Ok(library);
            }
            Err(attempt) => attempts.push(attempt),
        }
        tried.push(key);
    }
    Err(LoadError { attempts })
}

fn take(path: &Path) -> Result<Library, Attempt> {
    #[cfg(feature = "static")]
    if path.as_os_str().is_empty() {
        return Library::linked();
    }
    Library::open(path).map_err(|reason| Attempt { path: path.to_owned(), reason })
}

/// Returns whether this is a name for the system's loader, not the path of a file.
fn is_name(path: &Path) -> bool {
    path.components().count() == 1 && path.file_name() == Some(path.as_os_str())
}

fn key(path: &Path) -> PathBuf {
    if is_name(path) { path.to_owned() } else { path.canonicalize().unwrap_or_else(|_| path.to_owned()) }
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    key(one) == key(other)
}

/// Has the loader resolve everything at once, so that a missing symbol is an error now and does not end the process
/// later.
#[cfg(unix)]
fn open(path: &OsStr) -> Result<libloading::Library, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: the library's initialisers run. That they do no harm is what loading any library takes on trust.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }.map(Into::into)
}

#[cfg(not(unix))]
fn open(path: &OsStr) -> Result<libloading::Library, libloading::Error> {
    // SAFETY: the library's initialisers run. That they do no harm is what loading any library takes on trust.
    unsafe { libloading::Library::new(path) }
}

/// Returns the file from which a function really comes.
#[cfg(unix)]
fn origin(functions: &Spread) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    let function = *functions.SP_connect.as_ref().ok()?;
    let mut found = std::mem::MaybeUninit::<libc::Dl_info>::uninit();
    // SAFETY: it looks the address up, and fills the structure if it answers anything but 0.
    if unsafe { libc::dladdr(function as *const libc::c_void, found.as_mut_ptr()) } == 0 {
        return None;
    }
    // SAFETY: filled, as it said so; the name is a string of the loader's, which lives as long as the library.
    let name = unsafe { std::ffi::CStr::from_ptr(found.assume_init().dli_fname) };
    Some(PathBuf::from(OsStr::from_bytes(name.to_bytes())))
}

#[cfg(not(unix))]
fn origin(_functions: &Spread) -> Option<PathBuf> {
    None
}

/// Returns the meaning of the loader's refusal.
fn reason(error: &libloading::Error, named: bool) -> Reason {
    // The error's source has the loader's own text; the error itself names only what was tried.
    let text = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
    let absent = ["No such file", "no such file", "cannot open shared object file"];
    if named && absent.iter().any(|absent| text.contains(absent)) { Reason::NotFound } else { Reason::Loader(text) }
}
