//! Several daemons without sockets over the simulated layer, and their clients.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::auth::Auth;
use crate::config::Limits;
use crate::drive::{Silence, drive};
use crate::event::Event;
use crate::loss::Loss;
use crate::ordering::simulated::{Port, Shared, Simulation};
use crate::tests::world::{Member, World};

/// How long a daemon may be silent.
pub(super) const SILENT: u64 = 5_000_000;

/// A daemon.
pub(super) struct Daemon {
    pub(super) name: String,
    pub(super) world: World,
    port: Port,
    silence: Silence,
    /// It stands still, and its layer does not know.
    pub(super) is_stopped: bool,
    pub(super) is_dead: bool,
    /// What it has reported since the last look.
    pub(super) news: Vec<Event>,
}

/// The network.
pub(super) struct Cluster {
    pub(super) shared: Arc<Shared>,
    pub(super) daemons: Vec<Daemon>,
    pub(super) now: u64,
    pub(super) limits: Limits,
    /// Clients of daemons that are not theirs any more.
    pub(super) downs: Vec<(String, Loss)>,
}

impl Cluster {
    /// Daemons of these names, all started; with nothing installed yet. Two may have one name.
    pub(super) fn new(names: &[String], seed: u64, detect: u64) -> Cluster {
        let shared = Shared::new(Simulation::new(names.len(), seed, detect));
        let limits = Limits::default();
        let daemons = names.iter().enumerate().map(|(place, name)| Daemon::new(name, place, &shared, limits)).collect();
        let mut cluster = Cluster { shared, daemons, now: 0, limits, downs: Vec::new() };
        for place in 0..cluster.daemons.len() {
            cluster.shared.with(|simulation| simulation.start(place));
        }
        cluster.pump();
        cluster
    }

    pub(super) fn place(&self, name: &str) -> usize {
        self.daemons.iter().position(|daemon| daemon.name == name).unwrap_or_else(|| panic!("no daemon {name}"))
    }

    /// Kills a daemon: whatever it had is gone.
    pub(super) fn kill(&mut self, place: usize) {
        self.daemons[place].is_dead = true;
        self.shared.with(|simulation| simulation.kill(place));
        self.pump();
    }

    /// Starts it again.
    pub(super) fn start(&mut self, place: usize) {
        let name = self.daemons[place].name.clone();
        self.daemons[place] = Daemon::new(&name, place, &self.shared, self.limits);
        self.shared.with(|simulation| simulation.start(place));
        self.pump();
    }

    /// Has all daemons do what there is to do at this time.
    pub(super) fn pump(&mut self) {
        let mut more = true;
        while more {
            more = false;
            for daemon in &mut self.daemons {
                more |= daemon.turn(self.now);
            }
        }
        for daemon in &mut self.daemons {
            let downs = daemon.news.iter().filter_map(|event| match event {
                Event::Down(loss) => Some((daemon.name.clone(), *loss)),
                _ => None,
            });
            self.downs.extend(downs);
        }
    }

    /// Lets so much time pass, in microseconds.
    pub(super) fn run(&mut self, time: u64) {
        let until = self.now + time;
        loop {
            let due = self.next_due().filter(|&due| due <= until);
            self.now = due.unwrap_or(until).max(self.now);
            let now = self.now;
            self.shared.with(|simulation| simulation.advance(now));
            self.pump();
            if due.is_none() {
                return;
            }
        }
    }

    /// When something is next to happen by itself.
    fn next_due(&self) -> Option<u64> {
        let silent = self.daemons.iter().filter(|daemon| daemon.is_awake());
        let silent = silent.filter_map(|daemon| daemon.silence.deadline(SILENT));
        silent.chain(self.shared.with(|simulation| simulation.next_due())).min()
    }

    /// Lets time pass until nothing is under way.
    pub(super) fn settle(&mut self) {
        self.pump();
        let mut rounds = 0;
        while let Some(due) = self.next_due() {
            self.run(due.saturating_sub(self.now));
            rounds += 1;
            assert!(rounds < 1_000_000, "it never settles");
        }
        self.pump();
    }
}

impl Daemon {
    fn new(name: &str, place: usize, shared: &Arc<Shared>, limits: Limits) -> Daemon {
        let mut world = World::new(name, Auth::default(), limits);
        world.rules.join_network();
        world.rules.network_mut().clock = 1_000;
        let port = Port::new(shared.clone(), place);
        let silence = Silence::default();
        Daemon { name: name.to_owned(), world, port, silence, is_stopped: false, is_dead: false, news: Vec::new() }
    }

    pub(super) fn is_awake(&self) -> bool {
        !self.is_stopped && !self.is_dead
    }

    /// One turn, as the daemon's thread takes it. Returns whether there was something to do.
    fn turn(&mut self, now: u64) -> bool {
        if !self.is_awake() {
            return false;
        }
        let mut more = false;
        while drive(&mut self.world.rules, &mut self.port) {
            more = true;
            self.world.settle();
        }
        self.silence.look(&mut self.world.rules, now, SILENT);
        more |= drive(&mut self.world.rules, &mut self.port);
        self.news.append(&mut self.world.news);
        more
    }
}

/// The clients by their names: of which daemon, and the client.
pub(super) type Clients = BTreeMap<String, (usize, Member)>;
