//! The daemon over real sockets.
//!
//! | module | shows |
//! |---|---|
//! | `listening` | where it listens, and what becomes of that when it stops |
//! | `clients` | silent, slow, broken and very many clients |
//! | `order` | eight members at once see one order |
//! | `fair` | answers to one client between pieces of what others ask for |

mod client;
mod clients;
mod fair;
mod listening;
mod order;
