//! A view is installed: the States of all its daemons become the groups that all of them know. All compute the same, from
//! the same States.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use spread_proto::{Cause, DaemonName, GroupId, Name};

use super::Phase;
use super::acks::Acks;
use super::snapshot::{OwnGroup, SetKey, State, ViewName};
use crate::event::{Event as News, NetworkView};
use crate::loss::Loss;
use crate::ordering::Node;
use crate::rules::groups::View;
use crate::rules::state::{Rules, hash};

/// A group as the States have it: which daemons have members, by their places in the view.
type Parts<'a> = Vec<(usize, &'a OwnGroup)>;

/// The sets that a group's members come from, in order: the number of each, and its members.
type Sets = Vec<(usize, Vec<Name>)>;

/// What the States come to.
struct Outcome {
    /// The daemons of the view, in order.
    states: Vec<(Node, State)>,
    /// Which set each came in.
    sets: Vec<usize>,
    name: ViewName,
    base: [i32; 2],
}

impl Rules {
    /// Installs the view: the last State awaited is here.
    pub(super) fn install(&mut self) {
        let network = self.network_mut();
        let Phase::Exchange(exchange) = std::mem::replace(&mut network.phase, Phase::Installed) else { return };
        let Some(me) = network.me else { return };
        let mut states = exchange.into_states();
        for loser in same_names(&states) {
            states.remove(&loser);
        }
        if !states.contains_key(&me) {
            return self.come_down(Loss::NameTaken);
        }
        network.members.retain(|node| states.contains_key(node));
        let outcome = Outcome::new(states);
        let own_set = outcome.sets[outcome.place(me)];
        let changed = self.rebuild_groups(&outcome, me);
        for (name, sets) in changed {
            self.announce_sets(name, &sets, own_set);
        }
        self.begin_view(&outcome, me);
    }

    /// Takes in the members of all daemons. Returns the groups that changed, in the order of their names, with their sets
    /// in order: of each set its number and its members.
    fn rebuild_groups(&mut self, outcome: &Outcome, me: Node) -> Vec<(Name, Sets)> {
        self.groups.forget_remote();
        self.groups.set_base(outcome.base);
        let mut all: BTreeMap<Name, Parts<'_>> = BTreeMap::new();
        for (place, (_, state)) in outcome.states.iter().enumerate() {
            for group in &state.groups {
                all.entry(group.name).or_default().push((place, group));
            }
        }
        let mut changed = Vec::new();
        for (name, parts) in all {
            let place = self.groups.find_or_make(name);
            for &(daemon, group) in parts.iter().filter(|(daemon, _)| outcome.states[*daemon].0 != me) {
                let (node, state) = &outcome.states[daemon];
                for &member in &group.members {
                    let (serial, name) = state.people[member as usize];
                    let who = self.groups.people.meet(*node, serial, name);
                    self.groups.join(place, who);
                }
            }
            let is_changed = outcome.is_changed(&parts);
            self.groups.set_id(place, if is_changed { outcome.first_id() } else { parts[0].1.id });
            if is_changed {
                changed.push((name, outcome.sets_of(&parts)));
            }
        }
        changed
    }

    /// Announces a network view, with its sets in order, to the members of this daemon.
    fn announce_sets(&mut self, group: Name, sets: &[(usize, Vec<Name>)], own_set: usize) {
        let Some(place) = self.groups.find(group) else { return };
        let own_set = sets.iter().position(|(set, _)| *set == own_set).unwrap_or(0);
        let names: Vec<&[Name]> = sets.iter().map(|(_, names)| names.as_slice()).collect();
        let id = self.groups.id(place);
        self.announce(place, &View { cause: Cause::Network, id, sets: &names, own_set });
    }

