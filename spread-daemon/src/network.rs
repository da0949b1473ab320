//! Several daemons in one process, each with sockets of its own, over the simulated layer: a network to rehearse on. It
//! can be cut and healed, and its daemons killed, started again, and made to stand still.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::ordering::simulated::{Latency, Port, Shared as Layer, Simulation};
use crate::{Config, Daemon, Event, Shared, StartError, Stats};

/// Hears of a daemon's events, by its place; it is called on the daemons' threads.
type Tell = Arc<dyn Fn(usize, Event) + Send + Sync>;

/// One daemon's place.
struct Place {
    /// With the port that it has once it was started.
    config: Config,
    daemon: Option<Daemon>,
}

/// Wakes the thread that lets time pass.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    condition: Condvar,
    stop: AtomicBool,
}

/// A network under way. Dropping it stops it.
pub struct Network {
    layer: Arc<Layer>,
    places: Mutex<Vec<Place>>,
    /// What wakes each daemon.
    wakers: Arc<Mutex<Vec<Option<Arc<Shared>>>>>,
    bell: Arc<Bell>,
    time: Mutex<Option<JoinHandle<()>>>,
    tell: Tell,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.layer.fmt(f)
    }
}

impl Network {
    /// Starts daemons with these configurations, and one network of them all. A loss takes `detect` to be noticed. `tell` is
    /// called on the daemons' threads, and has to be quick.
    pub fn start(
        configs: Vec<Config>,
        seed: u64,
        detect: Duration,
        tell: impl Fn(usize, Event) + Send + Sync + 'static,
    ) -> Result<Network, StartError> {
        let count = configs.len();
        let layer = Layer::live(Simulation::new(count, seed, detect.as_micros() as u64));
        let (wakers, bell) = (Arc::new(Mutex::new(vec![None; count])), Arc::new(Bell::default()));
        layer.set_wake(Some(wake(wakers.clone(), bell.clone())));
        let places = configs.into_iter().map(|config| Place { config, daemon: None }).collect();
        let time = spawn_time(layer.clone(), bell.clone()).map_err(StartError::Thread)?;
        let network = Network {
            layer,
            places: Mutex::new(places),
            wakers,
            bell,
            time: Mutex::new(Some(time)),
            tell: Arc::new(tell),
        };
        (0..count).try_for_each(|place| network.launch(place))?;
        network.layer.with(|simulation| (0..count).for_each(|place| simulation.start(place)));
        Ok(network)
    }

    /// Starts the daemon of a place that has none; it gets the port that it had.
    pub fn start_daemon(&self, place: usize) -> Result<(), StartError> {
        if self.lock()[place].daemon.is_none() {
            self.launch(place)?;
            self.layer.with(|simulation| simulation.start(place));
        }
        Ok(())
    }

    fn launch(&self, place: usize) -> Result<(), StartError> {
        let mut places = self.lock();
        let tell = self.tell.clone();
        let port = Port::new(self.layer.clone(), place);
        let daemon =
            Daemon::join_network(places[place].config.clone(), Box::new(port), move |event| tell(place, event))?;
        places[place].config.port = daemon.port().unwrap_or(0);
        lock(&self.wakers)[place] = Some(daemon.shared.clone());
        places[place].daemon = Some(daemon);
        Ok(())
    }

    /// Kills a daemon: its clients lose their connections, and the others notice in their time.
    pub fn kill(&self, place: usize) {
        let daemon = self.lock()[place].daemon.take();
        lock(&self.wakers)[place] = None;
        self.layer.with(|simulation| simulation.kill(place));
        drop(daemon);
    }

    /// Parts the network: places of one number reach each other.
    pub fn set_parts(&self, parts: &[u32]) {
        self.layer.with(|simulation| simulation.set_parts(parts));
    }

    /// Makes a daemon stand still, or go on. When this returns it does. Unless `noticed` the layer does not know.
    pub fn set_hanging(&self, place: usize, hangs: bool, noticed: bool) {
        if noticed || !hangs {
            self.layer.with(|simulation| simulation.set_hung(place, hangs));
        }
        let places = self.lock();
        let Some(daemon) = &places[place].daemon else { return };
        daemon.shared.hangs.store(hangs, Ordering::Release);
        let _ = daemon.shared.waker.wake();
        while daemon.shared.is_hanging.load(Ordering::Acquire) != hangs && !daemon.shared.stop.load(Ordering::Acquire) {
            thread::sleep(Duration::from_micros(200));
        }
    }

    /// Sets the delay of frames between two places, or of all.
    pub fn set_latency(&self, pair: Option<(usize, usize)>, latency: Latency) {
        self.layer.with(|simulation| simulation.set_latency(pair, latency));
    }

    /// Sets how long a loss takes to be noticed from now on.
    pub fn set_detect(&self, detect: Duration) {
        self.layer.with(|simulation| simulation.set_detect(detect.as_micros() as u64));
    }

    /// The port of the daemon at a place.
    pub fn port(&self, place: usize) -> u16 {
        self.lock()[place].config.port
    }

    /// Figures of a daemon that is not dead.
    pub fn stats(&self, place: usize) -> Option<Stats> {
        self.lock()[place].daemon.as_ref().map(Daemon::stats)
    }

    /// Returns whether nothing is under way but at daemons that stand still.
    pub fn is_settled(&self) -> bool {
        let is_idle = |place: &Place| {
            place.daemon.as_ref().is_none_or(|daemon| {
                daemon.shared.is_hanging.load(Ordering::Acquire) || !daemon.shared.is_busy.load(Ordering::Acquire)
            })
        };
        self.layer.with(|simulation| simulation.is_settled()) && self.lock().iter().all(is_idle)
    }

    /// Stops all daemons, and waits for that.
    pub fn stop(&self) {
        self.layer.set_wake(None);
        let daemons: Vec<Daemon> = self.lock().iter_mut().filter_map(|place| place.daemon.take()).collect();
        daemons.iter().for_each(Daemon::stop);
        drop(daemons);
        self.bell.stop.store(true, Ordering::Release);
        self.bell.ring();
        if let Some(time) = lock(&self.time).take() {
            let _ = time.join();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Place>> {
        lock(&self.places)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Bell {
    fn ring(&self) {
        *lock(&self.rung) = true;
        self.condition.notify_one();
    }

    /// Waits for it, at most for so long.
    fn wait(&self, time: Duration) {
        let mut rung = lock(&self.rung);
        if !*rung {
            rung = self.condition.wait_timeout(rung, time).unwrap_or_else(PoisonError::into_inner).0;
        }
        *rung = false;
    }
}

/// What a panic left is as good as before: every change is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes a daemon that has something to poll, or the thread that lets time pass.
fn wake(wakers: Arc<Mutex<Vec<Option<Arc<Shared>>>>>, bell: Arc<Bell>) -> Box<dyn Fn(Option<usize>) + Send> {
    Box::new(move |place| match place {
        Some(place) => {
            if let Some(Some(shared)) = lock(&wakers).get(place) {
                let _ = shared.waker.wake();
            }
        }
        None => bell.ring(),
    })
}

/// Lets time pass in the layer.
fn spawn_time(layer: Arc<Layer>, bell: Arc<Bell>) -> std::io::Result<JoinHandle<()>> {
    thread::Builder::new().name("spread-network".into()).spawn(move || {
        while !bell.stop.load(Ordering::Acquire) {
            bell.wait(layer.until_due().unwrap_or(Duration::from_secs(60)));
            layer.with(|_| ());
        }
    })
}
