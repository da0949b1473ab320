//! The state tables: every cell is walked on a real machine, and the tables in the docs are the ones in force.

use std::fmt::Debug;

/// The rows of the table in a module's docs, as (state, event, action).
fn documented(source: &str) -> Vec<(String, String, String)> {
    let rows: Vec<Vec<&str>> = source
        .lines()
        .filter_map(|line| line.strip_prefix("//! | ")?.strip_suffix(" |"))
        .map(|row| row.split(" | ").collect())
        .collect();
    let events = &rows[0][1..];
    let cells =
        rows[1..].iter().flat_map(|row| row[1..].iter().zip(events).map(|(action, event)| (row[0], event, action)));
    cells.map(|(state, event, action)| (state.to_owned(), (*event).to_owned(), (*action).to_owned())).collect()
}

/// The table in force.
fn in_force<S: Debug + Copy, E: Debug + Copy, A: Debug>(
    states: &[S],
    events: &[E],
    action: impl Fn(S, E) -> A,
) -> Vec<(String, String, String)> {
    let cells = states.iter().flat_map(|&state| events.iter().map(move |&event| (state, event)));
    cells
        .map(|(state, event)| (format!("{state:?}"), format!("{event:?}"), format!("{:?}", action(state, event))))
        .collect()
}

mod client {
    use super::{documented, in_force};
    use spread_proto::client::{Action, AuthMethod, Client, Config, Ended, Event, Happened, State, action, after};
    use spread_proto::membership::encode_self_leave;
    use spread_proto::{ApiMisuse, AuthName, Delivery, GroupName};

    const LIST: &[u8] = b"\x05NULL ";
    const ACCEPT: &[u8] = b"\x01\x05\x00\x01\x0a#bob#alpha";

    fn room() -> GroupName {
        GroupName::new(b"room").unwrap()
    }

    /// A machine driven into a state, with nothing left to send.
    fn client(state: State) -> Client {
        let method = AuthMethod { name: AuthName::new("NULL").unwrap(), interactive: state == State::Authenticating };
        let mut client = Client::new(Config { methods: vec![method], ..Config::new(None, true) }).unwrap();
        if state != State::ExpectAuthList {
            client.handle_bytes(LIST).unwrap();
        }
        if matches!(state, State::Open | State::Closing | State::Closed) {
            client.handle_bytes(ACCEPT).unwrap();
        }
        match state {
            State::Closing => client.disconnect(),
            State::Closed => drop(client.handle_end()),
            _ => {}
        }
        client.take_transmit();
        assert_eq!(client.state(), state);
        client
    }

    /// Applies an event, and says by what is seen from outside which action it was.
    fn apply(client: &mut Client, event: Event) -> Action {
        let before = client.state();
        match event {
            Event::Bytes => bytes(client),
            Event::End => match client.handle_end() {
                Ended::Failed => Action::Fail,
                Ended::Lost => Action::Lose,
                Ended::Closed => Action::Close,
                Ended::Before => Action::Nothing,
            },
            Event::Request => match (client.join(room()), client.leave(room())) {
                (Ok(()), Ok(())) => Action::Send,
                (Err(ApiMisuse::NotConnected), Err(ApiMisuse::NotConnected)) => Action::Misuse,
                other => panic!("{other:?}"),
            },
            Event::Authenticated => match client.handle_authenticated() {
                Ok(None) => Action::Proceed,
                Err(ApiMisuse::NotConnected) => Action::Misuse,
                other => panic!("{other:?}"),
            },
            Event::Disconnect => {
                client.disconnect();
                match client.state() {
                    State::Closing if before == State::Open => Action::Kill,
                    State::Closed if before != State::Closed => Action::Close,
                    state => {
                        assert_eq!(state, before);
                        Action::Nothing
                    }
                }
            }
        }
    }

