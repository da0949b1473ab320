//! Networks of daemons to rehearse on, started and steered by JavaScript. What their daemons report comes back as notices,
//! after the bell.

use std::sync::Arc;
use std::time::Duration;

use spread_daemon::network::Network;
use spread_daemon::{Event, Stats};

use super::daemons::{self, view_text};
use super::slots::Slots;
use crate::environment::shared::{Environment, Notice};
use crate::failure::Failure;

/// The networks of an environment.
#[derive(Default)]
pub(crate) struct Networks(Slots<Network>);

/// What JavaScript asks for; numbers are checked there.
pub(crate) struct Options {
    pub(crate) daemons: Vec<daemons::Options>,
    pub(crate) seed: u64,
    pub(crate) detect: Duration,
}

impl Networks {
    /// Starts a network: its daemons listen when this returns.
    pub(crate) fn start(&mut self, shared: &Arc<Environment>, options: Options) -> Result<u32, Failure> {
        let configs = options.daemons.into_iter().map(daemons::configure).collect::<Result<Vec<_>, _>>()?;
        let mut failure = None;
        let environment = Arc::downgrade(shared);
        let id = self.0.try_insert(|id| {
            let tell = move |place: usize, event: Event| {
                let (Some(shared), Some((kind, text))) = (environment.upgrade(), describe(place, &event)) else {
                    return;
                };
                shared.notify(Notice { about: id, kind, text });
            };
            Network::start(configs, options.seed, options.detect, tell)
                .map_err(|error| failure = Some(Failure::daemon(&error)))
                .ok()
        });
        id.ok_or_else(|| failure.unwrap_or_else(|| Failure::bug("more networks than it can count")))
    }

    pub(crate) fn get(&mut self, id: u32) -> Option<&Network> {
        self.0.get_mut(id).map(|network| &*network)
    }

    /// Starts a daemon of a network again.
    pub(crate) fn start_daemon(&mut self, id: u32, place: usize) -> Result<(), Failure> {
        self.get(id).map_or(Ok(()), |network| network.start_daemon(place)).map_err(|error| Failure::daemon(&error))
    }

    pub(crate) fn stats(&mut self, id: u32, place: usize) -> Option<Stats> {
        self.get(id)?.stats(place)
    }

    /// Stops a network, and forgets it.
    pub(crate) fn stop(&mut self, id: u32) {
        self.0.remove(id);
    }

    /// The environment is taken down: all stop.
    pub(crate) fn stop_all(&mut self) {
        self.0.drain().for_each(drop);
    }
}

/// A daemon's event for lib/daemon/network.js: parts between tabs, which none of them has.
fn describe(place: usize, event: &Event) -> Option<(&'static str, String)> {
    match event {
        Event::View(view) => Some(("network-view", format!("{place}\t{}", view_text(view)))),
        Event::Down(loss) => Some(("network-down", format!("{place}\t{loss}"))),
        _ => None,
    }
}
