//! A daemon's State: what it tells all others when the view changes, in pieces.

use spread_proto::limits::MAX_DAEMON_NAME_LEN;
use spread_proto::{DaemonName, GroupId, Name, PrivateGroup};

use super::wire::{Garbage, Input, Output};
use crate::ordering::Node;

/// The version of the State's format.
const FORMAT: u8 = 1;

/// Bytes of a State in one frame.
pub(super) const PIECE: usize = 60 * 1024;

/// The name of an installed view: a life of its representative, and which of that life's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ViewName {
    pub(crate) life: u64,
    pub(crate) count: u64,
}

/// Daemons of which these are equal have come the same way: they are one virtual-synchrony set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SetKey {
    /// The view installed last; `None` in a life that has installed none.
    pub(super) installed: Option<ViewName>,
    /// Those who have stayed with the daemon ever since, in order.
    pub(super) stay: Vec<Node>,
}

/// A State.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The view that it was told of.
    pub(super) members: Vec<Node>,
    pub(super) daemon: DaemonName,
    pub(super) key: SetKey,
    /// Views that this life has named.
    pub(super) count: u64,
    /// Its clock, in seconds.
    pub(super) clock: i32,
    /// The greatest time in an id of its.
    pub(super) time: i32,
    /// Its sessions that are in groups: serial, private group.
    pub(super) people: Vec<(u64, Name)>,
    /// The groups that they are in, in the order of their names.
    pub(super) groups: Vec<OwnGroup>,
}

/// A group, as far as it is one daemon's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnGroup {
    pub(super) name: Name,
    /// The id that was told last.
    pub(super) id: GroupId,
    /// Somebody was lost since.
    pub(super) signalled: bool,
    /// The number of members that was told last.
    pub(super) told: u32,
    /// The daemon's own: indices of `people`.
    pub(super) members: Vec<u32>,
}

impl State {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = vec![FORMAT];
        out.put_nodes(&self.members);
        out.put_name(self.daemon.name());
        out.put_bool(self.key.installed.is_some());
        let ViewName { life, count } = self.key.installed.unwrap_or(ViewName { life: 0, count: 0 });
        out.put_u64(life);
        out.put_u64(count);
        out.put_nodes(&self.key.stay);
        out.put_u64(self.count);
        out.put_i32(self.clock);
        out.put_i32(self.time);
        out.put_u32(self.people.len() as u32);
        for &(serial, name) in &self.people {
            out.put_u64(serial);
            out.put_name(name);
        }
        out.put_u32(self.groups.len() as u32);
        for group in &self.groups {
            out.put_name(group.name);
            group.id.0.iter().for_each(|&int| out.put_i32(int));
            out.put_bool(group.signalled);
            out.put_u32(group.told);
            out.put_u32(group.members.len() as u32);
            group.members.iter().for_each(|&member| out.put_u32(member));
        }
        out
    }

    /// Reads the list of members that a State begins with.
    pub(super) fn read_members(bytes: &[u8]) -> Result<Vec<Node>, Garbage> {
        let mut input = Input(bytes);
        if input.u8()? == FORMAT { input.nodes() } else { Err(Garbage) }
    }

    pub(super) fn read(bytes: &[u8]) -> Result<State, Garbage> {
        let members = State::read_members(bytes)?;
        let mut input = Input(&bytes[5 + 12 * members.len()..]);
        let daemon = input.name()?;
        if daemon.as_bytes().len() > MAX_DAEMON_NAME_LEN {
            return Err(Garbage);
        }
        let daemon = DaemonName::new(daemon.as_bytes()).map_err(|_| Garbage)?;
        let (is_installed, life, count) = (input.bool()?, input.u64()?, input.u64()?);
        if !is_installed && (life, count) != (0, 0) {
            return Err(Garbage);
        }
        let key = SetKey { installed: is_installed.then_some(ViewName { life, count }), stay: input.nodes()? };
        let (count, clock, time) = (input.u64()?, input.i32()?, input.i32()?);
        let people = read_people(&mut input, daemon)?;
        let groups = (0..input.count(26)?).map(|_| OwnGroup::read(&mut input, people.len()));
        let groups: Vec<OwnGroup> = groups.collect::<Result<_, _>>()?;
        if !input.is_empty() || !groups.is_sorted_by(|one, next| one.name < next.name) {
            return Err(Garbage);
        }
        Ok(State { members, daemon, key, count, clock, time, people, groups })
    }
}

/// Sessions, each of this daemon and in here once.
fn read_people(input: &mut Input<'_>, daemon: DaemonName) -> Result<Vec<(u64, Name)>, Garbage> {
    let person = |input: &mut Input<'_>| {
        let (serial, name) = (input.u64()?, input.name()?);
        let group = PrivateGroup::parse(name.as_bytes()).map_err(|_| Garbage)?;
        let is_own = group.as_bytes().rsplit(|&byte| byte == b'#').next() == Some(daemon.as_bytes());
        if is_own { Ok((serial, name)) } else { Err(Garbage) }
    };
    let people: Vec<_> = (0..input.count(10)?).map(|_| person(input)).collect::<Result<_, _>>()?;
    if people.is_sorted_by(|one, next| one.0 < next.0) { Ok(people) } else { Err(Garbage) }
}

impl OwnGroup {
    fn read(input: &mut Input<'_>, people: usize) -> Result<OwnGroup, Garbage> {
        let (name, id) = (input.name()?, GroupId([input.i32()?, input.i32()?, input.i32()?]));
        let (signalled, told) = (input.bool()?, input.u32()?);
        let members: Vec<u32> = (0..input.count(4)?).map(|_| input.u32()).collect::<Result<_, _>>()?;
        let is_sound = !members.is_empty()
            && members.is_sorted_by(|one, next| one < next)
            && members.iter().all(|&member| (member as usize) < people);
        if is_sound { Ok(OwnGroup { name, id, signalled, told, members }) } else { Err(Garbage) }
    }
}
