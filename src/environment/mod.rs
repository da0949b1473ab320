//! What the threads of one environment share: who has news for JavaScript ([`shared`]), and what the guard is asked to do
//! ([`orders`]).

pub(crate) mod orders;
pub(crate) mod shared;
