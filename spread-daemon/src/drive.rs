//! Between the rules and their ordering layer: events in, frames out, and whoever is silent for too long is put out. Pure:
//! time is an argument.

use std::collections::BTreeMap;

use crate::ordering::{Node, Ordering};
use crate::rules::Rules;

/// Events that are handled before frames go out.
const MOST_EVENTS: usize = 64;

/// Handles what the layer has, some of it, and gives it what there is to send. Returns whether there may be more.
pub(crate) fn drive(rules: &mut Rules, layer: &mut (dyn Ordering + Send)) -> bool {
    let mut more = false;
    for _ in 0..MOST_EVENTS {
        let Some(event) = layer.poll() else { break };
        rules.handle_event(&event);
        more = true;
        if rules.network_mut().take_leave() {
            layer.rejoin();
        }
    }
    while !rules.network_mut().is_blocked
        && let Some(frame) = rules.next_frame()
    {
        if layer.send(frame).is_err() {
            rules.network_mut().is_blocked = true;
            break;
        }
        rules.note_sent();
        more = true;
    }
    more
}

/// Since when others owe something.
#[derive(Debug, Default)]
pub(crate) struct Silence {
    since: BTreeMap<Node, (u64, u64)>,
}

impl Silence {
    /// Looks at who owes what at this time, and puts out whoever has owed the same for `silent`. Times are in microseconds.
    pub(crate) fn look(&mut self, rules: &mut Rules, now: u64, silent: u64) {
        let debts = rules.network_mut().debts();
        self.since.retain(|node, (debt, _)| debts.contains(&(*node, *debt)));
        for (node, debt) in debts {
            let (_, since) = self.since.entry(node).or_insert((debt, now));
            if now.saturating_sub(*since) >= silent {
                *since = now;
                rules.put_out(node);
            }
        }
    }

    /// When it is to look again.
    pub(crate) fn deadline(&self, silent: u64) -> Option<u64> {
        self.since.values().map(|(_, since)| since + silent).min()
    }
}
