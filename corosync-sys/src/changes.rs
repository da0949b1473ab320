//! From callbacks to changes of the view: pure code.
//!
//! | callbacks | becomes |
//! |---|---|
//! | JOIN | a view |
//! | LEAVE, PROCDOWN | a loss: who stays, and a view |
//! | NODEDOWN or NODEUP … ring change | one change at the ring change, whatever comes in between |
//! | a ring change alone | nothing |
//! | a message of a process that is no member | nothing |

use crate::cpg::{Address, Callback, Changed, Reason};

/// What a member of the group is to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// A message of a member of the view.
    Message {
        /// Its sender.
        from: Address,
        /// Its bytes.
        bytes: &'a [u8],
    },
    /// A new view.
    View {
        /// The members of the old view that go on together with this one; nothing if all of them do.
        stay: Option<&'a [Address]>,
        /// All members, in order.
        members: &'a [Address],
    },
    /// This process is no member any more.
    Gone,
}

/// The view of one life of one member.
#[derive(Debug)]
pub struct Changes {
    me: Address,
    /// The members as of the last view.
    view: Vec<Address>,
    /// The members as of the last change of the group: others than the view's only while `is_parted`.
    members: Vec<Address>,
    /// The members of the view that have not left since.
    stay: Vec<Address>,
    /// The list that the last change was given.
    stayed: Vec<Address>,
    /// Whether a node went or came and the ring's change has not followed.
    is_parted: bool,
}

impl Changes {
    /// Begins a life, of which nothing is known.
    pub fn new(me: Address) -> Changes {
        let [view, members, stay, stayed] = [const { Vec::new() }; 4];
        Changes { me, view, members, stay, stayed, is_parted: false }
    }

    /// Takes a callback, in Corosync's order.
    pub fn take<'a>(&'a mut self, callback: Callback<'a>) -> Option<Change<'a>> {
        match callback {
            Callback::Deliver { from, bytes } => {
                // Corosync checks the node alone. Whoever came with a change that is under way is not in the view yet.
                self.stay.contains(&from).then_some(Change::Message { from, bytes })
            }
            Callback::Group { members, left, joined } => self.take_group(members, left, joined),
            Callback::Ring { .. } => {
                let is_parted = std::mem::take(&mut self.is_parted);
                is_parted.then(|| self.install())
            }
        }
    }

    fn take_group(&mut self, members: &[Address], left: &[Changed], joined: &[Changed]) -> Option<Change<'_>> {
        if left.iter().any(|lost| lost.address == self.me) && !members.contains(&self.me) {
            return Some(Change::Gone);
        }
        self.members.clear();
        self.members.extend_from_slice(members);
        self.members.sort_unstable();
        // Who left and joined in one change went through a view of its own.
        self.stay.retain(|member| !left.iter().any(|lost| lost.address == *member));
        self.is_parted |= left.iter().chain(joined).any(|changed| is_of_node(changed.reason));
        let is_whole = !self.is_parted && (!left.is_empty() || !joined.is_empty());
        is_whole.then(|| self.install())
    }

    fn install(&mut self) -> Change<'_> {
        let all_stay = self.stay.len() == self.view.len();
        self.view.clone_from(&self.members);
        self.stayed = std::mem::replace(&mut self.stay, self.members.clone());
        Change::View { stay: (!all_stay).then_some(&self.stayed), members: &self.view }
    }
}

