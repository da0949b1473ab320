//! How operations come into the order, and take effect at their place in it.

use super::operation::Operation;
use super::state::Rules;

impl Rules {
    /// Gives an operation its place in the order. A daemon that is alone has one order, that of its reading: the place is
    /// here, and the time is now.
    #[inline]
    pub(super) fn submit(&mut self, operation: Operation<'_, '_>) {
        self.apply(operation);
    }

    /// Carries out an operation at its place in the order.
    #[inline]
    fn apply(&mut self, operation: Operation<'_, '_>) {
        match operation {
            Operation::Connect { session, name, membership } => self.groups.name(session, name, membership),
            Operation::Join { session, group } => self.join(session, group),
            Operation::Leave { session, group } => self.leave(session, group),
            Operation::Multicast { session, run, source } => self.multicast(session, run, source),
            Operation::Gone { session, name } => self.begin_leaving(session, name),
        }
    }
}
