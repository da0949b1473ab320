//! How views change: who reaches whom, who goes on with whom, and what each still delivers.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::ring::Ring;
use super::simulation::{Act, Happened, Simulation};
use crate::ordering::Node;

impl Simulation {
    /// Those who reach each other, a place among them.
    fn reach(&self, place: usize) -> Vec<usize> {
        let of = &self.places[place];
        let is_there = |other: &usize| {
            let other = &self.places[*other];
            other.node.is_some() && !other.is_hung && other.part == of.part
        };
        if is_there(&place) { (0..self.places.len()).filter(is_there).collect() } else { Vec::new() }
    }

    /// Looks at who reaches whom after a change: a ring that has lost somebody stands still, and those who are to be in one
    /// will agree on that, each part in its own time.
    pub(super) fn look(&mut self) {
        let all = 0..self.places.len();
        let lost: Vec<u64> = all
            .clone()
            .filter_map(|place| {
                let id = self.places[place].ring?;
                let reach = self.reach(place);
                self.rings[&id].members.iter().any(|member| !reach.contains(member)).then_some(id)
            })
            .collect();
        for id in lost {
            if let Some(ring) = self.rings.get_mut(&id) {
                ring.is_frozen = true;
            }
        }
        let mut seen = BTreeSet::new();
        for place in all {
            let reach = self.reach(place);
            if reach.first() == Some(&place) && seen.insert(place) && !self.is_ring(&reach) {
                let early = self.random.below(self.detect / 2 + 1);
                let late = self.random.below(self.detect / 2 + 1);
                self.at(early, Act::Freeze(place));
                self.at(self.detect.max(early) + late, Act::Reform(place));
            }
        }
    }

    /// Whether these are the members of one ring that is well.
    fn is_ring(&self, places: &[usize]) -> bool {
        let ring = places.first().and_then(|&place| self.places[place].ring).and_then(|ring| self.rings.get(&ring));
        ring.is_some_and(|ring| !ring.is_frozen && ring.members == places && ring.nodes.len() == places.len())
    }

    pub(super) fn freeze(&mut self, place: usize) {
        for place in self.reach(place) {
            if let Some(ring) = self.places[place].ring.and_then(|ring| self.rings.get_mut(&ring)) {
                ring.is_frozen = true;
            }
        }
    }

    /// Those around a place agree, if there is something to agree on.
    pub(super) fn reform_at(&mut self, place: usize) {
        let reach = self.reach(place);
        if !reach.is_empty() && !self.is_ring(&reach) {
            self.reform(&reach);
        }
    }

    /// Those around a place form a ring, in which nothing is lost.
    pub(super) fn reform_all(&mut self, place: usize) {
        let id = self.places[place].ring;
        let members = id.and_then(|id| self.rings.get(&id)).map(|ring| ring.members.clone()).unwrap_or_default();
        for &member in &members {
            while let (Some(id), false) = (id, self.places[member].coming.is_empty()) {
                self.deliver_next(member, id);
            }
        }
        if !members.is_empty() {
            self.reform(&members);
        }
        self.look();
    }

    /// A place is out of its ring.
    pub(super) fn lose(&mut self, place: usize) {
        let delivered = self.places[place].delivered;
        if let Some(id) = self.places[place].ring.take()
            && let Some(ring) = self.rings.get_mut(&id)
        {
            ring.is_frozen = true;
            ring.part(place, delivered);
            if ring.members.is_empty() {
                self.rings.remove(&id);
            }
        }
    }

    /// These form a ring of their own.
    fn reform(&mut self, reach: &[usize]) {
        let nodes: Vec<Node> = reach.iter().filter_map(|&place| self.places[place].node).collect();
        let old: BTreeSet<u64> = reach.iter().filter_map(|&place| self.places[place].ring).collect();
        if let [id] = old.iter().copied().collect::<Vec<_>>()[..]
            && self.rings[&id].nodes == nodes
            && self.rings[&id].members == reach
            && self.random.one_in(2)
        {
            // All are back before anybody has noticed.
            return self.thaw(id, reach);
        }
        for id in old {
            self.leave_ring(id, reach);
        }
        self.serial += 1;
        let view: Arc<[Node]> = nodes.clone().into();
        for &place in reach {
            self.places[place].ring = Some(self.serial);
            self.places[place].delivered = 0;
            self.places[place].coming.clear();
            self.report(place, Happened::View(view.clone()));
        }
        self.rings.insert(self.serial, Ring::new(reach.to_vec(), nodes));
        self.flush_in_turn(reach);
    }

    fn thaw(&mut self, id: u64, members: &[usize]) {
        if let Some(ring) = self.rings.get_mut(&id) {
            ring.is_frozen = false;
        }
        for &place in members {
            self.deliver_due(place);
        }
        self.flush_in_turn(members);
    }

    /// Those of a ring who go on together deliver what they decide to, take the rest of theirs back, and leave it.
    fn leave_ring(&mut self, id: u64, reach: &[usize]) {
        let Some(mut ring) = self.rings.remove(&id) else { return };
        let group: Vec<usize> = ring.members.iter().copied().filter(|place| reach.contains(place)).collect();
        let until = ring.recover(&group, |place| self.places[place].delivered, &mut self.random);
        let stay: Arc<[Node]> = group.iter().filter_map(|&place| self.places[place].node).collect();
        let is_whole = ring.nodes.len() == stay.len();
        self.rings.insert(id, ring);
        for &place in &group {
            while self.places[place].delivered < until {
                self.deliver_next(place, id);
            }
            if !is_whole {
                self.report(place, Happened::Transitional(stay.clone()));
            }
            for frame in self.rings[&id].of(place, until).into_iter().rev() {
                self.places[place].unsent_bytes += frame.len();
                self.places[place].unsent.push_front(frame);
            }
        }
        if let Some(ring) = self.rings.get_mut(&id) {
            for &place in &group {
                ring.part(place, until);
            }
            if ring.members.is_empty() {
                self.rings.remove(&id);
            }
        }
    }

    /// What several have sent comes into the order by chance.
    fn flush_in_turn(&mut self, places: &[usize]) {
        loop {
            let waiting: Vec<usize> =
                places.iter().copied().filter(|&place| !self.places[place].unsent.is_empty()).collect();
            if waiting.is_empty() {
                return;
            }
            let place = waiting[self.random.below(waiting.len() as u64) as usize];
            match self.next_unsent(place) {
                Some(frame) => self.place_frame(place, frame),
                None => return,
            }
        }
    }
}
