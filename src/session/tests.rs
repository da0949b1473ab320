//! What two threads do to one session at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use spread_proto::GroupName;
use spread_proto::client::{action, after};

use super::fake::{Asked, Fake, established};
use super::inbox::Filled;
use super::*;

fn connecting(host: &Arc<Asked>) -> Arc<Session> {
    fake::session(host.surroundings(), None)
}

/// A thread may open a session at the moment at which another gives it up. Each order has its own right end;
/// what must not be is a session that is open and that nobody ends.
#[test]
fn a_session_that_is_given_up_while_it_opens_ends() {
    let host = Arc::new(Asked::default());
    let rounds: Vec<_> = (0..100_000).map(|_| (connecting(&host), Fake::idle())).collect();
    // Both threads look at the round, rather than wait: they come within a fraction of a microsecond.
    let (round, opened) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut asked = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for (index, (session, link)) in rounds.iter().enumerate() {
                reach(&round, index + 1);
                session.open(&(link.clone() as Arc<dyn Link>), established(), &[]);
                opened.store(index + 1, Ordering::Release);
            }
        });
        for (index, (session, _)) in rounds.iter().enumerate() {
            round.store(index + 1, Ordering::Release);
            (0..index % 16).for_each(|_| std::hint::spin_loop());
            asked.push(session.close());
            reach(&opened, index + 1);
        }
    });
    for ((session, link), asked) in rounds.iter().zip(&asked) {
        let ended = session.inbox().end.clone();
        if *asked {
            assert_eq!((session.state(), ended), (State::Closing, None));
        } else {
            assert_eq!((session.state(), ended), (State::Closed, Some(Err(Failure::abandoned()))));
            assert!(link.shut.load(Ordering::Acquire), "the link of a session that was given up is shut");
        }
    }
    println!("{} of {} ended by a kill request", asked.iter().filter(|asked| **asked).count(), asked.len());
}

/// A session in a state.
fn session_in(state: State, host: &Arc<Asked>) -> Arc<Session> {
    let session = connecting(host);
    if state != State::ExpectAccept {
        session.open(&(Fake::idle() as Arc<dyn Link>), established(), &[]);
    }
    match state {
        State::Closing => assert!(session.close()),
        State::Closed => session.finish(Ok(())),
        _ => {}
    }
    assert_eq!(session.state(), state);
    session
}

/// Has an event happen to a session, and says by what is seen from outside which action that was.
fn apply(session: &Arc<Session>, event: Event) -> Action {
    let before = session.inbox().end.clone();
    match event {
        Event::Bytes if session.state() == State::ExpectAccept => {
            session.open(&(Fake::idle() as Arc<dyn Link>), established(), &[]);
            Action::Handshake
        }
        Event::Bytes => {
            let mut message = Vec::new();
            crate::session::pings::encode(established().private_group, 1, &mut message);
            session.bring(&message);
            if session.inbox().take(session.pool()).is_some() { Action::Deliver } else { Action::Discard }
        }
        Event::End => {
            let was = session.state();
            session.finish(Err(Failure::lost(None)));
            match session.inbox().end.clone() {
                end if end == before => Action::Nothing,
                Some(Ok(())) => Action::Close,
                _ if was == State::ExpectAccept => Action::Fail,
                _ => Action::Lose,
            }
        }
        Event::Request => {
            let joined = session.outbox().join(GroupName::new(b"room").unwrap(), session.pool());
            if joined.is_ok() { Action::Send } else { Action::Misuse }
        }
        Event::Disconnect if session.close() => Action::Kill,
        Event::Disconnect if session.inbox().end != before => Action::Close,
        Event::Disconnect => Action::Nothing,
        Event::Authenticated => unreachable!("methods have their turns before the session waits for the verdict"),
    }
}

/// The table of the protocol's client is that of a session, cell by cell, from the wait for the verdict on.
#[test]
fn a_session_obeys_the_table() {
    let host = Arc::new(Asked::default());
    for state in [State::ExpectAccept, State::Open, State::Closing, State::Closed] {
        for event in [Event::Bytes, Event::End, Event::Request, Event::Disconnect] {
            let session = session_in(state, &host);
            let done = apply(&session, event);
            assert_eq!(done, action(state, event), "{event:?} in {state:?}");
            assert_eq!(session.state(), after(state, done), "{event:?} in {state:?}");
        }
    }
}

