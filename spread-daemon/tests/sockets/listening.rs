//! Where the daemon listens.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use spread_daemon::{Config, Daemon, Event, Listen};

use crate::client::{Member, PATIENCE, config, start};

fn has_ipv6() -> bool {
    let has = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    if !has {
        println!("skipped: this machine has no IPv6");
    }
    has
}

#[test]
fn loopback_is_both_kinds_on_one_port() {
    let (daemon, _) = start(config());
    let port = daemon.port().unwrap();
    assert_ne!(port, 0);
    assert!(daemon.addresses().iter().all(|address| address.ip().is_loopback() && address.port() == port));
    assert!(Member::connect(SocketAddr::from(([127, 0, 0, 1], port)), "four").is_ok());
    if has_ipv6() {
        assert!(Member::connect(SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port), "six").is_ok());
    }
}

#[test]
fn addresses_are_as_told() {
    let four: IpAddr = [127, 0, 0, 1].into();
    let (daemon, _) = start(Config { listen: Listen::On(vec![four]), ..config() });
    assert_eq!(daemon.addresses(), [SocketAddr::new(four, daemon.port().unwrap())]);
    if has_ipv6() {
        let refused = TcpStream::connect((Ipv6Addr::LOCALHOST, daemon.port().unwrap()));
        assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::ConnectionRefused);
    }
}

#[test]
fn a_port_in_use_is_told_by_name() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Daemon::start(Config { port, ..config() }, |_| {}).err().unwrap().to_string();
    assert!(error.contains(&port.to_string()), "{error}");
}

#[test]
fn stopped_it_lets_go_of_its_port_at_once_and_says_so_last() {
    let (daemon, told) = start(config());
    let address = daemon.addresses()[0];
    let mut member = Member::connect(address, "a").unwrap();
    daemon.stop();
    daemon.join();
    assert_eq!(told.iter().last(), Some(Event::Stopped));
    assert_eq!(member.read_out(), 0);
    let (again, _) = start(Config { port: address.port(), ..config() });
    assert!(Member::connect(again.addresses()[0], "a").is_ok());
    assert_eq!(daemon.stats().sessions, 0);
}