    /// The bytes that the state waits for; others where it waits for none.
    fn bytes(client: &mut Client) -> Action {
        let mut leave = Vec::new();
        encode_self_leave(room().name(), &mut leave);
        let bytes = match client.state() {
            State::ExpectAuthList => LIST,
            State::ExpectAccept => ACCEPT,
            State::Open => &leave,
            _ => b"\xff anything",
        };
        let before = client.state();
        let (used, happened) = client.handle_bytes(bytes).unwrap();
        assert_eq!(used, bytes.len());
        match happened {
            Some(Happened::Connected(_)) => Action::Handshake,
            Some(Happened::ForMethod(given)) if given == bytes => Action::ToMethod,
            Some(Happened::Delivery(Delivery::SelfLeave { .. })) => Action::Deliver,
            None if client.state() != before => Action::Handshake,
            None => Action::Discard,
            other => panic!("{other:?}"),
        }
    }

    /// Where an action leads, and how many bytes it sends.
    fn outcome(state: State, action: Action) -> (State, usize) {
        match action {
            Action::Handshake if state == State::ExpectAuthList => (State::ExpectAccept, 90),
            Action::Handshake => (State::Open, 0),
            Action::Proceed => (State::ExpectAccept, 0),
            Action::Send => (state, 160),
            Action::Kill => (State::Closing, 80),
            Action::Fail | Action::Lose | Action::Close => (State::Closed, 0),
            Action::ToMethod | Action::Deliver | Action::Discard | Action::Nothing | Action::Misuse => (state, 0),
        }
    }

    #[test]
    fn every_cell_is_walked() {
        for state in State::ALL {
            for event in Event::ALL {
                let mut client = client(state);
                let done = apply(&mut client, event);
                assert_eq!(done, action(state, event), "{event:?} in {state:?}");
                let now = (client.state(), client.take_transmit().len());
                assert_eq!(now, outcome(state, done), "{event:?} in {state:?}");
                assert_eq!(now.0, after(state, done), "{event:?} in {state:?}");
            }
        }
    }

    #[test]
    fn the_documented_table_is_in_force() {
        let table = documented(include_str!("../src/client.rs"));
        assert_eq!(table, in_force(&State::ALL, &Event::ALL, action));
    }

    /// Two methods of which the second one talks, and whose last byte comes together with the verdict.
    #[test]
    fn methods_run_in_order() {
        let method = |name, interactive| AuthMethod { name: AuthName::new(name).unwrap(), interactive };
        let methods = vec![method("NULL", false), method("PWORD", true)];
        let mut client = Client::new(Config { methods, ..Config::new(None, true) }).unwrap();
        let list = b"\x0bNULL PWORD ";
        let (used, happened) = client.handle_bytes(list).unwrap();
        assert!(used == list.len() && matches!(happened, Some(Happened::Authenticate(1))));
        let bytes = [&[1], ACCEPT].concat();
        assert!(matches!(client.handle_bytes(&bytes).unwrap().1, Some(Happened::ForMethod(given)) if given == bytes));
        assert!(client.handle_authenticated().unwrap().is_none());
        let (used, happened) = client.handle_bytes(&bytes[1..]).unwrap();
        assert!(used == ACCEPT.len() && matches!(happened, Some(Happened::Connected(_))));
    }
}

mod server {
    use super::{documented, in_force};
    use spread_proto::message::encode_kill;
    use spread_proto::server::{Action, Event, Happened, Request, Server, State, action};
    use spread_proto::{ApiMisuse, Code, PrivateGroup};

    const REQUEST: &[u8] = b"\x05\x00\x01\x01\x03bob";

    fn own() -> PrivateGroup {
        PrivateGroup::parse(b"#bob#alpha").unwrap()
    }

    fn choice() -> [u8; 90] {
        let mut block = [0; 90];
        block[..4].copy_from_slice(b"NULL");
        block
    }

