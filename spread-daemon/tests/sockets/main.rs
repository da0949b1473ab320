//! The daemon over real sockets.
//!
//! | module | shows |
//! |---|---|
//! | `listening` | where it listens, and what becomes of that when it stops |
//! | `clients` | silent, slow, broken and very many clients |
//! | `order` | eight members at once see one order |

mod client;
mod clients;
mod listening;
mod order;
