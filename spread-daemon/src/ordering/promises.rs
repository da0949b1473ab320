//! The promises of an ordering layer, judged by what its daemons saw. Any layer can be put under them: record what each
//! daemon sends and polls, and then ask.

use std::collections::{BTreeMap, BTreeSet};

use super::{Event, Node};

/// What a daemon saw, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saw {
    /// It has come up.
    Up(Node),
    /// It has sent a frame, which the layer took.
    Sent(Vec<u8>),
    /// It has delivered a frame.
    Frame(Node, Vec<u8>),
    /// These stay with it.
    Transitional(Vec<Node>),
    /// A view of these.
    View(Vec<Node>),
    /// It is down.
    Down,
}

impl Saw {
    /// Notes an event; none of [`Event::Room`].
    pub fn of(event: &Event<'_>) -> Option<Saw> {
        Some(match *event {
            Event::Up { me } => Saw::Up(me),
            Event::Frame { from, bytes } => Saw::Frame(from, bytes.to_vec()),
            Event::Transitional { stay } => Saw::Transitional(stay.to_vec()),
            Event::View { members } => Saw::View(members.to_vec()),
            Event::Down => Saw::Down,
            Event::Room => return None,
        })
    }
}

/// A stretch of one life in one view.
#[derive(Debug)]
struct Stretch {
    members: Vec<Node>,
    frames: Vec<(Node, Vec<u8>)>,
    /// Who stayed at its end, if it had one.
    stay: Option<Vec<Node>>,
}

/// One life as it was seen.
#[derive(Debug)]
struct Life {
    node: Node,
    sent: Vec<Vec<u8>>,
    stretches: Vec<Stretch>,
    /// It was down in the end, or nobody knows any more.
    is_over: bool,
}

/// Checks O1 to O7 over what each daemon saw. All frames have to differ. Daemons that are not down have to have polled all
/// that there is. `dead` are lives that were killed.
pub fn check(seen: &[Vec<Saw>], dead: &BTreeSet<Node>) -> Result<(), String> {
    let mut lives = Vec::new();
    for daemon in seen {
        split(daemon, &mut lives)?;
    }
    for life in &mut lives {
        life.is_over |= dead.contains(&life.node);
    }
    lives.iter().try_for_each(check_life)?;
    for (index, one) in lives.iter().enumerate() {
        for other in &lives[..index] {
            check_pair(one, other)?;
        }
    }
    check_senders(&lives)
}

/// O7, and that events come in the order of [`Event`].
fn split(daemon: &[Saw], lives: &mut Vec<Life>) -> Result<(), String> {
    let mut life: Option<Life> = None;
    let mut stay: Option<Vec<Node>> = None;
    for saw in daemon {
        if let (Some(_), Saw::Frame(..)) = (&stay, saw) {
            return Err("O7: a frame between Transitional and View".to_owned());
        }
        match (saw, &mut life) {
            (Saw::Up(node), None) => {
                life = Some(Life { node: *node, sent: Vec::new(), stretches: Vec::new(), is_over: false });
            }
            (Saw::Sent(frame), Some(life)) => life.sent.push(frame.clone()),
            (Saw::Frame(from, frame), Some(life)) => match life.stretches.last_mut() {
                Some(stretch) => stretch.frames.push((*from, frame.clone())),
                None => return Err(format!("{}: a frame before the first view", life.node)),
            },
            (Saw::Transitional(who), Some(_)) => stay = Some(who.clone()),
            (Saw::View(members), Some(life)) => {
                if let Some(last) = life.stretches.last_mut() {
                    last.stay = Some(stay.take().unwrap_or_else(|| last.members.clone()));
                }
                stay = None;
                life.stretches.push(Stretch { members: members.clone(), frames: Vec::new(), stay: None });
            }
            (Saw::Down, _) => {
                if let Some(mut life) = life.take() {
                    life.is_over = true;
                    lives.push(life);
                }
                stay = None;
            }
            (saw, _) => return Err(format!("{saw:?} out of place")),
        }
    }
    lives.extend(life);
    Ok(())
}

/// O5, O2 and O3 as far as one life shows them.
fn check_life(life: &Life) -> Result<(), String> {
    let me = life.node;
    for stretch in &life.stretches {
        if !stretch.members.contains(&me) {
            return Err(format!("{me}: it is not in its own view"));
        }
        if let Some((from, _)) = stretch.frames.iter().find(|(from, _)| !stretch.members.contains(from)) {
            return Err(format!("O5: {me} has a frame of {from}, who is not in the view"));
        }
    }
    let own: Vec<&Vec<u8>> = life
        .stretches
        .iter()
        .flat_map(|stretch| &stretch.frames)
        .filter(|(from, _)| *from == me)
        .map(|(_, f)| f)
        .collect();
    let is_start = own.len() <= life.sent.len() && own.iter().zip(&life.sent).all(|(got, sent)| *got == sent);
    if !is_start {
        return Err(format!("O3: the frames of {me} came back in another order, or twice"));
    }
    if own.len() < life.sent.len() && !life.is_over {
        return Err(format!("O2: {} frames of {me} never came back", life.sent.len() - own.len()));
    }
    Ok(())
}

/// O1 and O4: two lives in the same view.
fn check_pair(one: &Life, other: &Life) -> Result<(), String> {
    for mine in &one.stretches {
        for theirs in &other.stretches {
            let shares = mine.frames.iter().any(|frame| theirs.frames.contains(frame));
            if shares {
                let len = mine.frames.len().min(theirs.frames.len());
                if mine.members != theirs.members || mine.frames[..len] != theirs.frames[..len] {
                    return Err(format!("O1: {} and {} have different sequences", one.node, other.node));
                }
            }
        }
    }
    // Views that both entered together: those whose ends have each other in `stay`.
    let next = |life: &Life, after: &Stretch| {
        let at = life.stretches.iter().position(|stretch| std::ptr::eq(stretch, after));
        at.and_then(|at| life.stretches.get(at + 1))
            .map(|stretch| (stretch.members.clone(), stretch.frames.first().cloned()))
    };
    for mine in &one.stretches {
        for theirs in &other.stretches {
            let together = mine.stay.as_ref().is_some_and(|stay| stay.contains(&other.node))
                && theirs.stay.as_ref().is_some_and(|stay| stay.contains(&one.node))
                && mine.frames.iter().any(|frame| theirs.frames.contains(frame))
                && next(one, mine) == next(other, theirs);
            if together && mine.frames != theirs.frames {
                return Err(format!("O4: {} and {} stayed together with different frames", one.node, other.node));
            }
        }
    }
    Ok(())
}

/// O2: what anybody delivers in a view its sender delivers in it, or is down; and nobody delivers anything in two views.
fn check_senders(lives: &[Life]) -> Result<(), String> {
    let mut views: BTreeMap<&Vec<u8>, &Vec<Node>> = BTreeMap::new();
    for life in lives {
        for stretch in &life.stretches {
            for (from, frame) in &stretch.frames {
                if *views.entry(frame).or_insert(&stretch.members) != &stretch.members {
                    return Err(format!("a frame of {from} was delivered in two views"));
                }
                let Some(sender) = lives.iter().find(|life| life.node == *from) else { continue };
                let has = sender
                    .stretches
                    .iter()
                    .any(|own| own.members == stretch.members && own.frames.iter().any(|(_, f)| f == frame));
                if !has && !sender.is_over {
                    return Err(format!("O2: {} has a frame that its sender {from} has not", life.node));
                }
            }
        }
    }
    Ok(())
}
