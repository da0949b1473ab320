//! What three real daemons show, row by row, in the words of those who measured it.

use super::script::Story;

/// Three daemons with a member of `room` on each, all quiet; then these steps. Returns what each client has heard since.
fn heard(steps: &str) -> Vec<String> {
    let head = "daemons one two three\nseed 5\nrun 1s\nconnect a one\nconnect b two\nconnect c three\n\
                join a room\njoin b room\njoin c room\nsettle\nheard";
    let (mut story, _) = Story::play(head);
    let mut said: Vec<String> = steps.lines().flat_map(|line| story.step(line.trim())).collect();
    story.step("settle");
    said.append(&mut story.step("heard"));
    said
}

fn of<'a>(heard: &'a [String], who: &str) -> Vec<&'a str> {
    heard.iter().filter_map(|line| line.strip_prefix(who)?.strip_prefix(": ")).collect()
}

#[test]
fn a_split_is_a_transition_and_a_view_with_a_new_id_and_one_set_of_the_survivors() {
    let heard = heard("part one two | three");
    for who in ["a", "b"] {
        assert_eq!(
            of(&heard, who),
            ["room: transition from one.0.3", "room = a@one b@two (network; one.1.1; from a@one b@two; own 0)"]
        );
    }
    let alone = ["room: transition from one.0.3", "room = c@three (network; three.1.1; from c@three; own 0)"];
    assert_eq!(of(&heard, "c"), alone);
}

#[test]
fn a_merge_is_one_view_each_with_the_same_id_and_sets_and_no_transition() {
    let heard = heard("part one two | three\nsettle\nheal");
    let merged = |own| format!("room = a@one b@two c@three (network; one.2.1; from c@three | a@one b@two; own {own})");
    assert_eq!(of(&heard, "a")[2..], [merged(1)]);
    assert_eq!(of(&heard, "b")[2..], [merged(1)]);
    assert_eq!(of(&heard, "c")[2..], [merged(0)]);
}

#[test]
fn who_joined_while_parted_is_inside_the_merges_view_in_its_set() {
    let heard = heard("part one two | three\nsettle\nconnect d three\njoin d room\nsettle\nheal");
    let merged = "room = a@one b@two c@three d@three (network; one.2.1; from c@three d@three | a@one b@two; own 1)";
    assert_eq!(of(&heard, "a")[2..], [merged]);
}

#[test]
fn safe_sent_right_at_the_cut_comes_after_the_network_view_and_never_on_the_other_side() {
    let heard = heard("part one two | three\nsend a safe room late");
    for who in ["a", "b"] {
        assert_eq!(of(&heard, who)[2..], ["room < a@one: late"]);
    }
    assert_eq!(of(&heard, "c").len(), 2);
}

#[test]
fn what_is_sent_while_daemons_agree_is_buffered_and_comes_after_the_new_view_in_one_order() {
    let heard = heard(
        "part one two | three\nsettle\nheal\nrun 40ms\nsend a agreed room a1\nsend c safe room c1\nsend b agreed room b1",
    );
    let (a, b, c) = (of(&heard, "a"), of(&heard, "b"), of(&heard, "c"));
    assert!(a[2].starts_with("room = a@one b@two c@three (network"));
    assert_eq!((a[3..].len(), &a[3..], &a[3..]), (3, &b[3..], &c[3..]));
}

#[test]
fn a_client_that_connects_while_daemons_agree_is_answered_at_once_and_its_join_follows_the_view() {
    let heard = heard("part one two | three\nconnect d one\njoin d room");
    let a = of(&heard, "a");
    assert!(a[1].starts_with("room = a@one b@two (network"));
    assert_eq!(a[2], "room = a@one d@one b@two (join d@one; one.1.2)");
}

#[test]
fn all_signals_come_before_all_views_each_in_byte_order_of_the_groups() {
    let names: Vec<String> = (0..300).map(|number| format!("g{number}")).collect();
    let joins: Vec<String> = names.iter().map(|name| format!("join a {name}\njoin c {name}")).collect();
    let heard = heard(&format!("{}\nsettle\nheard\npart one two | three\nsettle\nheard\nheal", joins.join("\n")));
    let a = of(&heard, "a");
    let transitions: Vec<usize> = (0..a.len()).filter(|&at| a[at].contains(": transition")).collect();
    let mut sorted = names.clone();
    sorted.push("room".to_owned());
    sorted.sort_unstable();
    assert_eq!(transitions.len(), 301);
    let first = transitions[0];
    for (at, name) in sorted.iter().enumerate() {
        assert!(a[first + at].starts_with(&format!("{name}: transition")), "{}", a[first + at]);
        assert!(a[first + 301 + at].starts_with(&format!("{name} = ")), "{}", a[first + 301 + at]);
        assert!(a[first + 602 + at].starts_with(&format!("{name} = ")), "{}", a[first + 602 + at]);
    }
    assert_eq!(a.len(), first + 903);
}

#[test]
fn what_goes_to_a_group_whose_members_are_all_on_the_other_side_never_comes() {
    let heard = heard(
        "part one two | three\nsettle\nleave a room\nleave b room\nsettle\nsend a agreed room lost\nsettle\nheal",
    );
    assert!(!heard.iter().any(|line| line.contains("lost")));
}

#[test]
fn two_clients_of_one_name_on_two_daemons_are_allowed() {
    let heard = heard("connect d one\njoin d room\nsettle\ngone d\nsettle\nconnect d three\njoin d room");
    assert_eq!(of(&heard, "a")[2], "room = a@one b@two c@three d@three (join d@three; one.0.6)");
}

#[test]
fn a_killed_client_is_a_disconnect_and_a_killed_daemon_a_cut() {
    let gone = heard("gone c");
    assert_eq!(of(&gone, "a"), ["room = a@one b@two (disconnect c@three; one.0.4)"]);
    let killed = heard("kill three");
    assert_eq!(of(&killed, "a").len(), 2);
    assert_eq!(of(&killed, "a")[0], "room: transition from one.0.3");
}

/// Real daemons give an id again after a restart; these do not, as long as somebody of the view remains.
#[test]
fn the_representative_restarted_at_once_gives_no_id_again() {
    let heard = heard("kill one\nstart one\nsettle\nconnect a one\njoin a room\nsettle\nleave c room");
    let ids: Vec<&str> = of(&heard, "b").into_iter().filter_map(|line| line.split("; ").nth(1)).collect();
    assert!(ids.len() >= 3);
    assert!((1..ids.len()).all(|at| !ids[..at].contains(&ids[at])), "{ids:?}");
}
