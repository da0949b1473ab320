//! What a client may say to a daemon that it connects to.
//!
//! Input: the methods allowed (one byte), then the client's bytes, in one stream.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spread_fuzz::Input;
use spread_proto::server::{Happened, Server, State};
use spread_proto::{Accept, ConnectRequest, DaemonName, PrivateGroup, PrivateName};

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let allowed: &[&str] = match input.byte() & 3 {
        0 => &["NULL"],
        1 => &["NULL", "IP"],
        2 => &["IP"],
        _ => &[],
    };
    let mut server = Server::new(allowed.iter().map(|&name| name.to_owned()).collect());
    let mut bytes = input.0;
    loop {
        let (used, happened) = server.handle_bytes(bytes).expect("in a handshake a refusal is no error");
        match happened {
            Some(Happened::Requested(request)) => {
                check_request(request, &bytes[..used]);
                let private = request.name.unwrap_or_else(|| PrivateName::new(b"r1-1").unwrap());
                let group = PrivateGroup::new(private, DaemonName::new(b"alpha").unwrap());
                let chosen = server.admit(group).unwrap();
                assert_eq!(chosen.is_some(), !request.has_auth());
                assert_eq!(server.take_transmit().is_empty(), !request.has_auth());
                match chosen {
                    Some(Happened::Chose(methods)) if methods.is_empty() => return,
                    Some(_) => return authorize(&mut server),
                    None => {}
                }
            }
            Some(Happened::Chose(methods)) => {
                assert!(methods.iter().all(|method| allowed.contains(&method.as_str())));
                return authorize(&mut server);
            }
            Some(Happened::Request(request)) => panic!("{request:?} in a handshake"),
            None if server.state() == State::Closed => {
                assert!(matches!(server.take_transmit()[..], [code] if code >= 0x80));
                return;
            }
            None => {
                assert_eq!(used, 0);
                return;
            }
        }
        bytes = &bytes[used..];
    }
});

/// What was read is what stands there, flags without a meaning aside.
fn check_request(request: ConnectRequest, bytes: &[u8]) {
    let mut again = Vec::new();
    request.encode(&mut again);
    let flags = if request.has_patch() { 3 } else { 2 };
    assert_eq!(again.len(), bytes.len());
    assert_eq!((&again[..flags], &again[flags + 1..]), (&bytes[..flags], &bytes[flags + 1..]));
}

fn authorize(server: &mut Server) {
    server.authorize().unwrap();
    let accept = server.take_transmit();
    if server.request().unwrap().has_patch() {
        let (read, used) = Accept::parse(&accept).unwrap().unwrap();
        assert_eq!((Some(read.private_group), used), (server.private_group(), accept.len()));
    }
}