    /// A machine driven into a state, with nothing left to send.
    fn server(state: State) -> Server {
        let mut server = Server::new(vec!["NULL".into()]);
        let steps = State::ALL.iter().position(|&each| each == state).unwrap();
        if steps > 0 {
            server.handle_bytes(REQUEST).unwrap();
        }
        if steps > 1 {
            server.admit(own()).unwrap();
        }
        if steps > 2 {
            server.handle_bytes(&choice()).unwrap();
        }
        if steps > 3 {
            server.authorize().unwrap();
        }
        if steps > 4 {
            server.handle_end();
        }
        server.take_transmit();
        assert_eq!(server.state(), state);
        server
    }

    /// Applies an event, and says by what is seen from outside which action it was.
    fn apply(server: &mut Server, event: Event) -> Action {
        let before = server.state();
        let judge = |result: Result<(), ApiMisuse>, done| match result {
            Ok(()) => done,
            Err(misuse) => {
                assert_eq!(misuse, ApiMisuse::NotConnected);
                Action::Misuse
            }
        };
        match event {
            Event::Bytes => bytes(server),
            Event::End if server.handle_end() => Action::Gone,
            Event::End => Action::Nothing,
            Event::Admit => judge(server.admit(own()).map(|chosen| assert!(chosen.is_none())), Action::Greet),
            Event::Authorize => judge(server.authorize(), Action::Accept),
            Event::Refuse => {
                server.refuse(Code::RejectQuota);
                match before {
                    State::Closed => Action::Nothing,
                    State::Open => Action::Close,
                    _ => Action::Refuse,
                }
            }
        }
    }

    /// The bytes that the state waits for; others where it waits for none.
    fn bytes(server: &mut Server) -> Action {
        let mut kill = Vec::new();
        encode_kill(own(), &mut kill);
        let bytes = match server.state() {
            State::ExpectRequest => REQUEST,
            State::ExpectChoice => &choice(),
            _ => &kill,
        };
        let (used, happened) = server.handle_bytes(bytes).unwrap();
        match happened {
            Some(Happened::Requested(_) | Happened::Chose(_)) if used == bytes.len() => Action::Handshake,
            Some(Happened::Request(Request::Kill)) if used == bytes.len() => Action::Request,
            None if used == bytes.len() => Action::Discard,
            None if used == 0 => Action::Wait,
            other => panic!("{used} {other:?}"),
        }
    }

    /// Where an action leads, and what it sends.
    fn outcome(state: State, action: Action) -> (State, Vec<u8>) {
        match action {
            Action::Handshake if state == State::ExpectRequest => (State::Naming, vec![]),
            Action::Handshake => (State::Authorizing, vec![]),
            Action::Greet => (State::ExpectChoice, b"\x05NULL ".to_vec()),
            Action::Accept => (State::Open, b"\x01\x05\x00\x01\x0a#bob#alpha".to_vec()),
            Action::Refuse => (State::Closed, vec![0xfd]),
            Action::Close | Action::Gone => (State::Closed, vec![]),
            Action::Wait | Action::Request | Action::Discard | Action::Nothing | Action::Misuse => (state, vec![]),
        }
    }

    #[test]
    fn every_cell_is_walked() {
        for state in State::ALL {
            for event in Event::ALL {
                let mut server = server(state);
                let done = apply(&mut server, event);
                assert_eq!(done, action(state, event), "{event:?} in {state:?}");
                let after = (server.state(), server.take_transmit());
                assert_eq!(after, outcome(state, done), "{event:?} in {state:?}");
            }
        }
    }

    #[test]
    fn the_documented_table_is_in_force() {
        let table = documented(include_str!("../src/server.rs"));
        assert_eq!(table, in_force(&State::ALL, &Event::ALL, action));
    }

    /// Libraries before 3.16 know of no methods: IP is asked for where it is allowed, else NULL, else they are refused.
    #[test]
    fn old_libraries_choose_implicitly() {
        for (methods, expected) in [(&["NULL", "IP"][..], Some("IP")), (&["NULL"], Some("NULL")), (&["PWORD"], None)] {
            let mut server = Server::new(methods.iter().map(|&method| method.to_owned()).collect());
            server.handle_bytes(b"\x03\x0e\x01\x03bob").unwrap();
            let Some(Happened::Chose(chosen)) = server.admit(own()).unwrap() else { panic!() };
            assert_eq!(chosen.first().map(spread_proto::AuthName::as_str), expected);
            assert_eq!((chosen.len(), server.take_transmit().len()), (usize::from(expected.is_some()), 0));
        }
    }

