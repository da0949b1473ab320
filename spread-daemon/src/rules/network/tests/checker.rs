//! Judges what clients of several daemons were delivered, by what may be demanded of Spread and no more.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use spread_proto::{Cause, Delivery, GroupId, Name, ServiceType};

use super::script::head_of;

/// A view as its members were told of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) group: String,
    pub(super) id: [i32; 3],
    pub(super) members: Vec<String>,
}

/// Something that a client did or was delivered.
#[derive(Clone, Debug)]
pub(super) enum Seen {
    Sent { body: String, groups: Vec<String>, discard: bool },
    AskedToLeave(String),
    Message { body: String, groups: Vec<String>, service: ServiceType, sender: String },
    View { key: Key, network: bool, own_set: Vec<String> },
    Transition { group: String, id: [i32; 3] },
    SelfLeave(String),
}

/// All of one client, in one of its lives.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    pub(super) name: String,
    pub(super) listens: bool,
    /// Its connection has ended.
    pub(super) is_cut: bool,
    pub(super) seen: Vec<Seen>,
}

impl Trace {
    pub(super) fn new(name: &str, listens: bool) -> Trace {
        Trace { name: name.to_owned(), listens, is_cut: false, seen: Vec::new() }
    }

    pub(super) fn sent(&mut self, body: &[u8], groups: &[&str], discard: bool) {
        let groups = groups.iter().map(|&group| group.to_owned()).collect();
        self.seen.push(Seen::Sent { body: head_of(body), groups, discard });
    }

    pub(super) fn hear(&mut self, delivery: &Delivery<'_>) {
        let names = |fields: &[[u8; 32]]| fields.iter().map(|name| Name::from_field(name).to_string()).collect();
        self.seen.push(match delivery {
            Delivery::Message(message) => Seen::Message {
                body: head_of(message.body),
                groups: names(message.groups),
                service: ServiceType(message.service_type.0 & ServiceType::REGULAR_MESS.0),
                sender: Name::from_field(message.sender).to_string(),
            },
            Delivery::Membership(view) => Seen::View {
                key: Key { group: view.group.to_string(), id: view.id.0, members: names(view.members) },
                network: view.cause == Cause::Network,
                own_set: view.sets().nth(view.own_set).map(names).unwrap_or_default(),
            },
            Delivery::Transition { group, id: GroupId(id) } => Seen::Transition { group: group.to_string(), id: *id },
            Delivery::SelfLeave { group } => Seen::SelfLeave(group.to_string()),
            Delivery::Reject(_) => panic!("no daemon rejects"),
        });
    }
}

/// Checks all rules.
pub(super) fn check(traces: &[Trace]) -> Result<(), String> {
    for trace in traces {
        check_alone(trace)?;
        check_own_messages(trace)?;
    }
    check_ids(traces)?;
    let places: Vec<HashMap<Item, usize>> = traces.iter().map(places).collect();
    for (index, one) in traces.iter().enumerate() {
        for (before, other) in traces[..index].iter().enumerate() {
            check_order(one, other, &places[index], &places[before])?;
        }
    }
    check_sets(traces)?;
    check_safe(traces)
}

/// What one client's own deliveries have to be: a transition before a network view that lost members, with the last
/// view's id; nothing twice; itself in its views.
fn check_alone(trace: &Trace) -> Result<(), String> {
    let name = &trace.name;
    let mut last: BTreeMap<&str, (&Key, bool)> = BTreeMap::new();
    let mut bodies = BTreeSet::new();
    for seen in &trace.seen {
        match seen {
            Seen::Message { body, .. } if !bodies.insert(body) => {
                return Err(format!("{name} was delivered {body} twice"));
            }
            Seen::View { key, network, own_set } => {
                if !key.members.contains(name) || (*network && !own_set.contains(name)) {
                    return Err(format!("{name} is not in its own view {key:?} or set {own_set:?}"));
                }
                let has_lost =
                    |(before, _): &(&Key, bool)| before.members.iter().any(|member| !key.members.contains(member));
                let before = last.insert(&key.group, (key, false));
                let signalled = before.is_some_and(|(_, signalled)| signalled);
                if *network && before.as_ref().is_some_and(has_lost) && !signalled {
                    return Err(format!("{name}: {key:?} lost members without a transition"));
                }
                if !network && signalled {
                    return Err(format!("{name}: {key:?} follows a transition, and is no network view"));
                }
            }
            Seen::Transition { group, id } => match last.get_mut(group.as_str()) {
                Some((view, signalled)) if view.id == *id && !*signalled => *signalled = true,
                other => return Err(format!("{name}: a transition of {group} from {id:?} after {other:?}")),
            },
            Seen::SelfLeave(group) => drop(last.remove(group.as_str())),
            _ => {}
        }
    }
    match last.values().find(|(_, signalled)| *signalled && !trace.is_cut) {
        Some((view, _)) => Err(format!("{name}: no view follows the transition of {view:?}")),
        None => Ok(()),
    }
}