fn is_of_node(reason: Reason) -> bool {
    matches!(reason, Reason::NodeDown | Reason::NodeUp)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: Address = Address { nodeid: 1, pid: 10 };
    const B: Address = Address { nodeid: 2, pid: 20 };
    const C: Address = Address { nodeid: 3, pid: 30 };
    const RING: Callback<'static> = Callback::Ring { nodes: &[1, 2, 3] };

    /// A change as text: `stay/members`, where nothing is left out.
    fn text(change: Option<Change<'_>>) -> String {
        let names = |list: &[Address]| list.iter().map(|member| ["", "a", "b", "c"][member.nodeid as usize]).collect();
        match change {
            None => String::new(),
            Some(Change::Gone) => "gone".into(),
            Some(Change::Message { from, bytes }) => format!("{}:{}", names(&[from]), bytes.len()),
            Some(Change::View { stay, members }) => {
                let stay: String = stay.map_or("all".into(), names);
                format!("{stay}/{}", names(members))
            }
        }
    }

    fn group(
        changes: &mut Changes,
        members: &[Address],
        left: &[(Address, Reason)],
        joined: &[(Address, Reason)],
    ) -> String {
        let [left, joined] = [left, joined]
            .map(|list| list.iter().map(|&(address, reason)| Changed { address, reason }).collect::<Vec<_>>());
        text(changes.take(Callback::Group { members, left: &left, joined: &joined }))
    }

    /// A life of `me` in the view of all three.
    fn three(me: Address) -> Changes {
        let mut changes = Changes::new(me);
        assert_eq!(group(&mut changes, &[C, A, B], &[], &[(me, Reason::Join)]), "all/abc");
        changes
    }

    #[test]
    fn a_process_joins_leaves_and_is_killed() {
        let mut changes = Changes::new(A);
        assert_eq!(group(&mut changes, &[A], &[], &[(A, Reason::Join)]), "all/a");
        assert_eq!(group(&mut changes, &[A, B], &[], &[(B, Reason::Join)]), "all/ab");
        assert_eq!(group(&mut changes, &[A, B, C], &[], &[(C, Reason::Join)]), "all/abc");
        assert_eq!(group(&mut changes, &[A, B], &[(C, Reason::Leave)], &[]), "ab/ab");
        assert_eq!(group(&mut changes, &[A], &[(B, Reason::ProcDown)], &[]), "a/a");
        assert_eq!(group(&mut changes, &[], &[(A, Reason::Leave)], &[]), "gone");
    }

    #[test]
    fn a_cut_is_told_at_the_ring_change() {
        let mut changes = three(A);
        assert_eq!(group(&mut changes, &[A, B], &[(C, Reason::NodeDown)], &[]), "");
        assert_eq!(text(changes.take(RING)), "ab/ab");
        let mut alone = three(C);
        assert_eq!(group(&mut alone, &[C], &[(A, Reason::NodeDown), (B, Reason::NodeDown)], &[]), "");
        assert_eq!(text(alone.take(RING)), "c/c");
        // And the merge.
        assert_eq!(group(&mut changes, &[A, B, C], &[], &[(C, Reason::NodeUp)]), "");
        assert_eq!(text(changes.take(RING)), "all/abc");
        assert_eq!(group(&mut alone, &[A, B, C], &[], &[(A, Reason::NodeUp), (B, Reason::NodeUp)]), "");
        assert_eq!(text(alone.take(RING)), "all/abc");
    }

    #[test]
    fn a_node_that_changes_sides_sees_one_change() {
        let mut changes = Changes::new(B);
        assert_eq!(group(&mut changes, &[A, B], &[], &[(B, Reason::Join)]), "all/ab");
        assert_eq!(group(&mut changes, &[B], &[(A, Reason::NodeDown)], &[]), "");
        assert_eq!(group(&mut changes, &[B, C], &[], &[(C, Reason::NodeUp)]), "");
        assert_eq!(text(changes.take(RING)), "b/bc");
    }

    #[test]
    fn a_node_that_went_through_a_ring_of_its_own_does_not_stay() {
        let mut changes = three(A);
        let both = [(C, Reason::NodeDown)];
        assert_eq!(group(&mut changes, &[A, B, C], &both, &[(C, Reason::NodeUp)]), "");
        assert_eq!(text(changes.take(RING)), "ab/abc");
    }

    #[test]
    fn a_process_that_ends_or_joins_during_a_change_is_part_of_it() {
        let mut changes = three(A);
        assert_eq!(group(&mut changes, &[A, B], &[(C, Reason::NodeDown)], &[]), "");
        assert_eq!(group(&mut changes, &[A], &[(B, Reason::ProcDown)], &[]), "");
        assert_eq!(group(&mut changes, &[A, B], &[], &[(B, Reason::Join)]), "");
        assert_eq!(text(changes.take(RING)), "a/ab");
    }

    #[test]
    fn a_planned_stop_is_a_process_that_ends_and_a_ring_change_alone_is_nothing() {
        let mut changes = three(A);
        assert_eq!(group(&mut changes, &[A, B], &[(C, Reason::ProcDown)], &[]), "ab/ab");
        assert_eq!(text(changes.take(RING)), "");
        assert_eq!(text(changes.take(RING)), "");
    }

    #[test]
    fn messages_of_strangers_are_dropped() {
        let mut changes = three(A);
        let message = |from| Callback::Deliver { from, bytes: b"xyz" };
        assert_eq!(text(changes.take(message(B))), "b:3");
        assert_eq!(text(changes.take(message(Address { nodeid: 2, pid: 21 }))), "");
        assert_eq!(group(&mut changes, &[A, B], &[(C, Reason::NodeDown)], &[]), "");
        assert_eq!(text(changes.take(message(C))), "");
        assert_eq!(text(changes.take(message(B))), "b:3");
        assert_eq!(group(&mut changes, &[A, B, C], &[], &[(C, Reason::NodeUp)]), "");
        // In the group again, and not in the view before the ring changes.
        assert_eq!(text(changes.take(message(C))), "");
        assert_eq!(text(changes.take(RING)), "ab/abc");
        assert_eq!(text(changes.take(message(C))), "c:3");
    }

    proptest! {
        /// Whatever comes: who stays was in the old view and is in the new one, with this member, and is told when
        /// somebody was lost and only then.
        #[test]
        fn who_stays_was_there_and_is_there(
            steps in prop::collection::vec((0..6u32, 1..4u32, 0..2u32), 1..60),
        ) {
            let mut changes = Changes::new(A);
            let mut members = vec![A];
            let mut view = vec![A];
            let mut lost = Vec::new();
            let first = Changed { address: A, reason: Reason::Join };
            changes.take(Callback::Group { members: &members, left: &[], joined: &[first] });
            for (step, nodeid, pid) in steps {
                let address = Address { nodeid, pid };
                let is_there = members.contains(&address);
                let reason = [Reason::NodeDown, Reason::NodeUp, Reason::ProcDown, Reason::Join, Reason::Leave];
                let mut changed = [Changed { address, reason: Reason::Join }];
                let change = match reason.get(step as usize) {
                    None => changes.take(RING),
                    Some(&reason) => {
                        changed[0].reason = reason;
                        let leaves = matches!(reason, Reason::NodeDown | Reason::ProcDown | Reason::Leave);
                        if leaves != is_there || address == A {
                            continue;
                        }
                        members.retain(|member| *member != address);
                        if leaves {
                            lost.push(address);
                            changes.take(Callback::Group { members: &members, left: &changed, joined: &[] })
                        } else {
                            members.push(address);
                            changes.take(Callback::Group { members: &members, left: &[], joined: &changed })
                        }
                    }
                };
                let Some(Change::View { stay, members: told }) = change else {
                    prop_assert!(change.is_none());
                    continue;
                };
                let mut sorted = members.clone();
                sorted.sort_unstable();
                prop_assert_eq!(told, &sorted);
                let expected: Vec<_> = view.iter().copied().filter(|member| !lost.contains(member)).collect();
                prop_assert_eq!(stay.unwrap_or(&view), &expected);
                prop_assert_eq!(stay.is_some(), expected.len() < view.len());
                prop_assert!(expected.iter().all(|member| told.contains(member)));
                view = sorted;
                lost.clear();
            }
        }
    }
}
