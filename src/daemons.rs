//! Embedded daemons, started and stopped by JavaScript.

/// The daemons of an environment.
#[derive(Default)]
pub(crate) struct Daemons;

impl Daemons {
    /// The environment is taken down.
    pub(crate) fn stop_all(&mut self) {}
}