    /// From here on the daemons of the view have one order.
    fn begin_view(&mut self, outcome: &Outcome, me: Node) {
        let view: Vec<(Node, DaemonName)> = outcome.states.iter().map(|(node, state)| (*node, state.daemon)).collect();
        let network = self.network_mut();
        network.acks = Acks::new(view.iter().map(|(node, _)| *node));
        network.key = SetKey { installed: Some(outcome.name), stay: view.iter().map(|(node, _)| *node).collect() };
        network.time = outcome.base[1];
        if outcome.name.life == me.life {
            network.count = outcome.name.count;
        }
        network.outgoing.repeat();
        let before = std::mem::replace(&mut network.view, view);
        let names = |view: &[(Node, DaemonName)]| view.iter().map(|(_, name)| *name).collect();
        let without = |some: &[(Node, DaemonName)], others: &[(Node, DaemonName)]| {
            some.iter().filter(|one| !others.contains(one)).map(|(_, name)| *name).collect()
        };
        let view = NetworkView {
            life: outcome.name.life,
            count: outcome.name.count,
            members: names(&network.view),
            joined: without(&network.view, &before),
            left: without(&before, &network.view),
        };
        self.events.push(News::View(view));
    }
}

/// Of two daemons of one name the one goes that has installed no view, else the greater one.
fn same_names(states: &BTreeMap<Node, State>) -> BTreeSet<Node> {
    let mut first: BTreeMap<DaemonName, (bool, Node)> = BTreeMap::new();
    let mut losers = BTreeSet::new();
    for (&node, state) in states {
        let rank = (state.key.installed.is_none(), node);
        let holder = first.entry(state.daemon).or_insert(rank);
        if *holder != rank {
            losers.insert((*holder).max(rank).1);
            *holder = (*holder).min(rank);
        }
    }
    losers
}

impl Outcome {
    fn new(states: BTreeMap<Node, State>) -> Outcome {
        let states: Vec<(Node, State)> = states.into_iter().collect();
        let mut keys: Vec<&SetKey> = Vec::new();
        let mut set_of = |key| match keys.iter().position(|known| *known == key) {
            Some(set) => set,
            None => {
                keys.push(key);
                keys.len() - 1
            }
        };
        let sets = states.iter().map(|(_, state)| set_of(&state.key)).collect();
        let (node, first) = &states[0];
        let times = states.iter().map(|(_, state)| state.time);
        let time = times.max().map_or(0, |time| time.saturating_add(1)).max(first.clock);
        let name = ViewName { life: node.life, count: first.count.wrapping_add(1) };
        let base = [hash(first.daemon.as_bytes()), time];
        Outcome { states, sets, name, base }
    }

    /// Where a daemon stands in the view.
    fn place(&self, node: Node) -> usize {
        self.states.iter().position(|(member, _)| *member == node).unwrap_or(0)
    }

    /// The id of each group that this view changes.
    fn first_id(&self) -> GroupId {
        GroupId([self.base[0], self.base[1], 1])
    }

    /// Whether a group's members have to hear of the view: they come from several sets, or somebody is missing whom they
    /// were told of, or they have had a signal.
    fn is_changed(&self, parts: &Parts<'_>) -> bool {
        let set = self.sets[parts[0].0];
        let members: usize = parts.iter().map(|(_, group)| group.members.len()).sum();
        parts
            .iter()
            .any(|&(daemon, group)| self.sets[daemon] != set || group.signalled || group.told as usize != members)
    }

    /// The sets that a group's members come from, in order: the number of each, and the members.
    fn sets_of(&self, parts: &Parts<'_>) -> Sets {
        let mut sets: Vec<(GroupId, usize, Vec<Name>)> = Vec::new();
        for &(daemon, group) in parts {
            let set = self.sets[daemon];
            let mut names: Vec<Name> =
                group.members.iter().map(|&member| self.states[daemon].1.people[member as usize].1).collect();
            names.sort_unstable();
            match sets.iter_mut().find(|(_, known, _)| *known == set) {
                Some((.., members)) => members.append(&mut names),
                None => sets.push((group.id, set, names)),
            }
        }
        // The sort is stable: equal ones stay in the order of their first daemons.
        match &sets[..] {
            [(one, ..), (other, ..)] if older(one, other) == Ordering::Greater => sets.swap(0, 1),
            [_, _] => {}
            _ => sets.sort_by_key(|(id, ..)| id.0),
        }
        sets.into_iter().map(|(_, set, names)| (set, names)).collect()
    }
}

/// Which of two sets comes first, by the ids that they come from: the sign of the first difference that is not 0, in 32
/// bits. As recorded.
fn older(one: &GroupId, other: &GroupId) -> Ordering {
    let differences = [0, 1].map(|at| one.0[at].wrapping_sub(other.0[at]));
    differences.into_iter().find(|&difference| difference != 0).map_or(Ordering::Equal, |difference| difference.cmp(&0))
}
