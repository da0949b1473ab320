//! A daemon's end of the simulated layer.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::simulation::{Happened, Simulation};
use crate::ordering::{Event, Full, Ordering};

/// Called with the places that have something to poll now.
/// Nothing stands for the time at which something is next to happen: it has changed.
type Wake = Box<dyn Fn(Option<usize>) + Send>;

/// A simulation that several threads share.
pub struct Shared {
    simulation: Mutex<Simulation>,
    wake: Mutex<Option<Wake>>,
    /// When its time began, if that is real.
    begun: Option<Instant>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.simulation.fmt(f)
    }
}

impl Shared {
    /// Shares a simulation.
    pub fn new(simulation: Simulation) -> Arc<Shared> {
        Arc::new(Shared { simulation: Mutex::new(simulation), wake: Mutex::new(None), begun: None })
    }

    /// Shares one whose time is real.
    pub fn live(simulation: Simulation) -> Arc<Shared> {
        let begun = Some(Instant::now());
        Arc::new(Shared { simulation: Mutex::new(simulation), wake: Mutex::new(None), begun })
    }

    /// How long it is until something is to happen by itself.
    pub fn until_due(&self) -> Option<Duration> {
        let begun = self.begun?;
        let due = self.lock().next_due()?;
        Some(Duration::from_micros(due).saturating_sub(begun.elapsed()))
    }

    /// Sets what is called with each place that has something to poll.
    pub fn set_wake(&self, wake: Option<Wake>) {
        *self.wake.lock().expect("no holder panics") = wake;
    }

    /// Has the simulation do something, and wakes those whom it concerns.
    pub fn with<T>(&self, act: impl FnOnce(&mut Simulation) -> T) -> T {
        let mut simulation = self.lock();
        let due = simulation.next_due();
        if let Some(begun) = self.begun {
            simulation.advance(begun.elapsed().as_micros() as u64);
        }
        let result = act(&mut simulation);
        let is_moved = simulation.next_due() != due;
        let woken = std::mem::take(&mut simulation.woken);
        drop(simulation);
        if (is_moved || !woken.is_empty())
            && let Some(wake) = self.wake.lock().expect("no holder panics").as_ref()
        {
            woken.into_iter().map(Some).for_each(wake);
            if is_moved {
                wake(None);
            }
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Simulation> {
        self.simulation.lock().expect("no holder panics")
    }
}

/// The layer of the daemon at one place.
#[derive(Debug)]
pub struct Port {
    shared: Arc<Shared>,
    place: usize,
    /// What was polled last.
    current: Option<Happened>,
}

impl Port {
    /// The port of a place.
    pub fn new(shared: Arc<Shared>, place: usize) -> Port {
        Port { shared, place, current: None }
    }
}

impl Ordering for Port {
    fn send(&mut self, frame: &[u8]) -> Result<(), Full> {
        self.shared.with(|simulation| simulation.send(self.place, frame))
    }

    fn poll(&mut self) -> Option<Event<'_>> {
        self.current = self.shared.lock().take(self.place);
        Some(match self.current.as_ref()? {
            Happened::Up(me) => Event::Up { me: *me },
            Happened::Frame(from, bytes) => Event::Frame { from: *from, bytes },
            Happened::Transitional(stay) => Event::Transitional { stay },
            Happened::View(members) => Event::View { members },
            Happened::Room => Event::Room,
            Happened::Down => Event::Down,
        })
    }

    fn max_frame(&self) -> usize {
        512 * 1024
    }

    fn rejoin(&mut self) {
        self.shared.with(|simulation| simulation.rejoin(self.place));
    }
}
