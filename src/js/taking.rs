//! Taking: one call hands JavaScript a batch of what one session has.

use std::sync::Arc;

use spread_proto::{Delivery, Reader};

use super::batch::{Batch, Full, Kind};
use super::hub::{Hub, Slot};
use super::napi::Call;
#[cfg(unix)]
use crate::event_loop::{poll::Watcher, turn::Loop};
use crate::failure::Failure;
use crate::session::Session;
#[cfg(unix)]
use crate::session::link::Link;

/// What a call of [`Hub::take`] came to.
pub(crate) enum Taken {
    /// So many records, of this session.
    Records(u32, usize),
    /// Nothing of sessions, but there are notices.
    Notices,
    /// Nothing: the bell will be rung.
    Nothing,
}

impl Hub {
    /// Fills the batch with what the next session in line has.
    pub(super) fn take(&mut self, call: Call<'_>) -> Taken {
        // First, since sessions may always have something.
        self.end_batch();
        if self.shared.has_notices() {
            return Taken::Notices;
        }
        while let Some(session) = self.shared.next_ready() {
            session.unlist();
            let count = self.fill(call, &session);
            self.walked = session.id;
            if count > 0 {
                return Taken::Records(session.id, count);
            }
            self.end_batch();
        }
        if self.shared.has_notices() { Taken::Notices } else { Taken::Nothing }
    }

    /// Counts the batch before as walked, since JavaScript asks for more.
    fn end_batch(&mut self) {
        let walked = std::mem::take(&mut self.walked);
        if let Some(slot) = self.slots.get_mut(walked)
            && slot.batch_bytes > 0
        {
            slot.batch_bytes = 0;
            slot.count_outside();
            slot.resume();
        }
    }

    fn fill(&mut self, call: Call<'_>, session: &Arc<Session>) -> usize {
        let Some(slot) = self.slots.get_mut(session.id) else { return 0 };
        self.batch.begin(session.private_group().map(|group| group.name()));
        if session.news.connected.take() {
            // A batch that has just begun has room for these.
            let _ = self.batch.add(Kind::Connected);
            #[cfg(unix)]
            slot.poll(self.event_loop.as_ref());
        }
        if session.news.drain.take() {
            let _ = self.batch.add(Kind::Drain);
        }
        if session.news.empty.take() {
            let _ = self.batch.add(Kind::Empty);
        }
        #[cfg(unix)]
        if session.blocked.is_set()
            && let Some(watcher) = &slot.watcher
        {
            watcher.write_when_possible();
        }
        add_alarms(session, &mut self.batch);
        if slot.held_back {
            slot.warn_of_the_end(&mut self.batch);
            return slot.count(&self.batch);
        }
        let before = self.batch.count();
        let more = slot.deliver_all(call, &mut self.batch);
        slot.delivered += (self.batch.count() - before - self.batch.pongs) as u64;
        if more {
            // The others first.
            session.announce();
        } else if slot.is_over() {
            slot.is_reported = self.batch.add(Kind::Closed).is_ok();
            if !slot.is_reported {
                // The next batch has room for it.
                session.announce();
            }
        }
        slot.count(&self.batch)
    }
}

/// Adds the alarms: they overtake what waits. There are two at most, and a batch that has just begun has room for them.
fn add_alarms(session: &Session, batch: &mut Batch) {
    let mut inbox = session.inbox();
    while let Some((alarm, bytes)) = inbox.take_alarm() {
        let _ = batch.add_with(Kind::Alarm, [i32::from(alarm), bytes as i32, (bytes as u64 >> 32) as i32]);
    }
}

impl Slot {
    fn count(&mut self, batch: &Batch) -> usize {
        self.batches += u64::from(batch.count() > 0);
        batch.count()
    }

    /// Stops delivering, or goes on. `kept` bytes wait in JavaScript's own queues, and count as if they waited here, beside
    /// the batch that JavaScript walks.
    pub(crate) fn hold_back(&mut self, on: bool, kept: usize, batch_is_over: bool) {
        if batch_is_over {
            self.batch_bytes = 0;
        }
        let goes_on = self.held_back && !on;
        (self.held_back, self.kept) = (on, kept);
        self.count_outside();
        self.resume();
        if goes_on || (on && self.has_ended()) {
            self.session.announce();
        }
    }

