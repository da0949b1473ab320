//! The daemon's thread in a network: the ordering layer has its turn like everybody else. While the daemon is out of the
//! network nobody can connect; while the layer takes nothing nobody is read from.

use std::sync::atomic::Ordering as Memory;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mio::{Registry, Token};

use crate::Shared;
use crate::config::Config;
use crate::drive::{Silence, drive};
use crate::listen::Listeners;
use crate::ordering::Ordering;
use crate::rules::Rules;

/// How long a daemon may owe the others something.
const SILENT: Duration = Duration::from_secs(5);

/// How long to wait before listening again where that failed.
const REST: Duration = Duration::from_millis(100);

/// The daemon's end of its network.
pub(crate) struct Joined {
    layer: Box<dyn Ordering + Send>,
    silence: Silence,
    begun: Instant,
    /// The layer may have more.
    pub(crate) has_more: bool,
    /// Where to listen again.
    config: Config,
    listens: bool,
    was_up: bool,
    listen_from: Option<Instant>,
}

impl Joined {
    /// `config` has the port that the daemon listens on.
    pub(crate) fn new(layer: Box<dyn Ordering + Send>, config: Config) -> Joined {
        Joined {
            layer,
            silence: Silence::default(),
            begun: Instant::now(),
            has_more: true,
            config,
            listens: true,
            was_up: false,
            listen_from: None,
        }
    }

    /// When it is to look again at who is silent, or to listen again.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let silence = self.silence.deadline(SILENT.as_micros() as u64);
        silence.map(|micros| self.begun + Duration::from_micros(micros)).into_iter().chain(self.listen_from).min()
    }

    /// Has the layer's turn.
    pub(crate) fn turn(&mut self, rules: &mut Rules, shared: &Shared) {
        shared.stand_still();
        shared.is_busy.store(true, Memory::Release);
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        rules.network_mut().clock = seconds as i32;
        self.has_more = drive(rules, self.layer.as_mut());
        self.silence.look(rules, self.begun.elapsed().as_micros() as u64, SILENT.as_micros() as u64);
        shared.is_busy.store(self.has_more || rules.network_mut().is_busy(), Memory::Release);
    }

    /// Listens while the daemon is in the network, and only then; the poller knows the listeners by tokens from one on.
    pub(crate) fn keep_listening(&mut self, is_up: bool, listeners: &mut Listeners, poll: (&Registry, Token)) {
        // Before it is up for the first time clients may wait.
        if !is_up && std::mem::take(&mut self.was_up) {
            listeners.close();
            self.listens = false;
        }
        self.was_up |= is_up;
        if is_up && !self.listens && self.listen_from.is_none_or(|from| from <= Instant::now()) {
            let again = Listeners::open(&self.config).and_then(|mut again| {
                again.register(poll.0, poll.1)?;
                Ok(again)
            });
            match again {
                Ok(again) => {
                    *listeners = again;
                    (self.listens, self.listen_from) = (true, None);
                }
                Err(_) => self.listen_from = Some(Instant::now() + REST),
            }
        }
    }
}

impl Shared {
    /// Stands still for as long as somebody wants that.
    pub(crate) fn stand_still(&self) {
        while self.hangs.load(Memory::Acquire) && !self.stop.load(Memory::Acquire) {
            self.is_hanging.store(true, Memory::Release);
            std::thread::sleep(Duration::from_millis(1));
        }
        self.is_hanging.store(false, Memory::Release);
    }
}
