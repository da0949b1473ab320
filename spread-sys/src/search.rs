//! The places where the library is looked for, and its names.

use std::fs;
use std::path::{Path, PathBuf};

/// Thread-safe builds, the smaller one first: without the flush layer, which nothing here uses.
const STEMS: [&str; 2] = ["libtspread-core", "libspread"];

/// The build that is not thread-safe. It is looked at last, and only to report that it cannot be used.
pub(crate) const NOT_THREAD_SAFE: &str = "libspread-core";

/// A machine without the development files has the versioned names alone, and the loader finds only what it is asked
/// for. 5.0 installs version 3; the lower numbers cost nothing.
const VERSIONS: [&str; 3] = ["3", "2", "1"];

/// Where to look when no path is given: each directory first, then the system's loader.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Search {
    /// Directories to look in, in this order.
    pub directories: Vec<PathBuf>,
    /// Names to ask the system's loader for, in this order.
    pub names: Vec<String>,
}

impl Default for Search {
    /// `/usr/local/lib`, where Spread installs itself, and then the loader's own places.
    fn default() -> Search {
        let directories = if cfg!(unix) { vec![PathBuf::from("/usr/local/lib")] } else { Vec::new() };
        Search { directories, names: STEMS.into_iter().flat_map(names).collect() }
    }
}

impl Search {
    /// Returns the files to try, in order. One of them is always a name without a version, so that the error
    /// reports its absence.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for directory in &self.directories {
            for stem in STEMS.into_iter().chain([NOT_THREAD_SAFE]) {
                let found = versions(directory, stem);
                if found.is_empty() && stem != NOT_THREAD_SAFE {
                    files.push(directory.join(file_name(stem)));
                }
                files.extend(found);
            }
        }
        files
    }
}

fn file_name(stem: &str) -> String {
    // On Windows a library's file does not begin with "lib".
    let stem = if cfg!(windows) { stem.trim_start_matches("lib") } else { stem };
    format!("{stem}{}", std::env::consts::DLL_SUFFIX)
}

/// Names of one build, as a loader knows them.
fn names(stem: &str) -> Vec<String> {
    let plain = file_name(stem);
    let versioned = VERSIONS.iter().filter_map(|version| {
        if cfg!(target_os = "macos") {
            Some(format!("{stem}.{version}.dylib"))
        } else {
            cfg!(unix).then(|| format!("{plain}.{version}"))
        }
    });
    std::iter::once(plain.clone()).chain(versioned).collect()
}

/// Returns the files of one build in a directory: the plain name first, then the highest version.
fn versions(directory: &Path, stem: &str) -> Vec<PathBuf> {
    let plain = file_name(stem);
    let is_version = |name: &str| match name.strip_prefix(stem) {
        Some(_) if name == plain => true,
        Some(rest) if cfg!(target_os = "macos") => rest.starts_with('.') && rest.rsplit('.').next() == Some("dylib"),
        Some(_) => name.strip_prefix(&plain).is_some_and(|rest| rest.starts_with('.')),
        None => false,
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut found: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| is_version(name)).collect();
    found.sort_by_key(|name| (*name != plain, std::cmp::Reverse(numbers(name))));
    found.into_iter().map(|name| directory.join(name)).collect()
}

fn numbers(name: &str) -> Vec<u32> {
    name.split('.').filter_map(|part| part.parse().ok()).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn thread_safe_builds_come_first_and_higher_versions_before_lower() {
        let directory = tempfile::tempdir().expect("a directory");
        let names = [
            "libspread-core.so",
            "libspread.so.3",
            "libspread.so",
            "libspread.so.3.0.0",
            "libspread.so.10.0.0",
            "libspread.a",
            "libspreadsheet.so",
            "libtspread-core.so.3",
        ];
        for name in names {
            fs::write(directory.path().join(name), "").expect("a file");
        }
        let search = Search { directories: vec![directory.path().into()], names: Vec::new() };
        let files: Vec<_> = search.files().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(
            files,
            [
                "libtspread-core.so.3",
                "libspread.so",
                "libspread.so.10.0.0",
                "libspread.so.3.0.0",
                "libspread.so.3",
                "libspread-core.so",
            ]
        );
    }

    #[test]
    fn an_empty_directory_is_told_of_by_the_plain_names() {
        let search = Search { directories: vec!["/nowhere".into()], names: Vec::new() };
        let plain: [PathBuf; 2] = ["/nowhere/libtspread-core.so".into(), "/nowhere/libspread.so".into()];
        assert_eq!(search.files(), plain);
    }
}
