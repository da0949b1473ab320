//! How operations come into the order, and take effect at their place in it.

use super::operation::Operation;
use super::people::Home;
use super::state::Rules;

impl Rules {
    /// Gives an operation its place in the order. A daemon that is alone has one order, that of its reading: the place is
    /// here, and the time is now.
    #[inline]
    pub(super) fn submit(&mut self, operation: Operation<'_, '_>) {
        match self.network {
            None => self.apply(operation),
            Some(_) => self.order(operation),
        }
    }

    /// Carries out an operation at its place in the order.
    #[inline]
    pub(super) fn apply(&mut self, operation: Operation<'_, '_>) {
        match operation {
            Operation::Connect { session, name, membership } => self.connect(session, name, membership),
            Operation::Join { who, group } => self.join(who, group),
            Operation::Leave { who, group } => self.leave(who, group),
            Operation::Multicast { session, run, source } => self.multicast(session, run, source),
            Operation::Gone { who: Home::Local(session) } if self.network.is_none() => self.begin_leaving(session),
            Operation::Gone { who } => self.leave_all(who),
        }
    }
}