/// A thread that reads may bring the last messages and the end between two looks of JavaScript's thread: the first finds
/// nothing to take, and the second must not take the end for all there is.
#[test]
fn a_session_is_not_over_before_its_last_messages_are_taken() {
    let host = Arc::new(Asked::default());
    let session = connecting(&host);
    let mut message = Vec::new();
    crate::session::pings::encode(established().private_group, 1, &mut message);
    session.open(&(Fake::idle() as Arc<dyn Link>), established(), &[]);
    assert!(session.inbox().take(session.pool()).is_none());
    session.bring(&message);
    session.finish(Err(Failure::lost(None)));
    assert!(!session.inbox().is_over());
    assert_eq!(session.inbox().take(session.pool()).map(|segment| segment.bytes), Some(message));
    assert!(session.inbox().is_over());
}

/// While JavaScript has plenty to take the loop leaves the socket alone, and does not count that as coming round: so the
/// guard reads, if it stays so.
#[test]
fn the_loop_reads_no_more_than_javascript_comes_to() {
    let host = Arc::new(Asked::default());
    let limits = inbox::Limits { max_receive_queue_bytes: 64 << 20, overflow: inbox::Overflow::Disconnect };
    let outbox = outbox::Limits { high_water_mark: 1 << 20, max_queued_bytes: 1 << 20, max_message_bytes: 1 << 20 };
    let session = Session::new(1, host.surroundings(), limits, outbox, None);
    let mut message = Vec::new();
    crate::session::pings::encode(established().private_group, 1, &mut message);
    // The same message without an end.
    let at = AtomicUsize::new(0);
    let flood = Fake::bringing(move |into| {
        let at = at.fetch_add(into.len(), Ordering::AcqRel);
        for (index, to) in into.iter_mut().enumerate() {
            to.write(message[(at + index) % message.len()]);
        }
        into.len()
    });
    session.open(&(flood as Arc<dyn Link>), established(), &[]);
    session.unlist();
    let so_far = || (session.loop_visits.load(Ordering::Acquire), session.inbox().bytes_read);
    assert_eq!(session.fill_by_loop(|| {}), Filled::More);
    let (visits, read) = so_far();
    assert!(visits == 1 && read >= 1 << 20);
    assert_eq!(session.fill_by_loop(|| panic!("it was told already")), Filled::More);
    assert_eq!(so_far(), (visits, read), "there is plenty");
    session.fill();
    assert!(so_far().1 > read, "the guard reads on");
    while session.inbox().take(session.pool()).is_some() {}
    session.fill_by_loop(|| {});
    assert_eq!(so_far().0, visits + 1);
    // Nobody will take what there is of a session that is not listed, as one that is held back: who leaves its socket
    // alone would be called again and again.
    session.fill();
    session.unlist();
    session.fill_by_loop(|| {});
    assert_eq!(so_far().0, visits + 2);
}

/// A session asks its environment for what it cannot do itself, and for nothing else.
#[test]
fn a_session_asks_for_what_others_do() {
    let host = Arc::new(Asked::default());
    let asked = || std::mem::take(&mut *host.asked.lock().unwrap());
    let beat = Heartbeat { interval: Duration::from_secs(1), timeout: Duration::from_secs(1) };
    let session = fake::session(host.surroundings(), Some(beat));
    let link = Fake::idle();
    session.open(&(link.clone() as Arc<dyn Link>), established(), &[]);
    assert!(matches!(asked()[..], [Ask::Ping(1)]));
    assert_eq!(host.ready.lock().unwrap().len(), 1, "it is connected");
    assert!(!session.read_on(), "nothing was held up");
    session.announce();
    assert_eq!(host.ready.lock().unwrap().len(), 1, "it was announced already");
    session.block();
    assert!(matches!(&asked()[..], [Ask::WriteWhenPossible(blocked)] if Arc::ptr_eq(blocked, &session)));
    drop(host);
    session.unlist();
    session.block();
    session.finish(Ok(()));
    assert!(session.inbox().is_over(), "it ends by itself where the environment is gone");
}

fn reach(count: &AtomicUsize, wanted: usize) {
    for turn in 1_u32.. {
        if count.load(Ordering::Acquire) >= wanted {
            return;
        }
        if turn % 10_000 == 0 {
            std::thread::yield_now();
        }
    }
}