#[test]
fn it_stops_in_the_middle_of_a_flood() {
    let (daemon, told) = start(config());
    let address = daemon.addresses()[0];
    let mut reader = Member::connect(address, "reader").unwrap();
    reader.join("room");
    reader.view();
    let flood = std::thread::spawn(move || {
        let mut sender = Member::connect(address, "sender").unwrap();
        sender.queue(&["room"], &[7; 1000]);
        let bytes = sender.take_transmit().repeat(100);
        while std::io::Write::write_all(&mut sender.stream, &bytes).is_ok() {}
    });
    for _ in 0..1000 {
        reader.message();
    }
    drop(daemon);
    assert_eq!(told.iter().last(), Some(Event::Stopped));
    flood.join().unwrap();
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;
    use std::path::{Path, PathBuf};
    use std::sync::{Barrier, mpsc};
    use std::thread;

    use socket2::{Domain, SockAddr, Socket, Type};

    use super::*;

    /// A path that nobody else has.
    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("cspread-{}-{name}.sock", std::process::id()))
    }

    fn connect(path: &PathBuf, name: &str) -> Member {
        let stream = UnixStream::connect(path).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Member::over(Box::new(stream), name).unwrap()
    }

    #[test]
    fn a_socket_for_both_worlds_and_none_left_behind() {
        let unix = path("both");
        let (daemon, _) = start(Config { unix: Some(unix.clone()), ..config() });
        let (mut a, mut b) = (connect(&unix, "a"), Member::connect(daemon.addresses()[0], "b").unwrap());
        a.join("room");
        assert_eq!(a.view(), 1);
        b.join("room");
        assert_eq!((a.view(), b.view()), (2, 2));
        b.send(&["room"], b"hello");
        assert_eq!((a.message(), b.message()), (b"hello".to_vec(), b"hello".to_vec()));
        drop(daemon);
        assert!(!unix.exists());
    }

    #[test]
    fn a_dead_socket_is_replaced_and_a_living_one_is_not() {
        let unix = path("stale");
        drop(std::os::unix::net::UnixListener::bind(&unix).unwrap());
        assert!(unix.exists(), "it was left behind");
        let (daemon, _) = start(only(&unix));
        assert_eq!(daemon.port(), None);
        connect(&unix, "a");
        let error = Daemon::start(only(&unix), |_| {}).err().unwrap().to_string();
        assert!(error.contains(unix.to_str().unwrap()), "{error}");
        // Who was there first is not disturbed.
        connect(&unix, "b");
    }

    fn only(unix: &Path) -> Config {
        Config { unix: Some(unix.to_owned()), listen: Listen::Nowhere, ..config() }
    }

    #[test]
    fn of_two_that_start_at_once_one_listens_and_the_other_is_told() {
        let unix = path("twice");
        for round in 0..60 {
            // Whoever was there before is dead.
            drop(std::os::unix::net::UnixListener::bind(&unix).unwrap());
            let both = Barrier::new(2);
            let start = || {
                both.wait();
                Daemon::start(only(&unix), |_| {})
            };
            let results: Vec<_> = thread::scope(|scope| {
                let threads = [(); 2].map(|()| scope.spawn(start));
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let told: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
            assert_eq!(told.len(), 1, "round {round}");
            assert!(told[0].to_string().contains("in use"), "{}", told[0]);
            connect(&unix, "a");
            drop(results);
            let left = [&unix, &lock_of(&unix)].map(|path| path.exists());
            assert_eq!(left, [false, false], "round {round}");
        }
    }

    fn lock_of(path: &Path) -> PathBuf {
        PathBuf::from(format!("{}.lock", path.display()))
    }

    #[test]
    fn a_lock_left_behind_means_nothing() {
        let unix = path("locked");
        std::fs::write(lock_of(&unix), "").unwrap();
        let (daemon, _) = start(only(&unix));
        connect(&unix, "a");
        drop(daemon);
        assert!(!lock_of(&unix).exists());
    }

    /// A living daemon that does not come to those who wait (it is stopped, say) is not waited for.
    #[test]
    fn a_socket_with_too_many_waiting_is_alive_and_nobody_waits_for_it() {
        let unix = path("full");
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        socket.bind(&SockAddr::unix(&unix).unwrap()).unwrap();
        socket.listen(1).unwrap();
        let waiting: Vec<_> = std::iter::repeat_with(|| {
            let client = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
            client.set_nonblocking(true).unwrap();
            client.connect(&SockAddr::unix(&unix).unwrap()).map(|()| client)
        })
        .take_while(Result::is_ok)
        .collect();
        assert!(!waiting.is_empty());
        let (tell, told) = mpsc::channel();
        let config = only(&unix);
        thread::spawn(move || tell.send(Daemon::start(config, |_| {}).err().map(|error| error.to_string())));
        let error = told.recv_timeout(PATIENCE).expect("it waits for nobody");
        assert!(error.is_some_and(|error| error.contains("in use")));
        assert!(unix.exists(), "it is left alone");
        std::fs::remove_file(unix).unwrap();
    }

    #[test]
    fn the_mode_is_as_told_whatever_the_umask() {
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let unix = path("mode");
        let (daemon, _) = start(only(&unix));
        assert_eq!((mode(&unix), mode(&lock_of(&unix))), (0o600, 0o600));
        drop(daemon);
        for asked in [0o666, 0o660, 0o777, 0o200] {
            let (daemon, _) = start(Config { unix_mode: asked, ..only(&unix) });
            assert_eq!(mode(&unix), asked);
            drop(daemon);
        }
    }

    #[test]
    fn a_path_that_cannot_be_leaves_nothing() {
        let long = path(&"x".repeat(200));
        assert!(Daemon::start(only(&long), |_| {}).is_err());
        assert!(!lock_of(&long).exists());
        assert!(Daemon::start(only(Path::new("/nowhere/at/all")), |_| {}).is_err());
    }

    #[test]
    fn a_file_that_is_no_socket_is_left_alone() {
        let file = path("file");
        std::fs::write(&file, "precious").unwrap();
        let refused = Daemon::start(Config { unix: Some(file.clone()), ..config() }, |_| {});
        assert!(refused.is_err());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
        std::fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_silent_connection_delays_nobody_and_is_cut() {
    let mut config = config();
    config.limits.handshake_time = Duration::from_millis(200);
    let (daemon, told) = start(config);
    let mut silent = TcpStream::connect(daemon.addresses()[0]).unwrap();
    silent.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(Member::connect(daemon.addresses()[0], "a").is_ok());
    let cut =
        told.iter().find(|event| matches!(event, Event::Ended { reason: spread_daemon::Reason::HandshakeTime, .. }));
    assert!(cut.is_some());
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut silent, &mut rest).unwrap();
    assert_eq!(rest, []);
}
