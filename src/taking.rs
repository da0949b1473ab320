//! Taking: one call hands JavaScript a batch of what one session has.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use napi::sys::napi_env;
use spread_proto::{Delivery, Reader};

use crate::batch::{Full, Kind};
use crate::failure::Failure;
use crate::guard::Command;
use crate::hub::{Hub, Slot};
#[cfg(unix)]
use crate::link::Link;
use crate::session::Session;

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
    ///
    /// # Safety
    /// `env` is the environment of the call under way.
    pub(crate) unsafe fn take(&mut self, env: napi_env) -> Taken {
        // First, since sessions may always have something.
        if self.shared.has_notices() {
            return Taken::Notices;
        }
        while let Some(session) = self.shared.next_ready() {
            session.unlist();
            // SAFETY: as the caller vouches.
            let count = unsafe { self.fill(env, &session) };
            if count > 0 {
                return Taken::Records(session.id, count);
            }
        }
        if self.shared.has_notices() { Taken::Notices } else { Taken::Nothing }
    }

    unsafe fn fill(&mut self, env: napi_env, session: &Arc<Session>) -> usize {
        let Some(slot) = self.slots.get_mut(session.id) else { return 0 };
        self.batch.begin(session.private_group().map(|group| group.name()));
        if session.news_connected.swap(false, Ordering::AcqRel) {
            // A batch that has just begun has room for these.
            let _ = self.batch.add(Kind::Connected);
            #[cfg(unix)]
            slot.watch(self.event_loop.as_ref());
        }
        if session.news_drain.swap(false, Ordering::AcqRel) {
            let _ = self.batch.add(Kind::Drain);
        }
        if session.news_empty.swap(false, Ordering::AcqRel) {
            let _ = self.batch.add(Kind::Empty);
        }
        #[cfg(unix)]
        if session.blocked.load(Ordering::Acquire)
            && let Some(watcher) = &slot.watcher
        {
            watcher.write_when_possible();
        }
        if !tell_of_the_queue(session, &mut self.batch) {
            session.announce();
            return slot.count(&self.batch);
        }
        if slot.held {
            return slot.count(&self.batch);
        }
        let before = self.batch.count();
        // SAFETY: as the caller vouches.
        let more = unsafe { slot.deliver_all(env, &mut self.batch) };
        slot.delivered += (self.batch.count() - before) as u64;
        if more {
            // The others first.
            session.announce();
        } else if slot.is_over() {
            slot.told = self.batch.add(Kind::Closed).is_ok();
            if !slot.told {
                // The next batch has room for it.
                session.announce();
            }
        }
        slot.count(&self.batch)
    }
}

/// Alarms and pongs: they are told at once, whatever waits before them. Whether there was room for all.
fn tell_of_the_queue(session: &Session, batch: &mut crate::batch::Batch) -> bool {
    let mut inbox = session.inbox();
    while let Some((alarm, bytes)) = inbox.take_alarm() {
        let _ = batch.add_with(Kind::Alarm, [i32::from(alarm), bytes as i32, (bytes as u64 >> 32) as i32]);
    }
    if inbox.pings.has_pongs() {
        for (number, trip) in inbox.pings.take_pongs(batch.room()) {
            let micros = i32::try_from(trip.as_micros()).unwrap_or(i32::MAX);
            let _ = batch.add_with(Kind::Pong, [number as i32, micros, 0]);
        }
    }
    !inbox.pings.has_pongs()
}

impl Slot {
    fn count(&mut self, batch: &crate::batch::Batch) -> usize {
        self.batches += u64::from(batch.count() > 0);
        batch.count()
    }

    /// Nothing more is to be delivered, or again. If JavaScript did not come to all of the last batch (`kept`), that
    /// counts as if it still waited.
    pub(crate) fn hold(&mut self, on: bool, kept: bool) {
        self.held = on;
        let rest = self.current.as_ref().map_or(0, |(segment, at)| segment.bytes.len() - at);
        let outside = rest + if kept { self.batch_bytes } else { 0 };
        self.session.inbox().hold_outside(if on { outside } else { 0 });
        if !on {
            self.resume();
            self.session.announce();
        }
    }

    /// The loop reads from now on.
    #[cfg(unix)]
    fn watch(&mut self, event_loop: Option<&crate::watch::Loop>) {
        let socket = self.session.inbox().link.clone().and_then(Link::socket);
        if let (Some(event_loop), Some(socket)) = (event_loop, socket) {
            self.watcher = event_loop.watch(&self.session, socket);
        }
    }

    /// Delivers what there is; whether there is more than the batch had room for.
    unsafe fn deliver_all(&mut self, env: napi_env, batch: &mut crate::batch::Batch) -> bool {
        self.batch_bytes = 0;
        while self.broken.is_none() {
            let (segment, at) = match self.current.take() {
                Some(current) => current,
                None => match self.session.inbox().take(&self.session.shared.pool) {
                    Some(segment) => (segment, 0),
                    None => break,
                },
            };
            // SAFETY: as the caller vouches.
            match unsafe { deliver_segment(env, batch, &segment.bytes, at) } {
                Ok(()) => {
                    self.batch_bytes += segment.bytes.len() - at;
                    self.session.shared.pool.give(segment.bytes);
                }
                Err((Stop::Full, end)) if batch.count() > 0 => {
                    self.batch_bytes += end - at;
                    self.current = Some((segment, end));
                    return true;
                }
                Err((Stop::Full, _)) => self.break_off(Failure::bug("a message does not fit an empty batch")),
                Err((Stop::Broken(failure), _)) => self.break_off(failure),
            }
        }
        self.resume();
        false
    }

    /// What comes behind cannot be read: the session ends here.
    fn break_off(&mut self, failure: Failure) {
        self.session.finish(Err(failure.clone()));
        self.broken = Some(failure);
    }

    /// The queue was taken from: reading goes on if it was held up.
    fn resume(&mut self) {
        let mut inbox = self.session.inbox();
        if inbox.unpause() {
            let link = inbox.link.clone();
            drop(inbox);
            if let Some(link) = link {
                link.resume();
            }
            #[cfg(unix)]
            if let Some(watcher) = &self.watcher {
                watcher.resume();
            }
            self.session.shared.guard.command(Command::Resume(self.session.id));
        }
    }

    /// The session has ended, all of it was delivered, and nobody was told so yet. Another thread may have read the rest
    /// and the end since there was nothing to deliver; it has announced that.
    fn is_over(&self) -> bool {
        !self.told && (self.broken.is_some() || self.session.inbox().is_over())
    }
}

enum Stop {
    Full,
    Broken(Failure),
}

unsafe fn deliver_segment(
    env: napi_env,
    batch: &mut crate::batch::Batch,
    bytes: &[u8],
    mut at: usize,
) -> Result<(), (Stop, usize)> {
    while at < bytes.len() {
        let broken = |invalid| (Stop::Broken(Failure::protocol(&invalid)), at);
        // Whole messages only are taken, but that is for another file to keep.
        let Some(frame) = Reader::Client.frame(&bytes[at..]).map_err(broken)? else { return Ok(()) };
        let delivery = Delivery::parse(frame).map_err(broken)?;
        // SAFETY: as the caller vouches.
        unsafe { batch.deliver(env, &delivery) }.map_err(|Full| (Stop::Full, at))?;
        at += frame.bytes.len();
    }
    Ok(())
}
