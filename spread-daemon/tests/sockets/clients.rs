//! Clients that do what they should not, and what the others notice of it: nothing.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use spread_daemon::{Event, Reason};

use crate::client::{Member, PATIENCE, config, start};

#[test]
fn a_reader_that_does_not_read_is_cut_at_its_bound_and_nobody_waits_for_it() {
    let mut config = config();
    config.limits.session_bytes = 1024 * 1024;
    let (daemon, told) = start(config);
    let address = daemon.addresses()[0];
    let (mut slow, mut fast) = (Member::connect(address, "slow").unwrap(), Member::connect(address, "fast").unwrap());
    slow.join("room");
    slow.view();
    fast.join("room");
    fast.view();
    let mut sender = Member::connect(address, "sender").unwrap();
    let (mut sent, mut heard, mut views) = (0_u32, 0_u32, 0);
    let why = loop {
        // Until the kernel's buffers are full and the daemon's bound is reached.
        for _ in 0..50 {
            sender.queue(&["room"], &[&sent.to_le_bytes()[..], &[0; 10_000]].concat());
            sent += 1;
        }
        sender.flush();
        while heard < sent {
            fast.hear(|delivery| match delivery {
                spread_proto::Delivery::Message(message) => {
                    assert_eq!(message.body[..4], heard.to_le_bytes());
                    heard += 1;
                }
                _ => views += 1,
            });
        }
        if let Some(Event::Ended { reason, private_group, .. }) =
            told.try_iter().find(|event| matches!(event, Event::Ended { .. }))
        {
            assert_eq!(private_group.unwrap().to_string(), "#slow#here");
            break reason;
        }
        assert!(sent < 20_000, "200 MB wait somewhere");
    };
    while views == 0 {
        assert_eq!(fast.view(), 1, "it is told that slow is gone");
        views += 1;
    }
    assert_eq!(why, Reason::SlowBytes);
    assert_eq!(daemon.stats().cut_slow, 1);
}

/// With a real daemon's bound of messages, one that does not read is cut after about as many as there: 1,480 of 1,000 bytes.
/// (The system's buffers are part of that. With its own choice of them it would be 4,600.)
#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_does_not_read_is_cut_after_as_many_messages_as_by_a_real_daemon() {
    let mut config = config();
    config.limits.session_messages = Some(1000);
    let (daemon, told) = start(config);
    let address = daemon.addresses()[0];
    let mut slow = Member::connect(address, "slow").unwrap();
    slow.join("room");
    slow.view();
    let mut sender = Member::connect(address, "sender").unwrap();
    let mut sent = 0;
    let mut cut = None;
    while cut.is_none() {
        sender.send(&["room"], &[7; 1000]);
        // Back from the daemon: it has delivered that one.
        sender.send(&["#sender#here"], b"");
        sender.message();
        sent += 1;
        cut = told.try_iter().find_map(|event| match event {
            Event::Ended { reason, .. } => Some(reason),
            _ => None,
        });
    }
    assert_eq!(cut, Some(Reason::SlowMessages));
    assert!((1200..2000).contains(&sent), "{sent} messages");
}

#[test]
fn a_byte_at_a_time() {
    let (daemon, _) = start(config());
    let mut b = Member::connect(daemon.addresses()[0], "b").unwrap();
    b.join("room");
    b.view();
    let mut a = Member::connect(daemon.addresses()[0], "a").unwrap();
    for number in 0..3_u8 {
        a.queue(&["room"], &[number; 10]);
    }
    for byte in a.take_transmit() {
        a.stream.write_all(&[byte]).unwrap();
    }
    for number in 0..3 {
        assert_eq!(b.message(), [number; 10]);
    }
}

#[test]
fn a_client_that_is_killed_in_the_middle_of_a_message() {
    let (daemon, _) = start(config());
    let mut b = Member::connect(daemon.addresses()[0], "b").unwrap();
    b.join("room");
    b.view();
    let mut a = Member::connect(daemon.addresses()[0], "a").unwrap();
    a.join("room");
    assert_eq!((a.view(), b.view()), (2, 2));
    a.queue(&["room"], b"whole");
    a.queue(&["room"], b"half");
    let bytes = a.take_transmit();
    a.stream.write_all(&bytes[..bytes.len() - 2]).unwrap();
    drop(a);
    assert_eq!(b.message(), b"whole");
    assert_eq!(b.view(), 1);
}

/// One that says nothing more still hears all that comes.
#[test]
fn a_client_that_has_closed_its_half_is_over() {
    let (daemon, told) = start(config());
    let stream = TcpStream::connect(daemon.addresses()[0]).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let half = stream.try_clone().unwrap();
    let mut a = Member::over(Box::new(stream), "a").unwrap();
    a.send(&["#a#here"], b"to myself");
    half.shutdown(Shutdown::Write).unwrap();
    assert_eq!(a.message(), b"to myself");
    assert_eq!(a.read_out(), 0);
    assert!(told.iter().any(|event| matches!(event, Event::Ended { reason: Reason::Gone, .. })));
}

#[test]
fn a_client_is_told_why_it_is_refused_though_it_talks_on() {
    let (daemon, _) = start(config());
    let _first = Member::connect(daemon.addresses()[0], "taken").unwrap();
    let mut second = TcpStream::connect(daemon.addresses()[0]).unwrap();
    second.set_read_timeout(Some(PATIENCE)).unwrap();
    // A request for a name that is in use, and much behind it.
    let mut bytes = vec![5, 0, 1, 1, 5];
    bytes.extend_from_slice(b"taken");
    bytes.resize(100_000, b'x');
    second.write_all(&bytes).unwrap();
    let mut answer = Vec::new();
    second.read_to_end(&mut answer).unwrap();
    assert_eq!(answer.last(), Some(&(-6_i8 as u8)), "{answer:?}");
}

#[test]
fn very_many_at_once() {
    const MANY: usize = 500;
    let (daemon, _) = start(config());
    let address = daemon.addresses()[0];
    let mut members: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..10)
            .map(|thread| {
                scope.spawn(move || {
                    let name = |number| format!("m{thread}-{number}");
                    (0..MANY / 10).map(|number| Member::connect(address, &name(number)).unwrap()).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    for member in &mut members {
        member.join("room");
    }
    // The last view has all, at everybody.
    for member in &mut members {
        while member.view() < MANY {}
    }
    assert_eq!((daemon.stats().sessions, daemon.stats().groups), (MANY as u64, 1));
    members[0].send(&["room"], b"to all");
    for member in &mut members {
        assert_eq!(member.message(), b"to all");
    }
}