    /// Counts what was taken from the inbox and is not come to.
    fn count_outside(&self) {
        let rest = self.current.as_ref().map_or(0, |(segment, at)| segment.bytes.len() - at);
        self.session.inbox().set_outside(rest + self.batch_bytes + self.kept);
    }

    /// Adds the news of the end, which overtakes what is held back. Code that holds it back may wait for what will not come.
    fn warn_of_the_end(&mut self, batch: &mut Batch) {
        if !self.warned && self.has_ended() {
            self.warned = batch.add(Kind::Ending).is_ok();
        }
    }

    fn has_ended(&self) -> bool {
        self.broken.is_some() || self.session.inbox().end.is_some()
    }

    /// Has the loop read from now on.
    #[cfg(unix)]
    fn poll(&mut self, event_loop: Option<&Loop>) {
        let descriptor = self.session.inbox().link.clone().and_then(Link::descriptor);
        if let (Some(event_loop), Some(descriptor)) = (event_loop, descriptor) {
            self.watcher = Watcher::new(event_loop, &self.session, descriptor);
        }
    }

    /// Delivers what there is; whether there is more than the batch had room for.
    fn deliver_all(&mut self, call: Call<'_>, batch: &mut Batch) -> bool {
        self.batch_bytes = 0;
        while self.broken.is_none() {
            let (segment, at) = match self.current.take() {
                Some(current) => current,
                None => match self.session.inbox().take(self.session.pool()) {
                    Some(segment) => (segment, 0),
                    None => break,
                },
            };
            match deliver_segment(call, batch, &self.session, &segment.bytes, at) {
                Ok(()) => {
                    self.batch_bytes += segment.bytes.len() - at;
                    self.session.pool().give(segment.bytes);
                }
                Err((Stop::Full, end)) if batch.count() > 0 => {
                    self.batch_bytes += end - at;
                    self.current = Some((segment, end));
                    self.count_outside();
                    return true;
                }
                Err((Stop::Full, _)) => self.break_off(Failure::bug("a message does not fit an empty batch")),
                Err((Stop::Broken(failure), _)) => self.break_off(failure),
            }
        }
        if self.batch_bytes > 0 {
            self.count_outside();
        }
        self.resume();
        false
    }

    /// Ends the session here: what comes after cannot be read.
    fn break_off(&mut self, failure: Failure) {
        self.session.finish(Err(failure.clone()));
        self.broken = Some(failure);
    }

    /// Goes on reading if it was held up: the queue was taken from.
    fn resume(&mut self) {
        if self.session.read_on() {
            #[cfg(unix)]
            if let Some(watcher) = &self.watcher {
                watcher.resume();
            }
        }
    }

    /// Returns whether the session has ended, all of it was delivered, and that is not reported yet. Another thread may
    /// have read the rest and the end since there was nothing to deliver; it has announced that.
    fn is_over(&self) -> bool {
        !self.is_reported && (self.broken.is_some() || self.session.inbox().is_over())
    }
}

enum Stop {
    Full,
    Broken(Failure),
}

fn deliver_segment(
    call: Call<'_>,
    batch: &mut Batch,
    session: &Session,
    bytes: &[u8],
    mut at: usize,
) -> Result<(), (Stop, usize)> {
    while at < bytes.len() {
        let broken = |invalid| (Stop::Broken(Failure::protocol(&invalid)), at);
        // Whole messages only are taken, but that is for another file to keep.
        let Some(frame) = Reader::Client.frame(&bytes[at..]).map_err(broken)? else { return Ok(()) };
        let delivery = Delivery::parse(frame).map_err(broken)?;
        let delivered = match batch.pong_of(&delivery) {
            Some(number) => add_pong(session, batch, number),
            None => batch.deliver(call, &delivery),
        };
        delivered.map_err(|Full| (Stop::Full, at))?;
        at += frame.bytes.len();
    }
    Ok(())
}

/// Adds the answer to a ping, in its place in the stream. One that comes again is nothing.
#[cold]
fn add_pong(session: &Session, batch: &mut Batch, number: u32) -> Result<(), Full> {
    if !batch.has_room() {
        return Err(Full);
    }
    let Some(trip) = session.inbox().pings.take_trip(number) else { return Ok(()) };
    let micros = i32::try_from(trip.as_micros()).unwrap_or(i32::MAX);
    batch.pongs += 1;
    batch.add_with(Kind::Pong, [number as i32, micros, 0])
}
