//! Operations on the client machine, in any order, with any bytes from the daemon in between. The state table says
//! what each may do, and a daemon can read all that it sends.
//!
//! Input: the method (one byte), then operations; see the library's `client_op`.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spread_fuzz::{Input, client_op};
use spread_proto::client::{Action, AuthMethod, Client, Config, Ended, Event, Happened, State, action};
use spread_proto::limits::MAX_MULTICAST_SIZE;
use spread_proto::server::{Request, parse_request};
use spread_proto::{ApiMisuse, AuthName, Destination, GroupName, Multicast, ServiceType};

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let method = AuthMethod { name: AuthName::new("NULL").unwrap(), interactive: input.byte() & 1 != 0 };
    let mut client = Client::new(Config { methods: vec![method], ..Config::new(None, true) }).unwrap();
    client.take_transmit();
    let mut from_daemon = Vec::new();
    while let Some(op) = input.next_byte() {
        let before = client.state();
        match op % 7 {
            client_op::BYTES => {
                from_daemon.extend(input.chunk());
                take_bytes(&mut client, &mut from_daemon);
            }
            client_op::JOIN | client_op::LEAVE => request(&mut client, op % 7, input.chunk()),
            client_op::MULTICAST => multicast(&mut client, &mut input),
            client_op::AUTHENTICATED => {
                let may = action(before, Event::Authenticated) == Action::Proceed;
                assert_eq!(client.handle_authenticated().is_ok(), may);
                take_bytes(&mut client, &mut from_daemon);
            }
            client_op::DISCONNECT => disconnect(&mut client),
            _ => {
                let expected = match action(before, Event::End) {
                    Action::Fail => Ended::Failed,
                    Action::Lose => Ended::Lost,
                    Action::Close => Ended::Closed,
                    _ => Ended::Before,
                };
                assert_eq!((client.handle_end(), client.state()), (expected, State::Closed));
            }
        }
        assert!(client.take_transmit().is_empty(), "each operation looks at what it sends");
    }
});

fn take_bytes(client: &mut Client, bytes: &mut Vec<u8>) {
    loop {
        let before = client.state();
        let Ok((used, happened)) = client.handle_bytes(bytes) else {
            assert_eq!(client.state(), State::Closed);
            return;
        };
        let expected = match happened {
            Some(Happened::Authenticate(_) | Happened::Connected(_)) => Action::Handshake,
            Some(Happened::ForMethod(_)) => Action::ToMethod,
            Some(Happened::Delivery(_)) => Action::Deliver,
            None => action(before, Event::Bytes),
        };
        assert_eq!(action(before, Event::Bytes), expected);
        let sent = client.take_transmit().len();
        assert_eq!(sent, if before == State::ExpectAuthList && used > 0 { 90 } else { 0 });
        if used == 0 {
            return;
        }
        bytes.drain(..used);
    }
}

fn request(client: &mut Client, op: u8, name: &[u8]) {
    let Ok(group) = GroupName::new(name) else { return };
    let result = if op == client_op::JOIN { client.join(group) } else { client.leave(group) };
    let Some(sent) = sent(client, result) else { return };
    match read_back(client, &sent) {
        Request::Join(name) => assert_eq!((op, name), (client_op::JOIN, group.name())),
        Request::Leave(name) => assert_eq!((op, name), (client_op::LEAVE, group.name())),
        other => panic!("{other:?}"),
    }
}

fn multicast(client: &mut Client, input: &mut Input<'_>) {
    let service_type = ServiceType(u32::from(input.number()));
    let mess_type = input.number() as i16;
    let groups: Vec<_> = (0..input.byte()).map_while(|_| Destination::parse(input.chunk()).ok()).collect();
    let body = input.chunk();
    let head = Multicast { service_type, groups: &groups, mess_type, data_len: body.len() };
    match client.multicast(&head, body, MAX_MULTICAST_SIZE) {
        Err(misuse) if misuse != ApiMisuse::NotConnected => {
            assert_eq!(client.state(), State::Open);
            assert_eq!(head.check(MAX_MULTICAST_SIZE), Err(misuse));
        }
        result => {
            let Some(sent) = sent(client, result) else { return };
            let Request::Multicast(frame) = read_back(client, &sent) else { panic!("no multicast") };
            assert_eq!((frame.header.service_type, frame.header.hint.mess_type()), (service_type, mess_type));
            assert!(
                frame.group_fields().iter().eq(groups
                    .iter()
                    .map(|group| *group.name().as_field())
                    .collect::<Vec<_>>()
                    .iter())
            );
            assert_eq!(frame.body(), body);
        }
    }
}

fn disconnect(client: &mut Client) {
    let before = client.state();
    client.disconnect();
    let (after, sent) = (client.state(), client.take_transmit());
    match action(before, Event::Disconnect) {
        Action::Kill => {
            assert_eq!(after, State::Closing);
            assert!(matches!(read_back(client, &sent), Request::Kill));
        }
        Action::Close => assert_eq!((after, sent.len()), (State::Closed, 0)),
        _ => assert_eq!((after, sent.len()), (before, 0)),
    }
}

/// What a request sent, if the state allows requests.
fn sent(client: &mut Client, result: Result<(), ApiMisuse>) -> Option<Vec<u8>> {
    let may = action(client.state(), Event::Request) == Action::Send;
    assert_eq!(result, if may { Ok(()) } else { Err(ApiMisuse::NotConnected) });
    let sent = client.take_transmit();
    assert_eq!(sent.is_empty(), !may);
    may.then_some(sent)
}

/// The request that a daemon reads.
fn read_back<'a>(client: &Client, sent: &'a [u8]) -> Request<'a> {
    let own = client.accept().expect("it sends only when connected").private_group;
    let (request, used) = parse_request(own, sent).expect("it is legal").expect("it is whole");
    assert_eq!(used, sent.len());
    request
}
