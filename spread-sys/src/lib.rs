//! The C library of the Spread Toolkit: raw bindings to the documented interface of `sp.h`, and the library itself,
//! found and loaded at run time. One build serves machines with and without it.
//!
//! ```no_run
//! let library = spread_sys::load(None).unwrap_or_else(|error| panic!("{error}"));
//! println!("{} is {:?}", library.path().display(), library.version());
//! // SAFETY: any number may be asked about, and nothing else is passed.
//! assert_eq!(unsafe { library.functions().SP_poll(-1) }, spread_sys::ILLEGAL_SESSION);
//! ```
//!
//! | what | is |
//! |---|---|
//! | [`load`] | finds and loads the library, once; [`Search`] is where it looks |
//! | [`Library`] | a loaded one: path, version, functions |
//! | [`Spread`] | the functions, a method for each, all of them `unsafe` |
//! | [`LoadError`] | everything that was tried, and why it failed |
//! | `mailbox`, [`sp_time`], [`scatter`], … | the types |
//! | [`FIFO_MESS`], [`BUFFER_TOO_SHORT`], … | the constants |
//!
//! The bindings are made by bindgen from `include/sp.h`, a header of this project's own, and checked in. Feature
//! `bindgen` makes them afresh from an installed `sp.h`; feature `static` links the static library, which is then what
//! `load(None)` gives. `build.rs` has a C compiler check an installed `sp.h` against the facts these bindings hold.

mod bindings;
mod error;
mod inspect;
mod library;
mod search;

pub use bindings::*;
pub use error::{Attempt, LoadError, OLDEST, Reason};
pub use library::{Library, load};
pub use search::Search;