/// Messages to a group that one is in come back, while one is connected.
fn check_own_messages(trace: &Trace) -> Result<(), String> {
    if trace.is_cut || !trace.listens {
        return Ok(());
    }
    let mut inside: BTreeSet<&str> = BTreeSet::new();
    let mut awaited: Vec<&String> = Vec::new();
    for seen in &trace.seen {
        match seen {
            Seen::View { key, .. } => drop(inside.insert(&key.group)),
            Seen::AskedToLeave(group) => drop(inside.remove(group.as_str())),
            Seen::Sent { body, groups, discard: false, .. }
                if groups.iter().any(|group| inside.contains(group.as_str()) || *group == trace.name) =>
            {
                awaited.push(body);
            }
            Seen::Message { body, .. } => awaited.retain(|waiting| *waiting != body),
            _ => {}
        }
    }
    match awaited.first() {
        Some(body) => Err(format!("{} never got its own {body} back", trace.name)),
        None => Ok(()),
    }
}

/// One id is one list of members, if it does not come again (as after a group was empty).
fn check_ids(traces: &[Trace]) -> Result<(), String> {
    let mut known: HashMap<(&str, [i32; 3]), (&Key, &str)> = HashMap::new();
    let mut repeated = BTreeSet::new();
    let mut wrong = Vec::new();
    for trace in traces {
        let mut own = BTreeSet::new();
        for seen in &trace.seen {
            let Seen::View { key, .. } = seen else { continue };
            let id = (key.group.as_str(), key.id);
            if !own.insert(id) {
                repeated.insert(id);
            }
            let (first, whose) = known.entry(id).or_insert((key, &trace.name));
            if first.members != key.members {
                let both = first.members.contains(&trace.name) && key.members.iter().any(|member| member == whose);
                wrong.push((id, both, format!("{whose} and {}: {first:?} and {key:?}", trace.name)));
            }
        }
    }
    match wrong.into_iter().find(|(id, both, _)| *both && id.1[2] > 1 && !repeated.contains(id)) {
        Some((.., text)) => Err(text),
        None => Ok(()),
    }
}

/// What has one place in the order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Item {
    Message(String),
    View(Key),
}

/// Where each item stands in a client's deliveries; those that come more than once are left out.
fn places(trace: &Trace) -> HashMap<Item, usize> {
    let mut places = HashMap::new();
    let mut repeated = Vec::new();
    for (at, seen) in trace.seen.iter().enumerate() {
        let item = match seen {
            Seen::Message { body, .. } => Item::Message(body.clone()),
            Seen::View { key, .. } => Item::View(key.clone()),
            _ => continue,
        };
        if places.insert(item.clone(), at).is_some() {
            repeated.push(item);
        }
    }
    for item in repeated {
        places.remove(&item);
    }
    places
}

/// What two clients were both delivered they were delivered in one order.
fn check_order(
    one: &Trace,
    other: &Trace,
    mine: &HashMap<Item, usize>,
    theirs: &HashMap<Item, usize>,
) -> Result<(), String> {
    let mut common: Vec<(usize, usize)> =
        mine.iter().filter_map(|(item, &at)| theirs.get(item).map(|&there| (at, there))).collect();
    common.sort_unstable();
    match common.windows(2).find(|pair| pair[0].1 > pair[1].1) {
        Some(pair) => Err(format!(
            "{} and {} have {:?} and {:?} in different orders",
            one.name, other.name, one.seen[pair[0].0], one.seen[pair[1].0]
        )),
        None => Ok(()),
    }
}

/// Messages to each group between two of its views, by these: (before, after).
fn spans(trace: &Trace) -> BTreeMap<(Key, Key), (Vec<String>, BTreeSet<String>)> {
    let mut open: BTreeMap<String, (Key, BTreeSet<String>)> = BTreeMap::new();
    let mut spans = BTreeMap::new();
    for seen in &trace.seen {
        match seen {
            Seen::View { key, own_set, .. } => {
                if let Some((before, messages)) = open.insert(key.group.clone(), (key.clone(), BTreeSet::new())) {
                    spans.insert((before, key.clone()), (own_set.clone(), messages));
                }
            }
            Seen::Message { body, groups, service, .. } if service.0 != ServiceType::UNRELIABLE_MESS.0 => {
                for group in groups {
                    if let Some((_, messages)) = open.get_mut(group) {
                        messages.insert(body.clone());
                    }
                }
            }
            Seen::SelfLeave(group) => drop(open.remove(group)),
            _ => {}
        }
    }
    spans
}

