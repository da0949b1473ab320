//! Delivery: each message once to each session that is in one of its groups, or named by one.
//!
//! Messages that follow each other in one read and go to the same groups are one [`Run`], and are delivered as one:
//! nothing came between them, so every receiver gets them in a row. In a flood the number of receivers is thus paid
//! for once a read, not once a message.
//!
//! Messages to a group each are many runs. Their groups are all looked up before the first is delivered: with thousands
//! of groups each look-up waits for memory, and a processor waits for several at once if little lies between them.

use spread_proto::Name;

use super::operation::Operation;
use super::runs::{Run, Runs, Source};
use super::state::Rules;

/// Steps of finding one of several groups, before it is known who is in it.
const LOOK_UP: usize = 32;

impl Rules {
    /// Sends on what was gathered, if there are steps for all of it. Otherwise the sender falls behind with the rest.
    pub(crate) fn multicast_all<'b>(&mut self, session: u32, runs: &mut Runs<'b>, source: &mut Source<'b>) -> bool {
        let (over, mut last) = (&mut runs.over[..runs.count], runs.last.take());
        for run in over.iter_mut().chain(&mut last) {
            run.look_up(&self.groups);
        }
        // Groups often have the same members: what follows each other to the same sessions is delivered as one, too.
        let mut gathered: Option<Run<'b>> = None;
        for run in over.iter().chain(&last) {
            match &mut gathered {
                Some(before) if before.reaches_whom(run, &self.groups) => {
                    before.end = run.end;
                    before.messages += run.messages;
                }
                _ => {
                    if let Some(before) = gathered.replace(*run)
                        && !self.multicast_run(session, &before, source)
                    {
                        return false;
                    }
                }
            }
        }
        if let Some(last) = gathered
            && !self.multicast_run(session, &last, source)
        {
            return false;
        }
        runs.count = 0;
        true
    }

    /// Sends a run on, if there are steps left for it. Otherwise the sender falls behind from there on.
    #[inline]
    fn multicast_run<'b>(&mut self, session: u32, run: &Run<'b>, source: &mut Source<'b>) -> bool {
        if !self.steps.take(self.cost_of_run(run)) {
            self.fall_behind(session, source, run.start);
            return false;
        }
        self.sessions.count_in(session, run.messages as u64);
        self.submit(Operation::Multicast { session, run, source });
        true
    }

    /// Steps of a run, as far as they are known before.
    fn cost_of_run(&self, run: &Run<'_>) -> usize {
        match (run.place, run.fields.len()) {
            (Some(place), _) => self.groups.sessions(place).len(),
            (None, fields) => 1 + LOOK_UP * fields,
        }
    }

    /// Delivers a run.
    pub(super) fn multicast(&mut self, sender: u32, run: &Run<'_>, source: &mut Source<'_>) {
        self.stamp += 1;
        let stamp = self.stamp;
        if run.discards
            && let Some(session) = self.sessions.get_mut(sender)
        {
            // As if it had it already.
            session.stamp = stamp;
        }
        let mut parcel = None;
        if let Some(place) = run.place {
            for &id in self.groups.sessions(place) {
                self.sessions.deliver_once(id, stamp, parcel.get_or_insert_with(|| source.parcel(run)));
            }
            return;
        }
        for field in run.fields {
            let name = Name::from_field(field);
            let one;
            let receivers = if name.is_private() {
                one = self.find(name);
                one.as_slice()
            } else {
                self.groups.find(name).map_or(&[][..], |place| self.groups.sessions(place))
            };
            self.steps.charge(receivers.len());
            for &id in receivers {
                self.sessions.deliver_once(id, stamp, parcel.get_or_insert_with(|| source.parcel(run)));
            }
        }
    }
}
