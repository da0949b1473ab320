//! Why a daemon is out of its network.

use std::fmt;

/// Why a daemon is out of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// The layer lost it.
    Layer,
    /// The others waited in vain for it, and went on.
    PutOut,
    /// A frame of another daemon's is missing.
    Gap,
    /// Another daemon has its name.
    NameTaken,
    /// More was held for its clients than it may hold.
    Held,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Loss::Layer => "the connection to the other daemons is lost",
            Loss::PutOut => "the other daemons waited in vain for this one, and went on without it",
            Loss::Gap => "a frame of another daemon is missing",
            Loss::NameTaken => "another daemon of the network has the same name",
            Loss::Held => "more waited for acknowledgements than it may hold",
        })
    }
}
