//! The daemon answers honest clients between two pieces of what others have it do, however much that is. The tests count
//! answers, not time.

use spread_daemon::Daemon;

use crate::client::{Member, config, start};

/// Answers to a client while the daemon does something. With all of it in one turn there would be one or two.
const ANSWERS: usize = 20;

/// Sends messages to itself, one after the other, until the daemon is done. Returns the number of answers.
fn answers(daemon: &Daemon, honest: &mut Member, is_done: impl Fn(&Daemon) -> bool) -> usize {
    let mut count = 0;
    while !is_done(daemon) {
        honest.send(&["#honest#here"], b"ping");
        assert_eq!(honest.message(), b"ping");
        count += 1;
    }
    count
}

#[test]
fn while_many_join_a_group_and_each_is_sent_every_view() {
    const MEMBERS: usize = 300;
    let (daemon, _) = start(config());
    let mut honest = Member::connect(daemon.addresses()[0], "honest").unwrap();
    let connect = |number| Member::connect(daemon.addresses()[0], &format!("m{number}")).unwrap();
    let mut members: Vec<_> = (0..MEMBERS).map(connect).collect();
    let before = daemon.stats().messages_out;
    for member in &mut members {
        member.join("room");
    }
    // The k-th join is a message to k members.
    let views = (MEMBERS * (MEMBERS + 1) / 2) as u64;
    let count = answers(&daemon, &mut honest, |daemon| daemon.stats().messages_out - before >= views);
    assert!(count >= ANSWERS, "{count} answers");
}

#[test]
fn while_many_sessions_in_many_groups_end() {
    const SESSIONS: usize = 50;
    const GROUPS: usize = 4000;
    let mut config = config();
    config.limits.groups_of_session = GROUPS;
    let (daemon, _) = start(config);
    let mut honest = Member::connect(daemon.addresses()[0], "honest").unwrap();
    let join_all = |number| {
        let mut member = Member::unaware(daemon.addresses()[0], &format!("m{number}")).unwrap();
        for group in 0..GROUPS {
            member.queue_join(&format!("g{group}"));
        }
        // Its answer comes after the joins.
        member.send(&[&format!("#m{number}#here")], b"joined");
        assert_eq!(member.message(), b"joined");
        member
    };
    let members: Vec<_> = (0..SESSIONS).map(join_all).collect();
    drop(members);
    let count = answers(&daemon, &mut honest, |daemon| daemon.stats().groups == 0);
    assert!(count >= ANSWERS, "{count} answers");
}
