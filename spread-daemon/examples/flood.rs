//! What a message costs the daemon: a daemon, its clients and a flood in one process, and the daemon's thread's own
//! processor time. Linux only.
//!
//! `flood [members [messages [size [groups [idle]]]]]`: `members` sessions in each of the first of
//! `groups` groups, which one more session floods in turn with messages of `size` bytes, in the presence of `idle`
//! sessions more.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use spread_daemon::{Config, Daemon};
use spread_proto::client::{self, Client, State};
use spread_proto::{DaemonName, Destination, GroupName, Multicast, PrivateGroup, PrivateName, ServiceType};

/// What the flood is ahead of its slowest reader at most.
const AHEAD: u64 = 8 * 1024 * 1024;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default| arguments.next().map_or(default, |text| text.parse().expect("a number"));
    let (members, messages, size) = (number(1), number(5_000_000), number(64));
    let (groups, idle) = (number(1), number(0));

    let name = DaemonName::new(b"localhost").expect("a legal name");
    let mut config = Config { port: 0, ..Config::new(name) };
    config.limits.groups_of_session = config.limits.groups_of_session.max(groups as usize);
    let daemon = Daemon::start(config, |_| ()).expect("a daemon");
    let port = daemon.port().expect("it listens on TCP");

    let begun = Instant::now();
    let idle: Vec<_> = (0..idle).map(|_| connect(port, &[])).collect();
    let names: Vec<String> = (0..groups).map(|group| format!("group{group}")).collect();
    let (mut sender, own) = connect(port, &[]);
    let (batch, per_batch) = batch(own, &names, size as usize);
    let batches = messages / per_batch;
    let total = batches * batch.len() as u64;

    let counters: Arc<Vec<AtomicU64>> = Arc::new((0..members).map(|_| AtomicU64::new(0)).collect());
    let readers: Vec<_> = (0..members)
        .map(|index| {
            let (stream, _) = connect(port, &names);
            let counters = counters.clone();
            std::thread::Builder::new().stack_size(512 * 1024).spawn(move || {
                read(stream, total, &counters[index as usize]);
            })
        })
        .collect();
    println!("{} sessions after {:?}", daemon.stats().sessions, begun.elapsed());

    let before = daemon.stats();
    let (start, cpu) = (Instant::now(), daemon_cpu());
    for index in 0..batches {
        let slowest = || counters.iter().map(|counter| counter.load(Ordering::Relaxed)).min().unwrap_or(u64::MAX);
        while (index * batch.len() as u64).saturating_sub(slowest()) > AHEAD {
            std::thread::yield_now();
        }
        sender.write_all(&batch).expect("the daemon reads");
    }
    for reader in readers {
        reader.expect("a thread").join().expect("a reader gets all");
    }
    let sent = batches * per_batch;
    while daemon.stats().messages_in < sent {
        std::thread::yield_now();
    }
    let (elapsed, cpu) = (start.elapsed(), daemon_cpu() - cpu);
    let stats = daemon.stats();
    let delivered = stats.messages_out - before.messages_out;
    println!(
        "{sent} messages of {size} bytes, {delivered} deliveries, {:.2} M messages/s; daemon: {:.3} us a message, \
         {:.4} us a delivery; {} reads, {} writes",
        sent as f64 / elapsed.as_secs_f64() / 1e6,
        cpu as f64 / 1e3 / sent as f64,
        cpu as f64 / 1e3 / delivered.max(1) as f64,
        stats.reads - before.reads,
        stats.writes - before.writes,
    );
    drop(idle);
}

/// A session without membership messages that is in these groups: its own message, back, says so.
fn connect(port: u16, groups: &[String]) -> (TcpStream, PrivateGroup) {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let name = format!("c{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let name = PrivateName::new(name.as_bytes()).expect("a legal name");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
    let mut client = Client::new(client::Config::new(Some(name), false)).expect("a legal configuration");
    let mut received = Vec::new();
    while client.state() != State::Open {
        stream.write_all(&client.take_transmit()).expect("the daemon reads");
        let mut bytes = [0; 256];
        let read = stream.read(&mut bytes).expect("the daemon answers");
        received.extend_from_slice(&bytes[..read]);
        while let (used @ 1.., _) = client.handle_bytes(&received).expect("it accepts") {
            received.drain(..used);
        }
    }
    for group in groups {
        client.join(GroupName::new(group.as_bytes()).expect("a legal name")).expect("it is open");
    }
    let private_group = client.accept().expect("it is open").private_group;
    let mut bytes = client.take_transmit();
    let myself = Destination::parse(private_group.as_bytes()).expect("a private group");
    Multicast { service_type: ServiceType::AGREED_MESS, groups: &[myself], mess_type: 0, data_len: 0 }
        .encode_head(private_group, &mut bytes);
    stream.write_all(&bytes).expect("the daemon reads");
    stream.read_exact(&mut [0; 80]).expect("the message comes back");
    (stream, private_group)
}

/// About 64 KiB of messages, to the groups in turn, and their number.
fn batch(sender: PrivateGroup, groups: &[String], size: usize) -> (Vec<u8>, u64) {
    let (mut bytes, mut count) = (Vec::new(), 0);
    while bytes.len() < 64 * 1024 {
        let group = Destination::parse(groups[count % groups.len()].as_bytes()).expect("a legal name");
        Multicast { service_type: ServiceType::AGREED_MESS, groups: &[group], mess_type: 0, data_len: size }
            .encode_head(sender, &mut bytes);
        bytes.resize(bytes.len() + size, b'x');
        count += 1;
    }
    (bytes, count as u64)
}

/// Reads the flood.
fn read(mut stream: TcpStream, total: u64, counter: &AtomicU64) {
    let mut bytes = vec![0; 256 * 1024];
    while counter.load(Ordering::Relaxed) < total {
        let read = stream.read(&mut bytes).expect("the daemon writes");
        assert!(read > 0, "the daemon cut this reader");
        counter.fetch_add(read as u64, Ordering::Relaxed);
    }
}

/// Nanoseconds of processor time that the daemon's thread has used.
fn daemon_cpu() -> u64 {
    for task in std::fs::read_dir("/proc/self/task").expect("Linux").flatten() {
        let path = task.path();
        if std::fs::read_to_string(path.join("comm")).is_ok_and(|name| name.trim() == "spread-daemon") {
            let times = std::fs::read_to_string(path.join("schedstat")).expect("Linux");
            return times.split(' ').next().and_then(|time| time.parse().ok()).expect("a number");
        }
    }
    panic!("the daemon's thread is gone");
}
