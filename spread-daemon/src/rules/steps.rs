//! What a unit of work may cost. Whoever serves many gives each of them a little at a time; what that is cannot be
//! measured in bytes, of which a few may have thousands told. So it is counted in steps. Pure: no clock.

/// Steps that are left. One is about what it takes to deliver something to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    left: usize,
    /// The first thing may cost what it does, so that everybody gets on.
    first: bool,
}

impl Steps {
    /// As many as it takes.
    pub(crate) const ALL: Steps = Steps::many(usize::MAX);

    /// So many; the first thing is done whatever it costs.
    pub(crate) const fn many(steps: usize) -> Steps {
        Steps { left: steps, first: true }
    }

    /// So many, and nothing that costs more.
    pub(crate) const fn few(steps: usize) -> Steps {
        Steps { left: steps, first: false }
    }

    /// Takes what something costs. `false` leaves it for another time.
    #[inline]
    pub(crate) fn take(&mut self, cost: usize) -> bool {
        if cost > self.left && !self.first {
            return false;
        }
        self.first = false;
        self.charge(cost);
        true
    }

    /// Takes what something turned out to cost beyond that.
    #[inline]
    pub(crate) fn charge(&mut self, cost: usize) {
        self.left = self.left.saturating_sub(cost);
    }

    /// Whether something of this cost would be done.
    pub(crate) fn allow(&self, cost: usize) -> bool {
        cost <= self.left
    }
}
