//! What the ordering layer reports.

use super::exchange::Exchange;
use super::frame::{Frame, Item, Kind};
use super::outgoing::Control;
use super::snapshot::{OwnGroup, PIECE, SetKey, State};
use super::wire::Input;
use super::{Network, Phase};
use crate::event::{Event as News, Reason};
use crate::loss::Loss;
use crate::ordering::{Event, Node};
use crate::rules::groups::Groups;
use crate::rules::people::Home;
use crate::rules::state::Rules;

impl Rules {
    /// Handles an event of the layer's.
    pub(crate) fn handle_event(&mut self, event: &Event<'_>) {
        match *event {
            Event::Up { me } => self.come_up(me),
            Event::Frame { from, bytes } => self.take_frame(from, bytes),
            Event::Transitional { stay } => self.transition(stay),
            Event::View { members } => self.begin_exchange(members),
            Event::Room => self.network_mut().is_blocked = false,
            Event::Down => self.come_down(Loss::Layer),
        }
    }

    pub(crate) fn network_mut(&mut self) -> &mut Network {
        self.network.as_deref_mut().expect("only a daemon in a network has a layer")
    }

    /// A life begins, of which nobody knows anything.
    fn come_up(&mut self, me: Node) {
        let network = self.network_mut();
        let (clock, traffic) = (network.clock, network.traffic);
        *network = Network { me: Some(me), clock, traffic, ..Network::new() };
        network.key.stay = vec![me];
        self.groups = Groups::new([0, 0], Some(me));
        self.events.push(News::Up);
    }

    /// The life is over: clients are cut, and nothing is known of anybody any more.
    pub(super) fn come_down(&mut self, loss: Loss) {
        let network = self.network_mut();
        if network.me.is_none() {
            return;
        }
        let (clock, traffic) = (network.clock, network.traffic);
        let gone: Vec<u32> = network.sessions.values().copied().collect();
        *network = Network { clock, traffic, leaves: loss != Loss::Layer, ..Network::new() };
        network.traffic.rejoined += 1;
        let living: Vec<u32> = self.sessions.iter().map(|(id, _)| id).collect();
        for id in living {
            self.end(id, Reason::NetworkLost);
            self.sessions.drop_queue(id);
        }
        for id in gone {
            self.sessions.free_number(id);
        }
        self.groups = Groups::new([0, 0], None);
        self.events.push(News::Down(loss));
    }

    /// A view begins. Nobody is lost by it whom a transition has not named; so all have what is held.
    pub(super) fn begin_exchange(&mut self, members: &[Node]) {
        if self.network_mut().me.is_none() {
            return;
        }
        self.carry_out_held();
        let network = self.network_mut();
        network.members = members.to_vec();
        network.members.sort_unstable();
        network.members.dedup();
        network.heard.clear();
        network.exchanges += 1;
        network.phase = Phase::Exchange(Exchange::new(&network.members));
        let state = self.own_state().encode();
        let outgoing = &mut self.network_mut().outgoing;
        outgoing.control.clear();
        let count = state.len().div_ceil(PIECE) as u32;
        for (index, piece) in (0..).zip(state.chunks(PIECE)) {
            outgoing.control.push_back(Control::Piece(index, count, piece.to_vec()));
        }
    }

    /// This daemon's State: its own groups and members.
    fn own_state(&self) -> State {
        let network = self.network.as_deref().expect("it is in a network");
        let mut people: Vec<(u64, u32)> =
            network.sessions.iter().map(|(&serial, &session)| (serial, session)).collect();
        people.retain(|&(_, session)| !self.groups.people.groups_of(session).is_empty());
        people.sort_unstable();
        let index_of = |&session: &u32| {
            let serial = self.groups.people.get(Home::Local(session)).serial;
            people.binary_search_by_key(&serial, |&(serial, _)| serial).ok().map(|index| index as u32)
        };
        let own = |place: u32| {
            let mut members: Vec<u32> = self.groups.sessions(place).iter().filter_map(index_of).collect();
            members.sort_unstable();
            (!members.is_empty()).then(|| OwnGroup {
                name: self.groups.name(place),
                id: self.groups.id(place),
                signalled: self.groups.is_signalled(place),
                told: self.groups.members(place) as u32,
                members,
            })
        };
        State {
            members: network.members.clone(),
            daemon: self.daemon,
            key: SetKey { installed: network.key.installed, stay: network.key.stay.clone() },
            count: network.count,
            clock: network.clock,
            time: network.time,
            groups: self.groups.by_name().into_iter().filter_map(own).collect(),
            people: people.iter().map(|&(serial, id)| (serial, self.groups.people.get(Home::Local(id)).name)).collect(),
        }
    }

    /// A frame comes. What is none of a daemon's of the view is counted, and nothing else.
    fn take_frame(&mut self, from: Node, bytes: &[u8]) {
        let network = self.network_mut();
        network.traffic.frames_in += 1;
        network.traffic.bytes_in += bytes.len() as u64;
        let frame = match Frame::read(bytes) {
            Ok(frame) if frame.life == from.life && network.members.contains(&from) => frame,
            _ => {
                network.traffic.refused += 1;
                return;
            }
        };
        let last = network.heard.insert(from, frame.number);
        if last.is_some_and(|last| last.wrapping_add(1) != frame.number) {
            return self.come_down(Loss::Gap);
        }
        let (is_own, is_placed) = (network.me == Some(from), network.is_installed());
        if is_own && !network.outgoing.come_back(frame.number, is_placed) {
            return self.come_down(Loss::Gap);
        }
        match (&mut network.phase, frame.kind) {
            (Phase::Exchange(exchange), Kind::State) => match exchange.take(from, frame.body) {
                Ok(true) => self.install(),
                Ok(false) => {}
                Err(_) => network.traffic.refused += 1,
            },
            (Phase::Exchange(exchange), Kind::Operations) if exchange.has_mark(from) => self.take_outs(frame.body),
            (Phase::Installed, Kind::Operations) => self.take_operations(from, &frame),
            _ => {}
        }
    }

    /// During an exchange nobody sends anything but States, and who is to go.
    pub(super) fn take_outs(&mut self, items: &[u8]) {
        let mut items = Input(items);
        while let Ok(item) = Item::read(&mut items) {
            if let Item::Out { node } = item {
                self.take_out_node(node);
            }
        }
    }

    /// All go on without one that was silent for too long.
    pub(super) fn take_out_node(&mut self, node: Node) {
        let network = self.network_mut();
        if network.me == Some(node) {
            return self.come_down(Loss::PutOut);
        }
        let rest: Vec<Node> = network.members.iter().copied().filter(|&member| member != node).collect();
        if rest.len() < network.members.len() {
            self.transition(&rest);
            self.begin_exchange(&rest);
        }
    }
}
