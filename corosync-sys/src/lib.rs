//! Corosync: closed process groups ([`Cpg`]) and the configuration map ([`Cmap`]), from libraries that are found and
//! loaded at run time. One build serves machines with and without them.
//!
//! ```no_run
//! use corosync_sys::{Callback, Cpg, Libraries};
//! let libraries = Libraries::load(None).unwrap_or_else(|error| panic!("{error}"));
//! let mut cpg = Cpg::join(libraries, "group").unwrap_or_else(|error| panic!("{error}"));
//! cpg.send(&[std::io::IoSlice::new(b"hello")]).unwrap_or_else(|error| panic!("{error}"));
//! while cpg.dispatch(&mut |callback: Callback<'_>| println!("{callback:?}")).is_ok() {}
//! ```
//!
//! | what | is |
//! |---|---|
//! | [`Libraries`], [`Search`], [`LoadError`] | `libcpg.so.4` and `libcmap.so.4`; where they are looked for; all that was tried |
//! | [`Cpg`], [`Callback`], [`Address`] | one life in a group, its callbacks, and its members |
//! | [`Changes`], [`Change`] | callbacks made into changes of the view: pure code |
//! | [`Cmap`] | the nodes of the configuration, and their names |
//! | [`Error`], [`Code`] | a call that Corosync refused |
//!
//! All `unsafe` is in here. The bindings are made by bindgen of Corosync's headers and checked in.
#![cfg(target_os = "linux")]

mod bindings;
mod changes;
mod cmap;
mod cpg;
mod error;
mod library;

pub use changes::{Change, Changes};
pub use cmap::{Cmap, ConfiguredNode};
pub use cpg::{Address, Callback, Changed, Cpg, MAX_MESSAGE, Reason};
pub use error::{Code, Error};
pub use library::{Attempt, Libraries, LoadError, LoadReason, Search};