    /// What a 5.0.1 daemon answers to a request that comes in several reads, or with something behind it. The last piece is
    /// judged: what is before it has to be taken.
    #[test]
    fn a_strict_one_reads_once() {
        const LONG: &[u8] = b"\x05\x00\x01\x01\x0a0123456789";
        let with = |bytes: &[u8], more: &[u8]| [bytes, more].concat();
        for (bytes, code) in [
            (REQUEST.to_vec(), None),
            (LONG.to_vec(), None),
            (b"\x05\x00\x01\x01\x00".to_vec(), None),
            // Ten bytes are read as the name, where there is one.
            (with(REQUEST, b"x"), Some(0xfb)),
            (with(REQUEST, &choice()), Some(0xfb)),
            (with(LONG, &choice()), None),
            (with(b"\x05\x00\x01\x01\x00", &choice()), None),
            (REQUEST[..REQUEST.len() - 1].to_vec(), Some(0xfb)),
            (REQUEST[..5].to_vec(), Some(0xfb)),
            (b"\x05\x00\x01\x01\x0b0123456789a".to_vec(), Some(0xfb)),
            (b"\x03\x0e\x01\x03bo".to_vec(), Some(0xfb)),
            (b"\x03\x00\x01\x03bob".to_vec(), Some(0xf9)),
        ] {
            let mut server = Server::new(vec!["NULL".into()]).strict();
            server.handle_bytes(&bytes).unwrap();
            let answer: Vec<u8> = code.into_iter().collect();
            assert_eq!(server.take_transmit(), answer, "{bytes:?}");
            assert_eq!(server.state() == State::Closed, code.is_some(), "{bytes:?}");
        }
        // Less than the part of fixed length: closed without a word.
        for length in 1..5 {
            let mut server = Server::new(vec!["NULL".into()]).strict();
            server.handle_bytes(&REQUEST[..length]).unwrap();
            assert_eq!((server.state(), server.take_transmit()), (State::Closed, vec![]), "{length} bytes");
        }
        for (length, answer) in [(90, vec![]), (89, vec![0xf7]), (1, vec![0xf7])] {
            let mut server = server(State::ExpectChoice).strict();
            server.handle_bytes(&choice()[..length]).unwrap();
            assert_eq!(server.take_transmit(), answer, "{length} bytes");
        }
        // Nothing is no read.
        let mut server = Server::new(vec!["NULL".into()]).strict();
        assert!(matches!(server.handle_bytes(b""), Ok((0, None))));
        assert_eq!(server.state(), State::ExpectRequest);
    }

    /// What the daemon answers to choices, in the words of the protocol's description.
    #[test]
    fn choices_are_judged() {
        let block = |slots: [&[u8]; 3]| {
            let mut block = [0; 90];
            for (at, slot) in slots.iter().enumerate() {
                block[at * 30..][..slot.len()].copy_from_slice(slot);
            }
            block
        };
        for (slots, taken) in [
            ([&b"NULL"[..], b"", b""], true),
            ([b"NULL", b"NULL", b""], true),
            ([b"NULL", b"NULL", b"NULL"], false),
            ([b"", b"", b""], false),
            ([b"", b"NULL", b""], false),
            ([b"null", b"", b""], false),
            ([b"MAGIC", b"", b""], false),
        ] {
            let mut server = server(State::ExpectChoice);
            let block = block(slots);
            let (used, happened) = server.handle_bytes(&block).unwrap();
            assert_eq!((used, happened.is_some()), (90, taken), "{slots:?}");
            assert_eq!(server.take_transmit(), if taken { vec![] } else { vec![0xf7] }, "{slots:?}");
        }
    }
}
