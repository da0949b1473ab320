//! The daemons' places, the rings that they are in, and the time that passes.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::random::Random;
use super::ring::{Entry, Ring};
use crate::ordering::{Full, Node};

/// Bytes that a daemon may have under way before it has to wait.
const MOST_UNSENT: usize = 1024 * 1024;

/// An event of the layer's, with what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    Up(Node),
    Frame(Node, Arc<[u8]>),
    Transitional(Arc<[Node]>),
    View(Arc<[Node]>),
    Room,
    Down,
}

/// What is to happen at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Those who can reach each other, this place among them, stop delivering until they have agreed.
    Freeze(usize),
    /// They agree on a view.
    Reform(usize),
    /// A daemon that has left comes back.
    Rejoin(usize),
}

/// A daemon's place in the network.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Its life; nothing while it is dead or out.
    pub(super) node: Option<Node>,
    /// Those of one number reach each other.
    pub(super) part: u32,
    /// It stands still, and the others notice.
    pub(super) is_hung: bool,
    pub(super) ring: Option<u64>,
    pub(super) inbox: VecDeque<Happened>,
    /// When what follows in its ring's sequence is there.
    pub(super) coming: VecDeque<u64>,
    /// Up to where it has delivered in its ring.
    pub(super) delivered: usize,
    pub(super) unsent: VecDeque<Arc<[u8]>>,
    pub(super) unsent_bytes: usize,
    pub(super) was_full: bool,
}

/// Delays between daemons, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Latency {
    /// The least.
    pub least: u64,
    /// What may be added.
    pub jitter: u64,
}

/// The network.
#[derive(Debug)]
pub struct Simulation {
    pub(super) now: u64,
    pub(super) random: Random,
    pub(super) detect: u64,
    pub(super) latency: Latency,
    pub(super) pairs: BTreeMap<(usize, usize), Latency>,
    pub(super) places: Vec<Place>,
    pub(super) rings: BTreeMap<u64, Ring>,
    pub(super) acts: BTreeMap<(u64, u64), Act>,
    /// Numbers rings and acts.
    pub(super) serial: u64,
    /// One send in so many is refused for no reason; 0 is none.
    pub(super) refusals: u64,
    /// Places whose inboxes were empty and are not.
    pub(super) woken: Vec<usize>,
}

impl Simulation {
    /// A network with so many places, in which nobody is yet. `detect` is how long a loss takes to be noticed, in
    /// microseconds.
    pub fn new(places: usize, seed: u64, detect: u64) -> Simulation {
        Simulation {
            now: 0,
            random: Random::new(seed),
            detect,
            latency: Latency::default(),
            pairs: BTreeMap::new(),
            places: (0..places).map(|_| Place::default()).collect(),
            rings: BTreeMap::new(),
            acts: BTreeMap::new(),
            serial: 0,
            refusals: 0,
            woken: Vec::new(),
        }
    }

    /// One send in so many is refused for no reason.
    pub fn set_refusals(&mut self, one_in: u64) {
        self.refusals = one_in;
    }

    /// Sets how long a loss takes to be noticed from now on.
    pub fn set_detect(&mut self, detect: u64) {
        self.detect = detect;
    }

    /// Sets the delay between two places, or between all.
    pub fn set_latency(&mut self, pair: Option<(usize, usize)>, latency: Latency) {
        match pair {
            Some(pair) => drop(self.pairs.insert(pair, latency)),
            None => {
                self.pairs.clear();
                self.latency = latency;
            }
        }
    }

    /// A daemon comes up at a place, as a new life.
    pub fn start(&mut self, place: usize) {
        if self.places[place].node.is_none() {
            let node = Node { id: place as u32 + 1, life: self.random.draw() };
            let Place { part, inbox, .. } = std::mem::take(&mut self.places[place]);
            self.places[place] = Place { node: Some(node), part, inbox, ..Place::default() };
            self.report(place, Happened::Up(node));
            self.look();
        }
    }

    /// A daemon dies.
    pub fn kill(&mut self, place: usize) {
        self.lose(place);
        self.acts.retain(|_, act| *act != Act::Rejoin(place));
        self.places[place] = Place { part: self.places[place].part, ..Place::default() };
        self.look();
    }

    /// A daemon leaves the group, and comes back as another life. The others know at once if they are well.
    pub fn rejoin(&mut self, place: usize) {
        if self.places[place].node.is_none() {
            return;
        }
        let ring = self.places[place].ring;
        let is_orderly = ring.and_then(|ring| self.rings.get(&ring)).is_some_and(|ring| !ring.is_frozen);
        self.lose(place);
        self.places[place] = Place { part: self.places[place].part, ..Place::default() };
        self.report(place, Happened::Down);
        self.at(self.detect / 2, Act::Rejoin(place));
        match ring.and_then(|ring| self.rings.get(&ring)).and_then(|ring| ring.members.first()) {
            Some(&other) if is_orderly => self.reform_all(other),
            _ => self.look(),
        }
    }

    /// Gives each place the number of its part.
    pub fn set_parts(&mut self, parts: &[u32]) {
        for (place, part) in self.places.iter_mut().zip(parts) {
            place.part = *part;
        }
        self.look();
    }

    /// A daemon stands still, so that the others lose it; or goes on.
    pub fn set_hung(&mut self, place: usize, is_hung: bool) {
        self.places[place].is_hung = is_hung;
        self.look();
    }

    /// Has the ring around a place form again without a reason, as real layers do under load.
    pub fn disturb(&mut self, place: usize) {
        self.at(0, Act::Freeze(place));
        self.at(self.detect, Act::Reform(place));
    }

