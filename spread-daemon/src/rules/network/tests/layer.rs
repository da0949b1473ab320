//! The simulated layer under the promises of layers: random cuts, heals, kills, hangs and delays, and frames all the time.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::ordering::Ordering;
use crate::ordering::promises::{Saw, check};
use crate::ordering::simulated::{Latency, Port, Random, Shared, Simulation};

struct Lab {
    shared: Arc<Shared>,
    ports: Vec<Port>,
    seen: Vec<Vec<Saw>>,
    dead: BTreeSet<crate::ordering::Node>,
    random: Random,
    now: u64,
    frames: u32,
}

impl Lab {
    fn new(places: usize, seed: u64) -> Lab {
        let shared = Shared::new(Simulation::new(places, seed, 20_000));
        let ports = (0..places).map(|place| Port::new(shared.clone(), place)).collect();
        shared.with(|simulation| (0..places).for_each(|place| simulation.start(place)));
        Lab {
            shared,
            ports,
            seen: vec![Vec::new(); places],
            dead: BTreeSet::new(),
            random: Random::new(!seed),
            now: 0,
            frames: 0,
        }
    }

    fn poll(&mut self, place: usize) {
        while let Some(event) = self.ports[place].poll() {
            self.seen[place].extend(Saw::of(&event));
        }
    }

    fn send(&mut self, place: usize) {
        self.poll(place);
        if self.shared.with(|simulation| simulation.node(place)).is_none() {
            return;
        }
        self.frames += 1;
        let frame = [self.frames.to_le_bytes().as_slice(), &vec![7; self.random.between(0, 300)]].concat();
        if self.ports[place].send(&frame).is_ok() {
            self.seen[place].push(Saw::Sent(frame));
        }
    }

    fn run(&mut self, time: u64) {
        self.now += time;
        let now = self.now;
        self.shared.with(|simulation| simulation.advance(now));
    }

    fn step(&mut self) {
        let place = self.random.between(0, self.ports.len() - 1);
        let shared = self.shared.clone();
        match self.random.below(40) {
            0..20 => self.send(place),
            20..26 => self.poll(place),
            26..33 => {
                let time = [50, 500, 5_000, 50_000][self.random.between(0, 3)];
                self.run(time);
            }
            33 => {
                let parts: Vec<u32> = self.ports.iter().map(|_| self.random.below(3) as u32).collect();
                shared.with(|simulation| simulation.set_parts(&parts));
            }
            34 => shared.with(|simulation| simulation.set_parts(&vec![0; self.ports.len()])),
            35 => {
                let is_hung = self.random.one_in(2);
                shared.with(|simulation| simulation.set_hung(place, is_hung));
            }
            36 => shared.with(|simulation| simulation.disturb(place)),
            37 => {
                self.poll(place);
                shared.with(|simulation| simulation.rejoin(place));
            }
            38 => {
                self.poll(place);
                self.dead.extend(shared.with(|simulation| simulation.node(place)));
                shared.with(|simulation| simulation.kill(place));
                self.seen[place].push(Saw::Down);
            }
            _ => {
                shared.with(|simulation| simulation.start(place));
                let latency = Latency { least: self.random.below(900), jitter: self.random.below(900) };
                shared.with(|simulation| simulation.set_latency(None, latency));
            }
        }
    }

    /// All is well again, and everybody polls all that there is.
    fn end(&mut self) {
        let places = self.ports.len();
        self.shared.with(|simulation| {
            (0..places).for_each(|place| simulation.set_hung(place, false));
            simulation.set_parts(&vec![0; places]);
        });
        while let Some(due) = self.shared.with(|simulation| simulation.next_due()) {
            self.run(due.saturating_sub(self.now));
        }
        (0..places).for_each(|place| self.poll(place));
        assert!(self.shared.with(|simulation| simulation.is_settled()));
    }
}

#[test]
fn the_simulated_layer_keeps_every_promise() {
    for seed in 0..60 {
        let mut lab = Lab::new(2 + seed as usize % 5, seed);
        (0..600).for_each(|_| lab.step());
        lab.end();
        check(&lab.seen, &lab.dead).unwrap_or_else(|broken| panic!("seed {seed}: {broken}"));
    }
}

/// Histories that no layer may show are found.
#[test]
fn broken_promises_are_found() {
    let [a, b] = [1, 2].map(|id| crate::ordering::Node { id, life: 7 });
    let frame = |node, text: &str| Saw::Frame(node, text.as_bytes().to_vec());
    let sent = |text: &str| Saw::Sent(text.as_bytes().to_vec());
    let view = || Saw::View(vec![a, b]);
    let history = |mine: Vec<Saw>, theirs: Vec<Saw>| {
        let begin = |node, mut rest: Vec<Saw>| {
            rest.splice(0..0, [Saw::Up(node), view()]);
            rest
        };
        check(&[begin(a, mine), begin(b, theirs)], &BTreeSet::new())
    };
    let (x, y) = (frame(a, "x"), frame(a, "y"));
    assert_eq!(history(vec![sent("x"), x.clone()], vec![x.clone()]), Ok(()));
    for (promise, mine, theirs) in [
        ("O1", vec![sent("x"), sent("y"), x.clone(), y.clone()], vec![y.clone(), x.clone()]),
        ("O2", vec![sent("x")], vec![]),
        ("O3", vec![sent("x"), sent("y"), y.clone(), x.clone()], vec![y.clone(), x.clone()]),
        (
            "O4",
            vec![sent("x"), sent("y"), x.clone(), y.clone(), Saw::Transitional(vec![a, b]), view()],
            vec![x.clone(), Saw::Transitional(vec![a, b]), view()],
        ),
        ("O5", vec![frame(crate::ordering::Node { id: 3, life: 1 }, "z")], vec![]),
        ("O7", vec![Saw::Transitional(vec![a]), sent("x"), x.clone()], vec![]),
    ] {
        let broken = history(mine, theirs).unwrap_err();
        assert!(broken.starts_with(promise), "{promise}: {broken}");
    }
}
