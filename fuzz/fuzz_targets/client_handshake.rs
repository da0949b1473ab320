//! What a daemon may answer to a client that connects.
//!
//! Input: the configuration (one byte), then the daemon's bytes, in one stream.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spread_fuzz::Input;
use spread_proto::client::{AuthMethod, Client, Config, Happened, State};
use spread_proto::{Accept, AuthName, PrivateName};

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let flags = input.byte();
    let method = |name, interactive| AuthMethod { name: AuthName::new(name).unwrap(), interactive };
    let methods = match flags & 3 {
        0 => vec![method("NULL", false)],
        1 => vec![method("IP", false)],
        2 => vec![method("PWORD", true)],
        _ => vec![method("NULL", false), method("PWORD", true)],
    };
    let name = (flags & 4 == 0).then(|| PrivateName::new(b"bob").unwrap());
    let mut client = Client::new(Config { methods, ..Config::new(name, true) }).unwrap();
    client.take_transmit();
    let mut bytes = input.0;
    loop {
        let before = client.state();
        let Ok((used, happened)) = client.handle_bytes(bytes) else {
            assert_eq!(client.state(), State::Closed);
            return;
        };
        let sent = client.take_transmit();
        match happened {
            Some(Happened::Authenticate(_)) => assert_eq!(sent.len(), 90),
            // The method takes one byte, and is content with it.
            Some(Happened::ForMethod(given)) => {
                assert_eq!(given, bytes);
                client.handle_authenticated().unwrap();
                bytes = &bytes[1..];
                continue;
            }
            Some(Happened::Connected(accept)) => {
                let mut again = Vec::new();
                Accept::encode(accept.private_group, true, &mut again);
                assert_eq!((&again[4..], again.len()), (&bytes[4..used], used));
                assert_eq!((client.state(), client.accept()), (State::Open, Some(accept)));
                return;
            }
            Some(Happened::Delivery(delivery)) => panic!("{delivery:?} in a handshake"),
            None if used == 0 => return,
            None => assert_eq!((before, sent.len()), (State::ExpectAuthList, 90)),
        }
        bytes = &bytes[used..];
    }
});
