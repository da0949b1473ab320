use std::net::TcpListener;

use super::*;

const TIMEOUT: Duration = Duration::from_secs(5);

fn attempt(address: &str, start: Instant) -> Attempt {
    Attempt::new(&ConnectOptions::to(&[address], TIMEOUT), start)
}

#[test]
fn a_name_that_is_not_resolved_in_time_says_so() {
    let start = Instant::now();
    let mut attempt = attempt("4803@name.invalid", start);
    assert!(matches!(attempt.begin(start), Progress::LookUp(host, 4803) if host == "name.invalid"));
    assert_eq!(attempt.wake_at(), None);
    let soon = start + TIMEOUT.saturating_sub(Duration::from_nanos(1));
    assert!(matches!(attempt.expire(soon), Progress::Wait));
    match attempt.expire(start + TIMEOUT) {
        Progress::Failed(failure) => assert_eq!(failure, Failure::timeout("looking up 'name.invalid'")),
        _ => panic!("its time is over"),
    }
}

#[test]
fn targets_share_the_time_that_is_left() {
    let start = Instant::now();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let target = Target::Tcp(listener.local_addr().unwrap());
    let mut attempt = attempt("4803@name.invalid", start);
    attempt.begin(start);
    // A second of the five is over, and there are two targets.
    let now = start + Duration::from_secs(1);
    assert!(matches!(attempt.resolved(Ok(vec![target.clone(), target]), now), Progress::Switch(_)));
    assert_eq!(attempt.wake_at(), Some(start + Duration::from_secs(3)));
    assert!(matches!(attempt.expire(start + Duration::from_secs(2)), Progress::Wait), "it was too early");
    assert!(matches!(attempt.expire(start + Duration::from_secs(3)), Progress::Switch(_)), "the second one");
    assert_eq!(attempt.wake_at(), Some(start + TIMEOUT));
    assert!(matches!(attempt.expire(start + TIMEOUT), Progress::Failed(_)));
}