/// Whose it is, the set in which it ends, and the messages in it.
type Span<'a> = (&'a Trace, Vec<String>, BTreeSet<String>);

/// Two that go from one view to the next in one set were delivered the same messages between.
fn check_sets(traces: &[Trace]) -> Result<(), String> {
    let discarded: BTreeSet<&String> = traces
        .iter()
        .flat_map(|trace| &trace.seen)
        .filter_map(|seen| match seen {
            Seen::Sent { body, discard: true, .. } => Some(body),
            _ => None,
        })
        .collect();
    let mut known: BTreeMap<(Key, Key), Vec<Span<'_>>> = BTreeMap::new();
    for trace in traces {
        for (views, (set, mut messages)) in spans(trace) {
            messages.retain(|body| !discarded.contains(body));
            known.entry(views).or_default().push((trace, set, messages));
        }
    }
    for (views, all) in known {
        for (trace, set, messages) in &all[1..] {
            let (first, first_set, first_messages) = &all[0];
            if first_set == set && first_messages != messages {
                let differ: Vec<_> = first_messages.symmetric_difference(messages).collect();
                return Err(format!("{} and {} differ in {differ:?} between {views:?}", first.name, trace.name));
            }
        }
    }
    Ok(())
}

/// A SAFE message that one member was delivered before any signal all members of its view were delivered, or were cut.
fn check_safe(traces: &[Trace]) -> Result<(), String> {
    let delivered: BTreeMap<&str, Vec<(&Trace, BTreeSet<&String>)>> =
        traces.iter().fold(BTreeMap::new(), |mut all, trace| {
            let bodies = trace.seen.iter().filter_map(|seen| match seen {
                Seen::Message { body, .. } => Some(body),
                _ => None,
            });
            all.entry(trace.name.as_str()).or_insert_with(Vec::new).push((trace, bodies.collect()));
            all
        });
    for trace in traces {
        let mut views: BTreeMap<&str, (&Key, bool)> = BTreeMap::new();
        for seen in &trace.seen {
            match seen {
                Seen::View { key, .. } => drop(views.insert(&key.group, (key, false))),
                Seen::SelfLeave(group) => drop(views.remove(group.as_str())),
                Seen::Transition { group, .. } => {
                    if let Some((_, signalled)) = views.get_mut(group.as_str()) {
                        *signalled = true;
                    }
                }
                Seen::Message { body, groups, service, sender } if service.0 == ServiceType::SAFE_MESS.0 => {
                    for (view, _) in groups.iter().filter_map(|group| views.get(group.as_str())).filter(|(_, s)| !s) {
                        for member in view.members.iter().filter(|member| *member != sender) {
                            let lives = delivered.get(member.as_str()).map_or(&[][..], Vec::as_slice);
                            if !lives.iter().any(|(life, bodies)| life.is_cut || bodies.contains(body)) {
                                return Err(format!("{} was delivered SAFE {body}, and {member} never", trace.name));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// When all is well again, all members of a group have one last view: these very members.
pub(super) fn check_end(traces: &[Trace]) -> Result<(), String> {
    let mut last: BTreeMap<&str, Vec<(&str, &Key)>> = BTreeMap::new();
    for trace in traces.iter().filter(|trace| !trace.is_cut && trace.listens) {
        let mut own: BTreeMap<&str, &Key> = BTreeMap::new();
        for seen in &trace.seen {
            match seen {
                Seen::View { key, .. } => drop(own.insert(&key.group, key)),
                Seen::SelfLeave(group) => drop(own.remove(group.as_str())),
                _ => {}
            }
        }
        for (group, key) in own {
            last.entry(group).or_default().push((&trace.name, key));
        }
    }
    for (group, members) in last {
        let (first, key) = members[0];
        if let Some((other, differs)) = members.iter().find(|(_, other)| *other != key) {
            return Err(format!("{group} ends as {key:?} at {first} and as {differs:?} at {other}"));
        }
        let gone =
            key.members.iter().find(|member| !traces.iter().any(|trace| trace.name == **member && !trace.is_cut));
        if let Some(gone) = gone {
            return Err(format!("{group} ends with {gone}, who is not there: {key:?}"));
        }
    }
    Ok(())
}
