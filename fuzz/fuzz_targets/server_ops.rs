//! Operations on the server machine, in any order, with any bytes from the client in between. The state table says
//! what each may do, and a client can read all that it sends.
//!
//! Input: the methods allowed (one byte), then operations; see the library's `server_op`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spread_fuzz::{Input, server_op};
use spread_proto::handshake::parse_auth_list;
use spread_proto::server::{Action, Event, Happened, Request, Server, State, action};
use spread_proto::{Accept, Code, Header, PrivateGroup};

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let allowed: &[&str] = if input.byte() & 1 == 0 { &["NULL"] } else { &["NULL", "IP"] };
    let mut server = Server::new(allowed.iter().map(|&name| name.to_owned()).collect());
    let mut from_client = Vec::new();
    while let Some(op) = input.next_byte() {
        match op % 5 {
            server_op::BYTES => from_client.extend(input.chunk()),
            server_op::ADMIT => admit(&mut server, input.chunk()),
            server_op::AUTHORIZE => authorize(&mut server),
            server_op::REFUSE => refuse(&mut server, Code::ALL[usize::from(input.byte()) % Code::ALL.len()]),
            _ => {
                let is_news = action(server.state(), Event::End) == Action::Gone;
                assert_eq!((server.handle_end(), server.state()), (is_news, State::Closed));
            }
        }
        take_bytes(&mut server, &mut from_client);
        assert!(server.take_transmit().is_empty(), "each operation looks at what it sends");
    }
});

fn take_bytes(server: &mut Server, bytes: &mut Vec<u8>) {
    loop {
        let before = server.state();
        let Ok((used, happened)) = server.handle_bytes(bytes) else {
            assert_eq!((before, server.state()), (State::Open, State::Closed));
            return;
        };
        let expected = match happened {
            Some(Happened::Requested(_) | Happened::Chose(_)) => Action::Handshake,
            Some(Happened::Request(ref request)) => {
                check_request(request, &bytes[..used]);
                Action::Request
            }
            None => action(before, Event::Bytes),
        };
        assert_eq!(action(before, Event::Bytes), expected);
        let is_refused = before != State::Closed && server.state() == State::Closed;
        assert_eq!(server.take_transmit().len(), usize::from(is_refused));
        if used == 0 {
            return;
        }
        bytes.drain(..used);
    }
}

fn check_request(request: &Request<'_>, bytes: &[u8]) {
    let header = Header::decode(bytes.first_chunk().unwrap()).unwrap();
    assert_eq!(header.size() + 48, bytes.len() as u64);
    match request {
        Request::Multicast(frame) => {
            assert_eq!((frame.bytes, frame.header), (bytes, header));
            assert!(header.service_type.service().is_some() && header.hint.is_legal());
            assert!(frame.group_fields().iter().all(|field| field.contains(&0)));
        }
        Request::Join(group) | Request::Leave(group) => assert!(bytes[48..].starts_with(group.as_bytes())),
        Request::Nothing => assert_eq!(header.num_groups, 0),
        Request::Kill => {}
    }
}

fn admit(server: &mut Server, group: &[u8]) {
    let Ok(group) = PrivateGroup::parse(group) else { return };
    let before = server.state();
    let result = server.admit(group);
    assert_eq!(result.is_ok(), action(before, Event::Admit) == Action::Greet);
    let sent = server.take_transmit();
    match result {
        Ok(None) => assert_eq!(parse_auth_list(&sent).unwrap().unwrap().1, sent.len()),
        Ok(Some(_)) => assert_eq!((server.state(), sent.len()), (State::Authorizing, 0)),
        Err(_) => assert_eq!((server.state(), sent.len()), (before, 0)),
    }
}

fn authorize(server: &mut Server) {
    let before = server.state();
    let result = server.authorize();
    assert_eq!(result.is_ok(), action(before, Event::Authorize) == Action::Accept);
    let mut sent = server.take_transmit();
    if result.is_err() {
        assert_eq!((server.state(), sent.len()), (before, 0));
        return;
    }
    if !server.request().unwrap().has_patch() {
        sent.insert(3, 0);
    }
    let (accept, used) = Accept::parse(&sent).unwrap().unwrap();
    assert_eq!((Some(accept.private_group), used), (server.private_group(), sent.len()));
}

fn refuse(server: &mut Server, code: Code) {
    let expected: &[u8] = match action(server.state(), Event::Refuse) {
        Action::Refuse => &[code.number() as u8],
        _ => &[],
    };
    server.refuse(code);
    assert_eq!((server.take_transmit().as_slice(), server.state()), (expected, State::Closed));
}
