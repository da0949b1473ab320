//! The C library: found and loaded once, and then for as long as the process lives.

use std::path::Path;

pub(crate) use spread_sys::Spread;

use crate::failure::Failure;
use crate::resources;

/// Loads the library at this path; if it is empty, from where it is found.
pub(super) fn load(path: &str) -> Result<&'static Spread, Failure> {
    open(path).map(spread_sys::Library::functions)
}

/// Its version: major, minor, patch.
pub(crate) fn version(path: &str) -> Result<[i32; 3], Failure> {
    open(path).map(spread_sys::Library::version)
}

fn open(path: &str) -> Result<&'static spread_sys::Library, Failure> {
    let path = Some(path).filter(|path| !path.is_empty()).map(Path::new);
    spread_sys::load(path).map_err(|error| match resources::spare_descriptor() {
        Ok(()) => Failure::no_library(error.to_string()),
        Err(refused) => Failure::resources("dlopen", "loading Spread's C library", &refused),
    })
}