    /// The life of the daemon at a place.
    pub fn node(&self, place: usize) -> Option<Node> {
        self.places[place].node
    }

    /// The place of a life.
    pub fn place_of(&self, node: Node) -> Option<usize> {
        self.places.iter().position(|place| place.node == Some(node))
    }

    /// Sends a frame.
    pub fn send(&mut self, place: usize, bytes: &[u8]) -> Result<(), Full> {
        let refuses = self.refusals > 0 && self.random.one_in(self.refusals);
        let sender = &mut self.places[place];
        if sender.node.is_none() || refuses || sender.unsent_bytes > MOST_UNSENT {
            sender.was_full = true;
            if refuses {
                self.give_room(place);
            }
            return Err(Full);
        }
        sender.unsent.push_back(bytes.into());
        sender.unsent_bytes += bytes.len();
        self.flush(place);
        Ok(())
    }

    fn give_room(&mut self, place: usize) {
        if std::mem::take(&mut self.places[place].was_full) {
            self.report(place, Happened::Room);
        }
    }

    /// Puts what a place has sent into its ring's sequence.
    fn flush(&mut self, place: usize) {
        while let Some(bytes) = self.next_unsent(place) {
            self.place_frame(place, bytes);
        }
        if self.places[place].unsent_bytes <= MOST_UNSENT / 2 {
            self.give_room(place);
        }
    }

    /// The next frame that a place has sent, if it may have its place in the order now.
    pub(super) fn next_unsent(&mut self, place: usize) -> Option<Arc<[u8]>> {
        let sender = &mut self.places[place];
        if sender.is_hung || self.rings.get(&sender.ring?)?.is_frozen {
            return None;
        }
        let bytes = sender.unsent.pop_front()?;
        sender.unsent_bytes -= bytes.len();
        Some(bytes)
    }

    pub(super) fn place_frame(&mut self, place: usize, bytes: Arc<[u8]>) {
        let sender = &self.places[place];
        let (Some(node), Some(id)) = (sender.node, sender.ring) else { return };
        let Some(ring) = self.rings.get_mut(&id) else { return };
        ring.push(Entry { from: place, node, bytes });
        let members = ring.members.clone();
        for member in members {
            let latency = *self.pairs.get(&(place, member)).unwrap_or(&self.latency);
            let delay = latency.least + if latency.jitter > 0 { self.random.below(latency.jitter + 1) } else { 0 };
            let due = self.places[member].coming.back().map_or(0, |&last| last).max(self.now + delay);
            self.places[member].coming.push_back(due);
            self.deliver_due(member);
        }
        self.drop_delivered(id);
    }

    /// Delivers what is there by now.
    pub(super) fn deliver_due(&mut self, place: usize) {
        let Some(id) = self.places[place].ring else { return };
        while let Some(&due) = self.places[place].coming.front()
            && due <= self.now
            && !self.rings[&id].is_frozen
        {
            self.deliver_next(place, id);
        }
    }

    pub(super) fn deliver_next(&mut self, place: usize, id: u64) {
        let Entry { node, bytes, .. } = self.rings[&id].get(self.places[place].delivered).clone();
        self.places[place].coming.pop_front();
        self.places[place].delivered += 1;
        self.report(place, Happened::Frame(node, bytes));
    }

    fn drop_delivered(&mut self, id: u64) {
        let Some(ring) = self.rings.get_mut(&id).filter(|ring| !ring.is_frozen) else { return };
        let least = ring.members.iter().map(|&place| self.places[place].delivered).min();
        ring.drop_before(least.unwrap_or(0));
    }

    pub(super) fn report(&mut self, place: usize, happened: Happened) {
        if self.places[place].inbox.is_empty() {
            self.woken.push(place);
        }
        self.places[place].inbox.push_back(happened);
    }

    pub(super) fn take(&mut self, place: usize) -> Option<Happened> {
        self.places[place].inbox.pop_front()
    }

    pub(super) fn at(&mut self, after: u64, act: Act) {
        self.serial += 1;
        self.acts.insert((self.now + after, self.serial), act);
    }

    /// Returns when something is next to happen by itself.
    pub fn next_due(&self) -> Option<u64> {
        let act = self.acts.keys().next().map(|(at, _)| *at);
        let is_moving = |place: &&Place| place.ring.is_some_and(|ring| !self.rings[&ring].is_frozen);
        let coming = self.places.iter().filter(is_moving).filter_map(|place| place.coming.front().copied());
        coming.chain(act).min()
    }

    /// Lets time pass.
    pub fn advance(&mut self, now: u64) {
        while let Some(due) = self.next_due().filter(|&due| due <= now) {
            self.now = due.max(self.now);
            for place in 0..self.places.len() {
                self.deliver_due(place);
            }
            let rings: Vec<u64> = self.rings.keys().copied().collect();
            for ring in rings {
                self.drop_delivered(ring);
            }
            while let Some((&key, &act)) = self.acts.first_key_value().filter(|((at, _), _)| *at <= self.now) {
                self.acts.remove(&key);
                self.carry_out(act);
            }
        }
        self.now = now.max(self.now);
    }

    fn carry_out(&mut self, act: Act) {
        match act {
            Act::Freeze(place) => self.freeze(place),
            Act::Reform(place) => self.reform_at(place),
            Act::Rejoin(place) => self.start(place),
        }
    }

    /// Returns whether nothing is under way but for daemons that stand still: no view to agree on, nothing undelivered.
    pub fn is_settled(&self) -> bool {
        let is_quiet = |place: &Place| {
            place.is_hung || (place.inbox.is_empty() && place.coming.is_empty() && place.unsent.is_empty())
        };
        self.acts.is_empty() && self.places.iter().all(is_quiet)
    }
}
